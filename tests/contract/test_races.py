"""Many writers at once: one wins each version, and none is told wrongly."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from tests.contract.catalogue import FLAGS, START, TOKENS
from tests.contract.conftest import FixedClock
from tests.contract.engines import Scale
from togglebox.store.port import ABSENT, StaleWrite, Store

pytestmark = pytest.mark.needs("races")

KEY = ("shop", "checkout")


def test_of_twenty_creators_one_wins(store: Store) -> None:
    start = Barrier(20)

    def create(number: int) -> int | None:
        start.wait()
        try:
            store.put(FLAGS, KEY, {"by": number}, expect=ABSENT)
        except StaleWrite:
            return None
        return number

    with ThreadPoolExecutor(20) as pool:
        winners = [number for number in pool.map(create, range(20)) if number is not None]

    assert len(winners) == 1
    document = store.get(FLAGS, KEY)
    assert document is not None
    assert (document.version, document.body) == (1, {"by": winners[0]})


def test_of_twenty_who_replace_an_expired_one_one_wins(store: Store, clock: FixedClock) -> None:
    store.put(TOKENS, KEY, {"ttl": START + 1}, expect=ABSENT)
    clock.now = START + 1
    start = Barrier(20)

    def create(number: int) -> int | None:
        start.wait()
        try:
            store.put(TOKENS, KEY, {"by": number, "ttl": START + 99}, expect=ABSENT)
        except StaleWrite:
            return None
        return number

    with ThreadPoolExecutor(20) as pool:
        winners = [number for number in pool.map(create, range(20)) if number is not None]

    assert len(winners) == 1
    document = store.get(TOKENS, KEY)
    assert document is not None
    assert document.body["by"] == winners[0]


def test_no_increment_is_lost(store: Store, scale: Scale) -> None:
    threads, times = scale.writers, min(scale.increments, 50)
    store.put(FLAGS, KEY, {"n": 0}, expect=ABSENT)

    def increment() -> None:
        while True:
            read = store.get(FLAGS, KEY)
            assert read is not None
            try:
                store.put(FLAGS, KEY, {"n": read.body["n"] + 1}, expect=read.version)
            except StaleWrite:
                continue
            return

    def increment_often(_: int) -> None:
        for _ in range(times):
            increment()

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(increment_often, range(threads)))

    document = store.get(FLAGS, KEY)
    assert document is not None
    assert (document.version, document.body) == (threads * times + 1, {"n": threads * times})


def test_of_ten_who_delete_one_wins(store: Store) -> None:
    store.put(FLAGS, KEY, {}, expect=ABSENT)
    start = Barrier(10)

    def delete(_: int) -> bool:
        start.wait()
        try:
            store.delete(FLAGS, KEY, expect=1)
        except StaleWrite:
            return False
        return True

    with ThreadPoolExecutor(10) as pool:
        assert sum(pool.map(delete, range(10))) == 1
    assert store.get(FLAGS, KEY) is None
