"""The tables, indexes and views of the catalogue in SQL: what is missing, and the statements that make it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Final

from togglebox.adapters.sql_dialect import PREFIX, Connection, Dialect
from togglebox.store.catalogue import COLLECTIONS, INDEXES, TABLES, TABLES_WITH_TTL, View
from togglebox.store.port import StoreUnavailable
from togglebox.store.record import spelled


class SQLSchema:
    """
    The tables, indexes and views of the catalogue, as the *dialect* spells them.

    What is missing is found by comparing names and columns, so it does not matter which version made the rest, or
    whether its making was cut short.
    """

    def __init__(self, connection: Connection, *, dialect: Dialect, prefix: str = PREFIX) -> None:
        self._connection: Final = connection
        self._dialect: Final = dialect
        self._prefix: Final = prefix

    def missing(self) -> Sequence[str]:
        return list(self._to_make())

    def create(self, report: Callable[[int, int, str], None] = lambda done, total, what: None) -> None:
        to_make = self._to_make()
        for done, (name, statements) in enumerate(to_make.items(), start=1):
            try:
                self._connection.change_together([(statement, ()) for statement in statements])
            except StoreUnavailable:
                if name in self._to_make():  # else somebody made it meanwhile
                    raise
            report(done, len(to_make), name)

    def _to_make(self) -> Mapping[str, Sequence[str]]:
        columns: Mapping[str, list[str]] = defaultdict(list)
        for table, column in self._connection.rows(self._dialect.columns, ()):
            columns[table].append(column)
        indexes = {row[0] for row in self._connection.rows(self._dialect.indexes, ())}
        to_make: dict[str, Sequence[str]] = {}
        for base in TABLES:
            table = table_name(base, self._prefix)
            if table not in columns:
                to_make[table] = [_create_table(table, self._dialect)]
                continue
            for column, kind in _columns(self._dialect).items():
                if column not in columns[table]:
                    to_make[f"{table}.{column}"] = [f"ALTER TABLE {table} ADD COLUMN {column} {kind}"]
        to_make |= {
            name: [statement]
            for name, statement in _create_indexes(self._dialect, self._prefix).items()
            if name not in indexes
        }
        return to_make | {
            name: statements
            for name, (shown, statements) in _create_views(self._dialect, self._prefix).items()
            if columns.get(name) != shown
        }


def statements(dialect: Dialect, prefix: str = PREFIX) -> Sequence[str]:
    """Return the statements that make everything, in the order in which to run them."""
    return [
        *(_create_table(table_name(base, prefix), dialect) for base in TABLES),
        *_create_indexes(dialect, prefix).values(),
        *(statement for _, made in _create_views(dialect, prefix).values() for statement in made),
    ]


def table_name(base: str, prefix: str = PREFIX) -> str:
    return prefix + base.replace("-", "_")


def _columns(dialect: Dialect) -> Mapping[str, str]:
    """Return the columns of every table, with their types."""
    columns = {
        "pk": f"{dialect.partition_type} NOT NULL",
        "sk": f"{dialect.sort_type} NOT NULL",
        "version": f"{dialect.integer_type} NOT NULL",
        "body": f"{dialect.body_type} NOT NULL",
        "expires": dialect.integer_type,
    }
    for index in INDEXES:
        columns |= {f"{index.lower()}pk": dialect.partition_type, f"{index.lower()}sk": dialect.sort_type}
    return columns


def _create_table(table: str, dialect: Dialect) -> str:
    columns = ",\n  ".join(f"{column} {kind}" for column, kind in _columns(dialect).items())
    return f"CREATE TABLE IF NOT EXISTS {table} (\n  {columns},\n  PRIMARY KEY (pk, sk)\n){dialect.table_options}"


def _create_indexes(dialect: Dialect, prefix: str) -> Mapping[str, str]:
    """Return the statement that makes each index, by its name."""
    made: dict[str, str] = {}
    for base in TABLES:
        table = table_name(base, prefix)
        for index in INDEXES:
            name = index.lower()
            columns = [f"{name}pk", f"{name}sk", *dialect.index_tail]
            made[f"{table}_{name}"] = _create_index(f"{table}_{name}", table, columns, dialect)
        if base in TABLES_WITH_TTL:
            made[f"{table}_expires"] = _create_index(f"{table}_expires", table, ["expires"], dialect)
    return made


def _create_index(name: str, table: str, columns: Sequence[str], dialect: Dialect) -> str:
    sparse = dialect.sparse.format(column=columns[0])
    return f"CREATE INDEX {dialect.if_not_exists}{name} ON {table} ({', '.join(columns)}){sparse}"


def _create_views(dialect: Dialect, prefix: str) -> Mapping[str, tuple[list[str], Sequence[str]]]:
    """Return the columns of each view, and the statements that make it, by its name."""
    made: dict[str, tuple[list[str], Sequence[str]]] = {}
    for collection in COLLECTIONS.values():
        if collection.view is not None:
            name = prefix + collection.view.name
            select = _select(collection.view, dialect)
            shown = ",\n  ".join(f"{what} AS {column}" for column, what in select.items())
            source = _from(collection.name, collection.view.parents, dialect, prefix)
            made[name] = (
                list(select),
                [f"DROP VIEW IF EXISTS {name}", f"CREATE VIEW {name} AS SELECT\n  {shown}\n{source}"],
            )
    return made


def _select(view: View, dialect: Dialect) -> Mapping[str, str]:
    """Return the expression for each column of *view*: the head is ``h``, the collections above go by their names."""
    names: dict[str, str] = {}
    for parent in view.parents:
        above = COLLECTIONS[parent].view
        assert above is not None, f"{view.name} shows the names of {parent}, which have no view"
        names[above.key] = dialect.word(f"{parent}.sk")
    fields = {column: dialect.field("h.body", path) for column, path in view.fields.items()}
    return names | {view.key: dialect.word("h.sk")} | fields | {"store_version": "h.version"}


def _from(collection: str, parents: Sequence[str], dialect: Dialect, prefix: str) -> str:
    """Return where the columns come from: the heads of *collection*, and those of each collection above."""
    chain = [(collection, "h"), *((parent, parent) for parent in reversed(parents))]
    tables = ", ".join(f"{table_name(COLLECTIONS[each].table, prefix)} AS {alias}" for each, alias in chain)
    lies_in = [
        f"{dialect.field(f'{above}.body', 'id')} = {dialect.word(f'substr({alias}.pk, {len(spelled(each, "")) + 1})')}"
        for (each, alias), (_, above) in pairwise(chain)
    ]
    lives = [
        f"{alias}.pk >= '{spelled(each, '')}' AND {alias}.pk < '{each}$'"  # "$" follows "#" in every order by bytes
        f" AND {dialect.is_false(f'{alias}.body', 'deleted')}"
        for each, alias in chain
    ]
    return f"FROM {tables}\nWHERE {'\n  AND '.join([*lies_in, *lives])}"
