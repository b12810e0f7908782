"""A writer that is killed at any moment: what it was told is stored stays stored, and the file is whole."""

import sqlite3
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from togglebox.adapters.sqlite import SQLiteStore
from togglebox.store.port import Document

pytestmark = pytest.mark.engine("sqlite")

WRITER = textwrap.dedent(
    """
    import os, sys
    from togglebox.adapters.sqlite import SQLiteStore

    store = SQLiteStore(sys.argv[1], lambda: 0.0)
    life = sys.argv[2]
    head = store.get("claims", ("head", life))
    version = head.version if head else 0
    for number in range(1_000_000):
        store.put("claims", (life, str(number)), {"text": "x" * (number % 5_000)}, expect=0)
        store.add_new("claims", [((life, f"{number}, {part}"), {}) for part in range(3)])
        version = store.put("claims", ("head", life), {"number": number}, expect=version).version
        os.write(1, f"{number}\\n".encode())
    """
)


def test_a_killed_writer_loses_nothing_that_it_was_told_is_stored(tmp_path: Path) -> None:
    file = tmp_path / "store.db"
    store = SQLiteStore(file, lambda: 0.0)
    store.schema().create()

    acknowledged = {str(life): killed_after(file, str(life), seconds=0.25 + life * 0.07) for life in range(5)}

    assert min(acknowledged.values()) > 0
    for life, count in acknowledged.items():
        keys = [(life, str(number)) for number in range(count)]
        parts = [(life, f"{number}, {part}") for number in range(count) for part in range(3)]
        assert store.get_many("claims", keys) == [
            Document(key, 1, f'{{"text":"{"x" * (number % 5_000)}"}}') for number, key in enumerate(keys)
        ]
        assert store.get_many("claims", parts) == [Document(part, 1, "{}") for part in parts]
        head = store.get("claims", ("head", life))
        assert head is not None
        assert head.version in (count, count + 1)  # one may have been stored and not acknowledged
        assert head.body["number"] == head.version - 1
    store.close()
    assert integrity(file) == "ok"


def test_a_killed_writer_does_not_keep_the_others_waiting(tmp_path: Path) -> None:
    file = tmp_path / "store.db"
    store = SQLiteStore(file, lambda: 0.0)
    store.schema().create()
    killed_after(file, "a", seconds=0.3)

    for number in range(20):
        store.put("claims", ("b", str(number)), {}, expect=0)

    assert len(store.page("claims", "b", limit=50).documents) == 20
    store.close()


def killed_after(file: Path, life: str, *, seconds: float) -> int:
    """Let a writer work, kill it, and return how many rounds it had acknowledged."""
    with subprocess.Popen([sys.executable, "-c", WRITER, str(file), life], stdout=subprocess.PIPE) as writer:
        assert writer.stdout is not None
        first = writer.stdout.readline()
        time.sleep(seconds)
        writer.kill()
        rest = writer.stdout.read()
    return (first + rest).count(b"\n")


def integrity(file: Path) -> str:
    raw = sqlite3.connect(file)
    (verdict,) = raw.execute("PRAGMA integrity_check").fetchone()
    raw.close()
    return str(verdict)
