"""The Store port: versioned JSON documents under a two-part key, one conditional write at a time."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from togglebox.errors import Conflict, LimitExceeded, Unavailable

type Key = tuple[str, str]
"""(partition, sort): two non-empty strings, together unique in a collection, compared as UTF-8 bytes."""

type Body = Mapping[str, Any]
"""A JSON object. In collections with a time to live its field ``ttl`` (epoch seconds, int) says when it expires."""

type Clock = Callable[[], float]
"""Seconds since the epoch."""

ABSENT: Final = 0
"""The version of a document that is not there: ``put(..., expect=ABSENT)`` creates."""

MAX_KEY_BYTES: Final = 1_024
MAX_BODY_BYTES: Final = 300_000


class StaleWrite(Conflict):
    """The stored version is not the one expected; nothing was written."""

    def __init__(self, sentence: str = "It was changed meanwhile; read it again and repeat") -> None:
        super().__init__(sentence)


class StoreUnavailable(Unavailable):
    """The database does not answer, or refuses for reasons of its own; nothing was written by this call."""

    def __init__(self, sentence: str = "The database is not available", *, retry_after: int = 1) -> None:
        super().__init__(sentence, retry_after=retry_after)


class NoAnswer(StoreUnavailable):
    """A write was sent and no answer came: it may have happened, or may still happen within the write time-out."""


class Document:
    """
    One version of a stored document: *key*, *version* (1 and up) and its JSON *text*.

    The text is decoded when `body` is first asked for: a reader that only compares versions never pays for it.
    """

    __slots__ = ("_body", "key", "text", "version")

    def __init__(self, key: Key, version: int, text: str) -> None:
        self.key = key
        self.version = version
        self.text = text
        self._body: Body | None = None

    @property
    def body(self) -> Body:
        if self._body is None:
            self._body = json.loads(self.text)
        return self._body

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Document) and (self.key, self.version, self.text) == (
            other.key,
            other.version,
            other.text,
        )

    __hash__ = None  # type: ignore[assignment]  # a document is compared, never a key

    def __repr__(self) -> str:
        return f"Document({self.key!r}, {self.version}, {self.text!r})"


@dataclass(frozen=True, slots=True)
class Page:
    """
    Some documents in order, and where the next page begins.

    *next* is ``None`` exactly when no document follows. On a collection's own order it is the last sort key;
    on an index and on a scan it is opaque. It stays good when the document it points at is deleted.
    """

    documents: Sequence[Document]
    next: str | None


class Store(Protocol):
    """
    What every engine promises; `tests/contract` says it once for all of them.

    Reads are strongly consistent except through an index, which may lag. A document whose ``ttl`` has passed is
    absent for every method. Every method raises `StoreUnavailable` when the database is away; a write raises
    `NoAnswer` when it was sent and no answer came. No driver's text or exception leaves an adapter.
    """

    def get(self, collection: str, key: Key) -> Document | None:
        """Return the document at *key*, or ``None``."""

    def get_many(self, collection: str, keys: Sequence[Key]) -> list[Document | None]:
        """Return the documents at *keys* (any number, repeats allowed), in their order, ``None`` where absent."""

    def put(self, collection: str, key: Key, body: Body, *, expect: int) -> Document:
        """
        Write *body* as version ``expect + 1``.

        Raises:
            StaleWrite: the stored version is not *expect*; nothing was written.
            LimitExceeded: key or body are larger than any engine takes; nothing was sent.
        """

    def delete(self, collection: str, key: Key, *, expect: int) -> None:
        """
        Remove the document if its version is *expect*.

        Raises:
            StaleWrite: the stored version is not *expect*, or nothing is there; nothing was removed.
        """

    def page(
        self,
        collection: str,
        partition: str,
        *,
        limit: int,
        after: str | None = None,
        reverse: bool = False,
        index: str | None = None,
        low: str | None = None,
        high: str | None = None,
    ) -> Page:
        """
        Return up to *limit* documents of *partition* in the order of their sort keys, or of the *index*'s.

        *after* is the ``next`` of the page before. Only sort keys with ``low <= sort < high`` are returned
        (each bound optional; on an index they bound the index's sort key). *reverse* walks downwards.
        """

    def add_new(self, collection: str, documents: Iterable[tuple[Key, Body]]) -> list[bool]:
        """Insert, as version 1, those not yet there; say for each document whether it was new. Not all-or-nothing."""

    def restore(self, collection: str, documents: Iterable[Document]) -> list[bool]:
        """As `add_new`, each document under the version that it had elsewhere: what an import stores."""

    def scan(self, collection: str, *, limit: int, after: str | None = None) -> Page:
        """Return up to *limit* documents of the whole collection in some stable order."""

    def delete_many(self, collection: str, keys: Iterable[Key]) -> None:
        """Remove the documents at *keys*, whatever their version; absent ones are no error."""


class Schema(Protocol):
    """What an engine needs before it can store anything."""

    def missing(self) -> Sequence[str]:
        """Return the tables and indexes of the catalogue that the database does not have; empty when ready."""

    def create(self, report: Callable[[int, int, str], None] = lambda done, total, what: None) -> None:
        """Make what is missing; safe to run twice and from two processes at once. *report* hears of each step."""


def encode(body: Body) -> str:
    """
    Return the JSON text that is stored: compact, keys in their order, no escapes beyond what JSON asks for.

    Raises:
        LimitExceeded: the text is longer than 300,000 bytes.
        ValueError: a number is not finite, or a string holds a lone surrogate. Requests are checked at the door.
    """
    text = _ENCODER.encode(body)
    size = len(text) if text.isascii() else len(text.encode())
    if size > MAX_BODY_BYTES:
        raise LimitExceeded(f"A document holds at most {MAX_BODY_BYTES:,} bytes; this one would have {size:,}")
    return text


def check_key(key: Sequence[str]) -> None:
    """
    Refuse keys that not every engine can hold: empty, longer than 1,024 bytes each, with U+0000 or a lone surrogate.

    Raises:
        LimitExceeded: naming the fault.
    """
    for part in key:
        if part.isascii() and "\0" not in part and 0 < len(part) <= MAX_KEY_BYTES:
            continue  # nearly every key; what follows costs more
        if not part or "\0" in part:
            raise LimitExceeded("A key must not be empty and must not hold U+0000")
        try:
            size = len(part.encode())
        except UnicodeEncodeError:
            raise LimitExceeded("A key must be valid Unicode") from None
        if size > MAX_KEY_BYTES:
            raise LimitExceeded(f"A key holds at most {MAX_KEY_BYTES:,} bytes; this one has {size:,}")


_ENCODER: Final = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))
