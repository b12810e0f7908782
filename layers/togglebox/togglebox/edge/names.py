"""What path parameters may look like: the same for every route, checked before any handler runs."""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from togglebox.errors import Invalid

RULES: Final[Mapping[str, tuple[re.Pattern[str], str]]] = {
    "platform": (re.compile(r"[a-zA-Z0-9_-]{1,100}"), "must be 1 to 100 letters, digits, hyphens or underscores"),
    "environment": (re.compile(r"[a-zA-Z0-9_-]{1,100}"), "must be 1 to 100 letters, digits, hyphens or underscores"),
    "parameterKey": (
        re.compile(r"[a-zA-Z][a-zA-Z0-9_-]{0,255}"),
        "must be 1 to 256 letters, digits, hyphens or underscores, with a letter first",
    ),
    "flagKey": (
        re.compile(r"[a-z][a-z0-9_-]{0,255}"),
        "must be 1 to 256 small letters, digits, hyphens or underscores, with a letter first",
    ),
    "experimentKey": (
        re.compile(r"[a-z][a-z0-9_-]{0,255}"),
        "must be 1 to 256 small letters, digits, hyphens or underscores, with a letter first",
    ),
    "flagVersion": (re.compile(r"1\.0\.(0|[1-9][0-9]{0,8})"), "must be a version as 1.0.3"),
    "user": (re.compile(r"[a-zA-Z0-9_-]{1,100}"), "must be 1 to 100 letters, digits, hyphens or underscores"),
    "apiKey": (re.compile(r"[a-zA-Z0-9_-]{1,100}"), "must be 1 to 100 letters, digits, hyphens or underscores"),
    "version": (re.compile(r"[0-9]{1,12}"), "must be a version number in decimal digits"),
}


LONGEST: Final = 256
"""Characters of the longest name; what is longer is wrong by its beginning, and not worth remembering whole."""


def check_names(path: Mapping[str, str]) -> None:
    """
    Check the parameters of a path.

    Raises:
        Invalid: a detail for each that nothing could ever be called.
    """
    faults = [
        fault
        for name, value in path.items()
        if (fault := _fault(name, value if len(value) <= LONGEST else value[: LONGEST + 1]))
    ]
    if faults:
        raise Invalid(*faults)


@lru_cache(maxsize=4_096)
def _fault(name: str, value: str) -> str | None:
    if name not in RULES or RULES[name][0].fullmatch(value):
        return None
    return f"{name}: {RULES[name][1]}"
