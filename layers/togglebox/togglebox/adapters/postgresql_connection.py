"""Connections to PostgreSQL: what may be tried again, when silence is no answer, and how a refusal is told."""

import select
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any, Final

import psycopg
from psycopg.abc import PQGen
from psycopg.pq import TransactionStatus

from togglebox.adapters.sql_dialect import Row, Statement, Value
from togglebox.adapters.sql_sessions import BUSY, Sessions
from togglebox.store.port import NoAnswer, StoreUnavailable

_TRIES: Final = 4


class PostgreSQLConnection:
    """
    Up to *most_connections* connections to one database, each used by one thread at a time, opened when needed.

    psycopg's own pool connects in threads of its own: who waits for a connection learns neither that the server
    refuses at once nor why, which stands in a log; and lending a connection costs as much as the statement.
    """

    def __init__(
        self,
        arguments: Mapping[str, Any],
        *,
        most_connections: int,
        wait_for_connection: float,
        answer_within: float,
    ) -> None:
        """Connect with psycopg's *arguments*; wait up to so many seconds for a connection and for an answer."""
        self._arguments: Final = arguments
        self._answer_within: Final = answer_within
        self._sessions: Final = Sessions(self._connect, most=most_connections, wait=wait_for_connection)

    def row(self, sql: str, values: Sequence[Value]) -> Row | None:
        return self._read(lambda session: session.execute(sql, values).fetchone())

    def rows(self, sql: str, values: Sequence[Value]) -> Sequence[Row]:
        return self._read(lambda session: session.execute(sql, values).fetchall())

    def change(self, sql: str, values: Sequence[Value] = ()) -> int:
        return self._write(lambda session: session.execute(sql, values).rowcount)

    def change_returning(self, sql: str, values: Sequence[Value]) -> Sequence[Row]:
        """Write, and return the rows that the statement returns."""
        return self._write(lambda session: session.execute(sql, values).fetchall())

    def change_together(self, statements: Sequence[Statement]) -> Sequence[int]:
        return self._write(lambda session: session.transact(statements))

    def close(self) -> None:
        self._sessions.close()

    def _read[T](self, read: "Callable[[_Session], T]") -> T:
        try:
            try:
                return self._sessions.use(read)
            except psycopg.Error as error:
                if not _is_lost(error):
                    raise
            self.close()  # what took this connection took the others, too
            return self._sessions.use(read)
        except psycopg.Error as error:
            raise translated(error, writing=False) from error

    def _write[T](self, write: "Callable[[_Session], T]") -> T:
        tries = _TRIES
        while True:
            tries -= 1
            try:
                return self._sessions.use(write)
            except psycopg.Error as error:
                if not tries or error.sqlstate not in _ROLLED_BACK:
                    raise translated(error, writing=True) from error

    def _connect(self) -> "_Session":
        try:
            connection = _Patient.connect(**self._arguments, autocommit=True)
        except psycopg.Error as error:
            raise translated(error, writing=False) from error
        except (OSError, ValueError) as error:  # no such host; a host's name that cannot be one
            raise StoreUnavailable from error
        connection.answer_within = self._answer_within
        return _Session(connection)


class _Session:
    """An open connection, and the one cursor that all its statements use."""

    def __init__(self, connection: "_Patient") -> None:
        self._connection: Final = connection
        self._cursor: Final = connection.cursor()
        self._poll: Final = select.poll()
        self._poll.register(connection.pgconn.socket, select.POLLIN)

    def is_idle(self) -> bool:
        return self._connection.pgconn.transaction_status == TransactionStatus.IDLE and not self._poll.poll(0)

    def execute(self, sql: str, values: Sequence[Value]) -> psycopg.Cursor[Any]:
        return self._cursor.execute(sql, values or None)

    def transact(self, statements: Sequence[Statement]) -> Sequence[int]:
        """Run all in one transaction, sent together, and return how many rows each wrote."""
        with self._connection.transaction(), self._connection.pipeline():
            cursors = [self._connection.execute(sql, values or None) for sql, values in statements]
        return [cursor.rowcount for cursor in cursors]

    def close(self) -> None:
        with suppress(psycopg.Error):
            self._connection.close()


class _Silence(psycopg.OperationalError):
    """The server took too long."""


class _Patient(psycopg.Connection[Any]):
    """A connection that waits for an answer for so many seconds: psycopg does so without end."""

    answer_within: float = 60.0

    def wait[T](self, gen: PQGen[T], interval: float = 0.1, timeout: float | None = None) -> T:
        try:
            return super().wait(gen, interval, self.answer_within if timeout is None else timeout)
        except psycopg.errors._WaitTimeout as error:  # noqa: SLF001  # what it documents to raise
            self.close()  # else it would try to roll back, and log that it cannot
            raise _Silence("no answer in time") from error


def translated(error: psycopg.Error, *, writing: bool) -> StoreUnavailable:
    """Return what the port says for *error*: sentences of ours, because callers of the API may read them."""
    code = error.sqlstate or _code_of_connecting(error)
    if code in _CROWDED or code in _ROLLED_BACK:
        return StoreUnavailable(BUSY, retry_after=2)
    if code is not None and code in _SENTENCES:
        return StoreUnavailable(_SENTENCES[code])
    if writing and _is_lost(error):
        return NoAnswer()
    return StoreUnavailable()


def _is_lost(error: psycopg.Error) -> bool:
    """
    Tell whether the connection went, or was given up: nobody knows then whether what was sent was done.

    What PostgreSQL reports as an ``ERROR``, and be it a time-out, it has rolled back.
    """
    if error.sqlstate is None:
        return isinstance(error, psycopg.OperationalError)
    return error.diag.severity_nonlocalized in ("FATAL", "PANIC")


def _code_of_connecting(error: psycopg.Error) -> str | None:
    """Return the code of a refused connection, of which libpq keeps only the words; in English, if that is spoken."""
    said = str(error)
    return next((code for words, code in _SAID_WHEN_CONNECTING.items() if words in said), None)


_SAID_WHEN_CONNECTING: Final[Mapping[str, str]] = {
    "authentication failed for user": "28P01",
    "no password supplied": "28P01",
    "no pg_hba.conf entry": "28000",
    "is not permitted to log in": "28000",
    "permission denied for database": "42501",
    "FATAL:  database": "3D000",  # ... does not exist
    "FATAL:  role": "28000",  # ... does not exist
    "too many connections for": "53300",
    "too many clients already": "53300",
    "remaining connection slots are reserved": "53300",
}

# The codes are those of https://www.postgresql.org/docs/current/errcodes-appendix.html.
_ROLLED_BACK: Final = frozenset({"40001", "40P01"})
_CROWDED: Final = frozenset({"53300", "55P03"})  # too many connections; a row was locked for too long
_SENTENCES: Final[Mapping[str, str]] = {
    **dict.fromkeys(("28000", "28P01", "42501"), "The database does not accept our credentials"),
    "3D000": "The database is not set up: it does not exist on its server",
    "3F000": "The database is not set up: its schema is missing",
    "42P01": "The database is not set up: a table is missing",
    "42703": "The database is not set up: a column is missing",
    "2BP01": "The database is not set up: somebody's objects depend on a view that has to be made anew",
    "25006": "The database is read-only",
    **dict.fromkeys(("53100", "54000"), "The database has no room left"),
    **dict.fromkeys(("26000", "42P05"), "The database is behind PgBouncer: its URL has to say pgbouncer=true"),
}
