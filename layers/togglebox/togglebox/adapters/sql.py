"""A store on SQL: one table a catalogue table, one statement a call; another engine's file holds what differs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import batched, groupby
from typing import Any, Final, Protocol

from togglebox.store.catalogue import COLLECTIONS, INDEXES, TABLES, TABLES_WITH_TTL, Collection
from togglebox.store.port import ABSENT, Body, Clock, Document, Key, Page, StaleWrite
from togglebox.store.record import Record, check_range, cursor, parts_of, spelled, storable, unspelled

type Value = str | int | None
type Row = Sequence[Any]
"""A row's values, in the order of the statement's columns."""
type Statement = tuple[str, Sequence[Value]]

PREFIX: Final = "togglebox_"


class Connection(Protocol):
    """
    A database that runs one statement at a time, each on its own, and durable when a write returns.

    Every method raises `StoreUnavailable` when the database is away, a write `NoAnswer` when it may have happened.
    """

    def row(self, sql: str, values: Sequence[Value]) -> Row | None:
        """Return the only row of a query by key, or ``None``."""

    def rows(self, sql: str, values: Sequence[Value]) -> Sequence[Row]:
        """Return all rows of a query."""

    def change(self, sql: str, values: Sequence[Value] = ()) -> int:
        """Write, and say how many rows were written, those that hold what they held before included."""

    def change_together(self, statements: Sequence[Statement]) -> Sequence[int]:
        """Write all or nothing in one transaction, and say how many rows each statement wrote."""

    def close(self) -> None:
        """Close what is open; a later call may open it again."""


class Dialect:
    """SQL as SQLite speaks it; a subclass overrides what its engine wants otherwise."""

    mark: str = "?"
    """What stands for a value."""
    most_values: int = 400
    """How many values a statement holds: SQLite takes more, but nests conditions at most 1,000 deep."""
    most_statements: int = 500
    """How many statements a transaction holds."""

    partition_type: str = "TEXT"
    """Compared as bytes; long enough for 1,024 of them and the name of a collection."""
    sort_type: str = "TEXT"
    """Compared as bytes; long enough for 1,024 of them."""
    body_type: str = "TEXT"
    integer_type: str = "INTEGER"
    table_options: str = " WITHOUT ROWID, STRICT"
    sparse: str = " WHERE {column} IS NOT NULL"
    """What keeps rows without *column* out of an index; empty for an engine that has no such thing."""
    names: str = "SELECT name FROM sqlite_master WHERE type IN ('table', 'index')"
    """The query for the names of the tables and indexes that are there."""

    def insert_new(self, table: str, columns: Sequence[str]) -> str:
        """Return the statement that inserts a row and leaves one that has its key alone."""
        return f"{self._insert(table, columns)} ON CONFLICT (pk, sk) DO NOTHING"

    def insert_over_expired(self, table: str, columns: Sequence[str]) -> str:
        """Return the same, except that it replaces a row whose ``expires`` is not above one more, last value."""
        replaced = ", ".join(f"{column} = excluded.{column}" for column in columns if column not in ("pk", "sk"))
        return (
            f"{self._insert(table, columns)} ON CONFLICT (pk, sk)"
            f" DO UPDATE SET {replaced} WHERE {table}.expires <= {self.mark}"
        )

    def _insert(self, table: str, columns: Sequence[str]) -> str:
        return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({self.marks(len(columns))})"

    def marks(self, count: int) -> str:
        return ", ".join([self.mark] * count)


class SQLStore:
    """Keep documents in SQL tables, through any `Connection` to an engine that speaks the *dialect*."""

    def __init__(
        self,
        connection: Connection,
        clock: Clock,
        *,
        dialect: Dialect,
        prefix: str = PREFIX,
        collections: Mapping[str, Collection] = COLLECTIONS,
    ) -> None:
        self._connection: Final = connection
        self._clock: Final = clock
        self._dialect: Final = dialect
        self._prefix: Final = prefix
        self._plans: Final = {
            name: _Plan(collection, table_name(collection.table, prefix), dialect)
            for name, collection in collections.items()
        }

    def get(self, collection: str, key: Key) -> Document | None:
        plan = self._plans[collection]
        partition, sort = key
        if not storable(partition, sort):
            return None
        values = (f"{collection}#{partition}", sort)
        row = self._connection.row(plan.get, (*values, self._now()) if plan.ttl else values)
        return None if row is None else Document(key, row[0], row[1])

    def get_many(self, collection: str, keys: Sequence[Key]) -> list[Document | None]:
        plan = self._plans[collection]
        found = {}
        for condition, values in self._conditions(collection, keys):
            sql = f"SELECT pk, sk, version, body FROM {plan.table} WHERE ({condition}){plan.alive}"
            for row in self._connection.rows(sql, [*values, *self._alive(plan)]):
                document = _document(row)
                found[document.key] = document
        return [found.get(key) for key in keys]

    def put(self, collection: str, key: Key, body: Body, *, expect: int) -> Document:
        plan = self._plans[collection]
        record = Record.of(plan.collection, key, body)
        values = plan.values(record, expect + 1)
        if expect == ABSENT:
            written = self._connection.change(plan.insert, [*values, *self._alive(plan)])
        else:
            written = self._connection.change(plan.update, [*values[2:], *values[:2], expect, *self._alive(plan)])
        if not written:
            raise StaleWrite
        return Document(key, expect + 1, record.text)

    def delete(self, collection: str, key: Key, *, expect: int) -> None:
        plan = self._plans[collection]
        partition, sort = key
        if not storable(partition, sort):
            raise StaleWrite
        values = [spelled(collection, partition), sort, expect, *self._alive(plan)]
        if not self._connection.change(plan.delete, values):
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

        plan = self._plans[collection]
        mark = self._dialect.mark
        sort = f"{index.lower()}sk" if index else "sk"
        order = (sort, "pk", "sk") if index else (sort,)
        conditions = [f"{index.lower()}pk = {mark}" if index else f"pk = {mark}"]
        values: list[Value] = [spelled(collection, partition)]
        if low:
            conditions.append(f"{sort} >= {mark}")
            values.append(low)
        if high is not None:
            conditions.append(f"{sort} < {mark}")
            values.append(high)
        if after is not None:
            conditions.append(f"({', '.join(order)}) {'<' if reverse else '>'} ({self._dialect.marks(len(order))})")
            values.extend(_place(collection, parts_of(after, 3)) if index else [after])

        direction = " DESC" if reverse else ""
        rows = self._connection.rows(
            f"SELECT pk, sk, version, body, {sort} FROM {plan.table}"
            f" WHERE {' AND '.join(conditions)}{plan.alive}"
            f" ORDER BY {', '.join(column + direction for column in order)} LIMIT {mark}",
            [*values, *self._alive(plan), limit + 1],
        )
        return _page(rows, limit, lambda row: cursor(row[4], unspelled(row[0]), row[1]) if index else row[1])

    def add_new(self, collection: str, documents: Iterable[tuple[Key, Body]]) -> list[bool]:
        plan = self._plans[collection]
        alive = self._alive(plan)
        statements = [
            (plan.insert, [*plan.values(Record.of(plan.collection, key, body), 1), *alive]) for key, body in documents
        ]
        return [
            written > 0
            for some in batched(statements, self._dialect.most_statements, strict=False)
            for written in self._connection.change_together(some)
        ]

    def scan(self, collection: str, *, limit: int, after: str | None = None) -> Page:
        plan = self._plans[collection]
        mark = self._dialect.mark
        # "$" follows "#" in every order by bytes, so the two bounds hold the collection's partitions and no others.
        start = parts_of(after, 2) if after is not None else ("", "")
        rows = self._connection.rows(
            f"SELECT pk, sk, version, body FROM {plan.table}"
            f" WHERE pk < {mark} AND (pk, sk) > ({mark}, {mark}){plan.alive} ORDER BY pk, sk LIMIT {mark}",
            [f"{collection}$", spelled(collection, start[0]), start[1], *self._alive(plan), limit + 1],
        )
        return _page(rows, limit, lambda row: cursor(unspelled(row[0]), row[1]))

    def delete_many(self, collection: str, keys: Iterable[Key]) -> None:
        plan = self._plans[collection]
        for condition, values in self._conditions(collection, keys):
            self._connection.change(f"DELETE FROM {plan.table} WHERE {condition}", values)

    def sweep(self, limit: int) -> int:
        """Remove up to *limit* expired documents, and say how many; until then they only take room."""
        swept = 0
        for plan in self._plans.values():
            if plan.ttl and swept < limit:
                swept += self._sweep(plan, limit - swept)
        return swept

    def schema(self) -> SQLSchema:
        return SQLSchema(self._connection, dialect=self._dialect, prefix=self._prefix)

    def close(self) -> None:
        self._connection.close()

    def _now(self) -> int:
        return int(self._clock())

    def _alive(self, plan: _Plan) -> Sequence[Value]:
        return (self._now(),) if plan.ttl else ()

    def _conditions(self, collection: str, keys: Iterable[Key]) -> Iterator[Statement]:
        """Yield conditions that name all *keys* between them; each leaves room for one more value."""
        some: list[Key] = []
        size = 0
        for key in sorted({key for key in keys if storable(*key)}):
            cost = 1 if some and some[-1][0] == key[0] else 2
            if size + cost >= self._dialect.most_values:
                yield self._condition(collection, some)
                some, size, cost = [], 0, 2
            some.append(key)
            size += cost
        if some:
            yield self._condition(collection, some)

    def _condition(self, collection: str, keys: Sequence[Key]) -> Statement:
        conditions: list[str] = []
        values: list[Value] = []
        for partition, group in groupby(keys, key=lambda key: key[0]):
            sorts = [sort for _, sort in group]
            conditions.append(f"pk = {self._dialect.mark} AND sk IN ({self._dialect.marks(len(sorts))})")
            values += [spelled(collection, partition), *sorts]
        return " OR ".join(conditions), values

    def _sweep(self, plan: _Plan, limit: int) -> int:
        mark, now = self._dialect.mark, self._now()
        expired = self._connection.rows(
            f"SELECT pk, sk FROM {plan.table} WHERE expires <= {mark} ORDER BY expires LIMIT {mark}", [now, limit]
        )
        statement = f"DELETE FROM {plan.table} WHERE pk = {mark} AND sk = {mark} AND expires <= {mark}"
        return sum(
            sum(self._connection.change_together([(statement, [*row, now]) for row in some]))
            for some in batched(expired, self._dialect.most_statements, strict=False)
        )


class SQLSchema:
    """The tables and indexes of the catalogue, as the *dialect* spells them."""

    def __init__(self, connection: Connection, *, dialect: Dialect, prefix: str = PREFIX) -> None:
        self._connection: Final = connection
        self._dialect: Final = dialect
        self._statements: Final = statements(dialect, prefix)

    def missing(self) -> Sequence[str]:
        present = {row[0] for row in self._connection.rows(self._dialect.names, ())}
        return [name for name in self._statements if name not in present]

    def create(self, report: Callable[[int, int, str], None] = lambda done, total, what: None) -> None:
        missing = self.missing()
        for done, name in enumerate(missing, start=1):
            self._connection.change(self._statements[name])
            report(done, len(missing), name)


def statements(dialect: Dialect, prefix: str = PREFIX) -> Mapping[str, str]:
    """Return the statement that makes each table and index, by its name, in the order in which to run them."""
    made: dict[str, str] = {}
    for base in TABLES:
        table = table_name(base, prefix)
        made[table] = _create_table(table, dialect)
        for index in INDEXES:
            name = index.lower()
            made[f"{table}_{name}"] = (
                f"CREATE INDEX IF NOT EXISTS {table}_{name} ON {table} ({name}pk, {name}sk, pk, sk)"
                f"{dialect.sparse.format(column=f'{name}pk')}"
            )
        if base in TABLES_WITH_TTL:
            made[f"{table}_expires"] = (
                f"CREATE INDEX IF NOT EXISTS {table}_expires ON {table} (expires)"
                f"{dialect.sparse.format(column='expires')}"
            )
    return made


def table_name(base: str, prefix: str = PREFIX) -> str:
    return prefix + base.replace("-", "_")


class _Plan:
    """The statements of one collection, made once."""

    def __init__(self, collection: Collection, table: str, dialect: Dialect) -> None:
        mark = dialect.mark
        columns = ["pk", "sk", "version", "body"]
        if collection.ttl:
            columns.append("expires")
        for index in collection.indexes:
            columns += [f"{index.lower()}pk", f"{index.lower()}sk"]
        written = ", ".join(f"{column} = {mark}" for column in columns[2:])

        self.collection: Final = collection
        self.table: Final = table
        self.ttl: Final = collection.ttl
        self.alive: Final = f" AND (expires IS NULL OR expires > {mark})" if collection.ttl else ""
        at_key = f"WHERE pk = {mark} AND sk = {mark}"
        self.get: Final = f"SELECT version, body FROM {table} {at_key}{self.alive}"
        self.insert: Final = (dialect.insert_over_expired if collection.ttl else dialect.insert_new)(table, columns)
        self.update: Final = f"UPDATE {table} SET {written} {at_key} AND version = {mark}{self.alive}"
        self.delete: Final = f"DELETE FROM {table} {at_key} AND version = {mark}{self.alive}"

    def values(self, record: Record, version: int) -> list[Value]:
        partition, sort = record.key
        values: list[Value] = [spelled(self.collection.name, partition), sort, version, record.text]
        if self.ttl:
            values.append(record.expires)
        for index in self.collection.indexes:
            entry = record.entries.get(index)
            values += (spelled(self.collection.name, entry[0]), entry[1]) if entry else (None, None)
        return values


def _document(row: Row) -> Document:
    return Document((unspelled(row[0]), row[1]), row[2], row[3])


def _page(rows: Sequence[Row], limit: int, spell: Callable[[Row], str]) -> Page:
    return Page([_document(row) for row in rows[:limit]], spell(rows[limit - 1]) if len(rows) > limit else None)


def _place(collection: str, parts: Sequence[str]) -> Sequence[str]:
    sort, partition, key = parts
    return sort, spelled(collection, partition), key


def _create_table(table: str, dialect: Dialect) -> str:
    columns = [
        f"pk {dialect.partition_type} NOT NULL",
        f"sk {dialect.sort_type} NOT NULL",
        f"version {dialect.integer_type} NOT NULL",
        f"body {dialect.body_type} NOT NULL",
        f"expires {dialect.integer_type}",
    ]
    for index in INDEXES:
        columns += [f"{index.lower()}pk {dialect.partition_type}", f"{index.lower()}sk {dialect.sort_type}"]
    columns.append("PRIMARY KEY (pk, sk)")
    return f"CREATE TABLE IF NOT EXISTS {table} (\n  {',\n  '.join(columns)}\n){dialect.table_options}"
