"""Writers, readers and the upkeep job as processes of an exploration, and the rules that publishing keeps."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any, Final

from tests.domain.interleavings import Call, Event, ForkedStore, Plan, Process, Rows, Run
from togglebox.cdn.port import Cdn, NoCdn
from togglebox.errors import Conflict, NotFound, ToggleBoxError, Unavailable
from togglebox.journal.kinds import ENVIRONMENTS, KINDS, PARAMETERS, PLATFORMS, Kind
from togglebox.journal.manifest import Manifest
from togglebox.journal.publish import Journal
from togglebox.journal.record import Change, Claim, Head, iso, size_of
from togglebox.journal.scopes import Names, Scopes
from togglebox.journal.upkeep import Upkeep
from togglebox.platforms.repository import Environments, Platforms
from togglebox.snapshot import Snapshots, View
from togglebox.store.port import Body, Document, Key, NoAnswer

BEGIN: Final = datetime(2026, 1, 1, 0, 10, tzinfo=UTC)
WEB: Final = ("web",)
PROD: Final = ("web", "prod")
THEME: Final = (*PROD, "theme")
LOGO: Final = (*PROD, "logo")

HEADS: Final = {kind.heads: kind for kind in KINDS.values()}


@dataclass(frozen=True, slots=True)
class Parts:
    """What a process is built from; a mutant is a subclass in its place."""

    scopes: type[Scopes] = Scopes
    journal: type[Journal] = Journal
    snapshots: type[Snapshots] = Snapshots
    upkeep: type[Upkeep] = Upkeep


class Desk:
    """All that one process has, put together as the product does."""

    def __init__(
        self,
        name: str,
        store: Any,
        *,
        now: Callable[[], datetime],
        clock: Callable[[], float],
        parts: Parts = Parts(),
        cdn: Cdn | None = None,
    ) -> None:
        numbers = count(1)
        self.name = name
        self.now = now
        self.scopes = parts.scopes(store)
        self.journal = parts.journal(
            store,
            self.scopes,
            cdn or NoCdn(),
            now=now,
            new_id=lambda: f"{name}-{next(numbers)}",
            pause=lambda seconds: None,
        )
        self.snapshots = parts.snapshots(store, self.scopes, clock=clock, now=now)
        self.platforms = Platforms(self.journal, self.snapshots)
        self.environments = Environments(self.journal, self.snapshots)
        self.upkeep = parts.upkeep(
            store,
            self.scopes,
            self.journal,
            now=now,
            audit_retention=timedelta(days=400),
            finish=self.platforms.finish_deletion,
        )

    def change(self, action: str, number: int = 1, **more: Any) -> Change:
        return Change(f"{self.name}/{number}", self.name, iso(self.now()), action, **more)

    # -- what a use case does ------------------------------------------------------------------------------------

    def create(self, names: Names, name: str, change: Change, kind: Kind = PARAMETERS) -> Head:
        edit = self.journal.begin(names, kind, name, change)
        if edit.earlier is not None:
            return edit.earlier
        if edit.living is not None:
            raise Conflict("It exists")
        return self.journal.publish(edit, {"by": [edit.change.id]})

    def update(self, names: Names, name: str, change: Change, kind: Kind = PARAMETERS) -> Head:
        edit = self.journal.begin(names, kind, name, change)
        if edit.earlier is not None:
            return edit.earlier
        if edit.living is None:
            raise NotFound("There is none")
        return self.journal.publish(edit, {"by": [*edit.living.data["by"], edit.change.id]})

    def delete(self, names: Names, name: str, change: Change, kind: Kind = PARAMETERS) -> Head:
        edit = self.journal.begin(names, kind, name, change)
        if edit.earlier is not None:
            return edit.earlier
        if edit.living is None:
            raise NotFound("There is none")
        closing = self.journal.close(edit, (*names, name)) if kind is ENVIRONMENTS else None
        return self.journal.publish(edit, edit.living.data, deleted=True, closing=closing)


# -- processes ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Told:
    """
    What a writer was told of its change: ``done``, ``refused``, or ``in doubt``; if done, the version's text.

    With a *claim*, the *change* may be an earlier one; *asked* is its own.
    """

    change: str
    how: str
    text: str = ""
    asked: str = ""
    claim: str = ""


type Work = Callable[[Desk, Change], Any]


@dataclass(frozen=True, slots=True)
class Times:
    """The times of a scenario as *now* tells them, and as the *clock* of a snapshot does; the last is the end's."""

    now: tuple[float, ...] = (0.0, 400.0)
    clock: tuple[float, ...] = (0.0, 0.0)


def writer(
    name: str, *works: Work, parts: Parts = Parts(), times: Times = Times(), starts: int = 0, claim: str | None = None
) -> Process:
    """Do *works*, one after the other, and report what was told; after a doubt with a *claim*, ask the next again."""

    def program(run: Run) -> Plan:
        desk = _desk(name, run, parts, times)

        def work() -> None:
            for number, do in enumerate(works, 1):
                change = desk.change("change", number)
                if claim is not None:
                    change = replace(change, claim=Claim(claim, "body"))
                run.report("told", _told(desk, do, change))

        return Plan([work])

    return Process(name, program, starts=starts)


def _told(desk: Desk, do: Work, change: Change) -> Told:
    try:
        head = do(desk, change)
    except Unavailable as error:
        # What is not published by a repeat may still be published by the first request.
        told = Told(change.id, "in doubt" if isinstance(error, NoAnswer) or change.claim else "refused")
    except ToggleBoxError:
        told = Told(change.id, "refused")
    else:
        told = Told(change.id, "done")
        if isinstance(head, Head):
            told = replace(told, change=head.change["id"], text=head.document.text)
    return told if change.claim is None else replace(told, asked=change.id, claim=change.claim.key)


def reader(
    name: str,
    *,
    reads: int = 2,
    warm: bool = True,
    threads: int = 1,
    only: str | None = None,
    max_age: float = 0.0,
    parts: Parts = Parts(),
    times: Times = Times(),
) -> Process:
    """
    Read the parameters of an environment, or *only* one of them, with a snapshot that all *threads* share.

    With a *max_age* it may be that old, and only must not go back.
    """

    def program(run: Run) -> Plan:
        desk = _desk(name, run, parts, times)

        def read() -> Saw:
            if only is None:
                return _saw(PROD, desk.snapshots.view(PROD, PARAMETERS, max_age=max_age))
            shown = desk.snapshots.item(PROD, PARAMETERS, only, max_age=max_age)
            return _saw_one(PROD, only, None if shown is None else shown.head)

        def work() -> None:
            for _ in range(reads):
                run.report("begins")
                run.report("saw", read())

        def warm_work() -> None:
            desk.snapshots.view(PROD, PARAMETERS)
            run.report("ready")
            work()

        return Plan([warm_work if warm else work, *[work] * (threads - 1)], read)

    return Process(name, program, mortal=False, warm=warm, threaded=threads > 1)


def upkeep(name: str = "upkeep", *, parts: Parts = Parts(), times: Times = Times(), starts: int = 0) -> Process:
    def program(run: Run) -> Plan:
        return Plan([lambda: _run(_desk(name, run, parts, times))])

    return Process(name, program, starts=starts)


def _run(desk: Desk) -> None:
    with suppress(Unavailable):
        desk.upkeep.run()


def _desk(name: str, run: Run, parts: Parts, times: Times) -> Desk:
    return Desk(
        name,
        run.store,
        now=lambda: BEGIN + timedelta(seconds=times.now[run.time]),
        clock=lambda: times.clock[run.time],
        parts=parts,
    )


# -- what is seen ------------------------------------------------------------------------------------------------

type Place = tuple[str, str, str]
"""(platform, environment, parameter)"""

type Value = tuple[str, str] | None
"""What the public sees at a place: (the environment's id, the head's text); ``None``: nothing."""

type Moment = tuple[str | None, str | None]
"""What is true of a place: (the environment's id, the head's text), each ``None`` where there is none."""


@dataclass(frozen=True, slots=True)
class Saw:
    """An answer: what was seen where; *tag* is (scope, revision) if the answer may carry an `ETag`."""

    values: tuple[tuple[Place, Value], ...]
    complete: bool
    tag: tuple[str, int] | None = None

    def at(self, place: Place) -> Value:
        return dict(self.values).get(place)

    def covers(self, place: Place) -> bool:
        return self.complete or place in dict(self.values)


def _saw(names: tuple[str, str], view: View) -> Saw:
    values = tuple(((*names, head.name), (head.key[0], head.document.text)) for head in view.living)
    return Saw(values, complete=True, tag=(view.scope, view.revision) if view.settled else None)


def _saw_one(names: tuple[str, str], name: str, head: Head | None) -> Saw:
    value = None if head is None else (head.key[0], head.document.text)
    return Saw((((*names, name), value),), complete=False)


def truth(store: ForkedStore, place: Place) -> Moment:
    """Return what the heads say, which alone publish."""
    platform, environment, name = place
    scope = _life(store, PLATFORMS, ("root", platform))
    scope = scope and _life(store, ENVIRONMENTS, (scope, environment))
    document = store.get(PARAMETERS.heads, (scope, name)) if scope else None
    return scope, None if document is None or document.body["deleted"] else document.text


def _life(store: ForkedStore, kind: Kind, key: Key) -> str | None:
    document = store.get(kind.heads, key)
    return None if document is None or document.body["deleted"] else document.body["id"]


class Watched(ForkedStore):
    """Notes what is published in it."""

    def __init__(self, clock: Callable[[], float], rows: Rows) -> None:
        super().__init__(clock, rows)
        self.published: set[tuple[str, Key, int, str]] = set()

    def put(self, collection: str, key: Key, body: Body, *, expect: int) -> Document:
        document = super().put(collection, key, body, expect=expect)
        if collection in HEADS:
            self.published.add((collection, key, document.version, document.text))
        return document


# -- the rules ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Past:
    """
    What the checker remembers.

    *published* are all heads that ever stood: (collection, key, version, text). *shown*: for each place all that was
    true of it, in order. Indexes into these are how old something is: *landed* what each change made true (0 where it
    changed nothing), *floor* what is acknowledged, *known* what each process has shown, *reading* what a read that has
    begun must not fall behind, with the tagged answers that its caller may hold. *tagged*: all those answers.
    """

    published: frozenset[tuple[str, Key, int, str]]
    shown: tuple[tuple[Moment, ...], ...]
    landed: tuple[tuple[str, tuple[int, ...]], ...]
    floor: tuple[int, ...]
    known: tuple[tuple[int, ...], ...]
    reading: tuple[tuple[tuple[int, int], tuple[int, ...], frozenset[Saw]], ...] = ()
    tagged: frozenset[Saw] = frozenset()
    told: frozenset[Told] = frozenset()


class Published:
    """
    The rules; *places* are watched. The processes number *lenient* may show what is old, but not go back.

    Without *counts*, the counts in manifests may be off: the promise ends where a write lands after its mark expired.
    """

    def __init__(
        self,
        places: Sequence[Place],
        *,
        end: float = 400.0,
        lenient: frozenset[int] = frozenset(),
        counts: bool = True,
    ) -> None:
        self._places = places
        self._end = end
        self._lenient = lenient
        self._counts = counts

    def past(self, store: ForkedStore, processes: int) -> Past:
        """Return what is remembered before the first step."""
        nothing = (0,) * len(self._places)
        return Past(
            published=frozenset(_standing(store)),
            shown=tuple((truth(store, place),) for place in self._places),
            landed=(),
            floor=nothing,
            known=(nothing,) * processes,
        )

    # -- what happens --------------------------------------------------------------------------------------------

    def landed(self, past: Past, call: Call, store: ForkedStore) -> Past:
        if call.method != "put" or call.collection not in HEADS:
            return past
        key, text, expect = call.arguments
        version = (call.collection, key, expect + 1, text)
        for other in past.published:
            assert other[:3] != version[:3], f"a version has two contents: {other} and {version}"
        shown = tuple(
            seen if (value := truth(store, place)) == seen[-1] else (*seen, value)
            for place, seen in zip(self._places, past.shown, strict=True)
        )
        document = store.get(call.collection, key)
        assert document is not None
        moved = tuple(
            len(seen) - 1 if seen is not before else 0 for seen, before in zip(shown, past.shown, strict=True)
        )
        landed = (*past.landed, (document.body["change"]["id"], moved))
        return replace(past, published=past.published | {version}, shown=shown, landed=tuple(sorted(landed)))

    def begins(self, past: Past, process: int, thread: int) -> Past:
        if process in self._lenient:
            reading = ((process, thread), past.known[process], frozenset[Saw]())
        else:
            reading = ((process, thread), _later(past.floor, past.known[process]), past.tagged)
        return replace(past, reading=tuple(sorted((*past.reading, reading), key=_reads)))

    def reported(self, past: Past, process: int, event: Event) -> Past:
        match event.what:
            case "saw":
                return self._saw(past, process, event.thread, event.facts)
            case "told":
                return self._told(past, event.facts)
        return past

    def _saw(self, past: Past, process: int, thread: int, saw: Saw) -> Past:
        if not any(reading[0] == (process, thread) for reading in past.reading):
            past = self.begins(past, process, thread)  # a read that asked the store nothing
        (reading,) = (reading for reading in past.reading if reading[0] == (process, thread))
        _, floor, held = reading
        seen = self._ages(past, floor, saw)
        for answer in held:
            if saw.tag is not None and saw.tag == answer.tag:
                self._ages(past, floor, answer)  # the caller gets 304, and goes on with what it holds
        known = _later(past.known[process], seen)
        return replace(
            past,
            known=(*past.known[:process], known, *past.known[process + 1 :]),
            reading=tuple(other for other in past.reading if other is not reading),
            tagged=past.tagged | {saw} if saw.tag is not None else past.tagged,
        )

    def _ages(self, past: Past, floor: tuple[int, ...], saw: Saw) -> tuple[int, ...]:
        """Return for each place the earliest moment, not before *floor*, at which the public could see this."""
        return tuple(
            self._age(past, shown, oldest, saw.at(place)) if saw.covers(place) else oldest
            for place, shown, oldest in zip(self._places, past.shown, floor, strict=True)
        )

    def _age(self, past: Past, shown: Sequence[Moment], oldest: int, value: Value) -> int:
        for age, (scope, text) in enumerate(shown[oldest:], oldest):
            if (text is None) if value is None else (value == (scope, text)):
                return age
        if value is not None and value not in shown and any(text == value[1] for *_, text in past.published):
            # It landed in an environment that was just deleted: as if the deletion had come right after it.
            last = max((age for age, (scope, _) in enumerate(shown) if scope == value[0]), default=-1)
            if oldest <= last < len(shown) - 1:
                return last
        raise AssertionError(f"a read is older than what was known before it began, or was never true: {value}")

    def _told(self, past: Past, told: Told) -> Past:
        published = _changes(past)
        if told.how == "refused":
            assert told.change not in published, f"refused, but published: {told}"
        if told.how == "done":
            assert told.change in published, f"acknowledged, but not published: {told}"
            assert not told.text or told.text in published[told.change], f"told another content: {told}"
        floors = [indexes for change, indexes in past.landed if change == told.change and told.how == "done"]
        floor = past.floor
        for indexes in floors:
            floor = _later(floor, indexes)
        return replace(past, floor=floor, told=past.told | {told})

    # -- what holds ----------------------------------------------------------------------------------------------

    def readable(self, store: ForkedStore) -> None:
        fresh = _at(store, 0.0)
        self._check_truth(store, _saw(PROD, fresh.snapshots.view(PROD, PARAMETERS)), "a process that has just started")

    def whole(self, past: Past, store: ForkedStore) -> None:
        _check_journal(past, store)

    def settled(self, store: ForkedStore) -> ForkedStore:
        store = Watched(lambda: 0.0, store.rows)
        for minute in range(1, 7):
            _at(store, self._end + 60 * minute).upkeep.run()
        for manifest in _manifests(store):
            assert not manifest.marks, f"two minutes later a mark is left: {manifest}"
            if self._counts:
                _check_counts(store, manifest)
        due = store.page("manifests", "due", index="GSI3", limit=10).documents
        assert not due, f"two minutes later upkeep still has work: {due}"
        self.readable(store)
        return store

    def finally_(self, past: Past, store: ForkedStore) -> None:
        assert isinstance(store, Watched)
        past = replace(past, published=past.published | store.published)
        for told in past.told:
            self._told(past, told)
        _check_claims(past)
        _check_journal(past, store)
        _check_contents(past)

    def sees(self, last: Saw | None, store: ForkedStore) -> None:
        if last is not None:
            self._check_truth(store, last, "a snapshot, when all is quiet,")

    def _check_truth(self, store: ForkedStore, saw: Saw, who: str) -> None:
        for place in self._places:
            scope, text = truth(store, place)
            value = None if scope is None or text is None else (scope, text)
            assert not saw.covers(place) or saw.at(place) == value, f"{who} sees {saw.at(place)}, not {value}"


def _at(store: ForkedStore, seconds: float) -> Desk:
    """Return a process that has just started."""
    return Desk("fresh", store, now=lambda: BEGIN + timedelta(seconds=seconds), clock=lambda: 0.0, parts=Parts())


def _reads(reading: tuple[tuple[int, int], Any, Any]) -> tuple[int, int]:
    return reading[0]


def _later(left: tuple[int, ...], right: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(map(max, left, right))


def _changes(past: Past) -> Mapping[str, list[str]]:
    """Return the texts that were published by each change."""
    texts: dict[str, list[str]] = {}
    for collection, key, version, text in past.published:
        head = _head(collection, key, version, text)
        texts.setdefault(head.change["id"], []).append(text)
    return texts


def _head(collection: str, key: Key, version: int, text: str) -> Head:
    found = _HEADS.get((collection, key, version, text))
    if found is None:
        found = _HEADS[collection, key, version, text] = Head.of(Document(key, version, text))
    return found


_HEADS: dict[tuple[str, Key, int, str], Head] = {}


def _standing(store: ForkedStore) -> Iterator[tuple[str, Key, int, str]]:
    for collection in HEADS:
        for document in store.scan(collection, limit=1_000).documents:
            yield collection, document.key, document.version, document.text


def _manifests(store: ForkedStore) -> list[Manifest]:
    return [Manifest.of(document) for document in store.scan("manifests", limit=100).documents]


def _check_journal(past: Past, store: ForkedStore) -> None:
    """Each version that ever stood stands, or is in its life's journal, and nothing else is."""
    for kind in KINDS.values():
        published = {
            ((head.id, head.version), text): key
            for collection, key, version, text in past.published
            if collection == kind.heads
            for head in [_head(collection, key, version, text)]
        }
        copied = {
            ((entry.key[0], int(entry.key[1])), entry.text) for entry in store.scan(kind.journal, limit=1_000).documents
        }
        standing = {
            ((document.body["id"], document.version), document.text)
            for document in store.scan(kind.heads, limit=1_000).documents
        }
        missing = published.keys() - copied - standing
        assert not missing, f"not in the journal of {kind.plural}: {missing}"
        surplus = copied - published.keys()
        assert not surplus, f"in the journal of {kind.plural}, but never published: {surplus}"


def _check_contents(past: Past) -> None:
    """Versions follow one another without gaps, each refers to the one before, and each keeps what that one held."""
    lines: dict[tuple[str, Key], list[Head]] = {}
    for collection, key, version, text in sorted(past.published):
        lines.setdefault((collection, key), []).append(_head(collection, key, version, text))
    for line in lines.values():
        previous: Head | None = None
        for head in line:
            expected = 1 if previous is None else previous.version + 1
            assert head.version == expected, f"version {expected} is missing before {head}"
            digest = None if previous is None else previous.digest
            assert head.change.get("previous") == digest, f"the chain breaks at {head}"
            begins = previous is None or previous.deleted
            kept = [] if begins or previous is None else previous.data["by"]
            by = kept if head.deleted else [*kept, head.change["id"]]
            assert head.data["by"] == by, f"an update is lost in {head}"
            assert begins == (head.version == head.born)
            assert begins or previous is None or previous.id == head.id
            previous = head


def _check_claims(past: Past) -> None:
    """Requests with one `Idempotency-Key` publish once, and are answered alike."""
    published = _changes(past)
    for claim in {told.claim for told in past.told if told.claim}:
        repeats = [told for told in past.told if told.claim == claim]
        made = {told.asked for told in repeats if told.asked in published}
        assert len(made) <= 1, f"published more than once: {made}"
        refused = [told for told in repeats if told.how == "refused"]
        assert not (made and refused), f"refused, but published: {refused}"
        texts = {told.text for told in repeats if told.how == "done"}
        assert len(texts) <= 1, f"answered in different ways: {texts}"


def _check_counts(store: ForkedStore, manifest: Manifest) -> None:
    kind = (PLATFORMS, ENVIRONMENTS, PARAMETERS)[len(manifest.names)]
    heads = [
        Head.of(document)
        for document in store.scan(kind.heads, limit=1_000).documents
        if document.key[0] == manifest.id and not document.body["deleted"]
    ]
    if manifest.closed is not None:
        return
    tier = manifest.tier(kind.tier)
    assert tier.count == len(heads), f"counted {tier.count} {kind.plural}, but there are {len(heads)}"
    size = sum(size_of(head.data) for head in heads)
    assert tier.size == size, f"counted {tier.size} bytes of {kind.plural}, but there are {size}"


# -- where it begins ---------------------------------------------------------------------------------------------


def world(*, parameters: Sequence[str] = ("theme",)) -> ForkedStore:
    """Return a store with one platform, one environment and *parameters* in it, all quiet."""
    store = ForkedStore(lambda: 0.0)
    desk = Desk("seed", store, now=lambda: BEGIN - timedelta(minutes=5), clock=lambda: 0.0, parts=Parts())
    desk.create((), "web", desk.change("create", 1), PLATFORMS)
    desk.create(WEB, "prod", desk.change("create", 2), ENVIRONMENTS)
    for number, name in enumerate(parameters, 3):
        desk.create(PROD, name, desk.change("create", number))
    return store


def quiet(*collections: str) -> Callable[[Call], bool]:
    """Return the test for reads that nothing can change: of *collections*, and of tombstones older than 30 days."""
    return lambda call: call.collection in collections or (call.method == "page" and call.arguments[0] == "tombstones")


def brittle(call: Call) -> bool:
    """Tell whether this call publishes: no process is held up in it for longer than a write may take."""
    return call.method == "put" and call.collection in HEADS
