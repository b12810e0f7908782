"""How many requests an API key has left: one limit for all processes together, which costs few calls."""

from collections.abc import Callable
from datetime import datetime
from threading import Lock
from typing import Final

from togglebox.auth.throttle import Limit, Throttle

SHARES: Final = 100
MOST_KEYS: Final = 4_096


class Allowance:
    """
    Lets each API key ask `Limit.most` times in a window.

    A process takes a hundredth of that at once from the common count and spends it by itself: a read and a write for
    so many requests. The limit is never passed. What a process has not spent is lost at the window's end, so that a
    key whose requests spread over very many processes may be refused somewhat early.
    """

    def __init__(self, throttle: Throttle, limit: Limit, *, now: Callable[[], datetime]) -> None:
        self._throttle: Final = throttle
        self._limit: Final = limit
        self._now: Final = now
        self._left: dict[tuple[str, int], int] = {}
        self._lock: Final = Lock()

    def spend(self, key_id: str) -> None:
        """
        Spend a request of a key.

        Raises:
            TooManyRequests: none is left in this window.
        """
        lot = key_id, self._limit.window(self._now())
        with self._lock:
            left = self._left.get(lot, 0)
            if left:
                self._left[lot] = left - 1
                return
        taken = self._throttle.take(self._limit, key_id, amount=max(1, self._limit.most // SHARES))
        with self._lock:
            if len(self._left) >= MOST_KEYS:
                self._left.clear()
            self._left[lot] = self._left.get(lot, 0) + taken - 1
