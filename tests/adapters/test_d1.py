"""D1 through a Worker's binding: its limits, what its errors mean, and what becomes of a call that is not answered."""

import asyncio
import json
import sqlite3
from collections.abc import Awaitable, Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any

import pytest

from tests.contract.catalogue import COLLECTIONS, CONTRACT, FLAGS, START, TOKENS
from tests.contract.test_away import READS, WRITES
from tests.engines.d1 import LocalD1, RemoteStore
from togglebox.adapters.d1 import MOST_ARRAY_BYTES, D1Connection, D1Store, json_arrays
from togglebox.adapters.sql_dialect import Value
from togglebox.errors import LimitExceeded
from togglebox.store.port import ABSENT, MAX_BODY_BYTES, Document, NoAnswer, Store, StoreUnavailable, encode

KEY = ("shop", "checkout")

reading = pytest.mark.parametrize("read", READS.values(), ids=READS)
writing = pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)


class Bound:
    """A statement of `Binding`, with its values."""

    def __init__(self, binding: "Binding", sql: str, values: Sequence[Value] = ()) -> None:
        self.binding, self.sql, self.values = binding, sql, values

    def bind(self, *values: Value) -> "Bound":
        return Bound(self.binding, self.sql, values)

    async def raw(self) -> list[list[Any]]:
        return [list(row) for row in self.binding.run(self)[0]]

    async def run(self) -> dict[str, Any]:
        return {"success": True, "meta": {"changes": self.binding.run(self)[1]}, "results": []}


class Binding:
    """
    A binding's methods on SQLite, with the limits of D1 in production, where workerd's own is laxer.

    It remembers the *asked* statements with their values.
    """

    def __init__(self) -> None:
        self.asked: list[tuple[str, Sequence[Value]]] = []
        self._connection = sqlite3.connect(":memory:", isolation_level=None)
        self._connection.execute("CREATE TABLE _cf_KV (key TEXT)")  # D1 has such tables, and lets nobody look at them
        self._connection.set_authorizer(_allowed)

    def prepare(self, sql: str) -> Bound:
        return Bound(self, sql)

    async def batch(self, statements: Sequence[Bound]) -> list[dict[str, Any]]:
        assert len(statements) <= 50
        return [await statement.run() for statement in statements]

    def run(self, bound: Bound) -> tuple[list[Any], int]:
        assert len(bound.sql.encode()) <= 100_000
        assert len(bound.values) <= 100
        for value in bound.values:
            assert not isinstance(value, int) or abs(value) < 2**53
            assert not isinstance(value, str) or len(value.encode()) <= 2_000_000
        self.asked.append((bound.sql, bound.values))
        before = self._connection.total_changes
        rows = self._connection.execute(bound.sql, bound.values).fetchall()
        return rows, self._connection.total_changes - before

    def plan(self, place: int) -> str:
        """Return how SQLite runs the statement that was asked at *place*."""
        sql, values = self.asked[place]
        return " / ".join(row[3] for row in self._connection.execute(f"EXPLAIN QUERY PLAN {sql}", values))

    def close(self) -> None:
        self._connection.close()


def _allowed(action: int, first: str | None, second: str | None, *rest: str | None) -> int:
    own = any(name is not None and name.startswith("_cf_") for name in (first, second))
    return sqlite3.SQLITE_DENY if own else sqlite3.SQLITE_OK


def wait(answer: Awaitable[Any]) -> Any:
    """Return what *answer* promises; so `run_sync` does in a Worker."""

    async def awaited() -> Any:
        return await answer

    return asyncio.run(awaited())


@pytest.fixture
def binding() -> Iterator[Binding]:
    with closing(Binding()) as binding:
        yield binding


@pytest.fixture
def store(binding: Binding) -> D1Store:
    store = D1Store(D1Connection(binding, wait), lambda: START, collections=COLLECTIONS)
    store.schema().create()
    binding.asked.clear()
    return store


def test_tables_of_its_own_are_not_looked_at(store: D1Store, binding: Binding) -> None:
    with pytest.raises(sqlite3.DatabaseError, match=r"not authorized|prohibited"):
        wait(binding.prepare("SELECT name FROM pragma_table_info('_cf_KV')").raw())

    assert store.schema().missing() == []


def test_many_documents_are_inserted_by_few_statements(store: D1Store, binding: Binding) -> None:
    documents = [(("shop", f"{number}"), {"owner": "ann", "rank": f"{number:04}"}) for number in range(1_000)]

    assert store.add_new(FLAGS, documents) == [True] * 1_000

    assert len(binding.asked) == 2
    assert store.add_new(FLAGS, [*documents[990:], (KEY, {})]) == [False] * 10 + [True]
    assert len(store.page(FLAGS, "ann", limit=2_000, index="GSI1").documents) == 1_000


def test_many_are_asked_for_and_removed_by_few_statements(store: D1Store, binding: Binding) -> None:
    keys = [(f"shop {number % 7}", f"{number}") for number in range(450)]
    store.add_new(FLAGS, [(key, {}) for key in keys])
    binding.asked.clear()

    assert [document and document.key for document in store.get_many(FLAGS, keys)] == keys
    store.delete_many(FLAGS, keys)

    assert len(binding.asked) == 6
    assert store.scan(FLAGS, limit=5).documents == []


@pytest.mark.parametrize("letter", ["x", '"', "\U0001f600", "\x01"], ids=["ASCII", "escaped", "four bytes", "control"])
def test_the_largest_keys_and_bodies_fit(store: D1Store, letter: str) -> None:
    part = letter * (1_024 // len(letter.encode()))
    room = MAX_BODY_BYTES - len(encode({"owner": part, "rank": part, "colour": part, "text": ""}).encode())
    text = letter * (room // (len(encode({letter: 1}).encode()) - len('{"":1}')))
    body = {"owner": part, "rank": part, "colour": part, "text": text}
    keys = [(part, part[:-1] + f"{number}") for number in range(5)]

    assert store.add_new(FLAGS, [(key, body) for key in keys]) == [True] * 5

    assert store.get_many(FLAGS, keys) == [Document(key, 1, encode(body)) for key in keys]


def test_what_is_many_is_looked_up_by_its_key(store: D1Store, binding: Binding) -> None:
    store.get_many(FLAGS, [KEY, ("shop", "b")])
    store.delete_many(FLAGS, [KEY, ("shop", "b")])

    for place in (0, 1):
        assert "SEARCH togglebox_flags USING PRIMARY KEY (pk=? AND sk=?)" in binding.plan(place)


@pytest.mark.parametrize(
    "sizes", [[], [1], [300_000] * 10, [MOST_ARRAY_BYTES], [10, MOST_ARRAY_BYTES, 10], [3] * 150_000]
)
def test_arrays_hold_every_row_once_and_in_order(sizes: list[int]) -> None:
    rows: list[list[Value]] = [[number, "x" * size] for number, size in enumerate(sizes)]

    arrays = list(json_arrays(rows))

    assert [row for array in arrays for row in json.loads(array)] == rows
    for array in arrays:
        assert len(array.encode()) <= MOST_ARRAY_BYTES or len(json.loads(array)) == 1


@pytest.mark.parametrize("version", [2**53, 2**63, 10**30])
def test_a_version_that_d1_cannot_hold_is_refused_before_it_is_sent(
    store: D1Store, binding: Binding, version: int
) -> None:
    calls: list[Callable[[], object]] = [
        lambda: store.put(FLAGS, KEY, {}, expect=version - 1),
        lambda: store.put(FLAGS, KEY, {}, expect=version),
        lambda: store.delete(FLAGS, KEY, expect=version),
        lambda: store.restore(FLAGS, [Document(("shop", "a"), 1, "{}"), Document(KEY, version, "{}")]),
        lambda: store.put(TOKENS, KEY, {"ttl": version}, expect=ABSENT),
        lambda: store.add_new(TOKENS, [(KEY, {"ttl": version})]),
    ]
    for call in calls:
        with pytest.raises(LimitExceeded, match="D1 holds integers below 9,007,199,254,740,992"):
            call()

    assert binding.asked == []


def test_the_largest_version_that_d1_holds_is_kept(store: D1Store) -> None:
    store.restore(FLAGS, [Document(KEY, 2**53 - 2, "{}")])

    assert store.put(FLAGS, KEY, {"n": 1}, expect=2**53 - 2) == Document(KEY, 2**53 - 1, '{"n":1}')
    assert store.get(FLAGS, KEY) == Document(KEY, 2**53 - 1, '{"n":1}')


def test_a_value_that_d1_cannot_take_is_refused_before_it_is_sent(binding: Binding) -> None:
    connection = D1Connection(binding, wait)

    assert connection.row("SELECT length(?)", ["é" * 1_000_000]) == [1_000_000]
    with pytest.raises(LimitExceeded, match="at most 2,000,000 bytes; this one has 2,000,001"):
        connection.row("SELECT length(?)", ["é" * 1_000_000 + "x"])

    assert len(binding.asked) == 1


class Failing:
    """A binding that answers nothing but an error, as the runtime's exception class shows it."""

    def __init__(self, words: str) -> None:
        self._words = words

    def prepare(self, sql: str) -> "Failing":
        return self

    def bind(self, *values: Value) -> "Failing":
        return self

    async def raw(self) -> object:
        raise Exception(f"Error: {self._words}")  # noqa: TRY002  # as JavaScript's come

    run = raw

    async def batch(self, statements: object) -> object:
        return await self.raw()


BUSY = "The database is busy"
FULL = "The database is full"
SPENT = "The database has done what its plan allows in a day"
AWAY = "The database is not available"

REFUSED = {
    "D1_ERROR: no such table: togglebox_flags: SQLITE_ERROR": "The database is not set up: a table is missing",
    "D1_ERROR: no such column: gsi1pk at offset 7: SQLITE_ERROR": "The database is not set up: a column is missing",
    "D1_ERROR: table togglebox_flags has no column named gsi1pk: SQLITE_ERROR": (
        "The database is not set up: a column is missing"
    ),
    "D1_ERROR: D1 DB is overloaded. Requests queued for too long.": BUSY,
    "D1_ERROR: D1 DB is overloaded. Too many requests queued.": BUSY,
    "D1_ERROR: Exceeded maximum DB size.": FULL,
    "D1_ERROR: database or disk is full: SQLITE_FULL": FULL,
    "D1_ERROR: Your account has exceeded D1's maximum account storage limit, please contact us.": FULL,
    "D1_ERROR: exceeded free tier daily row write limit": SPENT,
    "Too many API requests by single worker invocation.": "This request asks the database too often",
    "D1_TYPE_ERROR: Type 'undefined' not supported for value 'undefined'": AWAY,
    "D1_ERROR: too many SQL variables at offset 300: SQLITE_ERROR": AWAY,
    "D1_ERROR: cannot store TEXT value in INTEGER column: SQLITE_CONSTRAINT (extended: DATATYPE)": AWAY,
}
UNKNOWN = [
    "D1_ERROR: Network connection lost.",
    "D1_ERROR: D1 DB reset because its code was updated.",
    "D1_ERROR: Internal error while starting up D1 DB storage caused object to be reset.",
    "D1_ERROR: Internal error in D1 DB storage caused object to be reset.",
    "D1_ERROR: Cannot resolve D1 DB due to transient issue on remote node.",
    "D1_ERROR: D1 DB storage operation exceeded timeout which caused object to be reset.",
    "D1_ERROR: D1 DB's isolate exceeded its memory limit and was reset.",
    "D1_ERROR: D1 DB exceeded its CPU time limit and was reset.",
    "D1_ERROR: disk I/O error: SQLITE_IOERR",
    "internal error; reference = 0123456789",
]


def told(store: Store, call: Callable[[Store], object]) -> StoreUnavailable:
    with pytest.raises(StoreUnavailable) as raised:
        call(store)
    assert raised.value.__cause__ is not None
    return raised.value


@reading
@pytest.mark.parametrize(("words", "sentence"), [*REFUSED.items(), *((words, AWAY) for words in UNKNOWN)])
def test_a_read_that_fails_is_told_in_our_words(words: str, sentence: str, read: Callable[[Store], object]) -> None:
    error = told(D1Store(D1Connection(Failing(words), wait), lambda: START, collections=COLLECTIONS), read)

    assert (type(error), str(error)) == (StoreUnavailable, sentence)


@writing
@pytest.mark.parametrize(("words", "sentence"), REFUSED.items())
def test_a_write_that_was_refused_did_not_happen(words: str, sentence: str, write: Callable[[Store], object]) -> None:
    error = told(D1Store(D1Connection(Failing(words), wait), lambda: START, collections=COLLECTIONS), write)

    assert (type(error), str(error)) == (StoreUnavailable, sentence)


@writing
@pytest.mark.parametrize("words", UNKNOWN)
def test_a_write_that_was_lost_may_have_happened(words: str, write: Callable[[Store], object]) -> None:
    error = told(D1Store(D1Connection(Failing(words), wait), lambda: START, collections=COLLECTIONS), write)

    assert (type(error), str(error)) == (NoAnswer, AWAY)


def test_a_batch_that_was_lost_may_have_happened() -> None:
    with pytest.raises(NoAnswer):
        D1Connection(Failing(UNKNOWN[0]), wait).change_together([("DELETE FROM a", ())])


def test_who_meets_a_busy_database_is_told_to_wait_longer() -> None:
    store = D1Store(D1Connection(Failing("D1_ERROR: D1 DB is overloaded."), wait), lambda: START)

    with pytest.raises(StoreUnavailable) as raised:
        store.get("flags", KEY)

    assert raised.value.retry_after == 2


@pytest.fixture
def silent(d1: LocalD1) -> Iterator[RemoteStore]:
    with closing(RemoteStore(d1.port, CONTRACT, "contract_", lambda: START, "silent")) as store:
        yield store


@reading
def test_a_read_is_not_waited_for_without_end(silent: RemoteStore, read: Callable[[Store], object]) -> None:
    assert type(told(silent, read)) is StoreUnavailable


@writing
def test_a_write_is_not_waited_for_without_end(silent: RemoteStore, write: Callable[[Store], object]) -> None:
    assert type(told(silent, write)) is NoAnswer


@pytest.mark.parametrize("call", [*READS.values(), *WRITES.values()], ids=[*READS, *WRITES])
def test_a_database_without_tables_says_so(d1: LocalD1, call: Callable[[Store], object]) -> None:
    with closing(RemoteStore(d1.port, CONTRACT, "nobody_made_", lambda: START)) as store:
        error = told(store, call)

    assert (type(error), str(error)) == (StoreUnavailable, "The database is not set up: a table is missing")


def test_calls_are_under_way_at_once(d1: LocalD1) -> None:
    with closing(RemoteStore(d1.port, CONTRACT, "contract_", lambda: START)) as store, ThreadPoolExecutor(20) as pool:
        assert list(pool.map(store.meet, [20] * 20)) == [True] * 20
