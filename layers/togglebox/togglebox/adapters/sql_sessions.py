"""A pool of connections: it waits for so long, opens one where none is idle, and tells why it could not."""

from collections import deque
from collections.abc import Callable
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import Final, Protocol

from togglebox.store.port import StoreUnavailable

BUSY: Final = "The database is busy"


class Session(Protocol):
    """An open connection, used by one thread at a time."""

    def is_idle(self) -> bool:
        """Tell whether it can be used: it is open, and nothing has come that nobody asked for, such as a farewell."""

    def close(self) -> None: ...


class Sessions[S: Session]:
    """At most *most* sessions, each made by *connect* in the thread that needs it, and kept for the next."""

    def __init__(self, connect: Callable[[], S], *, most: int, wait: float) -> None:
        self._connect: Final = connect
        self._wait: Final = wait
        self._idle: Final[deque[S]] = deque()
        self._permits: Final[SimpleQueue[None]] = SimpleQueue()  # a semaphore costs ten times as much
        for _ in range(most):
            self._permits.put(None)

    def use[T](self, do: Callable[[S], T]) -> T:
        """
        Lend a session to *do*; what it leaves in no state to be used is closed.

        Raises:
            StoreUnavailable: all were in use for the whole wait. Else whatever *connect* and *do* raise.
        """
        try:
            self._permits.get(timeout=self._wait)
        except Empty as error:
            raise StoreUnavailable(BUSY, retry_after=2) from error
        try:
            session = self._take()
            try:
                result = do(session)
            except BaseException:  # a signal may end it half-way, which leaves an answer that is nobody's
                if session.is_idle():
                    self._idle.append(session)
                else:
                    session.close()
                raise
            self._idle.append(session)
            return result
        finally:
            self._permits.put(None)

    def close(self) -> None:
        """Close those that nobody uses."""
        with suppress(IndexError):
            while True:
                self._idle.pop().close()

    def _take(self) -> S:
        with suppress(IndexError):
            while True:
                session = self._idle.pop()  # the last that was used, so that others may grow old and be few
                if session.is_idle():
                    return session
                session.close()
        return self._connect()
