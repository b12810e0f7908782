"""A store in one SQLite file: WAL, durable commits, any number of threads and processes."""

import sqlite3
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Any, Final

from togglebox.adapters.sql import SQLStore
from togglebox.adapters.sql_dialect import PREFIX, Dialect, Row, Statement, Value
from togglebox.adapters.sqlite_commits import Commits
from togglebox.store.catalogue import COLLECTIONS, Collection
from togglebox.store.port import Clock, NoAnswer, StoreUnavailable

PATIENCE: Final = 3.0
"""How many seconds a call waits for another writer."""

REMEMBERED: Final = 1_024
"""Rows that are remembered until the next commit."""

REMEMBERED_LENGTH: Final = 4_096
"""Characters of the longest value in a row that is remembered: a manifest's, which every request asks for."""


class SQLiteStore(SQLStore):
    """Keep documents in the file at *path*, which is made with its folder when first used."""

    def __init__(
        self,
        path: str | Path,
        clock: Clock,
        *,
        prefix: str = PREFIX,
        collections: Mapping[str, Collection] = COLLECTIONS,
        patience: float = PATIENCE,
    ) -> None:
        connection = SQLiteConnection(path, patience=patience)
        super().__init__(connection, clock, dialect=Dialect(), prefix=prefix, collections=collections)


class SQLiteConnection:
    """
    Connections to one file, each used by one thread at a time.

    Statements commit by themselves (``isolation_level=None``): one that only reads never waits, one that writes
    takes the file's write lock before it reads, so that it cannot meet a stale snapshot. Writers of this process
    queue at a lock of ours, because SQLite lets those that wait for the file's sleep and starve.

    A row that was read by key is remembered until somebody commits, in whatever process: asking SQLite again costs
    three system calls, and hands the interpreter to other threads.
    """

    def __init__(self, path: str | Path, *, patience: float = PATIENCE) -> None:
        self._path: Final = Path(path)
        self._patience: Final = patience
        self._idle: Final[list[sqlite3.Cursor]] = []
        self._writers: Final = Lock()
        self._commits: Commits | None = None
        self._looked_for_commits = False
        self._memory: tuple[bytes | None, dict[Any, Row | None]] = (None, {})

    def row(self, sql: str, values: Sequence[Value]) -> Row | None:
        last = None if self._commits is None else self._commits.last()
        if last is None:
            return self._read(sql, values)
        # The rows stay with the commit that they were read after: other threads may go on to a later one meanwhile.
        commit, rows = self._memory
        if commit != last:
            rows = {}
            self._memory = last, rows
        asked = sql, *values
        try:
            return rows[asked]
        except KeyError:
            row = self._read(sql, values)
        if len(rows) < REMEMBERED and (row is None or _is_short(row)):
            rows[asked] = row
        return row

    def _read(self, sql: str, values: Sequence[Value]) -> Row | None:
        with self._borrowed() as cursor:
            try:
                row: Row | None = cursor.execute(sql, values).fetchone()
            except sqlite3.Error as error:
                raise StoreUnavailable from error
        if not self._looked_for_commits:
            self._looked_for_commits = True
            self._commits = Commits.of(self._path)
        return row

    def rows(self, sql: str, values: Sequence[Value]) -> Sequence[Row]:
        with self._borrowed() as cursor:
            try:
                return cursor.execute(sql, values).fetchall()
            except sqlite3.Error as error:
                raise StoreUnavailable from error

    def change(self, sql: str, values: Sequence[Value] = ()) -> int:
        with self._writing() as cursor:
            return cursor.execute(sql, values).rowcount

    def change_together(self, statements: Sequence[Statement]) -> Sequence[int]:
        with self._writing() as cursor:
            cursor.execute("BEGIN IMMEDIATE")
            try:
                counts = [cursor.execute(sql, values).rowcount for sql, values in statements]
                cursor.execute("COMMIT")
            finally:
                if cursor.connection.in_transaction:
                    cursor.execute("ROLLBACK")
            return counts

    def close(self) -> None:
        while self._idle:
            self._idle.pop().connection.close()
        if self._commits is not None:
            self._commits.close()
        self._commits, self._looked_for_commits = None, False

    @contextmanager
    def _borrowed(self) -> Iterator[sqlite3.Cursor]:
        try:
            cursor = self._idle.pop()
        except IndexError:
            cursor = self._open()
        try:
            yield cursor
        finally:
            self._idle.append(cursor)

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Cursor]:
        if not self._writers.acquire(timeout=self._patience):
            raise StoreUnavailable
        try:
            with self._borrowed() as cursor:
                yield cursor
        except sqlite3.Error as error:
            raise (NoAnswer if _may_have_happened(error) else StoreUnavailable) from error
        finally:
            self._writers.release()

    def _open(self) -> sqlite3.Cursor:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            connection = sqlite3.connect(
                self._path, timeout=self._patience, isolation_level=None, check_same_thread=False
            )
        except (OSError, sqlite3.Error) as error:
            raise StoreUnavailable from error
        try:
            _write_ahead(connection, self._patience)
            connection.execute("PRAGMA synchronous = FULL")
        except sqlite3.Error as error:
            connection.close()
            raise StoreUnavailable from error
        return connection.cursor()


def _write_ahead(connection: sqlite3.Connection, patience: float) -> None:
    """Turn the write-ahead log on; SQLite does not wait for others who do so just now, as it does for a write."""
    until = time.monotonic() + patience
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError:
            if time.monotonic() > until:
                raise
            time.sleep(0.005)
        else:
            return


def _is_short(row: Row) -> bool:
    return all(not isinstance(value, str) or len(value) <= REMEMBERED_LENGTH for value in row)


def _may_have_happened(error: sqlite3.Error) -> bool:
    """Tell whether a failed write may be found later: the disk failed while the file was written or synchronised."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_IOERR
