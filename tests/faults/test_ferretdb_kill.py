"""FerretDB killed under a writer, twice: what it acknowledged is there, what it did not is whole or is not there."""

import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from threading import Event, Thread

import pytest

from tests.engines.mongodb import ferretdb
from togglebox.adapters.mongodb import MongoDBStore
from togglebox.store.port import Body, Document, Key, StoreUnavailable, encode

pytestmark = pytest.mark.engine("ferretdb")

KILLS = 2
ROUNDS = 40
"""How many rounds are acknowledged before each kill."""


class Writer(Thread):
    """Writes rounds of documents through one connection, until the server is gone; remembers what was acknowledged."""

    def __init__(self, store: MongoDBStore, life: str) -> None:
        super().__init__()
        self.store = store
        self.life = life
        self.rounds = 0
        self.enough = Event()
        self.error: StoreUnavailable | None = None

    def run(self) -> None:
        try:
            for number in range(1_000_000):
                self.store.put("claims", (self.life, f"{number}"), one(number), expect=0)
                self.store.add_new("claims", several(self.life, number))
                self.store.put("claims", ("head", self.life), {"number": number}, expect=number)
                self.rounds = number + 1
                if self.rounds >= ROUNDS:
                    self.enough.set()
        except StoreUnavailable as error:
            self.error = error
            self.enough.set()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def test_a_killed_server_keeps_every_write_that_it_acknowledged(folder: Path) -> None:
    acknowledged: dict[str, int] = {}
    port = None
    for life in map(str, range(KILLS)):
        with ferretdb(folder, port=port) as running, opened(running.url) as store:
            port = running.server.port
            store.schema().create()
            check(store, acknowledged)

            writer = Writer(store, life)
            writer.start()
            assert writer.enough.wait(20)
            time.sleep(0.3)
            running.server.kill()
            writer.join(20)

            assert writer.error is not None
            acknowledged[life] = writer.rounds

    with ferretdb(folder, port=port) as running, opened(running.url) as store:
        assert min(acknowledged.values()) >= ROUNDS
        check(store, acknowledged)


def test_a_store_goes_on_when_its_server_is_back(folder: Path) -> None:
    with ferretdb(folder) as running, opened(running.url) as store:
        document = store.put("claims", ("a", "b"), {"n": 1}, expect=0)
        running.server.kill()
        with pytest.raises(StoreUnavailable):
            store.get("claims", ("a", "b"))

        with ferretdb(folder, port=running.server.port), closing(store):
            assert store.get("claims", ("a", "b")) == document
            assert store.put("claims", ("a", "b"), {"n": 2}, expect=1).version == 2


def check(store: MongoDBStore, acknowledged: dict[str, int]) -> None:
    """Compare what is stored with what was acknowledged: no less, and of one more round any part, each whole."""
    for life, rounds in acknowledged.items():
        expected = {
            key: Document(key, 1, encode(body))
            for number in range(rounds + 1)
            for key, body in [((life, f"{number}"), one(number)), *several(life, number)]
        }
        last = {(life, f"{rounds}"), *(key for key, _ in several(life, rounds))}

        stored = {document.key: document for document in documents(store, life)}
        assert stored == {key: document for key, document in expected.items() if key in stored}
        assert expected.keys() - stored.keys() <= last

        head = store.get("claims", ("head", life))
        assert head is not None
        assert head.version in (rounds, rounds + 1)  # one may have been stored and not acknowledged
        assert head.body == {"number": head.version - 1}


def one(number: int) -> Body:
    return {"text": "x" * (number % 7 * 5_000)}


def several(life: str, number: int) -> list[tuple[Key, Body]]:
    return [((life, f"{number}, {part}"), {"text": "y" * 1_000, "part": part}) for part in range(3)]


def documents(store: MongoDBStore, partition: str) -> Iterator[Document]:
    after = None
    while True:
        page = store.page("claims", partition, limit=100, after=after)
        yield from page.documents
        if (after := page.next) is None:
            return


def opened(url: str) -> closing[MongoDBStore]:
    return closing(MongoDBStore(url, lambda: 0.0, most_connections=1, patience=2.0))
