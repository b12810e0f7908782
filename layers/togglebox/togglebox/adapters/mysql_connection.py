"""Connections to MySQL or MariaDB: what may be tried again, and how a refusal is told."""

import select
import struct
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any, Final

import pymysql
from pymysql.constants import CLIENT, ER, FIELD_TYPE
from pymysql.converters import conversions
from pymysql.cursors import Cursor

from togglebox.adapters.sql_dialect import Row, Statement, Value
from togglebox.adapters.sql_sessions import BUSY, Sessions
from togglebox.store.port import NoAnswer, StoreUnavailable

PACKET: Final = 1_000_000
"""Bytes that are sent together, unless one statement has more: any server takes them, if nobody told it otherwise."""

_TRIES: Final = 3
_LONGEST_LOCK_WAIT: Final = 20


class MySQLConnection:
    """
    Up to *most_connections* connections to one database, each used by one thread at a time, opened when needed.

    DBUtils' pool, which is made for this, waits for a free connection without end, and opens connections under its
    lock, one after the other, so that a server which does not answer stops whoever could go on; to see that a
    connection was closed it asks the server each time, or repeats the statement, writes included.
    """

    def __init__(
        self,
        arguments: Mapping[str, Any],
        *,
        most_connections: int,
        wait_for_connection: float,
        patience: float,
        answer_within: float | None = None,
    ) -> None:
        """
        Connect with PyMySQL's *arguments*; times are in seconds.

        Whatever is sent or received takes *patience* at most; a statement's answer *answer_within*, where that is
        another.
        """
        self._arguments: Final = arguments
        self._patience: Final = patience
        self._answer_within: Final = patience if answer_within is None else answer_within
        self._sessions: Final = Sessions(self._open, most=most_connections, wait=wait_for_connection)

    def row(self, sql: str, values: Sequence[Value]) -> Row | None:
        found = self.rows(sql, values)
        return found[0] if found else None

    def rows(self, sql: str, values: Sequence[Value]) -> Sequence[Row]:
        def query(session: _Session) -> Sequence[Row]:
            return session.query(sql, values)

        try:
            try:
                return self._sessions.use(query)
            except pymysql.MySQLError as error:
                if not _is_lost(error):
                    raise
            self.close()  # what took this connection took the others, too
            return self._sessions.use(query)
        except pymysql.MySQLError as error:
            raise translated(error, writing=False) from error

    def change(self, sql: str, values: Sequence[Value] = ()) -> int:
        return self._write(lambda session: session.execute(sql, values))

    def change_together(self, statements: Sequence[Statement]) -> Sequence[int]:
        return self._write(lambda session: session.transact(statements))

    def insert_all(self, sql: str, values: Sequence[Value]) -> bool:
        """Insert several rows by one statement if none of their keys is taken, and tell whether that was so."""
        try:
            self._sessions.use(lambda session: session.execute(sql, values))
        except pymysql.MySQLError as error:
            # Several that insert the same rows and find them taken may lock each other out; nothing is inserted.
            if _code(error) == ER.DUP_ENTRY or _code(error) in _ROLLED_BACK:
                return False
            raise translated(error, writing=True) from error
        return True

    def close(self) -> None:
        self._sessions.close()

    def _write[T](self, write: "Callable[[_Session], T]") -> T:
        tries = _TRIES
        while True:
            tries -= 1
            try:
                return self._sessions.use(write)
            except pymysql.MySQLError as error:
                if not tries or _code(error) not in _ROLLED_BACK:
                    raise translated(error, writing=True) from error

    def _open(self) -> "_Session":
        try:
            return _Session(self._connect())
        except pymysql.MySQLError as error:
            raise translated(error, writing=False) from error
        except _NOT_MYSQL as error:
            raise StoreUnavailable from error

    def _connect(self) -> "pymysql.Connection[Any]":
        # A statement that waits for a row fails, and is repeated, before its answer would be given up.
        lock_wait = min(max(1, int(self._answer_within) // _TRIES), _LONGEST_LOCK_WAIT)
        return pymysql.connect(
            **self._arguments,
            charset="utf8mb4",
            autocommit=True,
            connect_timeout=self._patience,
            write_timeout=self._patience,
            read_timeout=self._answer_within,
            # A transaction goes in one packet. What is in it came through PyMySQL's escaping.
            client_flag=CLIENT.MULTI_STATEMENTS,
            conv=_CONVERSIONS,
            # READ COMMITTED, because a snapshot that was taken before a refused write would hide who was faster.
            init_command=(
                "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED;"
                " SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION',"
                f" SESSION innodb_lock_wait_timeout = {lock_wait}, SESSION lock_wait_timeout = {lock_wait}"
            ),
        )


class _Session:
    """An open connection."""

    def __init__(self, connection: "pymysql.Connection[Any]") -> None:
        self._connection: Final = connection
        self._waits = False
        self._poll: Final = select.poll()
        self._poll.register(connection._sock, select.POLLIN)  # type: ignore[attr-defined]  # noqa: SLF001  # nothing else shows it

    def is_idle(self) -> bool:
        return self._connection.open and not self._waits and not self._poll.poll(0)

    def query(self, sql: str, values: Sequence[Value]) -> Sequence[Row]:
        with self._waiting() as cursor:
            cursor.execute(sql, tuple(values) or None)
            rows: Sequence[Row] = cursor.fetchall()
            return rows

    def execute(self, sql: str, values: Sequence[Value]) -> int:
        with self._waiting() as cursor:
            changed: int = cursor.execute(sql, tuple(values) or None)
            return changed

    def transact(self, statements: Sequence[Statement]) -> Sequence[int]:
        """Run all in one transaction, in as few packets as they fit in, and return how many rows each changed."""
        counts: list[int] = []
        with self._waiting() as cursor:
            texts = ["BEGIN", *(cursor.mogrify(sql, tuple(values) or None) for sql, values in statements), "COMMIT"]
            try:
                for packet in _packets(texts):
                    counts.append(cursor.execute(packet))
                    while cursor.nextset():
                        counts.append(cursor.rowcount)
            except pymysql.MySQLError:
                with suppress(pymysql.MySQLError):  # the connection is gone, and the server does it
                    self._connection.rollback()
                raise
        return counts[1:-1]

    def close(self) -> None:
        with suppress(pymysql.MySQLError):  # it was closed already
            self._connection.close()

    @contextmanager
    def _waiting(self) -> Iterator[Cursor]:
        """Give a cursor; unless all that it asked was answered, the connection is of no use to others."""
        self._waits = True
        try:
            yield self._connection.cursor()
        except pymysql.MySQLError as error:
            self._waits = _is_lost(error)
            raise
        self._waits = False


def translated(error: pymysql.MySQLError, *, writing: bool) -> StoreUnavailable:
    """Return what the port says for *error*: sentences of ours, because callers of the API may read them."""
    code = _code(error)
    if code in _ROLLED_BACK or code in _CROWDED:
        return StoreUnavailable(BUSY, retry_after=2)
    if code in _SENTENCES:
        return StoreUnavailable(_SENTENCES[code])
    if writing and code not in _UNSENT and (_is_lost(error) or code in _UNSURE):
        return NoAnswer()
    return StoreUnavailable()


def _is_lost(error: pymysql.MySQLError) -> bool:
    """Tell whether the connection is of no use any more: the client's own errors, and the server's last words."""
    code = _code(error)
    return code < 1_000 or 2_000 <= code < 3_000 or code in _FAREWELLS


def _code(error: pymysql.MySQLError) -> int:
    code = error.args[0] if error.args else 0
    return code if isinstance(code, int) else _NO_CODE


def _packets(texts: Sequence[str]) -> Iterator[str]:
    """Join statements to packets of about `PACKET` bytes; one that is longer goes by itself."""
    some: list[str] = []
    size = 0
    for text in texts:
        length = len(text.encode()) + 1
        if some and size + length > PACKET:
            yield ";".join(some)
            some, size = [], 0
        some.append(text)
        size += length
    yield ";".join(some)


def _text(value: bytes | str) -> str:
    return value.decode() if isinstance(value, bytes) else value


_CONVERSIONS: Final[dict[Any, Any]] = {**conversions, FIELD_TYPE.VAR_STRING: _text, FIELD_TYPE.STRING: _text}
"""Keys are bytes for the server."""

# Codes that PyMySQL has no names for are those of https://mariadb.com/kb/en/mariadb-error-codes/ and, from 3,000 on, of
# https://dev.mysql.com/doc/mysql-errors/8.4/en/server-error-reference.html.
_NO_CODE: Final = 2_999
_ROLLED_BACK: Final = frozenset({ER.LOCK_DEADLOCK, ER.LOCK_WAIT_TIMEOUT})
_CROWDED: Final = frozenset({ER.CON_COUNT_ERROR, ER.TOO_MANY_USER_CONNECTIONS, ER.USER_LIMIT_REACHED})
_FAREWELLS: Final = frozenset({ER.SERVER_SHUTDOWN, 1_927, 4_031})  # killed; MySQL: was idle for too long
_UNSENT: Final = frozenset({0, 2_006})
"""PyMySQL could not send all of it, so that the server never saw a whole packet."""
_UNSURE: Final = frozenset({ER.ERROR_DURING_COMMIT, ER.QUERY_INTERRUPTED})
_NOT_MYSQL: Final = (OSError, ValueError, LookupError, struct.error, AssertionError, RuntimeError)
"""What PyMySQL raises when something else answers, or asks for a way of signing in that it does not have."""

_SENTENCES: Final[Mapping[int, str]] = {
    **dict.fromkeys(
        (
            ER.DBACCESS_DENIED_ERROR,
            ER.ACCESS_DENIED_ERROR,
            ER.TABLEACCESS_DENIED_ERROR,
            ER.COLUMNACCESS_DENIED_ERROR,
            ER.SPECIFIC_ACCESS_DENIED_ERROR,
            1_698,  # without a password
            1_820,  # MySQL: the password has expired
            1_862,
            3_118,  # MySQL: the account is locked
            4_151,  # MariaDB: the same
        ),
        "The database does not accept our credentials",
    ),
    ER.BAD_DB_ERROR: "The database is not set up: it does not exist on its server",
    ER.NO_SUCH_TABLE: "The database is not set up: a table is missing",
    ER.KEY_DOES_NOT_EXITS: "The database is not set up: an index is missing",
    ER.BAD_FIELD_ERROR: "The database is not set up: a column is missing",
    **dict.fromkeys(
        (ER.OPTION_PREVENTS_STATEMENT, 1_792, 1_836), "The database is read-only"
    ),  # the server; a transaction; the engine
    **dict.fromkeys((3, ER.DISK_FULL, ER.RECORD_FILE_FULL), "The database has no room left"),
    ER.NET_PACKET_TOO_LARGE: "The database takes smaller packets than this document: its max_allowed_packet is too low",
}
