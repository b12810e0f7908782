"""Waiting out a database that is away, or busy, for a moment: a long piece of work should not end because of it."""

from collections.abc import Callable
from typing import Final

from togglebox.store.port import StoreUnavailable

PAUSES: Final = (1.0, 2.0, 4.0, 8.0)
"""Seconds between tries."""


def patiently[T](call: Callable[[], T], pause: Callable[[float], None]) -> T:
    """
    Return what *call* returns, asking again while the database is away.

    A write is repeated also when it may have happened: so *call* has to be one that is the same when done twice.

    Raises:
        StoreUnavailable: it stays away.
    """
    for seconds in PAUSES:
        try:
            return call()
        except StoreUnavailable:
            pause(seconds)
    return call()
