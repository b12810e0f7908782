"""MariaDB killed under load: what a writer was told is stored stays stored, whole, and the store recovers by itself."""

import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.engines.mariadb import mariadb
from togglebox.adapters.mysql import MySQLStore
from togglebox.store.port import ABSENT, Document, Store, StoreUnavailable

pytestmark = pytest.mark.engine("mysql")

WRITERS = 4
PARTS = 5
COLLECTION = "claims"


@dataclass
class Writer:
    """Puts a document, adds some, and goes on with a head, again and again; remembers what it was told is stored."""

    store: Store
    name: str
    put: list[int] = field(default_factory=list)
    added: list[int] = field(default_factory=list)
    head: int = ABSENT
    refusals: int = 0

    def work(self, stop: threading.Event) -> None:
        number = 0
        while not stop.is_set():
            number += 1
            try:
                self.store.put(COLLECTION, (self.name, f"{number}"), {"text": a_text(number)}, expect=ABSENT)
                self.put.append(number)
                assert all(self.store.add_new(COLLECTION, parts(self.name, number)))
                self.added.append(number)
                self.head = self._go_on()
            except StoreUnavailable:
                self.refusals += 1
                stop.wait(0.02)

    def _go_on(self) -> int:
        head = self.store.get(COLLECTION, ("heads", self.name))
        seen = ABSENT if head is None else head.version
        assert seen >= self.head, "an acknowledged version is gone"
        return self.store.put(COLLECTION, ("heads", self.name), {"version": seen + 1}, expect=seen).version


def test_a_killed_server_loses_nothing_that_it_acknowledged(tmp_path: Path) -> None:
    with mariadb(tmp_path) as before, closing(MySQLStore(before.url, lambda: 0.0)) as store:
        store.schema().create()
    stop = threading.Event()
    with mariadb(tmp_path, durable=True) as first:
        port, url = first.port, first.url
        with closing(MySQLStore(url, lambda: 0.0, patience=2.0)) as store, ThreadPoolExecutor(WRITERS) as pool:
            writers = [Writer(store, f"writer {number}") for number in range(WRITERS)]
            working = [pool.submit(writer.work, stop) for writer in writers]
            try:
                progress(writers)
                first.kill()
                with mariadb(tmp_path, port=port, durable=True) as second:
                    progress(writers)  # nobody told the store
                    assert_kept(store, writers)
                    second.kill()
            finally:
                stop.set()
            for each in working:
                each.result()

            assert min(writer.refusals for writer in writers) > 0
            with mariadb(tmp_path, port=port, durable=True) as last:
                assert_kept(store, writers)
                assert_whole(store, writers)
                assert last.root("CHECK TABLE togglebox.togglebox_environments EXTENDED")[-1][-1] == "OK"


def progress(writers: Sequence[Writer]) -> None:
    """Wait until each writer goes on, and a second more."""
    before = [len(writer.added) for writer in writers]
    deadline = time.monotonic() + 20
    while any(len(writer.added) <= count for writer, count in zip(writers, before, strict=True)):
        assert time.monotonic() < deadline, "the store did not recover"
        time.sleep(0.02)
    time.sleep(1)


def assert_kept(store: Store, writers: Sequence[Writer]) -> None:
    """Assert that what was acknowledged is there."""
    for writer in writers:
        put, added, head = list(writer.put), list(writer.added), writer.head
        keys = [(writer.name, f"{number}") for number in put]
        assert store.get_many(COLLECTION, keys) == [
            Document(key, 1, f'{{"text":"{a_text(number)}"}}') for key, number in zip(keys, put, strict=True)
        ]
        assert None not in store.get_many(
            COLLECTION, [key for number in added for key, _ in parts(writer.name, number)]
        )
        last = store.get(COLLECTION, ("heads", writer.name))
        assert (last.version if last else ABSENT) >= head


def assert_whole(store: Store, writers: Sequence[Writer]) -> None:
    """Assert that whatever is there is what somebody wrote, and all of it."""
    for writer in writers:
        batches: Counter[str] = Counter()
        for document in everything(store, writer.name):
            number, _, part = document.key[1].partition(", ")
            assert document.version == 1
            assert document.body == ({"part": int(part)} if part else {"text": a_text(int(number))})
            batches.update([number] if part else [])
        assert set(batches.values()) == {PARTS}
        head = store.get(COLLECTION, ("heads", writer.name))
        assert head is not None
        assert head.body == {"version": head.version}


def everything(store: Store, partition: str) -> Iterator[Document]:
    after: str | None = None
    while True:
        page = store.page(COLLECTION, partition, limit=500, after=after)
        yield from page.documents
        if (after := page.next) is None:
            return


def a_text(number: int) -> str:
    return f"{number} " * (number % 500)


def parts(name: str, number: int) -> list[tuple[tuple[str, str], dict[str, int]]]:
    return [((name, f"{number}, {part}"), {"part": part}) for part in range(PARTS)]
