"""A store on Cloudflare D1: SQLite with short statements, through a Worker's binding or through the REST API."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from itertools import batched
from typing import Any, Final, Protocol, cast

from togglebox.adapters.d1_refusals import told
from togglebox.adapters.sql import Plan, SQLStore
from togglebox.adapters.sql_dialect import PREFIX, Connection, Dialect, Row, Statement, Value
from togglebox.errors import LimitExceeded
from togglebox.store.catalogue import COLLECTIONS, Collection
from togglebox.store.port import Clock, Key, NoAnswer, StoreUnavailable
from togglebox.store.record import spelled, storable

PATIENCE: Final = 10.0
"""How many seconds an answer may take: D1 itself gives up after 30, when nobody is left to read it."""

MOST_ARRAY_BYTES: Final = 1_000_000
"""Of a JSON array that is bound as one value, unless its only element is longer; D1 takes 2,000,000."""

MOST_KEYS: Final = 150
"""How many documents are asked for at once: of the largest ones, D1 would answer no more (50 MB)."""

_MOST_VALUE_BYTES: Final = 2_000_000
_BEYOND_NUMBERS: Final = 2**53
"""Values are JavaScript's numbers on their way: from here on not every integer is one."""


class D1(Connection, Protocol):
    """What D1 does beyond other databases, alike through each of its doors."""

    def returning(self, sql: str, values: Sequence[Value]) -> Sequence[Row]:
        """Write, and return the rows of the statement's ``RETURNING``."""


class D1Store(SQLStore):
    """
    Keep documents in a D1 database.

    A statement binds 100 values at most, and a Worker's invocation runs 50 or 1,000 of them: so whatever is many is
    bound as one value, a JSON array, which SQLite reads as a table.
    """

    def __init__(
        self,
        connection: D1,
        clock: Clock,
        *,
        prefix: str = PREFIX,
        collections: Mapping[str, Collection] = COLLECTIONS,
    ) -> None:
        super().__init__(connection, clock, dialect=D1Dialect(), prefix=prefix, collections=collections)

    def _insert(self, plan: Plan, rows: Sequence[Sequence[Value]]) -> Sequence[bool]:
        sql = insert_many(plan)
        alive = self._alive(plan) * plan.insert_asks
        connection = cast("D1", self._connection)  # the constructor takes no other
        written = {
            (row[0], row[1]) for array in json_arrays(rows) for row in connection.returning(sql, [array, *alive])
        }
        return [(row[0], row[1]) in written for row in rows]

    def _conditions(self, collection: str, keys: Iterable[Key]) -> Iterator[Statement]:
        wanted = sorted({(spelled(collection, key[0]), key[1]) for key in keys if storable(*key)})
        for some in batched(wanted, MOST_KEYS, strict=False):
            for array in json_arrays(some):
                yield "(pk, sk) IN (SELECT value ->> 0, value ->> 1 FROM json_each(?))", [array]


class D1Dialect(Dialect):
    """SQLite's, within D1's limits."""

    most_values = 100
    most_statements = 50  # as many as the free plan lets an invocation run
    columns = Dialect.columns.replace(
        " ORDER BY", " AND m.name NOT LIKE '\\_cf\\_%' ESCAPE '\\' ORDER BY"
    )  # tables of D1's own, whose columns nobody may see


class D1Connection:
    """
    The binding of a Worker: statements through the *database* that its environment names.

    *database* is the binding as Cloudflare's SDK wraps it: Python's values in and out, promises for answers. *wait*
    turns such a promise into what it promises, or raises what it was broken with: in a Worker,
    ``pyodide.ffi.run_sync``. They come by argument, because their modules exist nowhere else.

    Statements go to the binding itself and not to a session of it (``withSession``). A session's first statement is
    answered by the primary, but those after it by any replica that has what this session has seen: it would miss what
    others wrote meanwhile. Without one, every statement is answered by the primary, so that reads see each write that
    ended before them, whoever wrote.

    D1 repeats a read by itself that failed on its way, up to two times; writes are never repeated. It has no time-out
    that would be told in time: whoever waits longer than *patience* seconds gives up, and D1 may still go on.
    """

    def __init__(self, database: Any, wait: Callable[[Awaitable[Any]], Any], *, patience: float = PATIENCE) -> None:
        self._database: Final = database
        self._wait: Final = wait
        self._patience: Final = patience

    def row(self, sql: str, values: Sequence[Value]) -> Row | None:
        rows = self.rows(sql, values)
        return rows[0] if rows else None

    def rows(self, sql: str, values: Sequence[Value]) -> Sequence[Row]:
        # `all` would answer with objects, in which of two columns with one name only the last is left.
        rows: Sequence[Row] = self._answer(lambda: self._bound(sql, values).raw(), writing=False)
        return rows

    def returning(self, sql: str, values: Sequence[Value]) -> Sequence[Row]:
        rows: Sequence[Row] = self._answer(lambda: self._bound(sql, values).raw(), writing=True)
        return rows

    def change(self, sql: str, values: Sequence[Value] = ()) -> int:
        return _changes(self._answer(lambda: self._bound(sql, values).run(), writing=True))

    def change_together(self, statements: Sequence[Statement]) -> Sequence[int]:
        results = self._answer(lambda: self._database.batch([self._bound(*each) for each in statements]), writing=True)
        return [_changes(result) for result in results]

    def close(self) -> None:
        """There is nothing to close: the runtime owns the binding."""

    def _bound(self, sql: str, values: Sequence[Value]) -> Any:
        check_values(values)
        statement = self._database.prepare(sql)
        return statement.bind(*values) if values else statement

    def _answer(self, ask: Callable[[], Awaitable[Any]], *, writing: bool) -> Any:
        try:
            return self._wait(asyncio.wait_for(ask(), self._patience))
        except LimitExceeded:
            raise
        except TimeoutError as error:
            raise (NoAnswer if writing else StoreUnavailable) from error
        except Exception as error:  # whatever class stands for JavaScript's errors: only its text tells them apart
            raise told(str(error), writing=writing) from error


def check_values(values: Sequence[Value]) -> None:
    """
    Refuse what D1 could not bind, or would bind as something else.

    Raises:
        LimitExceeded: an integer that JavaScript's numbers do not hold, or a text of more than 2,000,000 bytes.
    """
    for value in values:
        if isinstance(value, int):
            if not -_BEYOND_NUMBERS < value < _BEYOND_NUMBERS:
                raise LimitExceeded(f"D1 holds integers below {_BEYOND_NUMBERS:,}; this one is {value:,}")
        elif value is not None and len(value) * 4 > _MOST_VALUE_BYTES:  # nearly none has so many letters
            size = len(value.encode())
            if size > _MOST_VALUE_BYTES:
                raise LimitExceeded(f"D1 takes values of at most {_MOST_VALUE_BYTES:,} bytes; this one has {size:,}")


def insert_many(plan: Plan) -> str:
    """
    Return the statement that inserts the rows of a JSON array, and returns the keys of those that were not there.

    Its values are the array, and then what `Plan.insert` asks for after a row's.
    """
    dialect = _FromArray()
    spell = dialect.insert_over_expired if plan.ttl else dialect.insert_new
    return f"{spell(plan.table, plan.columns)} RETURNING pk, sk"


class _FromArray(D1Dialect):
    def _insert(self, table: str, columns: Sequence[str]) -> str:
        # Without a condition, SQLite would take the ON of the conflict for that of a join.
        values = ", ".join(f"value ->> {place}" for place in range(len(columns)))
        return f"INSERT INTO {table} ({', '.join(columns)}) SELECT {values} FROM json_each(?) WHERE true"


def json_arrays(rows: Iterable[Sequence[Value]]) -> Iterator[str]:
    """Yield JSON arrays that hold all *rows* between them, in their order, each of at most `MOST_ARRAY_BYTES`."""
    some: list[str] = []
    size = 0
    for row in rows:
        check_values(row)
        text = json.dumps(row, ensure_ascii=False, separators=(",", ":"))
        cost = len(text.encode()) + 1
        if some and size + cost >= MOST_ARRAY_BYTES:
            yield f"[{','.join(some)}]"
            some, size = [], 0
        some.append(text)
        size += cost
    if some:
        yield f"[{','.join(some)}]"


def _changes(result: Any) -> int:
    count: int = result["meta"]["changes"]
    return count
