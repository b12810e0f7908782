"""What was read a moment ago, so that it need not be read again: for some seconds, in this process."""

from collections import OrderedDict
from collections.abc import Callable
from threading import Lock
from typing import Final

MOST: Final = 1_024


class Recent[V]:
    """
    Values by name, each kept for less than *seconds* (0: not at all) since it began to be read; at most `MOST` of them.

    What this process changes, it forgets at once; also if somebody is about to keep what was read before the change.
    """

    def __init__(self, clock: Callable[[], float], seconds: float) -> None:
        self._clock: Final = clock
        self._seconds: Final = seconds
        self._kept: OrderedDict[str, tuple[float, V]] = OrderedDict()
        self._changes = 0
        self._lock: Final = Lock()

    def get(self, name: str, read: Callable[[], V], *, good: Callable[[V], bool] = lambda value: True) -> V:
        """Return the value kept as *name* if it is *good*, else what *read* returns; what that raises is not kept."""
        began = self._clock()
        kept = self._kept.get(name)
        if kept is not None and began - kept[0] < self._seconds and good(kept[1]):
            return kept[1]
        changes = self._changes
        value = read()
        with self._lock:
            if changes == self._changes and self._seconds:
                self._kept[name] = began, value
                self._kept.move_to_end(name)
                if len(self._kept) > MOST:
                    self._kept.popitem(last=False)
        return value

    def renew(self, name: str, value: V) -> None:
        """Put *value* in the place of what is kept as *name*, for no longer than that was."""
        with self._lock:
            kept = self._kept.get(name)
            if kept is not None:
                self._kept[name] = kept[0], value

    def forget(self, name: str) -> None:
        with self._lock:
            self._changes += 1
            self._kept.pop(name, None)
