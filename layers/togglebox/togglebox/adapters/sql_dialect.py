"""What engines differ in: how each runs a statement (`Connection`), and how it spells one (`Dialect`)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, Protocol

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
    most_rows: int = 500
    """How many rows are inserted together."""

    partition_type: str = "TEXT"
    """Compared as bytes; long enough for 1,024 of them and the name of a collection."""
    sort_type: str = "TEXT"
    """Compared as bytes; long enough for 1,024 of them."""
    body_type: str = "TEXT"
    integer_type: str = "INTEGER"
    table_options: str = " WITHOUT ROWID, STRICT"
    if_not_exists: str = "IF NOT EXISTS "
    """What makes an index only if it is not there; empty for an engine that has no such words."""
    sparse: str = " WHERE {column} IS NOT NULL"
    """What keeps rows without *column* out of an index; empty for an engine that has no such thing."""
    index_tail: Sequence[str] = ("pk", "sk")
    """What an index holds after its own two columns; empty where that would exceed the engine's longest entry."""
    indexes: str = "SELECT name FROM sqlite_schema WHERE type = 'index'"
    """The query for the names of the indexes that are there."""
    columns: str = (
        "SELECT m.name, c.name FROM sqlite_schema AS m JOIN pragma_table_info(m.name) AS c"
        " WHERE m.type IN ('table', 'view') AND m.name NOT LIKE 'sqlite%' ORDER BY m.name, c.cid"
    )
    """The query for (table or view, column) of all that are there, in the order of the columns."""

    def insert_new(self, table: str, columns: Sequence[str]) -> str:
        """Return the statement that inserts a row and leaves one that has its key alone."""
        return f"{self._insert(table, columns)} ON CONFLICT (pk, sk) DO NOTHING"

    def insert_over_expired(self, table: str, columns: Sequence[str]) -> str:
        """
        Return the same, except that it replaces a row whose ``expires`` is not above one more value.

        That one comes last, as often as the statement has marks for it.
        """
        replaced = ", ".join(f"{column} = excluded.{column}" for column in columns if column not in ("pk", "sk"))
        return (
            f"{self._insert(table, columns)} ON CONFLICT (pk, sk)"
            f" DO UPDATE SET {replaced} WHERE {table}.expires <= {self.mark}"
        )

    def ordered(self, table: str, index: str, sort: str) -> tuple[str, Sequence[str]]:
        """Return what a page of *index* is read from, and what puts it in order: by *sort*, ties by their keys."""
        return table, (sort, "pk", "sk")

    def beyond(self, columns: Sequence[str], values: Sequence[Value], *, reverse: bool) -> Statement:
        """Return the condition that a row comes after the one with *values*, in the order of *columns*."""
        sign = "<" if reverse else ">"
        return f"({', '.join(columns)}) {sign} ({self.marks(len(columns))})", values

    def _insert(self, table: str, columns: Sequence[str]) -> str:
        return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({self.marks(len(columns))})"

    def marks(self, count: int) -> str:
        return ", ".join([self.mark] * count)

    def field(self, body: str, path: str) -> str:
        """Return the expression for the scalar at *path* (names, joined by dots) in the JSON of *body*."""
        return f"{body} ->> '$.{path}'"

    def is_false(self, body: str, path: str) -> str:
        """Return the condition that ``false`` stands at *path* in the JSON of *body*."""
        return f"{self.field(body, path)} = 0"

    def word(self, column: str) -> str:
        """Return the expression that shows a key's *column* as text."""
        return column
