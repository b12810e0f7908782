"""How much a flag or an experiment may hold: the limits that both share."""

from collections.abc import Iterable
from typing import Final

from togglebox.errors import LimitExceeded
from togglebox.store.port import Body

MAX_KEY: Final = 256
MAX_NAME: Final = 200
MAX_DESCRIPTION: Final = 500
MAX_COUNTRIES: Final = 200
MAX_FORCED_USERS: Final = 5_000
MAX_USER_BYTES: Final = 512

type Size = tuple[str, int, int, str]
"""(path, what was found, the most there may be, of what)"""


def check_sizes(key: str, data: Body, more: Iterable[Size] = ()) -> None:
    """
    Check the key, the texts and the targeting of what is to be stored, and *more*.

    Raises:
        LimitExceeded: with the path, the limit and what was found.
    """
    targeting = data["targeting"]
    users = [*targeting["forceIncludeUsers"], *targeting["forceExcludeUsers"]]
    longest = max((len(user.encode()) for user in users), default=0)
    for path, found, most, unit in (
        ("key", len(key), MAX_KEY, "characters"),
        ("name", len(data["name"]), MAX_NAME, "characters"),
        ("description", len(data["description"] or ""), MAX_DESCRIPTION, "characters"),
        ("targeting.countries", len(targeting["countries"]), MAX_COUNTRIES, "countries"),
        ("targeting.forceIncludeUsers", len(users), MAX_FORCED_USERS, "users in both force lists together"),
        ("targeting.forceIncludeUsers", longest, MAX_USER_BYTES, "bytes a user id"),
        *more,
    ):
        if found > most:
            sentence = f"{path} may have at most {most:,} {unit}; there are {found:,}"
            raise LimitExceeded(sentence, details=[f"{path}: at most {most:,} {unit}"])
