"""Counts on every engine's real store: a batch counts once, however often it is sent and whoever folds meanwhile."""

from collections import Counter as Sums
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import Any

import pytest

from tests.contract.catalogue import START
from tests.contract.conftest import FixedClock
from togglebox.stats.batches import TOMBSTONES_LAST, Batch, Counter
from togglebox.stats.counts import Counts
from togglebox.stats.totals import key_of
from togglebox.store.port import Body, Document, Key, NoAnswer, StaleWrite, Store

NOW = datetime.fromtimestamp(START, UTC)
ENVIRONMENT = "prod-1"
FLAG = "flag-evaluations"
DAY = f"{NOW:%Y-%m-%d}"
A = Counter(FLAG, "flag-1", DAY, "A", "DE")
B = Counter(FLAG, "flag-1", DAY, "B")


@pytest.fixture
def counts(catalogued_store: Store) -> Counts:
    return Counts(catalogued_store, retention=timedelta(days=30), patience=timedelta(0))


def batch(number: int) -> Batch:
    """Make a batch; its counts are bits, so that a sum tells how often it holds each."""
    return Batch(f"batch-{number}", NOW, {A: 1 << number, B: 1 << number})


def counted(counts: Counts) -> dict[Counter, int]:
    return dict(counts.totals(ENVIRONMENT, FLAG, "flag-1", DAY, DAY).counts)


def test_a_batch_sent_five_times_and_folded_in_between_counts_once(counts: Counts) -> None:
    new = []
    for sent in range(5):
        new += counts.add(ENVIRONMENT, [batch(0)])
        assert counted(counts) == {A: 1, B: 1}
        assert counts.due(limit=3) == ([ENVIRONMENT] if sent == 0 else [])
        assert counts.fold(ENVIRONMENT, at=NOW) == (1 if sent == 0 else 0)

    assert new == [True, False, False, False, False]
    assert counted(counts) == {A: 1, B: 1}


def test_what_was_folded_and_what_was_not_add_up(counts: Counts, clock: FixedClock) -> None:
    counts.add(ENVIRONMENT, [batch(0), batch(1)])
    assert counts.fold(ENVIRONMENT, at=NOW, limit=1) == 1
    counts.add(ENVIRONMENT, [batch(2)])
    counts.add("prod-10", [batch(5)])

    assert counted(counts) == {A: 0b111, B: 0b111}
    assert sorted(counts.due(limit=3)) == [ENVIRONMENT, "prod-10"]

    assert counts.fold(ENVIRONMENT, at=NOW) == 2
    clock.now += TOMBSTONES_LAST.total_seconds()
    assert counted(counts) == {A: 0b111, B: 0b111}
    clock.now += timedelta(days=30).total_seconds()
    assert counted(counts) == {}


class AtSecondTotal:
    """A store that does something before the total *B* is first written, which is the second one."""

    def __init__(self, store: Store, act: Callable[[], object]) -> None:
        self._store = store
        self._act = act
        self._waits = True

    def put(self, collection: str, key: Key, body: Body, *, expect: int) -> Document:
        if key == key_of(ENVIRONMENT, B) and self._waits:
            self._waits = False
            self._act()
        return self._store.put(collection, key, body, expect=expect)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)


@pytest.mark.needs("races")
def test_of_two_who_finish_the_fold_of_one_who_died_each_total_takes_it_in_once(
    counts: Counts, catalogued_store: Store
) -> None:
    def folding(act: Callable[[], object]) -> int:
        store: Any = AtSecondTotal(catalogued_store, act)
        return Counts(store, retention=timedelta(days=30), patience=timedelta(0)).fold(ENVIRONMENT, at=NOW)

    def die() -> None:
        raise NoAnswer

    counts.add(ENVIRONMENT, [batch(0)])
    counts.fold(ENVIRONMENT, at=NOW)
    counts.add(ENVIRONMENT, [batch(1), batch(2)])
    with pytest.raises(NoAnswer):
        folding(die)
    assert counted(counts) == {A: 0b111, B: 0b111}

    both_have_read = Barrier(2, timeout=60)
    with ThreadPoolExecutor(2) as pool:
        folded = list(pool.map(folding, [both_have_read.wait] * 2))

    assert folded == [2, 2]
    assert counted(counts) == {A: 0b111, B: 0b111}
    assert counts.due(limit=3) == []


@pytest.mark.needs("races")
def test_senders_and_folders_at_once_count_each_batch_once(counts: Counts) -> None:
    batches = [batch(number) for number in range(6)]
    start = Barrier(5)

    def send(shift: int) -> list[str]:
        start.wait()
        mine = batches[shift:] + batches[:shift]
        return [each.id for each in mine for _ in range(2) if counts.add(ENVIRONMENT, [each]) == [True]]

    def fold() -> None:
        start.wait()
        for _ in range(4):
            with suppress(StaleWrite):  # others were faster, again and again
                counts.fold(ENVIRONMENT, at=NOW, limit=2)

    with ThreadPoolExecutor(5) as pool:
        senders = [pool.submit(send, shift) for shift in (0, 2, 4)]
        folders = [pool.submit(fold) for _ in range(2)]
        new = Sums(name for sender in senders for name in sender.result())
        for folder in folders:
            folder.result()  # raises what the folder did

    assert new == Sums(each.id for each in batches)
    assert counted(counts) == {A: 0b111111, B: 0b111111}
    for _ in range(6):
        counts.fold(ENVIRONMENT, at=NOW)
    assert counts.due(limit=3) == []
    assert counted(counts) == {A: 0b111111, B: 0b111111}
    assert counts.add(ENVIRONMENT, batches) == [False] * 6
