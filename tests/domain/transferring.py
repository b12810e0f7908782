"""Exports and imports in this process, and a deployment that has something of everything."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from io import BytesIO
from itertools import count
from pathlib import Path

from tests.api.client import Client
from tests.api.given import (
    EDIT_CONFIGS,
    EDIT_ENVIRONMENTS,
    EDIT_FLAGS,
    EDIT_PLATFORMS,
    a_change,
    a_flag,
    a_flag_change,
    a_parameter,
    a_platform,
    an_environment,
    an_experiment,
)
from tests.api.world import START, World
from togglebox.adapters.memory import MemoryStore
from togglebox.adapters.sqlite import SQLiteStore
from togglebox.stats.batches import Batch, Counter
from togglebox.stats.counts import Counts
from togglebox.store.port import Document, Store
from togglebox.transfer.export import export
from togglebox.transfer.opening import opened, restoration
from togglebox.transfer.places import TRAVELS
from togglebox.transfer.restore import Tally

SOURCE = "the store of this test"
KINDS = ("flag-evaluations", "config-fetches")


def exported(store: Store, platform: str | None = None) -> bytes:
    output = BytesIO()
    export(
        store,
        "-",
        source=SOURCE,
        platform=platform,
        now=lambda: datetime(2031, 1, 1, tzinfo=UTC),
        pause=lambda seconds: None,
        output=lambda: output,
    )
    return output.getvalue()


def imported(
    store: Store, content: bytes, *, check: bool = False, pause: Callable[[float], None] = lambda seconds: None
) -> Tally:
    ids = count(1)
    with opened("-", BytesIO(content), lambda done, total, what: None) as contents:
        restoring = restoration(store, contents, now=lambda: START, new_id=lambda: f"import-{next(ids)}", pause=pause)
        return restoring.check() if check else restoring.run()


def stored(store: Store) -> Mapping[str, Sequence[Document]]:
    """Return all that travels, by collection, in the order of keys."""
    return {
        name: sorted(store.scan(name, limit=100_000).documents, key=lambda document: document.key) for name in TRAVELS
    }


def memory() -> MemoryStore:
    return MemoryStore(START.timestamp)


def sqlite(file: Path) -> closing[SQLiteStore]:
    store = SQLiteStore(file, START.timestamp)
    store.schema().create()
    return closing(store)


def furnish(world: World) -> None:
    """Store histories, deletions, second lives, and things of every kind, on two platforms."""
    client = world.client
    a_platform(client)
    an_environment(client)
    add_batches(world, range(3))
    fold(world.store, environment_of(world), world)
    a_parameter(client, "color", "red")
    a_change(client, "color", "blue 🐘 'quoted' \\ \n")
    a_parameter(client, "gone", "1", value_type="number")
    assert client.delete(f"{EDIT_CONFIGS}/gone").status == 204
    a_parameter(client, "again", "1")
    assert client.delete(f"{EDIT_CONFIGS}/again").status == 204
    a_parameter(client, "again", "2")
    a_flag(client)
    a_flag_change(client, enabled=True)
    an_experiment(client, status="running")
    an_experiment(client, "draft")
    an_environment(client, "old")
    assert client.delete(f"{EDIT_ENVIRONMENTS}/old").status == 204
    an_environment(client, "old")
    furnish_another(client)
    world.clock.advance(hours=1)
    world.app.upkeep.run()
    for name in ("short", "reborn"):
        an_environment(client, name)
        within = EDIT_FLAGS.replace("/prod/", f"/{name}/")
        assert client.post(within, {"flagKey": "later", "name": "Swept later"}).status == 201
        assert client.delete(f"{EDIT_ENVIRONMENTS}/{name}").status == 204  # its flag is not swept yet
    an_environment(client, "reborn")
    in_reborn = EDIT_FLAGS.replace("/prod/", "/reborn/")
    assert client.post(in_reborn, {"flagKey": "fresh", "name": "Of the next life"}).status == 201
    add_batches(world, range(3, 6))  # nor are these in totals


def furnish_another(client: Client) -> None:
    a_platform(client, "mobile")
    a_platform(client, "tv")
    assert client.delete(f"{EDIT_PLATFORMS}/tv").status == 204
    environments = EDIT_ENVIRONMENTS.replace("/web/", "/mobile/")
    assert client.post(environments, {"environment": "prod"}).status == 201
    configs = EDIT_CONFIGS.replace("/web/", "/mobile/")
    assert client.post(configs, {"parameterKey": "theme", "valueType": "string", "defaultValue": "dark"}).status == 201


def add_batches(world: World, numbers: Iterable[int]) -> None:
    counts_on(world.store).add(environment_of(world), [batch(number, world.clock.at) for number in numbers])


def counts_on(store: Store) -> Counts:
    return Counts(store, retention=timedelta(days=400), patience=timedelta(0))


def environment_of(world: World) -> str:
    """Return the id of the environment ``prod`` of the platform ``web``."""
    platform = world.store.get("platforms", ("root", "web"))
    assert platform is not None
    environment = world.store.get("environments", (platform.body["id"], "prod"))
    assert environment is not None
    life: str = environment.body["id"]
    return life


def batch(number: int, at: datetime = START) -> Batch:
    counts = {Counter(kind, "entity", f"{at:%Y-%m-%d}", str(number % 2), "DE"): number + 1 for kind in KINDS}
    return Batch(f"batch-{number}", at, counts)


def fold(store: Store, environment: str, world: World) -> int:
    world.clock.advance(seconds=1)
    return counts_on(store).fold(environment, at=world.clock.now())
