"""A store in the process's memory: for fast tests, and to read what the port means."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from threading import Lock
from typing import Final

from togglebox.store.catalogue import COLLECTIONS, Collection
from togglebox.store.port import ABSENT, Body, Clock, Document, Key, Page, StaleWrite
from togglebox.store.record import Record, check_range, cursor, parts_of

type _Place = tuple[str, ...]
"""Where a document stands in an order: (sort,), or (index's sort, partition, sort)."""


class MemoryStore:
    """
    Keep JSON texts in dictionaries, under one lock.

    Bodies are encoded and decoded as on every other engine, so nothing is shared with the caller by reference.
    Python compares strings by code point, which is the order of their UTF-8 bytes.
    """

    def __init__(self, clock: Clock, *, collections: Mapping[str, Collection] = COLLECTIONS) -> None:
        self._clock: Final = clock
        self._collections: Final = collections
        self._rows: Final[dict[str, dict[Key, tuple[int, Record]]]] = {name: {} for name in collections}
        self._lock: Final = Lock()

    def get(self, collection: str, key: Key) -> Document | None:
        with self._lock:
            return self._live(collection, key)

    def get_many(self, collection: str, keys: Sequence[Key]) -> list[Document | None]:
        with self._lock:
            return [self._live(collection, key) for key in keys]

    def put(self, collection: str, key: Key, body: Body, *, expect: int) -> Document:
        record = Record.of(self._collections[collection], key, body)
        with self._lock:
            if self._version(collection, key) != expect:
                raise StaleWrite
            self._rows[collection][key] = (expect + 1, record)
        return Document(key, expect + 1, record.text)

    def delete(self, collection: str, key: Key, *, expect: int) -> None:
        with self._lock:
            if expect == ABSENT or self._version(collection, key) != expect:
                raise StaleWrite
            del self._rows[collection][key]

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
        check_range(None if index else after, low, high)
        places = self._index(collection, partition, index) if index else self._partition(collection, partition)
        if low:
            places = {place: document for place, document in places.items() if place[0] >= low}
        if high is not None:
            places = {place: document for place, document in places.items() if place[0] < high}
        if after is not None:
            start = parts_of(after, 3) if index else (after,)
            places = {
                place: document for place, document in places.items() if (place < start if reverse else place > start)
            }
        return _first(places, limit, cursor if index else str, reverse=reverse)

    def add_new(self, collection: str, documents: Iterable[tuple[Key, Body]]) -> list[bool]:
        return self._add(collection, ((key, body, 1) for key, body in documents))

    def restore(self, collection: str, documents: Iterable[Document]) -> list[bool]:
        return self._add(collection, ((document.key, document.body, document.version) for document in documents))

    def scan(self, collection: str, *, limit: int, after: str | None = None) -> Page:
        places: dict[_Place, Document] = {document.key: document for document, _ in self._all(collection)}
        if after is not None:
            start = parts_of(after, 2)
            places = {place: document for place, document in places.items() if place > start}
        return _first(places, limit, cursor)

    def delete_many(self, collection: str, keys: Iterable[Key]) -> None:
        with self._lock:
            for key in keys:
                self._rows[collection].pop(key, None)

    def _live(self, collection: str, key: Key) -> Document | None:
        row = self._rows[collection].get(key)
        if row is None:
            return None
        version, record = row
        if record.expires is not None and record.expires <= self._clock():
            return None
        return Document(key, version, record.text)

    def _version(self, collection: str, key: Key) -> int:
        document = self._live(collection, key)
        return ABSENT if document is None else document.version

    def _add(self, collection: str, documents: Iterable[tuple[Key, Body, int]]) -> list[bool]:
        records = [(version, Record.of(self._collections[collection], key, body)) for key, body, version in documents]
        new = []
        with self._lock:
            for version, record in records:
                new.append(self._live(collection, record.key) is None)
                if new[-1]:
                    self._rows[collection][record.key] = (version, record)
        return new

    def _all(self, collection: str) -> Iterator[tuple[Document, Mapping[str, Key]]]:
        with self._lock:
            rows = [
                (document, record.entries)
                for key, (_, record) in self._rows[collection].items()
                if (document := self._live(collection, key)) is not None
            ]
        return iter(rows)

    def _partition(self, collection: str, partition: str) -> dict[_Place, Document]:
        return {(document.key[1],): document for document, _ in self._all(collection) if document.key[0] == partition}

    def _index(self, collection: str, partition: str, index: str) -> dict[_Place, Document]:
        return {
            (entries[index][1], *document.key): document
            for document, entries in self._all(collection)
            if index in entries and entries[index][0] == partition
        }


def _first(places: Mapping[_Place, Document], limit: int, spell: Callable[..., str], *, reverse: bool = False) -> Page:
    order = sorted(places, reverse=reverse)
    documents = [places[place] for place in order[:limit]]
    return Page(documents, spell(*order[limit - 1]) if len(order) > limit else None)
