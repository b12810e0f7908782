"""What is remembered of a SQLite file between commits: never longer than until the next one, whoever makes it."""

import sqlite3
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest

from togglebox.adapters.sqlite import SQLiteStore
from togglebox.store.port import Document

pytestmark = pytest.mark.engine("sqlite")

KEY = ("life", "name")

WRITER = textwrap.dedent(
    """
    import os, sys
    from togglebox.adapters.sqlite import SQLiteStore

    store = SQLiteStore(sys.argv[1], lambda: 0.0)
    for version in range(1_000_000):
        store.put("platforms", ("life", "name"), {"deleted": False, "number": version}, expect=version)
        os.write(1, f"{version + 1}\\n".encode())
    """
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    store = SQLiteStore(tmp_path / "store.db", lambda: 0.0)
    store.schema().create()
    store.close()
    return tmp_path / "store.db"


@pytest.fixture
def store(file: Path) -> Iterator[SQLiteStore]:
    store = SQLiteStore(file, lambda: 0.0)
    yield store
    store.close()


def statements(store: SQLiteStore) -> list[str]:
    """Return a list that grows with each statement which the store's connection runs from here on."""
    run: list[str] = []
    (cursor,) = store._connection._idle  # type: ignore[attr-defined]
    cursor.connection.set_trace_callback(run.append)
    return run


def body(number: int) -> dict[str, object]:
    return {"deleted": False, "number": number}


def test_what_was_read_is_not_read_again_until_somebody_commits(store: SQLiteStore) -> None:
    store.put("platforms", KEY, body(0), expect=0)
    store.get("platforms", KEY)
    run = statements(store)

    read = [store.get("platforms", KEY) for _ in range(5)]

    assert read == [Document(KEY, 1, '{"deleted":false,"number":0}')] * 5
    assert len(run) == 1  # the first read was before anything was remembered


def test_what_was_absent_is_not_looked_for_again_until_somebody_commits(store: SQLiteStore) -> None:
    assert store.get("platforms", KEY) is None
    run = statements(store)

    assert [store.get("platforms", KEY) for _ in range(5)] == [None] * 5
    assert len(run) <= 1


def test_a_long_document_is_read_each_time(store: SQLiteStore) -> None:
    store.put("platforms", KEY, {"deleted": False, "text": "x" * 5_000}, expect=0)
    run = statements(store)

    for _ in range(5):
        store.get("platforms", KEY)

    assert len(run) == 5


@pytest.mark.parametrize("checkpoint", [None, "PASSIVE", "FULL", "RESTART", "TRUNCATE"])
def test_what_another_connection_commits_is_seen_at_once(
    store: SQLiteStore, file: Path, checkpoint: str | None
) -> None:
    other = SQLiteStore(file, lambda: 0.0)
    keeper = sqlite3.connect(file)

    for number in range(100):
        writer, reader = (store, other) if number % 3 else (other, store)
        written = writer.put("platforms", KEY, body(number), expect=number)
        if checkpoint:
            keeper.execute(f"PRAGMA wal_checkpoint({checkpoint})")
        assert reader.get("platforms", KEY) == written
        assert writer.get("platforms", KEY) == written

    keeper.close()
    other.close()


def test_what_another_process_was_told_is_stored_is_seen_at_once_also_after_it_was_killed(
    store: SQLiteStore, file: Path
) -> None:
    store.get("platforms", KEY)
    writer = subprocess.Popen([sys.executable, "-c", WRITER, str(file)], stdout=subprocess.PIPE)
    assert writer.stdout is not None

    acknowledged = 0
    for _ in range(200):
        acknowledged = int(writer.stdout.readline())
        assert version(store) >= acknowledged
    writer.kill()
    last = acknowledged + len(writer.stdout.read().splitlines())
    writer.wait()
    writer.stdout.close()

    assert version(store) in {last, last + 1}
    later = SQLiteStore(file, lambda: 0.0)
    assert version(later) == version(store)
    later.close()


def test_no_thread_reads_what_is_older_than_what_it_read_before(store: SQLiteStore) -> None:
    store.put("platforms", KEY, body(0), expect=0)
    backwards: list[tuple[int, int]] = []
    done = False

    def read() -> None:
        before = 0
        while not done:
            now = version(store)
            if now < before:
                backwards.append((before, now))
            before = now

    readers = [Thread(target=read) for _ in range(4)]
    for reader in readers:
        reader.start()
    for number in range(1, 300):
        store.put("platforms", KEY, body(number), expect=number)
        assert version(store) == number + 1
    done = True
    for reader in readers:
        reader.join()

    assert backwards == []


def test_a_file_that_was_made_anew_is_read_anew(store: SQLiteStore, file: Path) -> None:
    store.put("platforms", KEY, body(0), expect=0)
    assert version(store) == 1

    store.close()
    for left in file.parent.iterdir():
        left.unlink()
    store.schema().create()

    assert store.get("platforms", KEY) is None


def test_closed_stores_leave_no_file_open(file: Path) -> None:
    before = open_files()

    for _ in range(20):
        store = SQLiteStore(file, lambda: 0.0)
        store.get("platforms", KEY)
        store.close()

    assert open_files() == before


def open_files() -> int:
    return len(list(Path("/dev/fd").iterdir()))


def version(store: SQLiteStore) -> int:
    document = store.get("platforms", KEY)
    return 0 if document is None else document.version
