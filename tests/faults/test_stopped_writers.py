"""A writer that stops at any store call of its change, on real engines: old or new, and soon nothing to resolve."""

import time
from collections.abc import Callable, Iterator, Sequence
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from tests.api.world import FixedClock
from tests.engines.dynamodb import DynamoDBLocal
from togglebox.adapters.aws_signature import Credentials
from togglebox.adapters.dynamodb import DynamoDBStore
from togglebox.adapters.dynamodb_schema import DynamoDBSchema
from togglebox.adapters.dynamodb_signed import SignedClient
from togglebox.adapters.sqlite import SQLiteStore
from togglebox.app import App, Policy
from togglebox.cdn.port import NoCdn
from togglebox.errors import ToggleBoxError, Unavailable
from togglebox.journal.record import Change
from togglebox.store.catalogue import COLLECTIONS
from togglebox.store.port import NoAnswer, Store

NAMES = ("web", "prod")
PREFIX = "faults-"
WRITES = frozenset({"put", "delete", "add_new", "delete_many"})
MOST_CALLS = 12
"""More store calls than any change of a parameter makes."""


class Killed(BaseException):
    """The process ended here: nothing in the product may catch this."""


class Faulty:
    """Passes calls on, and at the *at*-th does what *fault* says."""

    def __init__(self, store: Store, fault: str, at: int) -> None:
        self._store = store
        self._fault = fault
        self._left = at
        self.late: list[Callable[[], object]] = []
        self.struck = False

    def __getattr__(self, name: str) -> Any:
        call = getattr(self._store, name)

        def passed(*args: Any, **kwargs: Any) -> Any:
            self._left -= 1
            return call(*args, **kwargs) if self._left else self._strike(name, lambda: call(*args, **kwargs))

        return passed

    def _strike(self, name: str, call: Callable[[], Any]) -> Any:
        self.struck = True
        match self._fault:
            case "killed before":
                raise Killed
            case "killed after":
                call()
                raise Killed
            case "unanswered" if name in WRITES:
                call()
                raise NoAnswer
            case "late" if name in WRITES:
                self.late.append(call)
                raise NoAnswer
        raise Unavailable("The database is not available")


@pytest.fixture(
    params=[
        pytest.param("sqlite", marks=pytest.mark.engine("sqlite")),
        pytest.param("dynamodb", marks=pytest.mark.engine("dynamodb")),
    ]
)
def store(request: pytest.FixtureRequest, clock: FixedClock, tmp_path: Path) -> Iterator[Store]:
    if request.param == "sqlite":
        sqlite = SQLiteStore(tmp_path / "togglebox.db", clock.epoch)
        sqlite.schema().create()
        yield sqlite
        sqlite.close()
        return
    dynamodb: DynamoDBLocal = request.getfixturevalue("dynamodb")
    keys = Credentials("test", "test")
    client = SignedClient("us-east-1", lambda: keys, time.time, dice=lambda: 0.5, endpoint=dynamodb.endpoint)
    DynamoDBSchema(client, prefix=PREFIX).create()
    store = DynamoDBStore(client, clock.epoch, dice=lambda: 0.5, prefix=PREFIX)
    for collection in COLLECTIONS:  # what the test before has left: making tables anew would take longer
        while documents := store.scan(collection, limit=500).documents:
            store.delete_many(collection, [document.key for document in documents])
    yield store
    client.close()


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


IDS = count(1)


def an_app(store: Store | Faulty, clock: FixedClock) -> App:
    return App(
        store,
        NoCdn(),
        Policy(),
        now=clock.now,
        clock=clock.seconds,
        new_id=lambda: f"id-{next(IDS)}",
        pause=lambda seconds: None,
        log=lambda line: None,
    )


def a_change(app: App, action: str) -> Change:
    at = app.now().strftime("%Y-%m-%dT%H:%M:%S.000Z")
    return Change(app.new_id(), "writer@example.com", at, action)


def data(value: str) -> dict[str, Any]:
    return {
        "valueType": "string",
        "defaultValue": value,
        "description": None,
        "parameterGroup": None,
        "jsonSchema": None,
    }


CHANGES: dict[str, tuple[Callable[[App, str], object], Sequence[str | None]]] = {
    "create": (
        lambda app, key: app.configs.create(NAMES, key, data("new"), a_change(app, "create")),
        (None, "new"),
    ),
    "update": (
        lambda app, key: app.configs.update(NAMES, key, {"defaultValue": "new"}, a_change(app, "update")),
        ("old", "new"),
    ),
    "delete": (
        lambda app, key: app.configs.delete(NAMES, key, a_change(app, "delete")),
        ("old", None),
    ),
}


@pytest.mark.parametrize("fault", ["killed before", "killed after", "unanswered", "late", "away"])
@pytest.mark.parametrize("change", CHANGES)
def test_a_writer_that_stops_anywhere_leaves_the_old_or_the_new_and_nothing_to_resolve(
    store: Store, clock: FixedClock, change: str, fault: str
) -> None:
    make, (old, new) = CHANGES[change]
    keeper = an_app(store, clock)
    keeper.platforms.create("web", description=None, created_by=None, change=a_change(keeper, "create"))
    keeper.environments.create("web", "prod", description=None, created_by=None, change=a_change(keeper, "create"))
    for at in range(1, MOST_CALLS):
        key = f"key-{at}"
        if old is not None:
            keeper.configs.create(NAMES, key, data(old), a_change(keeper, "create"))
        warm = an_app(store, clock)
        assert seen(warm, key) == old

        faulty = Faulty(store, fault, at)
        acknowledged = attempted(make, an_app(faulty, clock), key)
        first = seen(warm, key)
        assert first in {old, new}
        assert first == new or not acknowledged
        for late in faulty.late:
            lands(late)

        second = seen(warm, key)
        assert second == new or first == old  # this process never goes back
        clock.advance(seconds=90)
        keeper.upkeep.run()
        clock.advance(seconds=60)
        keeper.upkeep.run()
        resolved = seen(an_app(store, clock), key)
        assert resolved in {old, new}
        assert resolved == new or not acknowledged
        assert seen(warm, key) == resolved
        assert_nothing_is_left(store, keeper, key)
        if not faulty.struck:
            return
    raise AssertionError(f"a change makes {MOST_CALLS} store calls or more")


def attempted(make: Callable[[App, str], object], app: App, key: str) -> bool:
    """Tell whether the change was acknowledged."""
    try:
        make(app, key)
    except (Killed, ToggleBoxError):
        return False
    return True


def lands(call: Callable[[], object]) -> None:
    """Let a write land that nobody waits for any more: refused or not, nobody hears of it."""
    try:
        call()
    except ToggleBoxError:
        return


def seen(app: App, key: str) -> str | None:
    head = app.configs.view(NAMES).get(key)
    value: str | None = None if head is None else head.data["defaultValue"]
    return value


def assert_nothing_is_left(store: Store, app: App, key: str) -> None:
    assert store.page("manifests", "due", index="GSI3", limit=10).documents == []
    manifests = store.scan("manifests", limit=100).documents
    assert [document.body["marks"] for document in manifests] == [[]] * len(manifests)
    living = app.configs.view(NAMES).living
    counts = [document.body["tiers"]["configs"][1] for document in manifests if "configs" in document.body["tiers"]]
    assert counts in ([len(living)], [])
    try:
        head = app.configs.last(NAMES, key)
    except ToggleBoxError:
        return
    entries = store.page("parameter-journal", head.id, limit=10).documents
    assert [int(entry.key[1]) for entry in entries] == list(range(head.born, head.version + 1))
    assert entries[-1].body == head.document.body
