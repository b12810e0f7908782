"""The catalogue's collections and indexes in MongoDB: what is missing, and how it is made."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from functools import partial
from typing import Any, Final

import pymongo
from bson.errors import BSONError
from pymongo.database import Database
from pymongo.errors import OperationFailure, PyMongoError

from togglebox.adapters.mongodb_client import MongoDBClient, Stored, translated
from togglebox.store.catalogue import INDEXES, TABLES, TABLES_WITH_TTL

PREFIX: Final = "togglebox_"
MOST_SECONDS: Final = 600
"""How long one step may take: an index over what is stored already is built before MongoDB answers."""


class MongoDBSchema:
    """
    A collection for each table of the catalogue, with an index for each of its own and one that expires documents.

    What is missing is found by name, so it does not matter which version made the rest.
    """

    def __init__(self, client: MongoDBClient, *, prefix: str = PREFIX) -> None:
        self._client: Final = client
        self._prefix: Final = prefix

    def missing(self) -> Sequence[str]:
        return self._done(self._missing)

    def create(self, report: Callable[[int, int, str], None] = lambda done, total, what: None) -> None:
        missing = self.missing()
        for done, name in enumerate(missing, start=1):
            self._done(partial(_make, name), within=MOST_SECONDS)
            report(done, len(missing), name)

    def _missing(self, database: Database[Stored]) -> Sequence[str]:
        there = set(database.list_collection_names())
        missing: list[str] = []
        for base in TABLES:
            table = table_name(base, self._prefix)
            indexes = set(database[table].index_information()) if table in there else set()
            missing += [] if table in there else [table]
            missing += [f"{table}.{index}" for index in _indexes(base) if index not in indexes]
        return missing

    def _done[Answer](self, do: Callable[[Database[Stored]], Answer], *, within: float | None = None) -> Answer:
        """Return what *do* answers, *within* so many seconds, or with the client's own time-outs."""
        try:
            with nullcontext() if within is None else pymongo.timeout(within):
                return do(self._client.database())
        except (PyMongoError, BSONError) as error:
            raise translated(error, writing=True) from error


def table_name(base: str, prefix: str = PREFIX) -> str:
    return prefix + base.replace("-", "_")


def _indexes(base: str) -> Sequence[str]:
    return [*(index.lower() for index in INDEXES), *(["expires"] if base in TABLES_WITH_TTL else [])]


def _make(name: str, database: Database[Stored]) -> None:
    """Make the collection or the index of this *name*; whoever else makes the same one is no hindrance."""
    table, _, index = name.partition(".")
    if not index:
        try:
            database.create_collection(table, check_exists=False)
        except OperationFailure as error:
            if error.code != _EXISTS:
                raise
    elif index == "expires":
        try:
            _index(database, table, index, expireAfterSeconds=0)
        except OperationFailure as error:
            if error.code not in _NO_EXPIRY:
                raise
            _index(database, table, index)  # then `MongoDBStore.sweep` removes them
    else:
        _index(database, table, index, sparse=True)


def _index(database: Database[Stored], table: str, name: str, **options: Any) -> None:
    database[table].create_index([(name, pymongo.ASCENDING)], name=name, **options)


_EXISTS: Final = 48  # NamespaceExists
_NO_EXPIRY: Final = frozenset(
    {
        67,  # CannotCreateIndex
        115,  # CommandNotSupported
        197,  # InvalidIndexSpecificationOption
        238,  # NotImplemented: FerretDB
    }
)
