"""Throttle: how often something may be tried in a while, counted in the database for all processes together."""

import hashlib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from math import ceil
from typing import Final

from togglebox.errors import TooManyRequests
from togglebox.store.port import ABSENT, Key, StaleWrite, Store

TRIES: Final = 20
MOST_REMEMBERED: Final = 4_096


@dataclass(frozen=True, slots=True)
class Limit:
    """At most so many tries in so many seconds: windows of that length follow each other, the same for everybody."""

    kind: str
    most: int
    within: float

    def window(self, at: datetime) -> int:
        """Return the number of the window that *at* lies in."""
        return int(at.timestamp() // self.within)

    def ends(self, window: int) -> float:
        """Return when a window ends, in epoch seconds."""
        return (window + 1) * self.within


WRONG_CREDENTIALS: Final = Limit("credentials", 60, 60)
"""Tokens and API keys that are none of ours, from one network."""

LOGINS_HERE: Final = Limit("login-here", 5, 900)
"""Wrong passwords for one account from one network."""

LOGINS_FROM: Final = Limit("login-from", 50, 900)
"""Wrong passwords from one network."""

LOGINS_ELSEWHERE: Final = Limit("login-elsewhere", 100, 3_600)
"""Wrong passwords for one account from where nobody is signed in to it: its owner, who is, is not locked out."""

REGISTRATIONS: Final = Limit("registration", 10, 3_600)
"""Registrations from one network."""

RESETS_FROM: Final = Limit("reset-from", 20, 3_600)
"""Requests from one network to reset passwords."""

RESETS_OF: Final = Limit("reset-of", 3, 3_600)
"""Mails that reset one account's password."""


class Throttle:
    """
    Counts tries in documents that expire, one for each limit, subject and window.

    A window that is used up is remembered in the process until it ends: who goes on trying costs no more calls.
    """

    def __init__(self, store: Store, *, now: Callable[[], datetime]) -> None:
        self._store: Final = store
        self._now: Final = now
        self._used_up: set[Key] = set()

    def check(self, *tries: tuple[Limit, str]) -> None:
        """
        See whether each limit leaves its subject a try; one read for all of them.

        Raises:
            TooManyRequests: one does not.
        """
        keys = [self._key(*one) for one in tries]
        for (limit, _), key in zip(tries, keys, strict=True):
            self._refuse_used_up(limit, key)
        for (limit, _), key, document in zip(tries, keys, self._store.get_many("attempts", keys), strict=True):
            if document is not None and document.body["count"] >= limit.most:
                self._remember(key)
                self._refuse_used_up(limit, key)

    def take(self, limit: Limit, subject: str, *, amount: int = 1) -> int:
        """
        Use up *amount* tries, or those that are left, and return how many; a read and a write.

        Raises:
            TooManyRequests: none is left, or so many others take some that it cannot be told.
        """
        key = self._key(limit, subject)
        self._refuse_used_up(limit, key)
        ttl = ceil(limit.ends(int(key[1])) + limit.within)
        for _ in range(TRIES):
            document = self._store.get("attempts", key)
            count = document.body["count"] if document else 0
            taken = min(amount, limit.most - count)
            if taken <= 0:
                self._remember(key)
                self._refuse_used_up(limit, key)
            body = {"schema": 1, "count": count + taken, "ttl": ttl}
            try:
                self._store.put("attempts", key, body, expect=document.version if document else ABSENT)
            except StaleWrite:
                continue
            return taken
        raise TooManyRequests(SENTENCE, retry_after=1)

    def count(self, limit: Limit, subject: str) -> None:
        """Use up a try, if one is left."""
        with suppress(TooManyRequests):
            self.take(limit, subject)

    def forget(self, limit: Limit, subject: str) -> None:
        """Give back all tries of the window: who succeeded has not guessed."""
        key = self._key(limit, subject)
        self._used_up.discard(key)
        self._store.delete_many("attempts", [key])

    def _key(self, limit: Limit, subject: str) -> Key:
        digest = hashlib.sha256(f"{limit.kind}\n{subject}".encode()).hexdigest()
        return digest, str(limit.window(self._now()))

    def _remember(self, key: Key) -> None:
        if len(self._used_up) >= MOST_REMEMBERED:
            self._used_up.clear()
        self._used_up.add(key)

    def _refuse_used_up(self, limit: Limit, key: Key) -> None:
        if key in self._used_up:
            left = limit.ends(int(key[1])) - self._now().timestamp()
            raise TooManyRequests(SENTENCE, retry_after=max(1, ceil(left)))


SENTENCE: Final = "Too many attempts; try again later"


def network(address: str) -> str:
    """Return whom limits count as one: an IPv4 address, or the /64 of an IPv6 one, which is handed out as a whole."""
    if ":" not in address:
        return address
    from ipaddress import IPv6Address, IPv6Network

    try:
        known = IPv6Address(address.partition("%")[0])
    except ValueError:
        return address
    return str(known.ipv4_mapped or IPv6Network((known, 64), strict=False))
