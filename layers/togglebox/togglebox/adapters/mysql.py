"""A store on MySQL 8 or MariaDB from 10.11 on: tables of InnoDB, keys as bytes, and SQL that both servers accept."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from togglebox.adapters.mysql_connection import PACKET, MySQLConnection
from togglebox.adapters.mysql_url import connect_arguments
from togglebox.adapters.sql import Plan, SQLStore
from togglebox.adapters.sql_dialect import PREFIX, Dialect, Statement, Value
from togglebox.adapters.sql_schema import SQLSchema
from togglebox.store.catalogue import COLLECTIONS, Collection
from togglebox.store.port import Clock

PATIENCE: Final = 3.0
"""How many seconds a call to the network takes at most."""

MAKING: Final = 600.0
"""How many seconds a statement that makes a table, an index or a view takes at most: there may be rows already."""


class MySQLStore(SQLStore):
    """
    Keep documents in the database that *url* names (see `connect_arguments` for its parameters, TLS among them).

    Nothing is connected before the first call. *most_connections* are open at most; a call waits up to
    *wait_for_connection* seconds for one of them, and up to *patience* seconds for each answer.

    Raises:
        ValueError: the URL cannot be used.
    """

    def __init__(
        self,
        url: str,
        clock: Clock,
        *,
        prefix: str = PREFIX,
        collections: Mapping[str, Collection] = COLLECTIONS,
        most_connections: int = 10,
        wait_for_connection: float = 10.0,
        patience: float = PATIENCE,
    ) -> None:
        arguments = connect_arguments(url)
        self._mysql: Final = MySQLConnection(
            arguments,
            most_connections=most_connections,
            wait_for_connection=wait_for_connection,
            patience=patience,
        )
        self._making: Final = MySQLConnection(
            arguments,
            most_connections=1,
            wait_for_connection=MAKING,
            patience=patience,
            answer_within=MAKING,
        )
        super().__init__(self._mysql, clock, dialect=MySQLDialect(), prefix=prefix, collections=collections)

    def schema(self) -> SQLSchema:
        return SQLSchema(self._making, dialect=self._dialect, prefix=self._prefix)

    def close(self) -> None:
        super().close()
        self._making.close()

    def _insert(self, plan: Plan, rows: Sequence[Sequence[Value]]) -> Sequence[bool]:
        """Insert rows by one statement where none of them is there; else each by its own, which tells for each."""
        if len(rows) == 1:
            return super()._insert(plan, rows)
        said: list[bool] = []
        for some in _cut(rows):
            marks = ", ".join([f"({self._dialect.marks(len(plan.columns))})"] * len(some))
            sql = f"INSERT INTO {plan.table} ({', '.join(plan.columns)}) VALUES {marks}"
            if self._mysql.insert_all(sql, [value for row in some for value in row]):
                said += [True] * len(some)
            else:
                said += super()._insert(plan, some)
        return said


class MySQLDialect(Dialect):
    """SQL that MySQL 8 and MariaDB both speak."""

    mark = "%s"
    most_rows = 1_000
    # VARBINARY compares bytes. Of the collations of text that both have, all take "a" and "a " for the same key.
    partition_type = "VARBINARY(1088)"
    sort_type = "VARBINARY(1024)"
    body_type = "MEDIUMTEXT"
    integer_type = "BIGINT"
    table_options = " ENGINE = InnoDB, ROW_FORMAT = DYNAMIC, CHARACTER SET utf8mb4, COLLATE utf8mb4_bin"
    if_not_exists = ""
    sparse = ""
    index_tail = ()  # InnoDB appends the primary key by itself, beyond its limit of 3,072 bytes for what is named
    indexes = "SELECT DISTINCT index_name FROM information_schema.statistics WHERE table_schema = DATABASE()"
    columns = (
        "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = DATABASE()"
        " ORDER BY table_name, ordinal_position"
    )

    def insert_new(self, table: str, columns: Sequence[str]) -> str:
        # INSERT IGNORE would also shorten what is too long, and say nothing.
        return f"{self._insert(table, columns)} ON DUPLICATE KEY UPDATE version = version"

    def insert_over_expired(self, table: str, columns: Sequence[str]) -> str:
        # Assignments see what those before them assigned: what the others ask for comes last. MySQL's later name for
        # VALUES(), an alias of the row, is unknown to MariaDB.
        replaced = [column for column in columns if column not in ("pk", "sk", "expires")]
        assigned = ", ".join(
            f"{column} = IF(expires <= {self.mark}, VALUES({column}), {column})" for column in [*replaced, "expires"]
        )
        return f"{self._insert(table, columns)} ON DUPLICATE KEY UPDATE {assigned}"

    def ordered(self, table: str, index: str, sort: str) -> tuple[str, Sequence[str]]:
        # In InnoDB's index, ties lie in the order of the primary key. The servers count on that only where the whole
        # entry stays below 3,072 bytes, and would else sort all of the partition for each page.
        return f"{table} FORCE INDEX ({table}_{index.lower()})", (sort,)

    def beyond(self, columns: Sequence[str], values: Sequence[Value], *, reverse: bool) -> Statement:
        # Neither server looks (a, b) > (x, y) up in an index, so that each page would read all those before it.
        sign = "<" if reverse else ">"
        conditions = [
            " AND ".join([*(f"{column} = {self.mark}" for column in columns[:place]), f"{last} {sign} {self.mark}"])
            for place, last in enumerate(columns)
        ]
        return f"({' OR '.join(conditions)})", [value for place in range(len(columns)) for value in values[: place + 1]]

    def field(self, body: str, path: str) -> str:
        # MariaDB's JSON_UNQUOTE makes "?" of emoji, and its JSON_VALUE finds no objects; MySQL's JSON_VALUE finds
        # nothing beyond 512 characters. Each server reads its own part, and takes the other's for a comment.
        found = f"JSON_EXTRACT({body}, '$.{path}')"
        return (
            f"CASE JSON_TYPE({found}) WHEN 'NULL' THEN NULL"
            f" WHEN 'BOOLEAN' THEN IF(JSON_UNQUOTE({found}) = 'true', '1', '0')"
            f" ELSE /*M! COALESCE(JSON_VALUE({body}, '$.{path}'), {found}) */ /*!80000 JSON_UNQUOTE({found}) */ END"
        )

    def is_false(self, body: str, path: str) -> str:
        return f"JSON_UNQUOTE(JSON_EXTRACT({body}, '$.{path}')) = 'false'"

    def word(self, column: str) -> str:
        return f"CONVERT({column} USING utf8mb4) COLLATE utf8mb4_bin"


def _cut(rows: Sequence[Sequence[Value]]) -> Iterator[Sequence[Sequence[Value]]]:
    """Cut *rows* so that a statement with the values of each part stays below `PACKET` bytes, if it has several."""
    start = size = 0
    for end, row in enumerate(rows):
        cost = sum(map(_most_bytes, row))
        if size + cost > PACKET and end > start:
            yield rows[start:end]
            start, size = end, 0
        size += cost
    yield rows[start:]


def _most_bytes(value: Value) -> int:
    """Return how many bytes *value* takes in a statement at most: ASCII may be escaped, the rest has up to four."""
    if not isinstance(value, str):
        return 24
    return 4 + len(value) * (2 if value.isascii() else 4)
