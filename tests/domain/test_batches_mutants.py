"""The exploration of interleavings finds what is wrong: ways to fold, send and read that nearly count once."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

import pytest

from tests.domain.counting import folder, reader, sender
from tests.domain.interleavings import Violated
from tests.domain.test_batches_model import Case, explore
from togglebox.stats.batches import Batch, is_unfolded
from togglebox.stats.counts import TRIES, Answer, Counts
from togglebox.stats.folds import Fold
from togglebox.stats.totals import Addition, Total
from togglebox.store.port import ABSENT, Document, Key, Page, StaleWrite, Store


class Unnamed(Counts):
    """Folds without saying what."""

    def _name(self, fold: Fold) -> Fold:
        return fold

    def _forget(self, fold: Fold) -> None:
        pass


class NamesForgottenEarly(Counts):
    """Forgets which batches a fold takes in before all of them are tombstones."""

    def _bury(self, unfolded: Iterable[Document], at: datetime) -> None:
        unfolded = list(unfolded)
        if unfolded:
            self._forget(Fold.of(unfolded[0].key[0], self._store.get("folds", Fold(unfolded[0].key[0]).key)))
        super()._bury(unfolded, at)


class BuriedEarly(Counts):
    """Makes tombstones before the totals are written."""

    def _finish(self, fold: Fold, batches: Sequence[Document | None], at: datetime) -> int:
        self._bury([document for document in batches if document is not None and is_unfolded(document)], at)
        return super()._finish(fold, batches, at)


class IndexBelieved(Counts):
    """Takes batches as the index shows them, before anybody knows which fold is under way."""

    def __init__(self, store: Store, **options: Any) -> None:
        self._pages = PagesKept(store)
        super().__init__(self._pages, **options)

    def _unfolded(self, keys: Sequence[Key]) -> list[Document]:
        return [self._pages.kept[key] for key in keys]


class PagesKept:
    """A store that keeps what its pages showed last."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.kept: dict[Key, Document] = {}

    def page(self, collection: str, partition: str, **options: Any) -> Page:
        page = self._store.page(collection, partition, **options)
        self.kept |= {document.key: document for document in page.documents}
        return page

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)


class TakenInAgain(Counts):
    """Does not look whether a total has taken the fold in already."""

    def _raise(self, total: Total, added: Addition, fold: Fold) -> None:
        for _ in range(TRIES):
            body = total.plus(added, fold=fold.number).body(retention=self._retention)
            try:
                self._store.put("totals", total.key, body, expect=total.version)
            except StaleWrite:
                total = Total.of(total.key, self._store.get("totals", total.key))
            else:
                return


class SameNumberOnly(Counts):
    """Takes a fold in wherever a total's last one is another, also one that came later."""

    def _raise(self, total: Total, added: Addition, fold: Fold) -> None:
        super()._raise(total if total.fold == fold.number else replace(total, fold=ABSENT), added, fold)


class FinishedUnseen(Counts):
    """Buries the batches of a fold that a folder left, without a look at the totals."""

    def _raise_totals(self, fold: Fold, batches: Iterable[Document], at: datetime) -> None:
        if fold.version in self._named:
            super()._raise_totals(fold, batches, at)

    def _name(self, fold: Fold) -> Fold:
        named = super()._name(fold)
        self._named = {*self._named, named.version}
        return named

    _named: set[int] = set()  # noqa: RUF012  # never changed in place


class Overtaken(Counts):
    """Names a fold over one that is not finished."""

    def _last_fold(self, environment: str) -> Fold:
        return super()._last_fold(environment).finished()


class Deleted(Counts):
    """Leaves no tombstones."""

    def _bury(self, unfolded: Iterable[Document], at: datetime) -> None:
        self._store.delete_many("batches", [document.key for document in unfolded])


class Overwritten(Counts):
    """Writes a batch whatever stands there."""

    def add(self, environment: str, batches: Sequence[Batch]) -> list[bool]:
        keys = [(environment, batch.id) for batch in batches]
        self._store.delete_many("batches", keys)
        return super().add(environment, batches)


class TotalsFirst(Counts):
    """Reads the totals before the batches."""

    def _read(self, environment: str, kind: str, entity: str, first: str, last: str) -> Answer | None:
        self._before = super()._totals(environment, kind, entity, first, last)
        return super()._read(environment, kind, entity, first, last)

    def _totals(self, *_: Any) -> dict[Key, Total]:
        return self._before

    _before: dict[Key, Total]


class LaterFoldsUnseen(Counts):
    """Reads totals that know of later folds than the reader."""

    def _totals(self, *places: Any) -> dict[Key, Total]:
        totals = super()._totals(*places)
        return {key: replace(total, fold=min(total.fold, self._number)) for key, total in totals.items()}

    def _last_fold(self, environment: str) -> Fold:
        fold = super()._last_fold(environment)
        self._number = fold.number
        return fold

    _number = 0


class NamesUnread(Counts):
    """Reads batches and totals, and not which fold is under way."""

    def _last_fold(self, environment: str) -> Fold:
        return replace(super()._last_fold(environment), batches=())


@dataclass(frozen=True, slots=True)
class Mutant:
    case: Case
    found: str
    """What the checker says."""


def folds(kind: type[Counts], found: str, *stored: str, crashes: int = 0, each: int = 1, limit: int = 100) -> Mutant:
    """Two folders of this kind, each of which folds so often."""
    return Mutant(
        Case(
            lambda: [folder(name, folds=each, limit=limit, kind=kind) for name in ("f1", "f2")],
            stored=stored or ("first", "second"),
            crashes_faults=(crashes, 0),
        ),
        found,
    )


def reads(kind: type[Counts], found: str, *stored: str, each: int = 1, limit: int = 100) -> Mutant:
    """A folder, and a reader of this kind."""
    return Mutant(
        Case(lambda: [folder("f1", folds=each, limit=limit), reader("r", kind=kind)], stored=stored or ("first",)),
        found,
    )


def sends(kind: type[Counts], found: str) -> Mutant:
    """A sender who repeats himself, and a folder, both of this kind."""
    return Mutant(Case(lambda: [sender("s", "second", "second", kind=kind), folder("f", kind=kind)]), found)


MUTANTS: Final[Mapping[str, Mutant]] = {
    "a fold is not named": folds(Unnamed, "there is no answer"),
    "names are forgotten before the tombstones stand": folds(NamesForgottenEarly, "times under", crashes=1, each=2),
    "tombstones stand before the totals": folds(BuriedEarly, "not counted"),
    "a folder believes the index": folds(IndexBelieved, "times under"),
    "a total takes a fold in again": folds(TakenInAgain, "times under"),
    "a total takes an earlier fold in again": folds(SameNumberOnly, "times under", "first", "third", each=2, limit=1),
    "a fold that was left is buried unseen": folds(FinishedUnseen, "not counted", crashes=1),
    "a fold is named over one that is not finished": folds(Overtaken, "times under"),
    "no tombstones": sends(Deleted, "was new twice"),
    "a batch is written over": sends(Overwritten, "not counted"),
    "a reader believes the index": reads(IndexBelieved, "times under"),
    "a reader reads totals first": reads(TotalsFirst, "does not see"),
    "a reader takes totals of later folds": reads(LaterFoldsUnseen, "times under"),
    "a reader does not read names": reads(NamesUnread, "times under"),
}


@pytest.mark.parametrize("name", MUTANTS)
def test_a_way_to_count_that_nearly_works_is_found_out(name: str) -> None:
    mutant = MUTANTS[name]

    with pytest.raises(Violated, match=mutant.found):
        explore(mutant.case, mutant.case.crashes_faults)
