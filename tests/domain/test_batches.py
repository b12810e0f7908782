"""Counts count once per batch: however events are cut, sent again and folded; and what the repository promises else."""

from collections import Counter as Sums
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import islice, product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.api.world import WatchedStore
from tests.domain.counting import ENVIRONMENT, NOW, RETENTION
from togglebox.adapters.memory import MemoryStore
from togglebox.errors import LimitExceeded
from togglebox.stats.batches import MAX_COUNT, MAX_COUNTERS, Batch, Counter
from togglebox.stats.counts import Answer, Counts
from togglebox.stats.folds import Fold
from togglebox.store.catalogue import UNFOLDED_SHARDS
from togglebox.store.port import MAX_BODY_BYTES, NoAnswer, Store, StoreUnavailable, encode

FLAG = "flag-evaluations"
A = Counter(FLAG, "flag-1", "2026-03-01", "A", "DE")
B = Counter(FLAG, "flag-1", "2026-03-01", "B")
YESTERDAY = Counter(FLAG, "flag-1", "2026-02-28", "A", "FR")


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> float:
        return self.now.timestamp()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(clock: Clock) -> WatchedStore:
    return WatchedStore(MemoryStore(clock))


@pytest.fixture
def counts(store: WatchedStore) -> Counts:
    return Counts(store, retention=RETENTION)


def batch(name: str, sums: Mapping[Counter, int] | None = None, *, at: datetime = NOW) -> Batch:
    return Batch(name, at, {A: 1} if sums is None else sums)


def counted(counts: Counts, entity: str = "flag-1", first: str = "2026-01-01", last: str = "2026-12-31") -> Answer:
    return counts.totals(ENVIRONMENT, FLAG, entity, first, last)


# -- adding ------------------------------------------------------------------------------------------------------


def test_a_batch_is_new_once(counts: Counts) -> None:
    assert counts.add(ENVIRONMENT, [batch("b1"), batch("b2"), batch("b1")]) == [True, True, False]
    assert counts.add(ENVIRONMENT, [batch("b3"), batch("b2")]) == [True, False]

    assert counted(counts).counts == {A: 3}


def test_the_same_id_in_another_environment_is_another_batch(counts: Counts) -> None:
    counts.add(ENVIRONMENT, [batch("b1")])

    assert counts.add("test-1", [batch("b1", {A: 10})]) == [True]
    assert counted(counts).counts == {A: 1}


def test_all_batches_are_added_with_one_call(counts: Counts, store: WatchedStore) -> None:
    counts.add(ENVIRONMENT, [batch(f"b{number}") for number in range(50)])

    assert store.calls == ["add_new batches"]


def test_a_batch_that_was_folded_is_not_new_for_eight_days(counts: Counts, clock: Clock) -> None:
    counts.add(ENVIRONMENT, [batch("b1")])
    counts.fold(ENVIRONMENT, at=NOW)

    clock.now = NOW + timedelta(days=8, seconds=-1)
    assert counts.add(ENVIRONMENT, [batch("b1")]) == [False]
    clock.now = NOW + timedelta(days=8)
    assert counts.add(ENVIRONMENT, [batch("b1")]) == [True]
    counts.fold(ENVIRONMENT, at=clock.now)
    assert counted(counts).counts == {A: 2}


def test_what_is_not_folded_does_not_expire(counts: Counts, clock: Clock) -> None:
    counts.add(ENVIRONMENT, [batch("b1")])

    clock.now = NOW + timedelta(days=300)

    assert counts.add(ENVIRONMENT, [batch("b1")]) == [False]
    assert counted(counts).counts == {A: 1}


@pytest.mark.parametrize("number", [0, 1, MAX_COUNTERS, MAX_COUNTERS + 1, 3 * MAX_COUNTERS])
def test_a_large_batch_is_kept_in_parts_and_counts_once(counts: Counts, store: WatchedStore, number: int) -> None:
    sums = {Counter(FLAG, "flag-1", "2026-03-01", f"v{value}"): value + 1 for value in range(number)}

    assert counts.add(ENVIRONMENT, [batch("b1", sums)]) == [True]
    assert counts.add(ENVIRONMENT, [batch("b1", dict(reversed(sums.items())))]) == [False]

    documents = max(1, -(-number // MAX_COUNTERS))
    assert len(store.scan("batches", limit=10).documents) == documents
    assert counted(counts).counts == sums
    assert sum(counts.fold(ENVIRONMENT, at=NOW) for _ in range(documents)) == documents
    assert counts.due(limit=1) == []
    assert counted(counts).counts == sums


def test_a_batch_of_which_one_part_was_kept_is_new_and_whole_when_it_comes_again(
    counts: Counts, store: WatchedStore
) -> None:
    sums = {Counter(FLAG, "flag-1", "2026-03-01", f"v{value}"): 1 for value in range(2 * MAX_COUNTERS)}
    counts.add(ENVIRONMENT, [batch("b1", sums)])
    store.delete_many("batches", [(ENVIRONMENT, "b1#2")])

    assert counts.add(ENVIRONMENT, [batch("b2"), batch("b1", sums), batch("b3")]) == [True, True, True]
    assert counted(counts).counts == {**sums, A: 2}


def test_the_longest_counters_fit_in_a_document() -> None:
    kinds = ["".join(letters).ljust(32, "k") for letters in islice(product("abcdefghij", repeat=3), MAX_COUNTERS)]
    sums = {Counter(kind, "e" * 64, "2026-03-01", "v" * 128, "DE"): MAX_COUNT for kind in kinds}
    longest = batch("i" * 64, sums)
    longest.check()

    ((name, body),) = longest.parts()

    assert name == "i" * 64
    assert 270_000 < len(encode(body).encode()) < MAX_BODY_BYTES


@pytest.mark.parametrize(
    "wrong",
    [
        batch(""),
        batch("x" * 65),
        batch("b#2"),
        batch("b 2"),
        batch("é"),
        batch("b", {A._replace(kind=""): 1}),
        batch("b", {A._replace(kind="Flags"): 1}),
        batch("b", {A._replace(kind="k" * 33): 1}),
        batch("b", {A._replace(entity=""): 1}),
        batch("b", {A._replace(entity="a#b"): 1}),
        batch("b", {A._replace(entity="e" * 65): 1}),
        batch("b", {A._replace(day="2026-02-30"): 1}),
        batch("b", {A._replace(day="2026-W09-7"): 1}),
        batch("b", {A._replace(day="2026-03-03"): 1}),
        batch("b", {A._replace(value="v" * 129): 1}),
        batch("b", {A._replace(value="nul \0"): 1}),
        batch("b", {A._replace(country="de"): 1}),
        batch("b", {A._replace(country="DEU"): 1}),
        batch("b", {A._replace(country="DE\n"): 1}),
        batch("b", {A: 0}),
        batch("b", {A: -1}),
        batch("b", {A: MAX_COUNT + 1}),
    ],
    ids=repr,
)
def test_what_breaks_a_limit_is_refused_with_all_that_came_with_it(
    counts: Counts, store: WatchedStore, wrong: Batch
) -> None:
    with pytest.raises(LimitExceeded):
        counts.add(ENVIRONMENT, [batch("good"), wrong])

    assert store.scan("batches", limit=1).documents == []


# -- folding -----------------------------------------------------------------------------------------------------


def test_a_fold_moves_counts_into_totals_and_leaves_tombstones(counts: Counts, store: WatchedStore) -> None:
    counts.add(ENVIRONMENT, [batch("b1", {A: 2, B: 3}), batch("b2", {A: 5, YESTERDAY: 7})])
    before = counted(counts)

    assert counts.fold(ENVIRONMENT, at=NOW) == 2

    assert counted(counts) == before == Answer({YESTERDAY: 7, A: 7, B: 3}, NOW, complete=True)
    assert [document.body.keys() for document in store.scan("batches", limit=9).documents] == [{"ttl"}, {"ttl"}]
    assert counts.fold(ENVIRONMENT, at=NOW) == 0
    assert counts.due(limit=9) == []


def test_a_fold_of_a_hundred_batches_takes_as_many_calls_as_its_description_says(
    counts: Counts, store: WatchedStore
) -> None:
    flags = [Counter(FLAG, f"flag-{number % 30}", "2026-03-01", "AB"[number // 30 % 2]) for number in range(100)]
    counts.add(ENVIRONMENT, [batch(f"b{number}", {flag: 1}) for number, flag in enumerate(flags)])
    store.calls.clear()

    assert counts.fold(ENVIRONMENT, at=NOW, limit=100) == 100

    assert Sums(store.calls) == {
        "page batches": 1,
        "get folds": 1,
        "get_many batches": 1,
        "put folds": 2,
        "get_many totals": 1,
        "put totals": 60,
        "put batches": 100,
    }


def test_a_fold_takes_in_no_more_than_it_is_told(counts: Counts) -> None:
    counts.add(ENVIRONMENT, [batch(f"b{number}") for number in range(5)])

    assert [counts.fold(ENVIRONMENT, at=NOW, limit=2) for _ in range(4)] == [2, 2, 1, 0]
    assert counted(counts).counts == {A: 5}


def test_a_fold_moves_no_more_than_a_thousand_totals(counts: Counts) -> None:
    values = [Counter(FLAG, "flag-1", "2026-03-01", f"v{number}") for number in range(1_200)]
    counts.add(ENVIRONMENT, [batch("b1", dict.fromkeys(values[:600], 1)), batch("b2", dict.fromkeys(values[600:], 1))])

    assert [counts.fold(ENVIRONMENT, at=NOW) for _ in range(3)] == [1, 1, 0]


def test_others_leave_a_fold_alone_for_a_minute(counts: Counts, store: WatchedStore) -> None:
    counts.add(ENVIRONMENT, [batch("b1")])
    _stopped_after(store, 5, lambda: counts.fold(ENVIRONMENT, at=NOW))

    assert counts.fold(ENVIRONMENT, at=NOW + timedelta(seconds=59)) == 0
    assert counts.due(limit=9) == [ENVIRONMENT]
    assert counts.fold(ENVIRONMENT, at=NOW + timedelta(seconds=60)) == 1
    assert counted(counts).counts == {A: 1}


@pytest.mark.parametrize("calls", range(9))
def test_a_fold_that_stops_anywhere_is_finished(counts: Counts, store: WatchedStore, calls: int) -> None:
    counts.add(ENVIRONMENT, [batch("b1"), batch("b2", {B: 2})])
    _stopped_after(store, calls, lambda: counts.fold(ENVIRONMENT, at=NOW))

    assert counted(counts).counts == {A: 1, B: 2}
    assert counts.due(limit=9) == [ENVIRONMENT]
    counts.fold(ENVIRONMENT, at=NOW + timedelta(minutes=2))
    assert counted(counts).counts == {A: 1, B: 2}
    assert counts.due(limit=9) == []


def test_fold_numbers_grow_though_the_last_one_was_lost(counts: Counts, store: WatchedStore) -> None:
    counts.add(ENVIRONMENT, [batch("b1")])
    counts.fold(ENVIRONMENT, at=NOW)
    store.delete_many("folds", [Fold(ENVIRONMENT).key])

    counts.add(ENVIRONMENT, [batch("b2")])
    counts.fold(ENVIRONMENT, at=NOW + timedelta(minutes=1))

    assert counted(counts).counts == {A: 2}


def test_fold_numbers_grow_though_a_clock_is_behind(counts: Counts) -> None:
    for number in range(3):
        counts.add(ENVIRONMENT, [batch(f"b{number}")])
        assert counts.fold(ENVIRONMENT, at=NOW - timedelta(minutes=number)) == 1

    assert counted(counts).counts == {A: 3}


def test_the_counts_of_a_day_are_kept_for_the_retention_after_it(counts: Counts, clock: Clock) -> None:
    counts.add(ENVIRONMENT, [batch("b1", {A: 1, YESTERDAY: 1})])
    counts.fold(ENVIRONMENT, at=NOW)

    clock.now = datetime(2026, 3, 1, tzinfo=UTC) + RETENTION
    assert counted(counts).counts == {A: 1}
    clock.now += timedelta(days=1)
    assert counted(counts).counts == {}


def test_counts_of_a_day_that_is_kept_no_longer_are_folded_away(store: WatchedStore) -> None:
    counts = Counts(store, retention=timedelta(days=10))
    old = A._replace(day="2026-02-18")
    counts.add(ENVIRONMENT, [batch("b1", {old: 1, A: 1})])

    assert counts.fold(ENVIRONMENT, at=NOW) == 1

    assert [document.key[1] for document in store.scan("totals", limit=9).documents] == [f"{FLAG}#flag-1#2026-03-01#A"]
    assert store.calls.count("put totals") == 1


# -- reading -----------------------------------------------------------------------------------------------------


def test_only_what_is_asked_for_is_counted(counts: Counts) -> None:
    for folded in (True, False):
        near = [A, YESTERDAY, A._replace(kind="config-fetches"), A._replace(entity="flag-10")]
        counts.add(ENVIRONMENT, [batch(f"b{folded}", dict.fromkeys(near, 5))])
        if folded:
            counts.fold(ENVIRONMENT, at=NOW)

    assert counted(counts, first="2026-03-01", last="2026-03-01").counts == {A: 10}
    assert counted(counts, first="2026-02-28", last="2026-02-28").counts == {YESTERDAY: 10}
    assert counted(counts).counts == {YESTERDAY: 10, A: 10}
    assert counted(counts, "flag-2") == Answer({}, None, complete=True)


def test_the_last_time_is_that_of_the_last_batch(counts: Counts) -> None:
    later = NOW + timedelta(hours=2)
    counts.add(ENVIRONMENT, [batch("b1", at=later)])
    counts.fold(ENVIRONMENT, at=later)
    counts.add(ENVIRONMENT, [batch("b2", at=NOW)])

    assert counted(counts).last_at == later
    counts.fold(ENVIRONMENT, at=later)
    assert counted(counts).last_at == later


def test_a_read_takes_two_calls_or_four(counts: Counts, store: WatchedStore) -> None:
    counts.add(ENVIRONMENT, [batch("b1"), batch("b2", {A._replace(entity="flag-2"): 1})])
    store.calls.clear()

    counted(counts)
    counted(counts, "flag-3")

    assert store.calls == [
        "page batches",
        "get folds",
        "get_many batches",
        "page totals",
        "page batches",
        "page totals",
    ]


def test_a_reader_that_folds_come_in_between_of_begins_again(counts: Counts, store: WatchedStore) -> None:
    counts.add(ENVIRONMENT, [batch("b1")])
    store.meanwhile("get_many batches", lambda: counts.fold(ENVIRONMENT, at=NOW))

    assert counted(counts).counts == {A: 1}


def test_a_reader_that_is_never_left_alone_is_asked_to_come_again(store: WatchedStore) -> None:
    class Busy(Counts):
        """Somebody folds while it reads, always."""

        def _totals(self, *places: Any) -> Any:
            others.add(ENVIRONMENT, [batch(f"b{len(store.calls)}")])
            others.fold(ENVIRONMENT, at=NOW)
            others.add(ENVIRONMENT, [batch(f"b{len(store.calls)}")])
            return super()._totals(*places)

    others = Counts(store, retention=RETENTION)
    others.add(ENVIRONMENT, [batch("b1")])

    with pytest.raises(StoreUnavailable, match="ask again"):
        counted(Busy(store, retention=RETENTION))


def test_a_reader_says_when_too_many_batches_wait(counts: Counts, store: WatchedStore) -> None:
    counts.add(ENVIRONMENT, [batch(f"b{number}") for number in range(5_001)])

    answer = counted(counts)
    counts.fold(ENVIRONMENT, at=NOW, limit=1)

    assert answer == Answer({A: 5_000}, NOW, complete=False)
    assert counted(counts) == Answer({A: 5_001}, NOW, complete=True)


# -- what is due -------------------------------------------------------------------------------------------------


def test_environments_with_something_to_fold_are_due(counts: Counts, store: WatchedStore) -> None:
    names = [f"environment-{number}" for number in range(12)]
    for name in names:
        counts.add(name, [batch(f"b{number}") for number in range(3)])
    store.calls.clear()

    assert sorted(counts.due(limit=100)) == sorted(names)
    assert len(store.calls) == 1 + 8 + len(names)
    assert len(counts.due(limit=5)) == 5
    for name in names[1:]:
        assert counts.fold(name, at=NOW) == 3
    assert counts.due(limit=100) == names[:1]


def test_environments_that_share_a_shard_keep_apart(counts: Counts) -> None:
    names = [f"environment-{number}" for number in range(len(UNFOLDED_SHARDS) + 1)]
    for number, name in enumerate(names, 1):
        counts.add(name, [batch("b1", {A: number})])

    def all_counted() -> list[Mapping[Counter, int]]:
        return [counts.totals(name, FLAG, "flag-1", A.day, A.day).counts for name in names]

    before = all_counted()
    for name in names:
        counts.fold(name, at=NOW)

    assert before == all_counted() == [{A: number} for number in range(1, len(names) + 1)]


# -- whatever is done --------------------------------------------------------------------------------------------


type Event = tuple[Counter, int]

_COUNTERS = st.builds(
    Counter,
    st.sampled_from([FLAG, "config-fetches"]),
    st.sampled_from(["flag-1", "flag-2"]),
    st.sampled_from(["2026-02-28", "2026-03-01"]),
    st.sampled_from(["A", "B", ""]),
    st.sampled_from(["DE", "FR", ""]),
)
_EVENTS = st.lists(st.tuples(_COUNTERS, st.integers(1, 5)), max_size=25)


class Interrupted:
    """A store before whose call number *at* something happens; *stops*: and which refuses from then on."""

    def __init__(self, store: Store, at: int, act: Callable[[], object], *, stops: bool) -> None:
        self._store = store
        self._left = at
        self._act = act
        self._stops = stops

    def __getattr__(self, name: str) -> Any:
        if self._left == 0:
            self._act()
        self._left -= 1
        if self._left < 0 and self._stops:
            raise NoAnswer
        return getattr(self._store, name)


@settings(max_examples=300, deadline=None)
@given(_EVENTS, st.data())
def test_order_duplicates_batching_and_folds_never_change_what_is_counted(
    events: Sequence[Event], data: st.DataObject
) -> None:
    store = MemoryStore(NOW.timestamp)
    counts = Counts(store, retention=RETENTION, patience=timedelta(0))

    cut = list(_cut(data.draw(st.permutations(events)), data))
    again = data.draw(st.lists(st.sampled_from(cut), max_size=5)) if cut else []
    for sent in data.draw(st.permutations(cut + again)):
        counts.add(ENVIRONMENT, [sent])
        for _ in range(data.draw(st.integers(0, 2))):
            _fold(store, counts, data)
        if data.draw(st.booleans()):
            counts.add(ENVIRONMENT, [sent])

    assert _all(counts) == _summed(events)
    for _ in range(2):
        counts.fold(ENVIRONMENT, at=NOW)  # the first may have to finish what one that ended left
    assert counts.due(limit=1) == []
    assert counts.add(ENVIRONMENT, cut) == [False] * len(cut)
    assert _all(counts) == _summed(events)


def _cut(events: Sequence[Event], data: st.DataObject) -> Iterator[Batch]:
    """Cut events into batches, each with an id of its own."""
    rest = list(events)
    while rest:
        size = data.draw(st.integers(1, len(rest)))
        some, rest = rest[:size], rest[size:]
        yield Batch(f"batch-{len(rest)}", NOW, _summed(some))


def _fold(store: Store, counts: Counts, data: st.DataObject) -> None:
    """Fold; perhaps somebody else folds in the middle of it, and perhaps this folder ends there."""
    limit = data.draw(st.integers(1, 3))
    at = data.draw(st.integers(0, 12))
    others = data.draw(st.integers(0, 2))
    interrupted = Interrupted(
        store,
        at,
        lambda: [counts.fold(ENVIRONMENT, at=NOW, limit=limit) for _ in range(others)],
        stops=data.draw(st.booleans()),
    )
    with suppress(NoAnswer):
        Counts(interrupted, retention=RETENTION, patience=timedelta(0)).fold(ENVIRONMENT, at=NOW, limit=limit)


def _summed(events: Sequence[Event]) -> dict[Counter, int]:
    sums: Sums[Counter] = Sums()
    for counter, count in events:
        sums[counter] += count
    return dict(sums)


def _all(counts: Counts) -> dict[Counter, int]:
    found: dict[Counter, int] = {}
    for kind in (FLAG, "config-fetches"):
        for entity in ("flag-1", "flag-2"):
            found |= counts.totals(ENVIRONMENT, kind, entity, "2026-02-01", "2026-03-31").counts
    return found


def _stopped_after(store: WatchedStore, calls: int, act: Callable[[], object]) -> None:
    """Let the database go away after so many *calls* of what is done, and come back."""
    store.fail_after(calls)
    with pytest.raises(StoreUnavailable):
        act()
    store.recover()
