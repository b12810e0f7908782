"""Two writers of one flag, their store calls in any order: the journal stays one chain, and versions have no gaps."""

import hashlib
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from itertools import count, pairwise
from threading import Semaphore, Thread
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from togglebox.adapters.memory import MemoryStore
from togglebox.app import App, Policy
from togglebox.cdn.port import NoCdn
from togglebox.errors import Conflict
from togglebox.flags.requests import NewFlag
from togglebox.journal.record import Change, Head
from togglebox.store.port import Store

NAMES = ("web", "prod")
AT = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)

type Work = Callable[[App, Change], object]

WORKS: dict[str, Work] = {
    "update": lambda app, change: app.flags.update(NAMES, "dark", {"name": change.id}, change),
    "toggle": lambda app, change: app.flags.switch(NAMES, "dark", {"enabled": True}, change),
    "rollout": lambda app, change: app.flags.switch(NAMES, "dark", {"rolloutPercentageA": 5}, change),
    "rollback": lambda app, change: app.flags.rollback(NAMES, "dark", 0, [], change),
}


class Turns:
    """Lets each writer make one store call at a time, when it is its turn."""

    def __init__(self, writers: int) -> None:
        self._go = [Semaphore(0) for _ in range(writers)]
        self._back = [Semaphore(0) for _ in range(writers)]
        self._over = [False] * writers

    def store(self, writer: int, store: Store) -> Any:
        """Return *store* for one writer: each call of it waits for a turn."""
        turns = self

        class Waiting:
            def __getattr__(self, name: str) -> Any:
                called = getattr(store, name)

                def call(*arguments: Any, **options: Any) -> Any:
                    turns._back[writer].release()
                    turns._go[writer].acquire()
                    return called(*arguments, **options)

                return call

        return Waiting()

    def play(self, programs: Sequence[Callable[[], None]], order: Sequence[int]) -> None:
        """Run all *programs*, giving turns in that *order* and then to whoever is left."""

        def run(writer: int) -> None:
            try:
                programs[writer]()
            finally:
                self._over[writer] = True
                self._back[writer].release()

        threads = [Thread(target=run, args=(writer,)) for writer in range(len(programs))]
        for writer, thread in enumerate(threads):
            thread.start()
            self._back[writer].acquire()
        for writer in order:
            self._turn(writer)
        for writer in range(len(programs)):
            while not self._over[writer]:
                self._turn(writer)
        for thread in threads:
            thread.join()

    def _turn(self, writer: int) -> None:
        if not self._over[writer]:
            self._go[writer].release()
            self._back[writer].acquire()


def an_app(store: Store) -> App:
    numbers = count(1)
    return App(
        store,
        NoCdn(),
        Policy(),
        now=lambda: AT,
        clock=lambda: 0.0,
        new_id=lambda: f"{id(store):x}-{next(numbers)}",
        pause=lambda seconds: None,
        log=lambda line: None,
    )


def a_change(name: str) -> Change:
    return Change(name, "ann@example.com", "2026-03-01T12:00:00.000Z", "test")


def with_a_flag() -> MemoryStore:
    store = MemoryStore(AT.timestamp)
    app = an_app(store)
    app.platforms.create("web", description=None, created_by=None, change=a_change("web"))
    app.environments.create("web", "prod", description=None, created_by=None, change=a_change("prod"))
    flag = NewFlag.model_validate({"flagKey": "dark", "name": "Dark"})
    app.flags.create(NAMES, flag.flag_key, flag.data(), a_change("dark"))
    return store


@settings(max_examples=150, deadline=None)
@given(
    works=st.tuples(*[st.lists(st.sampled_from(sorted(WORKS)), min_size=1, max_size=4)] * 2),
    order=st.lists(st.integers(0, 1), max_size=60),
)
def test_the_journal_is_one_chain_and_versions_have_no_gaps(
    works: tuple[list[str], list[str]], order: list[int]
) -> None:
    store = with_a_flag()
    turns = Turns(2)
    done: list[tuple[str, str]] = []
    refused: list[str] = []

    def program(writer: int) -> Callable[[], None]:
        app = an_app(turns.store(writer, store))

        def write() -> None:
            for number, work in enumerate(works[writer]):
                change = a_change(f"{writer}.{number}")
                try:
                    WORKS[work](app, change)
                    done.append((change.id, work))
                except Conflict:
                    refused.append(change.id)

        return write

    turns.play([program(0), program(1)], order)

    states = states_of(store)
    assert [state.version for state in states] == list(range(1, len(states) + 1))
    for before, after in pairwise(states):
        assert after.change["previous"] == hashlib.sha256(before.document.text.encode()).hexdigest()
        step = after.data["patch"] - before.data["patch"]
        assert step == (dict(done)[after.change["id"]] in {"update", "rollback"})
    published = [state.change["id"] for state in states[1:]]
    assert len(set(published)) == len(published)
    assert set(published) <= {change for change, _ in done}
    assert {change for change, work in done if work != "rollback"} <= set(published)
    assert not set(published) & set(refused)
    assert listed(store) == {state.data["patch"]: state.version for state in states}


def states_of(store: Store) -> list[Head]:
    """Return every state of the flag, oldest first, as the journal holds them."""
    head = an_app(store).flags.last(NAMES, "dark")
    entries = store.page("flag-journal", head.id, limit=1_000).documents
    states = [Head.of_entry(entry, head.key) for entry in entries]
    assert states[-1] == head
    return states


def listed(store: Store) -> dict[int, int]:
    """Return the store version of each public version's last state, as the flag tells them."""
    app = an_app(store)
    head = app.flags.last(NAMES, "dark")
    found = {}
    for patch in range(head.data["patch"] + 1):
        state, active = app.flags.version(NAMES, "dark", patch)
        assert active is (patch == head.data["patch"])
        found[patch] = state.version
    return found
