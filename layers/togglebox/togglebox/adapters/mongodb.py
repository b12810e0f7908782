"""A store on MongoDB: one collection a catalogue table, and nothing but operations on single documents."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import batched
from typing import Any, Final

from bson.datetime_ms import DatetimeMS
from pymongo import ASCENDING, DESCENDING
from pymongo.errors import BulkWriteError, DuplicateKeyError

from togglebox.adapters.mongodb_client import PATIENCE, MongoDBClient, Stored, Table
from togglebox.adapters.mongodb_schema import PREFIX, MongoDBSchema, table_name
from togglebox.store.catalogue import COLLECTIONS, TABLES_WITH_TTL, Collection
from togglebox.store.port import ABSENT, Body, Clock, Document, Key, Page, StaleWrite
from togglebox.store.record import Record, check_range, cursor, parts_of, spelled, storable

MOST_READ: Final = 500
"""How many documents are asked for by their keys at once."""
MOST_WRITTEN: Final = 1_000
"""How many documents are inserted or removed at once; the driver cuts what is too long for one message."""


class MongoDBStore:
    r"""
    Keep documents in the MongoDB deployment at *url*; `MongoDBClient` says how durable writes and reads are.

    ``_id`` is ``<collection>#<partition>\0<sort>``. No key holds U+0000, and it is less than everything: so the order
    of these strings by bytes, which is MongoDB's own, is that of (partition, sort), and no key can imitate another.
    An index is one more such string, ``<collection>#<partition>\0<index's sort>\0<partition>\0<sort>``, in a field
    of its name: documents without it are not listed, ties are in the order of their keys, and a page is one range.
    That takes up to 4 kB in an index, which MongoDB allows from version 4.2 on, the oldest that the driver talks to.

    ``version`` is a number, ``body`` the JSON text, and ``expires``, where the collection has a time to live, the date
    at which MongoDB may remove the document; from then on no query and no condition sees it, removed or not.
    """

    def __init__(
        self,
        url: str,
        clock: Clock,
        *,
        prefix: str = PREFIX,
        collections: Mapping[str, Collection] = COLLECTIONS,
        least_connections: int = 0,
        most_connections: int = 10,
        idle_seconds: float = 60.0,
        wait_for_connection: float = 10.0,
        patience: float = PATIENCE,
    ) -> None:
        self._client: Final = MongoDBClient(
            url,
            least_connections=least_connections,
            most_connections=most_connections,
            idle_seconds=idle_seconds,
            wait_for_connection=wait_for_connection,
            patience=patience,
        )
        self._clock: Final = clock
        self._prefix: Final = prefix
        self._collections: Final = collections
        self._tables: Final = {name: table_name(each.table, prefix) for name, each in collections.items()}

    def get(self, collection: str, key: Key) -> Document | None:
        partition, sort = key
        if not storable(partition, sort):
            return None
        query = {"_id": f"{collection}#{partition}\0{sort}", **self._alive(collection)}
        most = self._client.most_milliseconds
        stored = self._client.read(
            self._tables[collection], lambda table: table.find_one(query, _CONTENT, max_time_ms=most)
        )
        return None if stored is None else Document(key, stored["version"], stored["body"])

    def get_many(self, collection: str, keys: Sequence[Key]) -> list[Document | None]:
        wanted = [_id(collection, key) for key in dict.fromkeys(keys) if storable(*key)]
        found = {
            document.key: document
            for some in batched(wanted, MOST_READ, strict=False)
            for document in map(_document, self._find(collection, {"_id": {"$in": some}}, limit=len(some)))
        }
        return [found.get(key) for key in keys]

    def put(self, collection: str, key: Key, body: Body, *, expect: int) -> Document:
        record = Record.of(self._collections[collection], key, body)
        if not self._put(collection, record, expect):
            raise StaleWrite
        return Document(key, expect + 1, record.text)

    def delete(self, collection: str, key: Key, *, expect: int) -> None:
        if not storable(*key):
            raise StaleWrite
        query = {"_id": _id(collection, key), "version": expect, **self._alive(collection)}
        if not self._client.write(self._tables[collection], lambda table: table.delete_one(query)).deleted_count:
            raise StaleWrite

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
        if not storable(partition):
            return Page((), None)

        field = index.lower() if index else "_id"
        place = f"{spelled(collection, partition)}\0"
        begin, end = place + (low or ""), _beyond(place) if high is None else place + high
        bounds = {"$gte": begin, "$lt": end}
        if after is not None:
            last = place + ("\0".join(parts_of(after, 3)) if index else after)
            if reverse:
                bounds["$lt"] = min(end, last)
            elif last >= begin:
                bounds = {"$gt": last, "$lt": end}

        found = self._find(collection, {field: bounds}, limit=limit + 1, order=field, reverse=reverse)
        return _page(found, limit, (lambda stored: _index_cursor(stored[field])) if index else _sort)

    def add_new(self, collection: str, documents: Iterable[tuple[Key, Body]]) -> list[bool]:
        return self._add(collection, ((key, body, 1) for key, body in documents))

    def restore(self, collection: str, documents: Iterable[Document]) -> list[bool]:
        return self._add(collection, ((document.key, document.body, document.version) for document in documents))

    def scan(self, collection: str, *, limit: int, after: str | None = None) -> Page:
        # "$" follows "#", so the two bounds hold the collection's partitions and no others.
        begin = spelled(collection, "") if after is None else _id(collection, _pair(after))
        query = {"_id": {"$gt": begin, "$lt": f"{collection}$"}}
        return _page(self._find(collection, query, limit=limit + 1, order="_id"), limit, _scan_cursor)

    def delete_many(self, collection: str, keys: Iterable[Key]) -> None:
        wanted = [_id(collection, key) for key in dict.fromkeys(keys) if storable(*key)]
        for some in batched(wanted, MOST_WRITTEN, strict=False):
            self._remove(self._tables[collection], {"_id": {"$in": some}})

    def sweep(self, limit: int) -> int:
        """Remove up to *limit* expired documents, and say how many; MongoDB does so by itself, others do not."""
        swept = 0
        for base in sorted(TABLES_WITH_TTL):
            if swept < limit:
                swept += self._sweep(table_name(base, self._prefix), limit - swept)
        return swept

    def schema(self) -> MongoDBSchema:
        return MongoDBSchema(self._client, prefix=self._prefix)

    def close(self) -> None:
        """Close what is open; a later call opens it again."""
        self._client.close()

    def _now(self) -> DatetimeMS:
        return _date(int(self._clock()))

    def _alive(self, collection: str) -> Mapping[str, Any]:
        """Return the condition that a document has not expired; one without a date never does."""
        return {"expires": {"$not": {"$lte": self._now()}}} if self._collections[collection].ttl else {}

    def _put(self, collection: str, record: Record, expect: int) -> bool:
        table, stored = self._tables[collection], _stored(collection, record, expect + 1)
        query: dict[str, Any] = {"_id": stored["_id"]}
        if expect != ABSENT:
            query |= {"version": expect, **self._alive(collection)}
            return self._client.write(table, lambda table: table.replace_one(query, stored)).matched_count > 0
        return self._insert(collection, stored)

    def _insert(self, collection: str, stored: Stored) -> bool:
        """Insert a document if its key is free; one that expired is replaced, in the same step."""

        def insert(table: Table) -> None:
            if self._collections[collection].ttl:
                # Finding none that expired it inserts: which fails where one is that did not.
                table.replace_one({"_id": stored["_id"], "expires": {"$lte": self._now()}}, stored, upsert=True)
            else:
                table.insert_one(stored)

        try:
            self._client.write(self._tables[collection], insert)
        except DuplicateKeyError:
            return False
        return True

    def _add(self, collection: str, documents: Iterable[tuple[Key, Body, int]]) -> list[bool]:
        asked: list[tuple[Key, bool]] = []
        firsts: dict[Key, Stored] = {}
        for key, body, version in documents:
            is_first = key not in firsts
            asked.append((key, is_first))
            if is_first:
                record = Record.of(self._collections[collection], key, body)
                firsts[key] = _stored(collection, record, version)
        if len(firsts) == 1:
            ((key, stored),) = firsts.items()
            new = {key} if self._insert(collection, stored) else set()
        else:
            new = {
                key
                for some in batched(firsts.items(), MOST_WRITTEN, strict=False)
                for key in self._insert_many(collection, dict(some))
            }
        return [is_first and key in new for key, is_first in asked]

    def _insert_many(self, collection: str, documents: Mapping[Key, Stored]) -> Iterable[Key]:
        """Insert those whose keys are free, and return their keys."""
        try:
            self._client.write(
                self._tables[collection], lambda table: table.insert_many(documents.values(), ordered=False)
            )
        except BulkWriteError as error:
            keys = list(documents)
            taken = {keys[failed["index"]] for failed in error.details["writeErrors"]}
        else:
            return documents
        return [key for key in documents if key not in taken] + self._replace_expired(
            collection, {key: documents[key] for key in documents if key in taken}
        )

    def _replace_expired(self, collection: str, documents: Mapping[Key, Stored]) -> list[Key]:
        if not self._collections[collection].ttl:
            return []
        alive = self.get_many(collection, list(documents))
        return [
            key
            for (key, stored), document in zip(documents.items(), alive, strict=True)
            if document is None and self._insert(collection, stored)
        ]

    def _find(
        self, collection: str, query: Mapping[str, Any], *, limit: int, order: str | None = None, reverse: bool = False
    ) -> list[Stored]:
        """Return up to *limit* live documents that the *query* finds, with the field that they are ordered by."""
        wanted = {**query, **self._alive(collection)}
        fields = {**_CONTENT, "_id": True, **({order: True} if order else {})}
        sort = [(order, DESCENDING if reverse else ASCENDING)] if order else None
        return self._client.read(
            self._tables[collection],
            lambda table: table.find(
                wanted,
                fields,
                sort=sort,
                limit=limit,
                batch_size=limit,
                max_time_ms=self._client.most_milliseconds,
            ).to_list(),
        )

    def _sweep(self, table: str, limit: int) -> int:
        expired = {"expires": {"$lte": self._now()}}
        most = self._client.most_milliseconds
        found = self._client.read(
            table,
            lambda table: table.find(
                expired, {"_id": True}, sort=[("expires", ASCENDING)], limit=limit, max_time_ms=most
            ).to_list(),
        )
        return sum(
            self._remove(table, {"_id": {"$in": [stored["_id"] for stored in some]}, **expired})
            for some in batched(found, MOST_WRITTEN, strict=False)
        )

    def _remove(self, table: str, query: Mapping[str, Any]) -> int:
        return self._client.write(table, lambda table: table.delete_many(query)).deleted_count


_CONTENT: Final = {"_id": False, "version": True, "body": True}
_LATEST: Final = 2**63 // 1_000 - 1


def _id(collection: str, key: Key) -> str:
    partition, sort = key
    return f"{collection}#{partition}\0{sort}"


def _beyond(place: str) -> str:
    """Return the first string after all that begin with *place*, which ends with U+0000."""
    return f"{place[:-1]}\x01"


def _date(seconds: int) -> DatetimeMS:
    """Return a BSON date, which may lie beyond Python's; beyond BSON's is for ever, too."""
    return DatetimeMS(max(-_LATEST, min(seconds, _LATEST)) * 1_000)


def _stored(collection: str, record: Record, version: int) -> Stored:
    partition, sort = record.key
    stored: Stored = {"_id": _id(collection, record.key), "version": version, "body": record.text}
    if record.expires is not None:
        stored["expires"] = _date(record.expires)
    for index, entry in record.entries.items():
        stored[index.lower()] = f"{_id(collection, entry)}\0{partition}\0{sort}"
    return stored


def _document(stored: Stored) -> Document:
    return Document(_key(stored), stored["version"], stored["body"])


def _key(stored: Stored) -> Key:
    place, _, sort = stored["_id"].partition("\0")
    return place.partition("#")[2], sort


def _sort(stored: Stored) -> str:
    return _key(stored)[1]


def _scan_cursor(stored: Stored) -> str:
    return cursor(*_key(stored))


def _index_cursor(entry: str) -> str:
    return cursor(*entry.split("\0")[1:])


def _pair(after: str) -> Key:
    partition, sort = parts_of(after, 2)
    return partition, sort


def _page(found: Sequence[Stored], limit: int, spell: Callable[[Stored], str]) -> Page:
    return Page(
        [_document(stored) for stored in found[:limit]], spell(found[limit - 1]) if len(found) > limit else None
    )
