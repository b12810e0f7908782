"""The exploration of interleavings finds what is wrong: publishing protocols that nearly work, each with its fault."""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, Final

import pytest

from tests.domain.interleavings import Violated
from tests.domain.publishing import LOGO, THEME, Parts, Times, Work, reader, upkeep, writer
from tests.domain.test_publishing_model import (
    BEYOND,
    TICK,
    Case,
    create,
    create_environment,
    delete_environment,
    explore,
    update,
)
from togglebox.journal.kinds import Kind
from togglebox.journal.manifest import Manifest, Mark
from togglebox.journal.publish import Edit, Journal
from togglebox.journal.record import Draft, Head, iso
from togglebox.journal.scopes import Names, Scopes
from togglebox.journal.upkeep import Upkeep
from togglebox.snapshot import Snapshots, View
from togglebox.store.port import Body, Key, StaleWrite, Store

SWEEPING: Final = Times(now=(0.0, 190.0, 400.0), clock=(0.0, 2.0, 4.0))
"""So much later that upkeep sweeps."""


class WithoutCopies:
    """A store that makes no copies while it is *off*."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.off = False

    def add_new(self, collection: str, documents: Iterable[tuple[Key, Body]]) -> list[bool]:
        documents = list(documents)
        return [True] * len(documents) if self.off else self._store.add_new(collection, documents)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)


class NoMarks(Journal):
    def _announce(self, manifest: Manifest, mark: Mark, **options: Any) -> Manifest:
        return manifest


class OldHeadNotCopied(Journal):
    def __init__(self, store: Store, *parts: Any, **more: Any) -> None:
        self._copies = WithoutCopies(store)
        super().__init__(self._copies, *parts, **more)

    def _put(self, draft: Draft, body: Body) -> Head:
        self._copies.off = True
        try:
            return super()._put(draft, body)
        finally:
            self._copies.off = False


class RefusedIsLost(Journal):
    def _put(self, draft: Draft, body: Body) -> Head:
        self._looks = False
        try:
            return super()._put(draft, body)
        finally:
            self._looks = True

    def _find(self, mark: Mark) -> Head | None:
        return super()._find(mark) if self._looks else None

    _looks = True


class NeverGivesUp(Journal):
    """Publishes however long it was held up."""

    def _put(self, draft: Draft, body: Body) -> Head:
        return super()._put(replace(draft, change=replace(draft.change, at=iso(self._now()))), body)


class RepeatsAreNews(Journal):
    """Takes no notice of an `Idempotency-Key`."""

    def _claimed(self, edit: Edit) -> Edit:
        return edit


class AttemptsAreOne(Journal):
    """Counts what a change published once for each of its attempts."""

    def _settle(self, manifest: Manifest, mark: Mark, published: Head | None) -> Manifest | None:
        if published is not None:
            published = replace(published, change={**published.change, "attempt": mark.attempt})
        return super()._settle(manifest, mark, published)


class MarksTakenOffByReaders(Snapshots):
    def view(self, names: Names, kind: Kind, *, max_age: float = 0.0) -> View:
        manifest = self._scopes.find(names)
        if manifest is not None and manifest.marks:
            document = replace(manifest, marks=())
            with suppress(StaleWrite):
                self._store.put("manifests", manifest.key, document.body(), expect=manifest.version)
        return super().view(names, kind, max_age=max_age)


class RevisionAfterPages(Snapshots):
    def _bring_up(self, manifest: Manifest, kind: Kind, *more: Any, **options: Any) -> View:
        view = super()._bring_up(manifest, kind, *more, **options)
        after = self._scopes.find(manifest.names) or manifest
        return View(
            view.scope,
            after.tier(kind.tier).revision,
            view.at,
            view.heads,
            complete=view.complete,
            read_at=view.read_at,
            checked=view.checked,
            settled=view.settled,
        )


class ClosedIsAllThereIs(Scopes):
    """Does not ask the head whether a scope lives, while its deletion is under way."""

    def _is_open(self, manifest: Manifest) -> bool:
        return manifest.closed is None


class SweptWithoutCopies(Upkeep):
    def __init__(self, store: Store, *parts: Any, **more: Any) -> None:
        copies = WithoutCopies(store)
        copies.off = True
        super().__init__(copies, *parts, **more)


@dataclass(frozen=True, slots=True)
class Mutant:
    case: Case
    found: str
    """What the checker says."""


def writes(journal: type[Journal], *, crashes: int = 0, faults: int = 0) -> Case:
    """Two writers of this kind, and a reader."""
    parts = Parts(journal=journal)
    return Case(
        lambda: [writer("w1", update(), parts=parts), writer("w2", update(), parts=parts), reader("r", parts=parts)],
        crashes_faults=(crashes, faults),
    )


def reads(parts: Parts) -> Case:
    """Two writers, and a reader of this kind."""
    return Case(
        lambda: [writer("w1", update()), writer("w2", update("logo")), reader("r", parts=parts)],
        parameters=("theme", "logo"),
        places=(THEME, LOGO),
        crashes_faults=(0, 1),
    )


def repeats(work: Work, journal: type[Journal], *parameters: str) -> Case:
    """One request, sent twice at once with its `Idempotency-Key`."""
    parts = Parts(journal=journal)
    return Case(
        lambda: [writer("w1", work, claim="k", parts=parts), writer("w2", work, claim="k", parts=parts)],
        parameters=parameters,
    )


MUTANTS: Final[Mapping[str, Mutant]] = {
    "no marks": Mutant(replace(writes(NoMarks, crashes=1), counts=False), "a snapshot, when all is quiet, sees"),
    "the old head is not copied": Mutant(writes(OldHeadNotCopied, crashes=1), "not in the journal"),
    "a refused put is taken for lost without looking": Mutant(
        repeats(update(), RefusedIsLost, "theme"), "refused, but published"
    ),
    "readers take marks off": Mutant(reads(Parts(snapshots=MarksTakenOffByReaders)), "sees|counted|older"),
    "the revision is read after the pages": Mutant(reads(Parts(snapshots=RevisionAfterPages)), "sees|older"),
    "nobody gives up": Mutant(
        Case(
            lambda: [
                writer("w1", update(), times=TICK, parts=Parts(journal=NeverGivesUp)),
                upkeep(times=TICK, starts=1),
                reader("r", times=TICK),
            ],
            ticks=True,
        ),
        "counted|sees",
    ),
    "an Idempotency-Key is ignored": Mutant(repeats(update(), RepeatsAreNews, "theme"), "published more than once"),
    "each attempt counts": Mutant(repeats(create(), AttemptsAreOne), "counted"),
    "no maximum age, and a write beyond its mark": Mutant(
        replace(
            BEYOND,
            processes=lambda: [
                writer("w1", update(), times=TICK),
                upkeep(times=TICK, starts=1),
                reader("r", reads=1, times=TICK),
            ],
        ),
        "a snapshot, when all is quiet, sees",
    ),
    "only the manifest says whether an environment lives": Mutant(
        Case(
            lambda: [
                writer("w1", delete_environment),
                writer("w2", create_environment, create()),
                reader("r", parts=Parts(scopes=ClosedIsAllThereIs)),
            ],
            quiet=("platforms",),
        ),
        "older",
    ),
    "what lay in a deleted environment is removed without a copy": Mutant(
        Case(
            lambda: [
                writer("w1", update(), times=SWEEPING),
                writer("w2", delete_environment, times=SWEEPING),
                upkeep(times=SWEEPING, starts=1, parts=Parts(upkeep=SweptWithoutCopies)),
            ],
            ticks=True,
            held_up=False,
            crashes_faults=(1, 0),
            quiet=("platforms",),
        ),
        "not in the journal",
    ),
}


@pytest.mark.parametrize("name", MUTANTS)
def test_a_protocol_that_nearly_works_is_found_out(name: str) -> None:
    mutant = MUTANTS[name]

    with pytest.raises(Violated, match=mutant.found):
        explore(mutant.case, mutant.case.crashes_faults)
