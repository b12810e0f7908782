"""A store on SQL: one table a catalogue table, one statement a call; another engine's file holds what differs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import batched, groupby
from typing import Final

from togglebox.adapters.sql_dialect import PREFIX, Connection, Dialect, Row, Statement, Value
from togglebox.adapters.sql_schema import SQLSchema, table_name
from togglebox.store.catalogue import COLLECTIONS, Collection
from togglebox.store.port import ABSENT, Body, Clock, Document, Key, Page, StaleWrite
from togglebox.store.record import Record, check_range, cursor, parts_of, spelled, storable, unspelled


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
            name: Plan(collection, table_name(collection.table, prefix), dialect)
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
            written = self._connection.change(plan.insert, [*values, *self._alive(plan) * plan.insert_asks])
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
            place = _place(collection, parts_of(after, 3)) if index else [after]
            beyond, bounds = self._dialect.beyond(order, place, reverse=reverse)
            conditions.append(beyond)
            values.extend(bounds)

        table, ordered = self._dialect.ordered(plan.table, index, sort) if index else (plan.table, order)
        direction = " DESC" if reverse else ""
        # In the table's own order the partition is known, and need not be sent and read for each row.
        columns = f"pk, sk, version, body, {sort}" if index else "sk, version, body"
        rows = self._connection.rows(
            f"SELECT {columns} FROM {table}"
            f" WHERE {' AND '.join(conditions)}{plan.alive}"
            f" ORDER BY {', '.join(column + direction for column in ordered)} LIMIT {mark}",
            [*values, *self._alive(plan), limit + 1],
        )
        if index:
            return _page(rows, limit, lambda row: cursor(row[4], unspelled(row[0]), row[1]))
        documents = [Document((partition, sort), version, body) for sort, version, body in rows[:limit]]
        return Page(documents, documents[-1].key[1] if len(rows) > limit else None)

    def add_new(self, collection: str, documents: Iterable[tuple[Key, Body]]) -> list[bool]:
        return self._add(collection, ((key, body, 1) for key, body in documents))

    def restore(self, collection: str, documents: Iterable[Document]) -> list[bool]:
        return self._add(collection, ((document.key, document.body, document.version) for document in documents))

    def scan(self, collection: str, *, limit: int, after: str | None = None) -> Page:
        plan = self._plans[collection]
        mark = self._dialect.mark
        # "$" follows "#" in every order by bytes, so the two bounds hold the collection's partitions and no others.
        start = parts_of(after, 2) if after is not None else ("", "")
        place = (spelled(collection, start[0]), start[1])
        beyond, bounds = self._dialect.beyond(("pk", "sk"), place, reverse=False)
        rows = self._connection.rows(
            f"SELECT pk, sk, version, body FROM {plan.table}"
            f" WHERE pk < {mark} AND {beyond}{plan.alive} ORDER BY pk, sk LIMIT {mark}",
            [f"{collection}$", *bounds, *self._alive(plan), limit + 1],
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

    def _alive(self, plan: Plan) -> tuple[Value, ...]:
        return (self._now(),) if plan.ttl else ()

    def _add(self, collection: str, documents: Iterable[tuple[Key, Body, int]]) -> list[bool]:
        plan = self._plans[collection]
        keys: list[Key] = []
        firsts: dict[Key, Sequence[Value]] = {}
        for key, body, version in documents:
            keys.append(key)
            if key not in firsts:
                firsts[key] = plan.values(Record.of(plan.collection, key, body), version)
        new: set[Key] = set()
        # In one order, whoever adds them: so two that add the same rows wait for each other, and never in a circle.
        for some in batched(sorted(firsts), self._dialect.most_rows, strict=False):
            said = self._insert(plan, [firsts[key] for key in some])
            new.update(key for key, is_new in zip(some, said, strict=True) if is_new)
        return [_is_first(key, new) for key in keys]

    def _insert(self, plan: Plan, rows: Sequence[Sequence[Value]]) -> Sequence[bool]:
        """
        Insert rows of different keys, in the order of the keys, and say which were not there, or had expired.

        An engine that has a faster way overrides this one.
        """
        alive = self._alive(plan) * plan.insert_asks
        return [
            written > 0
            for some in batched(rows, self._dialect.most_statements, strict=False)
            for written in self._connection.change_together([(plan.insert, [*row, *alive]) for row in some])
        ]

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

    def _sweep(self, plan: Plan, limit: int) -> int:
        mark, now = self._dialect.mark, self._now()
        expired = self._connection.rows(
            f"SELECT pk, sk FROM {plan.table} WHERE expires <= {mark} ORDER BY expires LIMIT {mark}", [now, limit]
        )
        statement = f"DELETE FROM {plan.table} WHERE pk = {mark} AND sk = {mark} AND expires <= {mark}"
        return sum(
            sum(self._connection.change_together([(statement, [*row, now]) for row in some]))
            for some in batched(expired, self._dialect.most_statements, strict=False)
        )


class Plan:
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
        self.columns: Final[Sequence[str]] = columns
        self.ttl: Final = collection.ttl
        self.alive: Final = f" AND (expires IS NULL OR expires > {mark})" if collection.ttl else ""
        at_key = f"WHERE pk = {mark} AND sk = {mark}"
        self.get: Final = f"SELECT version, body FROM {table} {at_key}{self.alive}"
        self.insert: Final = (dialect.insert_over_expired if collection.ttl else dialect.insert_new)(table, columns)
        self.insert_asks: Final = self.insert.count(mark) - len(columns)  # how often for the time
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


def _is_first(key: Key, new: set[Key]) -> bool:
    """Tell whether *key* is among the *new* ones, and take it out: those that follow with the same key are not new."""
    if key not in new:
        return False
    new.remove(key)
    return True


def _page(rows: Sequence[Row], limit: int, spell: Callable[[Row], str]) -> Page:
    return Page([_document(row) for row in rows[:limit]], spell(rows[limit - 1]) if len(rows) > limit else None)


def _place(collection: str, parts: Sequence[str]) -> Sequence[str]:
    sort, partition, key = parts
    return sort, spelled(collection, partition), key
