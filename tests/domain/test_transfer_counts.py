"""Counts that travel: each counted once, though batches are taken into totals during the export or the import."""

from collections.abc import Sequence
from contextlib import suppress

import pytest

from tests.api.world import START, World
from tests.domain.transferring import (
    KINDS,
    batch,
    counts_on,
    environment_of,
    exported,
    fold,
    furnish,
    imported,
    memory,
    stored,
)
from togglebox.store.port import Store, StoreUnavailable

DAY = f"{START:%Y-%m-%d}"

pytestmark = pytest.mark.engine("memory")


def counted(store: Store, environment: str) -> Sequence[object]:
    counts = counts_on(store)
    return [dict(counts.totals(environment, kind, "entity", DAY, DAY).counts) for kind in KINDS]


@pytest.fixture
def world() -> World:
    return a_counting_world()


def a_counting_world() -> World:
    """Return a world with counts that are folded, and some that are not."""
    world = World()
    furnish(world)
    return world


@pytest.mark.parametrize("platform", [None, "web"])
def test_counts_come_along(world: World, platform: str | None) -> None:
    target = memory()
    environment = environment_of(world)

    imported(target, exported(world.store, platform))

    for name in ("folds", "batches", "totals"):
        assert stored(target)[name] == stored(world.store)[name] != []
    before = counted(world.store, environment)
    assert counted(target, environment) == before
    assert fold(target, environment, world) == 3
    assert counted(target, environment) == before
    assert counts_on(target).add(environment, [batch(number) for number in range(6)]) == [False] * 6


@pytest.mark.parametrize("platform", [None, "web"])
def test_a_fold_at_any_time_of_the_export_counts_nothing_twice(platform: str | None) -> None:
    pristine = a_counting_world()
    with pristine.counted() as calls:
        exported(pristine.store, platform)

    for call in sorted(set(calls)):
        world = a_counting_world()
        environment = environment_of(world)
        before = counted(world.store, environment)
        world.store.meanwhile(call, lambda world=world, life=environment: fold(world.store, life, world))  # type: ignore[misc]
        target = memory()

        imported(target, exported(world.store, platform))

        assert counted(target, environment) == before, f"the fold before {call}"
        fold(target, environment, world)
        assert counted(target, environment) == before, f"the fold before {call}"


def test_a_fold_that_died_at_any_call_is_finished_where_it_was_brought() -> None:
    pristine = a_counting_world()
    environment = environment_of(pristine)
    with pristine.counted() as calls:
        fold(pristine.store, environment, pristine)

    for dies_at in range(len(calls)):
        world = a_counting_world()
        environment = environment_of(world)
        before = counted(world.store, environment)
        world.store.fail_after(dies_at)
        with pytest.raises(StoreUnavailable):
            fold(world.store, environment, world)
        world.store.recover()
        target = memory()

        imported(target, exported(world.store))

        assert counted(target, environment) == before
        for _ in range(3):
            fold(target, environment, world)
        assert counted(target, environment) == before
        assert [document.body["batches"] for document in stored(target)["folds"]] == [[]]


def test_upkeep_that_folds_at_any_time_of_the_import_counts_nothing_twice(world: World) -> None:
    content = exported(world.store)
    environment = environment_of(world)
    before = counted(world.store, environment)
    with (there := World(store=memory())).counted() as calls:
        imported(there.store, content)

    for call in sorted(set(calls)):
        there = World(store=memory())
        there.clock.at = world.clock.at
        there.store.meanwhile(call, lambda there=there: fold(there.store, environment, there))  # type: ignore[misc]

        tally = imported(there.store, content)

        assert tally.conflicts == 0, f"the fold before {call}"
        with suppress(StoreUnavailable):
            fold(there.store, environment, there)
        assert counted(there.store, environment) == before, f"the fold before {call}"
