"""What a handler answers with, and what goes out of a door."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, Self

from togglebox.journal.record import Head, Stamp
from togglebox.snapshot import Shown, View


@dataclass(slots=True)
class Response:
    """What goes out: *status*, *headers* in their order, *body* in bytes (empty for 204 and 304)."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Item[T]:
    """An answer that shows one version of one entity: *data* with the entity tag and the time of its *stamp*."""

    data: T
    stamp: Stamp


@dataclass(frozen=True, slots=True)
class Listing[T]:
    """An answer with a list and what is to be known of it."""

    data: T
    meta: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Message:
    """An answer with a sentence in place of data."""

    message: str


@dataclass(frozen=True, slots=True)
class Told[T]:
    """An answer with data and a sentence about them."""

    data: T
    message: str


@dataclass(frozen=True, slots=True)
class Raw:
    """An answer whose whole body is said, as health checks have it; *retry_after* in seconds."""

    body: Mapping[str, Any]
    status: int = 200
    retry_after: int | None = None


class FromView[T](NamedTuple):
    """
    A public answer made from a snapshot, once for each *name* while the view lasts.

    *make* returns the data, or a `Listing`. An answer that shows one entity has the tag of its *stamp*, else it has
    that of the view's revision. A *reduced* answer leaves out what only people see; its tag says so.
    """

    view: View
    name: object
    make: Callable[[], T | Listing[T]]
    stamp: Stamp | None = None
    reduced: bool = False

    @classmethod
    def item(cls, shown: Shown, make: Callable[[Head], T], *, reduced: bool = False) -> Self:
        """Return the answer that shows one entity."""
        view, head = shown
        return cls(view, ("item", head.name), lambda: make(head), head.stamp, reduced)
