"""Many writers at once: one wins each version, and none is told wrongly."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from random import Random
from time import sleep

import pytest

from tests.contract.catalogue import FLAGS, START, TOKENS
from tests.contract.conftest import FixedClock
from tests.contract.engines import PROCESSES, RACES, Scale
from tests.contract.racing import RACERS, Processes, at_once, insist, processes
from tests.contract.recipes import Recipe
from togglebox.store.port import ABSENT, Document, Key, StaleWrite, Store

pytestmark = pytest.mark.needs(RACES)

KEY = ("shop", "checkout")

type Insert = Callable[[Store, Sequence[Key], int], list[bool]]


def added(store: Store, keys: Sequence[Key], number: int) -> list[bool]:
    return store.add_new(FLAGS, [(key, {"by": number}) for key in keys])


def restored(store: Store, keys: Sequence[Key], number: int) -> list[bool]:
    return store.restore(FLAGS, [Document(key, 7, f'{{"by":{number}}}') for key in keys])


def wins(write: Callable[..., object], *arguments: object, **options: object) -> bool:
    """Tell whether the write was done, and not refused because somebody else was first."""
    try:
        insist(write, *arguments, **options)
    except StaleWrite:
        return False
    return True


def created(keys: Sequence[Key], store: Store, number: int) -> list[bool]:
    """Say for each of *keys* whether it was this writer who created it."""
    return [wins(store.put, FLAGS, key, {"by": number}, expect=ABSENT) for key in keys]


def incremented(store: Store, number: int, *, times: int) -> list[int]:
    """Count up so often; return the versions that this writer was told it had written."""
    pauses = Random(number)
    versions: list[int] = []
    for _ in range(times * 1_000):
        if len(versions) == times:
            break
        read = store.get(FLAGS, KEY)
        assert read is not None
        try:
            written = insist(store.put, FLAGS, KEY, {"n": read.body["n"] + 1}, expect=read.version)
        except StaleWrite:
            sleep(pauses.random() / 200)
        else:
            versions.append(written.version)
    return versions


@pytest.fixture(scope="module")
def racers() -> Iterator[Processes]:
    with processes() as started:
        yield started


def assert_each_increment_is_there(store: Store, versions: Sequence[Sequence[int]], times: int) -> None:
    total = len(versions) * times
    assert sorted(version for each in versions for version in each) == list(range(2, total + 2))
    assert store.get(FLAGS, KEY) == Document(KEY, total + 1, f'{{"n":{total}}}')


def test_no_increment_of_a_thread_is_lost(store: Store, scale: Scale) -> None:
    times = scale.increments if PROCESSES in scale.unable else min(scale.increments, 20)
    store.put(FLAGS, KEY, {"n": 0}, expect=ABSENT)

    versions = at_once(RACERS, lambda number: incremented(store, number, times=times))

    assert_each_increment_is_there(store, versions, times)


@pytest.mark.needs(PROCESSES)
def test_no_increment_of_a_process_is_lost(store: Store, recipe: Recipe, racers: Processes, scale: Scale) -> None:
    store.put(FLAGS, KEY, {"n": 0}, expect=ABSENT)

    versions = racers.race(recipe, partial(incremented, times=scale.increments))

    assert_each_increment_is_there(store, versions, scale.increments)


@pytest.mark.needs(PROCESSES)
def test_of_eight_processes_that_create_one_wins(store: Store, recipe: Recipe, racers: Processes) -> None:
    keys = [("shop", f"{number:02}") for number in range(20)]

    won = racers.race(recipe, partial(created, keys))

    assert [sum(each) for each in zip(*won, strict=True)] == [1] * len(keys)
    for key, each in zip(keys, zip(*won, strict=True), strict=True):
        assert store.get(FLAGS, key) == Document(key, 1, f'{{"by":{each.index(True)}}}')


def test_of_twenty_creators_one_wins(store: Store) -> None:
    won = at_once(20, lambda number: created([KEY], store, number))

    assert won.count([True]) == 1
    assert store.get(FLAGS, KEY) == Document(KEY, 1, f'{{"by":{won.index([True])}}}')


def test_of_twenty_who_replace_an_expired_one_one_wins(store: Store, clock: FixedClock) -> None:
    store.put(TOKENS, KEY, {"ttl": START + 1}, expect=ABSENT)
    clock.now = START + 1

    won = at_once(
        20,
        lambda number: wins(store.put, TOKENS, KEY, {"by": number, "ttl": START + 99}, expect=ABSENT),
    )

    assert won.count(True) == 1
    assert store.get(TOKENS, KEY) == Document(KEY, 1, f'{{"by":{won.index(True)},"ttl":{START + 99}}}')


def test_of_ten_who_delete_one_wins(store: Store) -> None:
    store.put(FLAGS, KEY, {}, expect=ABSENT)

    won = at_once(10, lambda number: wins(store.delete, FLAGS, KEY, expect=1))

    assert won.count(True) == 1
    assert store.get(FLAGS, KEY) is None


def test_of_a_writer_and_one_who_deletes_one_wins(store: Store) -> None:
    keys = [("shop", f"{number}") for number in range(10)]
    store.add_new(FLAGS, [(key, {"by": 0}) for key in keys])

    def act(number: int) -> list[bool]:
        if number:
            return [wins(store.put, FLAGS, key, {"by": 1}, expect=1) for key in keys]
        return [wins(store.delete, FLAGS, key, expect=1) for key in keys]

    deleted, written = at_once(2, act)

    assert written == [not won for won in deleted]
    assert store.get_many(FLAGS, keys) == [
        None if gone else Document(key, 2, '{"by":1}') for key, gone in zip(keys, deleted, strict=True)
    ]


@pytest.mark.parametrize("insert", [added, restored])
def test_each_document_is_new_to_one_of_the_threads_that_bring_it(store: Store, scale: Scale, insert: Insert) -> None:
    keys = [("shop", f"{number:03}") for number in range(scale.keys // 10)]

    said = at_once(6, lambda number: brought(insert, keys, store, number))

    assert_each_is_new_once(store, keys, said, 7 if insert is restored else 1)


@pytest.mark.needs(PROCESSES)
@pytest.mark.parametrize("insert", [added, restored])
def test_each_document_is_new_to_one_of_the_processes_that_bring_it(
    store: Store, recipe: Recipe, racers: Processes, scale: Scale, insert: Insert
) -> None:
    keys = [("shop", f"{number:03}") for number in range(scale.keys // 10)]

    said = racers.race(recipe, partial(brought, insert, keys))

    assert_each_is_new_once(store, keys, said, 7 if insert is restored else 1)


def brought(insert: Insert, keys: Sequence[Key], store: Store, number: int) -> list[bool]:
    """Insert all *keys*, beginning somewhere else than others do; say for each whether it was new."""
    shift = number * len(keys) // RACERS
    new = insert(store, [*keys[shift:], *keys[:shift]], number)
    return [*new[len(keys) - shift :], *new[: len(keys) - shift]]


def assert_each_is_new_once(store: Store, keys: Sequence[Key], said: Sequence[Sequence[bool]], version: int) -> None:
    owners = [[number for number, new in enumerate(each) if new] for each in zip(*said, strict=True)]
    assert [len(each) for each in owners] == [1] * len(keys)
    assert store.get_many(FLAGS, keys) == [
        Document(key, version, f'{{"by":{number}}}') for key, (number,) in zip(keys, owners, strict=True)
    ]


def test_an_expired_one_is_new_to_one_of_those_who_add_it(store: Store, clock: FixedClock) -> None:
    documents = [(("shop", f"{number}"), {"ttl": START + 99}) for number in range(40)]
    store.add_new(TOKENS, [(key, {"ttl": START + 1}) for key, _ in documents])
    clock.now = START + 2

    said = at_once(6, lambda number: store.add_new(TOKENS, documents))

    assert [sum(each) for each in zip(*said, strict=True)] == [1] * 40
