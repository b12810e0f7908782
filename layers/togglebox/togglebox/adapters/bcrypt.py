"""Passwords hashed with bcrypt: what servers and Lambda functions use."""

import re
from typing import Final

import bcrypt

SCHEME: Final = "bcrypt:"
_STORED: Final = re.compile(r"\$2[aby]\$(?P<cost>0[4-9]|[12][0-9]|3[01])\$[./A-Za-z0-9]{21}[.Oeu][./A-Za-z0-9]{31}")
"""Cost, salt and digest; of the salt's last character two bits count, and bcrypt refuses others."""

_NOBODY: Final = "abcdefghijklmnopqrstuu" + "." * 31
"""A salt and a digest that no known password has."""


class BcryptHasher:
    """bcrypt with a *cost* of 4 to 31: each step doubles the time; 12 takes about a quarter of a second."""

    def __init__(self, cost: int) -> None:
        self._cost: Final = cost
        self._nobody: Final = f"$2b${cost:02d}${_NOBODY}".encode()

    def hash(self, password: str) -> str:
        return SCHEME + bcrypt.hashpw(password.encode(), bcrypt.gensalt(self._cost)).decode()

    def verify(self, password: str, stored: str) -> bool:
        secret = password.encode(errors="replace")
        readable = len(secret) <= 72 and _readable(stored) is not None
        # bcrypt refuses what is longer than 72 bytes; it is no password of anybody's, and takes as long as one.
        same = bcrypt.checkpw(secret[:72], stored.removeprefix(SCHEME).encode() if readable else self._nobody)
        return same and readable

    def outdated(self, stored: str) -> bool:
        found = _readable(stored)
        return found is None or int(found["cost"]) < self._cost


def _readable(stored: str) -> re.Match[str] | None:
    return _STORED.fullmatch(stored.removeprefix(SCHEME)) if stored.startswith(SCHEME) else None
