"""What the store adds to its driver: a get, a conditional put, a page of 100, 1,000 new documents, on each engine."""

import sys

sys.path[0] += "/.."  # this folder itself would hide the standard library's `http`

import json
import os
import random
import sqlite3
import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from dataclasses import dataclass
from itertools import batched
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import psycopg
import pymysql
from pymongo import MongoClient

from tests.engines import ENGINES
from tests.engines.dynamodb import dynamodb_local
from tests.engines.mariadb import mariadb
from tests.engines.mongodb import mongo_java_server
from tests.engines.postgresql import postgresql
from togglebox.adapters.aws_signature import Credentials
from togglebox.adapters.dynamodb import DynamoDBStore
from togglebox.adapters.dynamodb_boto3 import Boto3Client
from togglebox.adapters.dynamodb_schema import DynamoDBSchema
from togglebox.adapters.dynamodb_signed import SignedClient
from togglebox.adapters.mongodb import MongoDBStore
from togglebox.adapters.mysql import MySQLStore
from togglebox.adapters.mysql_url import connect_arguments as mysql_arguments
from togglebox.adapters.postgresql import PostgreSQLStore, _insert_all
from togglebox.adapters.sqlite import SQLiteStore
from togglebox.store.port import Body, Key, Store

os.environ.update(AWS_ACCESS_KEY_ID="bench", AWS_SECRET_ACCESS_KEY="bench", AWS_DEFAULT_REGION="us-east-1")

ROUNDS: Final = 15
"""So often store and driver take turns; the medians are told."""
TIMES: Final = {"get": 200, "put": 100, "page of 100": 20, "1,000 new": 1}
"""How often each is done in a turn."""
BUDGET: Final = {"get": 1.5, "put": 1.5, "page of 100": 1.2, "1,000 new": 1.2}
"""How many times the driver's time the store may take."""
PARTITION: Final = "shop"
BODY: Final[Body] = {"deleted": False, "data": {"name": "Dark mode", "enabled": True}, "change": {"at": "2026-01-01"}}


@dataclass(frozen=True, slots=True)
class Contest:
    """A store, and the driver's own way of doing the same: each operation once, and what makes room for the next."""

    store: Store
    get: Callable[[Key], object]
    put: Callable[[Key, int], object]
    page: Callable[[], object]
    add: Callable[[Sequence[Key]], object]


def encoded() -> str:
    """Return the document's text: whoever uses the driver itself has to make it, too."""
    return json.dumps(BODY)


def main() -> int:
    """Print the table; return 1 if an operation exceeds its budget."""
    print(f"{'engine':<20} {'operation':<12} {'store':>10} {'driver':>10} {'ratio':>6} {'budget':>7}")
    over = 0
    for name, opened in CONTESTS.items():
        missing = ENGINES[name].missing()
        if missing:
            print(f"{ENGINES[name].title:<20} {missing}")
            continue
        with opened() as contest:
            for operation, (ours, theirs) in measured(contest).items():
                ratio = ours / theirs
                over += ratio > BUDGET[operation]
                print(
                    f"{ENGINES[name].title:<20} {operation:<12} {ours * 1e6:>7.0f} us {theirs * 1e6:>7.0f} us"
                    f" {ratio:>6.2f} {BUDGET[operation]:>7.1f}{' over' if ratio > BUDGET[operation] else ''}",
                    flush=True,
                )
    return 1 if over else 0


def measured(contest: Contest) -> dict[str, tuple[float, float]]:
    """Return the seconds that store and driver take for each operation."""
    store = contest.store
    listed = [(PARTITION, f"{number:04}") for number in range(150)]
    store.add_new("flags", [(key, BODY) for key in listed])
    ours, theirs = (PARTITION, "ours"), (PARTITION, "theirs")
    store.add_new("flags", [(ours, BODY), (theirs, BODY)])
    versions = {ours: 1, theirs: 1}
    fresh = ([("fresh", f"{turn:02}{who}{number:04}") for number in range(1_000)] for turn in range(99) for who in "ab")

    def put_ours() -> None:
        store.put("flags", ours, BODY, expect=versions[ours])
        versions[ours] += 1

    def put_theirs() -> None:
        contest.put(theirs, versions[theirs])
        versions[theirs] += 1

    def add_ours() -> None:
        assert all(store.add_new("flags", [(key, BODY) for key in next(fresh)]))

    pairs: dict[str, tuple[Callable[[], object], Callable[[], object]]] = {
        "get": (lambda: store.get("flags", random.choice(listed)), lambda: contest.get(random.choice(listed))),
        "put": (put_ours, put_theirs),
        "page of 100": (lambda: store.page("flags", PARTITION, limit=100), contest.page),
        "1,000 new": (add_ours, lambda: contest.add(next(fresh))),
    }
    return {operation: _medians(*pair, times=TIMES[operation]) for operation, pair in pairs.items()}


def _medians(ours: Callable[[], object], theirs: Callable[[], object], *, times: int) -> tuple[float, float]:
    ours(), theirs()
    took: tuple[list[float], list[float]] = [], []
    for turn in range(ROUNDS):
        for which in (0, 1) if turn % 2 else (1, 0):
            work = (ours, theirs)[which]
            began = time.perf_counter()
            for _ in range(times):
                work()
            took[which].append((time.perf_counter() - began) / times)
    return statistics.median(took[0]), statistics.median(took[1])


def _sql(store: Any, run: Callable[[str, Sequence[Any]], object], add: Callable[[Sequence[Any]], object]) -> Contest:
    """Return the contest of a store and its driver, which *run*s the store's own statements, and *add*s rows."""
    plan = store._plans["flags"]
    unlisted = [None] * (len(plan.columns) - 4)
    page = _heard(store, lambda: store.page("flags", PARTITION, limit=100))
    return Contest(
        store,
        get=lambda key: run(plan.get, (f"flags#{key[0]}", key[1])),
        put=lambda key, version: run(
            plan.update, (version + 1, encoded(), *unlisted, f"flags#{key[0]}", key[1], version)
        ),
        page=lambda: run(*page),
        add=lambda keys: add([(f"flags#{key[0]}", key[1], 1, encoded(), *unlisted) for key in keys]),
    )


def _heard(store: Any, call: Callable[[], object]) -> tuple[str, Sequence[Any]]:
    """Return the only statement that *call* reads by."""
    connection = store._connection
    store._connection = _Listening()
    call()
    (heard,) = store._connection.heard
    store._connection = connection
    statement: tuple[str, Sequence[Any]] = heard
    return statement


class _Listening:
    def __init__(self) -> None:
        self.heard: list[tuple[str, Sequence[Any]]] = []

    def rows(self, sql: str, values: Sequence[Any]) -> Sequence[Any]:
        self.heard.append((sql, values))
        return ()


@contextmanager
def _sqlite() -> Iterator[Contest]:
    with TemporaryDirectory() as folder, ExitStack() as stack:
        file = Path(folder) / "togglebox.db"
        store = stack.enter_context(closing(SQLiteStore(file, time.time)))
        store.schema().create()
        bare = stack.enter_context(closing(sqlite3.connect(file, isolation_level=None)))
        bare.execute("PRAGMA synchronous = FULL")
        insert = store._plans["flags"].insert

        def add(rows: Sequence[Any]) -> None:
            bare.execute("BEGIN IMMEDIATE")
            bare.executemany(insert, rows)
            bare.execute("COMMIT")

        yield _sql(store, lambda sql, values: bare.execute(sql, values).fetchall(), add)


@contextmanager
def _postgresql() -> Iterator[Contest]:
    with postgresql() as server, ExitStack() as stack:
        store = stack.enter_context(closing(PostgreSQLStore(server.url, time.time)))
        store.schema().create()
        bare = stack.enter_context(psycopg.connect(server.url, autocommit=True))
        insert = _insert_all(store._plans["flags"])

        def run(sql: str, values: Sequence[Any]) -> object:
            cursor = bare.execute(sql.encode(), values)
            return cursor.fetchall() if cursor.description else cursor.rowcount

        yield _sql(
            store,
            run,
            lambda rows: run(insert, [json.dumps(column) for column in zip(*rows, strict=True)]),
        )


@contextmanager
def _mysql() -> Iterator[Contest]:
    with mariadb() as server, ExitStack() as stack:
        store = stack.enter_context(closing(MySQLStore(server.url, time.time)))
        store.schema().create()
        bare = stack.enter_context(
            closing(pymysql.connect(**mysql_arguments(server.url), charset="utf8mb4", autocommit=True))
        )
        plan = store._plans["flags"]

        def run(sql: str, values: Sequence[Any]) -> object:
            cursor = bare.cursor()
            return cursor.execute(sql, values) and cursor.fetchall()

        def add(rows: Sequence[Any]) -> None:
            marks = ", ".join(["(" + ", ".join(["%s"] * len(rows[0])) + ")"] * len(rows))
            run(
                f"INSERT INTO {plan.table} ({', '.join(plan.columns)}) VALUES {marks}", [v for row in rows for v in row]
            )

        yield _sql(store, run, add)


@contextmanager
def _mongodb() -> Iterator[Contest]:
    with mongo_java_server() as server, ExitStack() as stack:
        url = f"{server.url}/bench"
        store = stack.enter_context(closing(MongoDBStore(url, time.time)))
        store.schema().create()
        client = stack.enter_context(closing(MongoClient[dict[str, Any]](url, w="majority", journal=True)))
        bare = client.get_default_database()["togglebox_flags"]
        fields = {"_id": True, "version": True, "body": True}

        def stored(key: Key, version: int) -> dict[str, Any]:
            return {"_id": f"flags#{key[0]}\0{key[1]}", "version": version, "body": encoded()}

        yield Contest(
            store,
            get=lambda key: bare.find_one({"_id": f"flags#{key[0]}\0{key[1]}"}, fields),
            put=lambda key, version: bare.replace_one(
                {"_id": f"flags#{key[0]}\0{key[1]}", "version": version}, stored(key, version + 1)
            ),
            page=lambda: list(
                bare.find(
                    {"_id": {"$gte": f"flags#{PARTITION}\0", "$lt": f"flags#{PARTITION}\x01"}},
                    fields,
                    sort=[("_id", 1)],
                    limit=101,
                )
            ),
            add=lambda keys: bare.insert_many([stored(key, 1) for key in keys], ordered=False),
        )


@contextmanager
def _dynamodb() -> Iterator[Contest]:
    with dynamodb_local() as server, ExitStack() as stack:
        keys = Credentials("bench", "bench")
        client = SignedClient("us-east-1", lambda: keys, time.time, dice=random.random, endpoint=server.endpoint)
        stack.enter_context(closing(client))
        DynamoDBSchema(client).create()
        bare = Boto3Client("us-east-1", endpoint=server.endpoint)
        stack.enter_context(closing(bare))
        table = "togglebox-flags"

        def item(key: Key, version: int) -> dict[str, Any]:
            address = {"PK": {"S": f"flags#{key[0]}"}, "SK": {"S": key[1]}}
            return {**address, "v": {"N": str(version)}, "body": {"S": encoded()}}

        def add(keys: Sequence[Key]) -> None:
            for some in batched(keys, 25, strict=False):
                statement = f"INSERT INTO \"{table}\" VALUE {{'PK': ?, 'SK': ?, 'v': ?, 'body': ?}}"
                bare.call(
                    "BatchExecuteStatement",
                    {
                        "Statements": [
                            {"Statement": statement, "Parameters": list(item(key, 1).values())} for key in some
                        ]
                    },
                )

        yield Contest(
            DynamoDBStore(client, time.time, dice=random.random),
            get=lambda key: bare.call(
                "GetItem",
                {
                    "TableName": table,
                    "Key": {"PK": {"S": f"flags#{key[0]}"}, "SK": {"S": key[1]}},
                    "ConsistentRead": True,
                },
            ),
            put=lambda key, version: bare.call(
                "PutItem",
                {
                    "TableName": table,
                    "Item": item(key, version + 1),
                    "ConditionExpression": "v = :seen",
                    "ExpressionAttributeValues": {":seen": {"N": str(version)}},
                },
            ),
            page=lambda: bare.call(
                "Query",
                {
                    "TableName": table,
                    "KeyConditionExpression": "PK = :partition",
                    "ExpressionAttributeValues": {":partition": {"S": f"flags#{PARTITION}"}},
                    "ConsistentRead": True,
                    "Limit": 101,
                },
            ),
            add=add,
        )


CONTESTS: Final[Mapping[str, Callable[[], AbstractContextManager[Contest]]]] = {
    "sqlite": _sqlite,
    "postgresql": _postgresql,
    "mysql": _mysql,
    "mongodb": _mongodb,
    "dynamodb": _dynamodb,
}

if __name__ == "__main__":
    sys.exit(main())
