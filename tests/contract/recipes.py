"""How a process opens a store of each engine: recipes that can be sent to another one, which opens the same store."""

import os
import shutil
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Protocol

from tests.adapters.d1_api import ACCOUNT, DATABASE, TOKEN
from tests.contract.catalogue import CATALOGUES
from tests.engines.d1 import RemoteStore
from togglebox.adapters.aws_signature import Credentials
from togglebox.adapters.d1 import D1Store
from togglebox.adapters.d1_http import D1HTTPConnection
from togglebox.adapters.dynamodb import DynamoDBStore
from togglebox.adapters.dynamodb_boto3 import Boto3Client
from togglebox.adapters.dynamodb_schema import DynamoDBSchema
from togglebox.adapters.dynamodb_signed import SignedClient
from togglebox.adapters.memory import MemoryStore
from togglebox.adapters.mongodb import MongoDBStore
from togglebox.adapters.mysql import MySQLStore
from togglebox.adapters.postgresql import PostgreSQLStore
from togglebox.adapters.sql import SQLStore
from togglebox.adapters.sql_schema import table_name
from togglebox.adapters.sqlite import SQLiteStore
from togglebox.store.port import Clock, Store

CONNECTIONS = 20
"""As many as a test has threads at once."""


MOST_PAGES = 4
"""More than a test leaves; what cannot be removed, the next test finds."""


class Recipe(Protocol):
    """
    Opens the store of a *catalogue*, one of `CATALOGUES`: those of different ones never meet.

    A recipe can be pickled, unless its engine says that no other process can reach its store.
    """

    def make(self, catalogue: str) -> None:
        """Make what the store needs, before anything else; it may be there already, and in use."""

    def empty(self, catalogue: str) -> None:
        """Remove what the test before has left: making tables anew would take longer."""

    def opened(self, catalogue: str, clock: Clock) -> AbstractContextManager[Store]:
        """Open the store, and close it at the end of the block."""


@dataclass(frozen=True, slots=True)
class InMemory:
    def make(self, catalogue: str) -> None:
        """Nothing is to be made."""

    def empty(self, catalogue: str) -> None:
        """Each one that is opened is another."""

    @contextmanager
    def opened(self, catalogue: str, clock: Clock) -> Iterator[Store]:
        yield MemoryStore(clock, collections=CATALOGUES[catalogue])


@dataclass(frozen=True, slots=True)
class InSQLite:
    """A file for each catalogue, in a *folder*; it is copied from one in the folder *template*."""

    folder: Path
    template: Path

    def make(self, catalogue: str) -> None:
        template = self.template / f"{catalogue}.db"
        if not template.exists():
            with closing(SQLiteStore(template, time.time)) as store:
                store.schema().create()
        shutil.copy(template, self.folder)

    def empty(self, catalogue: str) -> None:
        """Each test has a folder of its own."""

    @contextmanager
    def opened(self, catalogue: str, clock: Clock) -> Iterator[Store]:
        file = self.folder / f"{catalogue}.db"
        with closing(SQLiteStore(file, clock, collections=CATALOGUES[catalogue])) as store:
            yield store


@dataclass(frozen=True, slots=True)
class InSQLServer:
    """Tables whose names begin with the catalogue's, in the database at *url*, by a *driver*: a store's class."""

    driver: type[PostgreSQLStore | MySQLStore]
    url: str

    def make(self, catalogue: str) -> None:
        with closing(self._store(catalogue, time.time)) as store:
            store.schema().create()

    def empty(self, catalogue: str) -> None:
        with closing(self._store(catalogue, time.time)) as store:
            empty_tables(store, catalogue)

    @contextmanager
    def opened(self, catalogue: str, clock: Clock) -> Iterator[Store]:
        with closing(self._store(catalogue, clock)) as store:
            yield store

    def _store(self, catalogue: str, clock: Clock) -> PostgreSQLStore | MySQLStore:
        return self.driver(
            self.url,
            clock,
            prefix=f"{catalogue}_",
            collections=CATALOGUES[catalogue],
            most_connections=CONNECTIONS,
        )


@dataclass(frozen=True, slots=True)
class InMongoDB:
    """A database of the catalogue's name, on the server at *url*; some servers are safe through one connection only."""

    url: str
    most_connections: int = CONNECTIONS

    def make(self, catalogue: str) -> None:
        with closing(self._store(catalogue, time.time)) as store:
            store.schema().create()

    def empty(self, catalogue: str) -> None:
        with closing(self._store(catalogue, time.time)) as store:
            for table in set(store._tables.values()):
                store._client.table(table).delete_many({})

    @contextmanager
    def opened(self, catalogue: str, clock: Clock) -> Iterator[Store]:
        with closing(self._store(catalogue, clock)) as store:
            yield store

    def _store(self, catalogue: str, clock: Clock) -> MongoDBStore:
        return MongoDBStore(
            f"{self.url}/{catalogue}",
            clock,
            collections=CATALOGUES[catalogue],
            most_connections=self.most_connections,
        )


@dataclass(frozen=True, slots=True)
class InD1:
    """Tables whose names begin with the catalogue's, through the stores that a process serves at *port*."""

    port: int

    def make(self, catalogue: str) -> None:
        with closing(self._store(catalogue, time.time)) as store:
            store.create()

    def empty(self, catalogue: str) -> None:
        with closing(self._store(catalogue, time.time)) as store:
            store.empty()

    @contextmanager
    def opened(self, catalogue: str, clock: Clock) -> Iterator[Store]:
        with closing(self._store(catalogue, clock)) as store:
            yield store

    def _store(self, catalogue: str, clock: Clock) -> RemoteStore:
        return RemoteStore(self.port, catalogue, f"{catalogue}_", clock)


@dataclass(frozen=True, slots=True)
class InD1OverHTTP:
    """The same tables, through the REST API at *endpoint*."""

    endpoint: str

    def make(self, catalogue: str) -> None:
        with closing(self._store(catalogue, time.time)) as store:
            store.schema().create()

    def empty(self, catalogue: str) -> None:
        with closing(self._store(catalogue, time.time)) as store:
            empty_tables(store, catalogue)

    @contextmanager
    def opened(self, catalogue: str, clock: Clock) -> Iterator[Store]:
        with closing(self._store(catalogue, clock)) as store:
            yield store

    def _store(self, catalogue: str, clock: Clock) -> D1Store:
        connection = D1HTTPConnection(ACCOUNT, DATABASE, TOKEN, endpoint=self.endpoint)
        return D1Store(connection, clock, prefix=f"{catalogue}_", collections=CATALOGUES[catalogue])


@dataclass(frozen=True, slots=True)
class InDynamoDB:
    """Tables whose names begin with the catalogue's, at *endpoint*, through one or the other client."""

    client: str
    endpoint: str

    def make(self, catalogue: str) -> None:
        DynamoDBSchema(signed_client(self.endpoint), prefix=f"{catalogue}-").create()

    def empty(self, catalogue: str) -> None:
        store = self._store(signed_client(self.endpoint), catalogue, lambda: 0.0)  # a time when nothing has expired
        for collection in CATALOGUES[catalogue]:
            for _ in range(MOST_PAGES):
                documents = store.scan(collection, limit=500).documents
                if not documents:
                    break
                store.delete_many(collection, [document.key for document in documents])

    @contextmanager
    def opened(self, catalogue: str, clock: Clock) -> Iterator[Store]:
        client = boto3_client if self.client == "boto3" else signed_client
        yield self._store(client(self.endpoint), catalogue, clock)

    def _store(self, client: Any, catalogue: str, clock: Clock) -> DynamoDBStore:
        return DynamoDBStore(client, clock, dice=lambda: 0.5, prefix=f"{catalogue}-", collections=CATALOGUES[catalogue])


@cache
def signed_client(endpoint: str) -> SignedClient:
    """Return this process's client; it is made once, because the other takes its time."""
    keys = Credentials(os.environ["AWS_ACCESS_KEY_ID"], os.environ["AWS_SECRET_ACCESS_KEY"])
    return SignedClient("us-east-1", lambda: keys, time.time, dice=lambda: 0.5, endpoint=endpoint)


@cache
def boto3_client(endpoint: str) -> Boto3Client:
    return Boto3Client("us-east-1", endpoint=endpoint)


def empty_tables(store: SQLStore, catalogue: str) -> None:
    """Remove all rows of the catalogue's tables."""
    for table in {collection.table for collection in CATALOGUES[catalogue].values()}:
        store._connection.change(f"DELETE FROM {table_name(table, store._prefix)}")
