"""How much a flag or an experiment may hold: the limits that both share."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from togglebox.errors import LimitExceeded
from togglebox.store.port import Body

MAX_KEY: Final = 256
MAX_NAME: Final = 200
MAX_DESCRIPTION: Final = 500
MAX_COUNTRIES: Final = 200
MAX_LANGUAGES: Final = 200
MAX_FORCED_USERS: Final = 5_000
MAX_USER_BYTES: Final = 512

type Size = tuple[str, int, int, str]
"""(path, what was found, the most there may be, of what)"""


def check_sizes(key: Size, data: Body, more: Iterable[Size] = ()) -> None:
    """
    Check the key, the texts and the targeting of what is to be stored, and *more*.

    Raises:
        LimitExceeded: the sentence tells of the first that is too large, the details of all.
    """
    sizes = (
        key,
        ("name", len(data["name"]), MAX_NAME, "characters"),
        ("description", len(data["description"] or ""), MAX_DESCRIPTION, "characters"),
        *_targeting(data["targeting"]),
        *more,
    )
    faults = [
        (path, f"at most {most:,} {unit}; there are {found:,}") for path, found, most, unit in sizes if found > most
    ]
    if faults:
        path, sentence = faults[0]
        raise LimitExceeded(f"{path} may have {sentence}", details=[": ".join(fault) for fault in faults])


def key_size(path: str, key: str) -> Size:
    """Return the size of a key, which the body has under *path*."""
    return path, len(key), MAX_KEY, "characters"


def _targeting(targeting: Mapping[str, Any]) -> Iterator[Size]:
    countries = targeting["countries"]
    yield "targeting.countries", len(countries), MAX_COUNTRIES, "countries"
    for place, country in enumerate(countries):
        yield f"targeting.countries.{place}.languages", len(country["languages"]), MAX_LANGUAGES, "languages"
    lists = ("forceIncludeUsers", "forceExcludeUsers")
    users = sum(len(targeting[name]) for name in lists)
    yield "targeting.forceIncludeUsers", users, MAX_FORCED_USERS, "users in both force lists together"
    for name in lists:
        longest = max((len(user.encode()) for user in targeting[name]), default=0)
        yield f"targeting.{name}", longest, MAX_USER_BYTES, "bytes a user id"
