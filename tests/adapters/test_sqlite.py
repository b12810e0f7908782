"""What only the SQLite store promises: one file, durable commits, several processes, statements that use indexes."""

import sqlite3
import subprocess
import sys
import textwrap
from collections.abc import Iterator, Sequence
from pathlib import Path
from threading import Thread

import pytest

from tests.contract.catalogue import COLLECTIONS, FLAGS, START, TOKENS
from togglebox.adapters.sql import SQLStore
from togglebox.adapters.sql_dialect import Dialect, Row, Statement, Value
from togglebox.adapters.sqlite import SQLiteConnection, SQLiteStore
from togglebox.store.port import ABSENT, Document

pytestmark = pytest.mark.engine("sqlite")

KEY = ("shop", "checkout")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "data" / "togglebox.db"


@pytest.fixture
def store(file: Path) -> Iterator[SQLiteStore]:
    store = SQLiteStore(file, lambda: START, collections=COLLECTIONS)
    store.schema().create()
    yield store
    store.close()


def test_the_file_and_its_folder_are_made_when_first_used(file: Path) -> None:
    store = SQLiteStore(file, lambda: START)
    assert not file.parent.exists()

    store.schema().create()
    store.close()

    assert [found.name for found in file.parent.iterdir()] == [file.name]


def test_commits_are_durable(file: Path) -> None:
    connection = SQLiteConnection(file)

    assert connection.row("PRAGMA journal_mode", ()) == ("wal",)
    assert connection.row("PRAGMA synchronous", ()) == (2,)  # FULL
    connection.close()


def test_a_closed_store_opens_again(store: SQLiteStore) -> None:
    document = store.put(FLAGS, KEY, {}, expect=ABSENT)
    store.close()

    assert store.get(FLAGS, KEY) == document


def test_a_thread_that_ends_leaves_its_connection_to_the_next(store: SQLiteStore) -> None:
    store.put(FLAGS, KEY, {}, expect=ABSENT)
    for _ in range(20):
        thread = Thread(target=store.get, args=(FLAGS, KEY))
        thread.start()
        thread.join()

    assert len(store._connection._idle) == 1  # type: ignore[attr-defined]


def test_what_one_connection_wrote_another_reads_at_once(store: SQLiteStore, file: Path) -> None:
    other = SQLiteStore(file, lambda: START, collections=COLLECTIONS)

    for version in range(0, 100, 2):
        store.put(FLAGS, KEY, {"by": "one"}, expect=version)
        assert other.put(FLAGS, KEY, {"by": "other"}, expect=version + 1) == store.get(FLAGS, KEY)

    other.close()


def test_names_of_tables_may_begin_otherwise(store: SQLiteStore, file: Path) -> None:
    other = SQLiteStore(file, lambda: START, prefix="second_", collections=COLLECTIONS)
    assert "second_remote_configs" in other.schema().missing()
    other.schema().create()

    other.put(FLAGS, KEY, {"of": "second"}, expect=ABSENT)

    assert store.get(FLAGS, KEY) is None
    other.close()


def test_what_has_expired_is_swept_away(store: SQLiteStore, file: Path) -> None:
    for number in range(10):
        store.put(TOKENS, ("ann", f"{number}"), {"ttl": START - number}, expect=ABSENT)
    store.put(TOKENS, ("ann", "living"), {"ttl": START + 1}, expect=ABSENT)
    store.put(TOKENS, ("ann", "for ever"), {}, expect=ABSENT)

    assert [store.sweep(4), store.sweep(4), store.sweep(4), store.sweep(4)] == [4, 4, 2, 0]

    with sqlite3.connect(file) as raw:
        rows = raw.execute("SELECT sk FROM togglebox_password_resets ORDER BY sk").fetchall()
    raw.close()
    assert rows == [("for ever",), ("living",)]


WRITER = textwrap.dedent(
    """
    import sys
    from togglebox.adapters.sqlite import SQLiteStore
    from togglebox.store.port import StaleWrite

    store = SQLiteStore(sys.argv[1], lambda: 0.0)
    store.schema().create()
    for _ in range(int(sys.argv[2])):
        while True:
            read = store.get("claims", ("a", "b"))
            version = read.version if read else 0
            try:
                store.put("claims", ("a", "b"), {"n": version + 1}, expect=version)
                break
            except StaleWrite:
                pass
    store.close()
    """
)


def test_processes_that_begin_and_write_at_once_lose_nothing(file: Path) -> None:
    writers = [subprocess.Popen([sys.executable, "-c", WRITER, str(file), "100"]) for _ in range(4)]

    assert [writer.wait() for writer in writers] == [0, 0, 0, 0]

    store = SQLiteStore(file, lambda: 0.0)
    assert store.get("claims", ("a", "b")) == Document(("a", "b"), 400, '{"n":400}')
    store.close()


class ListeningConnection:
    """Passes statements on, and remembers them."""

    def __init__(self, file: Path) -> None:
        self.heard: list[Statement] = []
        self._inner = SQLiteConnection(file)

    def row(self, sql: str, values: Sequence[Value]) -> Row | None:
        self.heard.append((sql, values))
        return self._inner.row(sql, values)

    def rows(self, sql: str, values: Sequence[Value]) -> Sequence[Row]:
        self.heard.append((sql, values))
        return self._inner.rows(sql, values)

    def change(self, sql: str, values: Sequence[Value] = ()) -> int:
        self.heard.append((sql, values))
        return self._inner.change(sql, values)

    def change_together(self, statements: Sequence[Statement]) -> Sequence[int]:
        assert len(statements) <= Narrow.most_statements
        self.heard += statements
        return self._inner.change_together(statements)

    def close(self) -> None:
        self._inner.close()


class Narrow(Dialect):
    """As many values a statement as D1 takes."""

    most_values = 100
    most_statements = 40


@pytest.fixture
def listening(store: SQLiteStore, file: Path) -> Iterator[ListeningConnection]:
    """Do everything that a store does, with as many documents as need several statements, and listen."""
    connection = ListeningConnection(file)
    narrow = SQLStore(connection, lambda: START, dialect=Narrow(), collections=COLLECTIONS)
    keys = [(f"shop {number % 5}", f"{number}") for number in range(230)]
    for collection, index in ((FLAGS, "GSI1"), (FLAGS, "GSI3"), (TOKENS, "GSI2")):
        bodies = {key: {"owner": "ann", "rank": key[1], "colour": "ann", "ttl": START + 9} for key in keys}
        assert narrow.add_new(collection, bodies.items()) == [True] * 230
        assert [document is not None for document in narrow.get_many(collection, keys)] == [True] * 230
        narrow.put(collection, keys[0], bodies[keys[0]], expect=1)
        narrow.delete(collection, keys[0], expect=2)
        narrow.get(collection, keys[0])
        for reverse in (False, True):
            page = narrow.page(collection, "shop 1", limit=2, reverse=reverse)
            narrow.page(collection, "shop 1", limit=2, after=page.next, reverse=reverse, low="0", high="99")
            page = narrow.page(collection, "ann", index=index, limit=2, reverse=reverse)
            narrow.page(collection, "ann", index=index, limit=2, after=page.next, reverse=reverse, low="0", high="99")
        page = narrow.scan(collection, limit=2)
        narrow.scan(collection, limit=2, after=page.next)
        narrow.delete_many(collection, keys)
        assert narrow.scan(collection, limit=2).documents == []
    narrow.sweep(50)
    yield connection
    connection.close()


def test_no_statement_holds_more_values_than_the_dialect_allows(listening: ListeningConnection) -> None:
    assert max(len(values) for _, values in listening.heard) == 100


def test_every_statement_finds_its_rows_by_an_index(listening: ListeningConnection, file: Path) -> None:
    raw = sqlite3.connect(file)
    plans = {
        (sql, detail)
        for sql, values in dict(listening.heard).items()
        for *_, detail in raw.execute(f"EXPLAIN QUERY PLAN {sql}", values)
    }
    raw.close()

    assert len(plans) > 30
    assert [plan for plan in plans if plan[1].startswith("SCAN") or "TEMP B-TREE" in plan[1]] == []
