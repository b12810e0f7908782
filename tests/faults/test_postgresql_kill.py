"""PostgreSQL killed under load, twice: what it acknowledged is there, what it refused is not, nothing is half there."""

import time
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from itertools import count
from threading import Event, Semaphore, Thread

import pytest

from tests.engines.postgresql import PostgreSQL, postgresql
from togglebox.adapters.postgresql import PostgreSQLStore
from togglebox.store.port import Body, Document, Key, NoAnswer, StoreUnavailable, encode

pytestmark = pytest.mark.engine("postgresql")

WRITERS = 4
KILLS = 2
ROUNDS = 40
"""How many rounds are acknowledged before each kill, and after the last."""
PARTS = 3


class Writer(Thread):
    """
    Writes a document, several together and the next version of one, round by round, whatever happens to the server.

    Remembers the rounds whose write was acknowledged, refused, or neither.
    """

    def __init__(self, store: PostgreSQLStore, name: str, acknowledged: Semaphore) -> None:
        super().__init__(name=name)
        self.store = store
        self.over = Event()
        self.put: dict[int, bool | None] = {}
        self.added: dict[int, bool | None] = {}
        self.version = 0
        self._acknowledged = acknowledged

    def run(self) -> None:
        for number in count():
            if self.over.is_set():
                return
            self.put[number] = self._done(
                partial(self.store.put, "claims", one(self.name, number), text(number), expect=0)
            )
            self.added[number] = self._done(partial(self.store.add_new, "claims", several(self.name, number)))
            self._count_up()
            if self.put[number] and self.added[number]:
                self._acknowledged.release()
            else:
                time.sleep(0.01)

    def _done(self, write: Callable[[], object]) -> bool | None:
        try:
            write()
        except NoAnswer:
            return None
        except StoreUnavailable:
            return False
        return True

    def _count_up(self) -> None:
        head = ("head", self.name)
        done = self._done(lambda: self.store.put("claims", head, {"number": self.version + 1}, expect=self.version))
        while done is None and not self.over.is_set():
            try:
                stored = self.store.get("claims", head)
            except StoreUnavailable:
                time.sleep(0.01)
            else:
                done = (stored.version if stored else 0) == self.version + 1
        self.version += bool(done)


@pytest.fixture
def server() -> Iterator[PostgreSQL]:
    with postgresql(durable=True) as server:
        yield server


def test_a_killed_server_keeps_every_write_that_it_acknowledged(server: PostgreSQL) -> None:
    assert server.root("SHOW fsync") + server.root("SHOW synchronous_commit") == [("on",), ("on",)]
    acknowledged = Semaphore(0)
    with closing(PostgreSQLStore(server.url, lambda: 0.0)) as store:
        store.schema().create()
        writers = [Writer(store, f"writer {number}", acknowledged) for number in range(WRITERS)]
        for writer in writers:
            writer.start()
        try:
            for _ in range(KILLS):
                wait_for(acknowledged)
                server.kill()
                time.sleep(0.2)  # while which they find nobody
                server.start()
            wait_for(acknowledged)  # the store goes on by itself
        finally:
            for writer in writers:
                writer.over.set()
            for writer in writers:
                writer.join(timeout=30)

        for writer in writers:
            check(store, writer)
    assert any(False in writer.put.values() for writer in writers), "nobody met a server that was away"


def wait_for(acknowledged: Semaphore) -> None:
    for _ in range(ROUNDS):
        assert acknowledged.acquire(timeout=20)


def check(store: PostgreSQLStore, writer: Writer) -> None:
    keys = [one(writer.name, number) for number in writer.put]
    for (number, acknowledged), key, found in zip(
        writer.put.items(), keys, store.get_many("claims", keys), strict=True
    ):
        assert found in allowed(acknowledged, there=Document(key, 1, encode(text(number))), absent=None)
    for number, acknowledged in writer.added.items():
        wanted = [Document(key, 1, encode(body)) for key, body in several(writer.name, number)]
        together = store.get_many("claims", [document.key for document in wanted])
        assert together in allowed(acknowledged, there=wanted, absent=[None] * PARTS)
    head = store.get("claims", ("head", writer.name))
    assert head == Document(("head", writer.name), writer.version, encode({"number": writer.version}))


def allowed(acknowledged: bool | None, *, there: object, absent: object) -> list[object]:  # noqa: FBT001
    """Return what may be found after a write: ``None`` is one that was not answered."""
    return [there, absent] if acknowledged is None else [there if acknowledged else absent]


def one(name: str, number: int) -> Key:
    return name, f"{number}"


def text(number: int) -> Body:
    return {"text": "x" * (number * 131 % 20_000)}


def several(name: str, number: int) -> list[tuple[Key, Body]]:
    return [((f"{name} {part}", f"{number}"), {"part": part, **text(number)}) for part in range(PARTS)]
