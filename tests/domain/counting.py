"""Senders, folders and readers of counts as processes of an exploration, and the rules that counting keeps."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from tests.domain.interleavings import Call, Event, ForkedStore, Plan, Process, Run
from togglebox.errors import Unavailable
from togglebox.stats.batches import Batch, Counter
from togglebox.stats.counts import Counts
from togglebox.store.port import StaleWrite

NOW: Final = datetime(2026, 3, 1, 12, tzinfo=UTC)
RETENTION: Final = timedelta(days=400)
ENVIRONMENT: Final = "prod-1"

RED: Final = Counter("flag-evaluations", "flag-1", "2026-03-01", "A", "DE")
BLUE: Final = Counter("flag-evaluations", "flag-1", "2026-03-01", "B", "DE")
"""Two values of one flag: two totals."""

BATCHES: Final[Mapping[str, Batch]] = {
    "first": Batch("first", NOW, {RED: 1, BLUE: 1}),
    "second": Batch("second", NOW, {RED: 10, BLUE: 10}),
    "third": Batch("third", NOW, {RED: 100}),
}
"""Their counts are powers of ten, so that a sum tells how often it holds each."""

type Counted = Callable[[Any], Counts]
"""Makes the repository on a store; a mutant is another one."""

type Seen = frozenset[tuple[str, Counter]]
"""Which batches were counted under which counters."""


def counts_on(store: Any, kind: type[Counts] = Counts) -> Counts:
    """Make a repository of which nobody waits for anybody."""
    return kind(store, retention=RETENTION, patience=timedelta(0))


def world(*stored: str) -> ForkedStore:
    """Return a store that holds these batches, none of them folded."""
    store = ForkedStore(lambda: 0.0)
    counts_on(store).add(ENVIRONMENT, [BATCHES[name] for name in stored])
    return store


# -- processes ---------------------------------------------------------------------------------------------------


def sender(name: str, *sends: str, kind: type[Counts] = Counts) -> Process:
    """Send batches, one call each, and report which were said to be new."""

    def program(run: Run) -> Plan:
        counts = counts_on(run.store, kind)

        def work() -> None:
            for sent in sends:
                with suppress(Unavailable):
                    (new,) = counts.add(ENVIRONMENT, [BATCHES[sent]])
                    run.report("told", (sent, new))

        return Plan([work])

    return Process(name, program)


def folder(name: str, *, folds: int = 1, limit: int = 100, kind: type[Counts] = Counts) -> Process:
    def program(run: Run) -> Plan:
        counts = counts_on(run.store, kind)

        def work() -> None:
            for _ in range(folds):
                with suppress(Unavailable, StaleWrite):
                    counts.fold(ENVIRONMENT, at=NOW, limit=limit)

        return Plan([work])

    return Process(name, program)


def reader(name: str, *, reads: int = 1, kind: type[Counts] = Counts) -> Process:
    def program(run: Run) -> Plan:
        counts = counts_on(run.store, kind)

        def work() -> None:
            for _ in range(reads):
                run.report("begins")
                run.report("saw", _ask(counts))

        return Plan([work], lambda: _ask(counts))

    return Process(name, program, mortal=False)


def _ask(counts: Counts) -> Sequence[tuple[Counter, int]] | None:
    """Return what a read sees; ``None`` if it was asked to come again."""
    try:
        answer = counts.totals(ENVIRONMENT, RED.kind, RED.entity, RED.day, RED.day)
    except Unavailable:
        return None
    return tuple(answer.counts.items())


# -- the rules ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Past:
    """
    What the checker remembers.

    *landed*: what was sent, and is stored. *reading*: for each process that reads what it must see. *known*: what it
    has seen. *new*: the batches that somebody was told to be new.
    """

    landed: Seen
    reading: tuple[tuple[int, Seen], ...] = ()
    known: tuple[tuple[int, Seen], ...] = ()
    new: frozenset[str] = frozenset()


class CountedOnce:
    """Whatever happens, all that landed is counted, each batch once, as everybody sees at every moment."""

    def past(self, *stored: str) -> Past:
        """Return what is remembered before the first step."""
        return Past(frozenset().union(*map(_counted_by, stored)))

    def landed(self, past: Past, call: Call, store: ForkedStore) -> Past:
        if (call.method, call.collection) != ("add_new", "batches"):
            return past
        return replace(past, landed=past.landed.union(*(_counted_by(key[1]) for key, _ in call.arguments)))

    def begins(self, past: Past, process: int, thread: int) -> Past:
        reading = {**dict(past.reading), process: past.landed | dict(past.known).get(process, frozenset())}
        return replace(past, reading=tuple(sorted(reading.items(), key=_process)))

    def reported(self, past: Past, process: int, event: Event) -> Past:
        match event.what:
            case "saw" if event.facts is not None:
                seen = seen_in(event.facts)
                missing = dict(past.reading)[process] - seen
                assert not missing, f"a read does not see what was there before it began: {sorted(missing)}"
                assert seen <= past.landed, f"a read sees what never was: {sorted(seen - past.landed)}"
                known = {**dict(past.known), process: seen}
                return replace(past, known=tuple(sorted(known.items(), key=_process)))
            case "told" if event.facts[1]:
                batch: str = event.facts[0]
                assert batch not in past.new, f"{batch} was new twice"
                return replace(past, new=past.new | {batch})
        return past

    def readable(self, store: ForkedStore) -> None:
        pass

    def whole(self, past: Past, store: ForkedStore) -> None:
        _equal(_now(store), past.landed)

    def settled(self, store: ForkedStore) -> ForkedStore:
        counts = counts_on(store)
        for _ in range(10):
            if not counts.due(limit=5):
                break
            counts.fold(ENVIRONMENT, at=NOW + timedelta(minutes=5))
        return store

    def finally_(self, past: Past, store: ForkedStore) -> None:
        assert counts_on(store).due(limit=5) == [], "something is left to fold"
        _equal(_now(store), past.landed)
        totals = store.page("totals", ENVIRONMENT, limit=10).documents
        stored = [(RED if "#A" in total.key[1] else BLUE, total.body["counts"]["DE"]) for total in totals]
        _equal(seen_in(stored), past.landed)

    def sees(self, last: Any, store: ForkedStore) -> None:
        if last is not None:
            _equal(seen_in(last), _now(store))


def seen_in(counts: Sequence[tuple[Counter, int]]) -> Seen:
    """Return which batches these counts hold, each once."""
    sums = dict(counts)
    seen = set()
    for counter, left in sums.items():
        for name, batch in sorted(BATCHES.items(), key=lambda item: -max(item[1].counts.values())):
            if counter in batch.counts:
                times, left = divmod(left, batch.counts[counter])  # noqa: PLW2901  # what the smaller ones make up
                assert times <= 1, f"{name} is counted {times} times under {counter.value}"
                if times:
                    seen.add((name, counter))
        assert left == 0, f"{left} come from nowhere"
    return frozenset(seen)


def _now(store: ForkedStore) -> Seen:
    said = _ask(counts_on(store))
    assert said is not None, "nobody disturbs, and yet there is no answer"
    return seen_in(said)


def _counted_by(name: str) -> Seen:
    return frozenset((name, counter) for counter in BATCHES[name].counts)


def _equal(seen: Seen, landed: Seen) -> None:
    assert seen == landed, f"not counted: {sorted(landed - seen)}; counted, and never sent: {sorted(seen - landed)}"


def _process(item: tuple[int, Any]) -> int:
    return item[0]
