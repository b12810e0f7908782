"""
Counts: batches kept when they come, folded into totals later, each counted once.

Why once, whatever stops between two calls, is repeated, or comes late:

1. A batch is one document under its id, inserted if new. Until it is folded it never changes; then a *tombstone* takes
   its place, which a repeat finds for 8 days. Sent again after that, it counts again.
2. A fold is *named* first: one document per environment holds its number and the ids of its batches. Who puts it has
   read that document before the batches: if it still stands at that version, no fold began meanwhile, so that all
   these batches are still unfolded. One fold is under way at a time, and anybody can go on with it.
3. A total holds the number of the last fold that it took in, and takes in a fold with a larger number only, by one
   conditional put. As folds follow each other, it has taken in all before.
4. Batches become tombstones once all totals of their fold are written: whoever finds one need not look at totals.
5. The fold's document forgets its batches once all of them are tombstones.

A reader reads the fold's document, then batches, then totals. If none of these has taken in a later fold than that
document knows, nothing moved in between: a batch that was unfolded is in a total if the fold names it and the total
has the fold's number; one that was a tombstone is in the totals. Else the reader begins again.

An index says which batches there are to look at. It may lag on DynamoDB: such a read misses batches that came a moment
ago, and never counts one twice.
"""

from collections import Counter as Sums
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Final

from togglebox.stats.batches import Batch, Counter, counts_of, is_unfolded, tombstone
from togglebox.stats.folds import Fold
from togglebox.stats.totals import Addition, Total, expired, key_of, later
from togglebox.store.catalogue import UNFOLDED_SHARDS, unfolded_shard
from togglebox.store.port import Document, Key, StaleWrite, Store, StoreUnavailable

PATIENCE: Final = timedelta(minutes=1)
"""How long others leave a fold to who began it: it saves work, and nothing depends on it."""

MAX_BATCHES: Final = 500
MAX_TOTALS: Final = 1_000
"""How many batches a fold takes in, and how many totals it moves at most; one document alone moves no more."""

MAX_UNFOLDED: Final = 5_000
"""How many batches that are not folded a reader adds up."""

TRIES: Final = 5
PAGE: Final = 500


@dataclass(frozen=True, slots=True)
class Answer:
    """
    What was counted; *last_at*: when the last of it was received, ``None`` if nothing was.

    *complete*: all there is; else more than 5,000 batches wait to be folded, and some of them are missing here.
    """

    counts: Mapping[Counter, int]
    last_at: datetime | None
    complete: bool


class Counts:
    """
    The counts of all environments, on *store*; the counts of a day are kept for *retention* after it.

    A fold of 100 batches that move 60 totals (30 flags, two values, one day) takes 1 page, 1 get and 1 batched get to
    find them, 1 put to name them, 1 batched get and 60 puts for the totals, 100 puts for the tombstones and 1 put to
    finish: 166 calls, 1.7 a batch. On DynamoDB a batch of up to 1 kB costs 2 write units to add and 2 to bury, with its
    index entry; a total as many as it has kB, once a fold. Adding is 1 call for any number of batches (1 for every 25
    on DynamoDB), reading 2 while nothing unfolded concerns the entity, else 4, repeated if a fold came in between.
    """

    def __init__(self, store: Store, *, retention: timedelta, patience: timedelta = PATIENCE) -> None:
        self._store = store
        self._retention = retention
        self._patience = patience

    def add(self, environment: str, batches: Sequence[Batch]) -> list[bool]:
        """
        Keep *batches*, and say for each whether it was new, in whole or in part.

        Raises:
            LimitExceeded: one of them is not as `Batch` says; nothing was kept.
        """
        for batch in batches:
            batch.check()
        parts = [[((environment, part), body) for part, body in batch.parts()] for batch in batches]
        new = iter(self._store.add_new("batches", [document for some in parts for document in some]))
        return [sum(islice(new, len(some))) > 0 for some in parts]

    def totals(self, environment: str, kind: str, entity: str, first_day: str, last_day: str) -> Answer:
        """
        Return what was counted of an entity from the first to the last day, both included.

        Raises:
            StoreUnavailable: folds came in between five times.
        """
        for _ in range(TRIES):
            answer = self._read(environment, kind, entity, first_day, last_day)
            if answer is not None:
                return answer
        raise StoreUnavailable("The counts are being added up; ask again in a moment")

    def due(self, *, limit: int) -> list[str]:
        """Return up to *limit* environments with something to fold: 9 calls, and one for each of them."""
        unfinished = self._store.page("folds", "unfinished", index="GSI3", limit=limit)
        due = dict.fromkeys(document.key[0] for document in unfinished.documents)
        for shard in UNFOLDED_SHARDS:
            low: str | None = None
            while len(due) < limit:
                page = self._store.page("batches", shard, index="GSI3", limit=1, low=low)
                if not page.documents:
                    break
                environment = page.documents[0].key[0]
                due[environment] = None
                low = _after(environment)
        return list(due)

    def fold(self, environment: str, *, at: datetime, limit: int = 100) -> int:
        """
        Take up to *limit* (at most 500) batches into the totals, or finish what a folder that died left.

        Safe to run at any time, by several at once, and to be killed. Return how many batches are folded now: 0 if none
        is left, or another folder is at it.
        """
        listed = self._listed(environment, min(limit, MAX_BATCHES))
        last = self._last_fold(environment)
        if last.batches:
            if last.at is not None and last.at <= at < last.at + self._patience:
                return 0
            return self._finish(last, self._store.get_many("batches", last.keys), at)

        unfolded = self._fitting(self._unfolded(listed))
        if not unfolded:
            return 0
        try:
            fold = self._name(last.next((document.key[1] for document in unfolded), at=at))
        except StaleWrite:
            return 0
        return self._finish(fold, unfolded, at)

    # -- folding -------------------------------------------------------------------------------------------------

    def _listed(self, environment: str, limit: int) -> Sequence[Key]:
        page = self._store.page(
            "batches",
            unfolded_shard(environment),
            index="GSI3",
            limit=limit,
            low=f"{environment}#",
            high=_after(environment),
        )
        return [document.key for document in page.documents]

    def _last_fold(self, environment: str) -> Fold:
        return Fold.of(environment, self._store.get("folds", Fold(environment).key))

    def _unfolded(self, keys: Sequence[Key]) -> list[Document]:
        """Return those that are unfolded now, whatever an index said."""
        documents = self._store.get_many("batches", keys) if keys else []
        return [document for document in documents if document is not None and is_unfolded(document)]

    def _fitting(self, documents: Sequence[Document]) -> list[Document]:
        """Return as many of the first as a fold may take in."""
        fitting: list[Document] = []
        moved: set[Key] = set()
        for document in documents:
            moved.update(key_of(document.key[0], counter) for counter, _ in counts_of(document))
            if fitting and len(moved) > MAX_TOTALS:
                break
            fitting.append(document)
        return fitting

    def _name(self, fold: Fold) -> Fold:
        document = self._store.put("folds", fold.key, fold.body(), expect=fold.version)
        return Fold.of(fold.environment, document)

    def _finish(self, fold: Fold, batches: Sequence[Document | None], at: datetime) -> int:
        unfolded = [document for document in batches if document is not None and is_unfolded(document)]
        if len(unfolded) == len(fold.batches):  # else somebody buries them, because all totals are written
            self._raise_totals(fold, unfolded, at)
        self._bury(unfolded, at)
        self._forget(fold)
        return len(fold.batches)

    def _raise_totals(self, fold: Fold, batches: Iterable[Document], at: datetime) -> None:
        added = _additions(fold, batches)
        keys = [key for key in sorted(added) if not expired(key, self._retention, at=at)]
        for key, document in zip(keys, self._store.get_many("totals", keys) if keys else (), strict=True):
            self._raise(Total.of(key, document), added[key], fold)

    def _raise(self, total: Total, added: Addition, fold: Fold) -> None:
        """
        Let one total take in the fold, unless it has.

        Raises:
            StaleWrite: it was changed again and again; whoever runs next will finish.
        """
        for _ in range(TRIES):
            if total.fold >= fold.number:
                return
            body = total.plus(added, fold=fold.number).body(retention=self._retention)
            try:
                self._store.put("totals", total.key, body, expect=total.version)
            except StaleWrite:
                total = Total.of(total.key, self._store.get("totals", total.key))
            else:
                return
        raise StaleWrite

    def _bury(self, unfolded: Iterable[Document], at: datetime) -> None:
        for document in unfolded:
            with suppress(StaleWrite):  # by somebody who finishes the same fold
                self._store.put("batches", document.key, tombstone(at), expect=document.version)

    def _forget(self, fold: Fold) -> None:
        with suppress(StaleWrite):
            self._store.put("folds", fold.key, fold.finished().body(), expect=fold.version)

    # -- reading -------------------------------------------------------------------------------------------------

    def _read(self, environment: str, kind: str, entity: str, first: str, last: str) -> Answer | None:
        """Return what was counted, ``None`` if a fold came in between."""
        listed, complete = self._concerned(environment, kind, entity)
        fold = self._last_fold(environment) if listed else None
        batches = self._unfolded(listed)
        totals = self._totals(environment, kind, entity, first, last)
        if fold is not None and any(total.fold > fold.number for total in totals.values()):
            return None

        counts: Sums[Counter] = Sums()
        last_at: datetime | None = None
        for total in totals.values():
            counts.update(dict(total.by_counter()))
            last_at = later(last_at, total.last_at)
        for document in batches:
            for counter, count in counts_of(document):
                if counter[:2] != (kind, entity) or not first <= counter.day <= last:
                    continue
                if fold is None or not _has(totals.get(key_of(environment, counter)), fold, document):
                    counts[counter] += count
                    last_at = later(last_at, datetime.fromisoformat(document.body["at"]))
        return Answer(dict(sorted(counts.items())), last_at, complete)

    def _concerned(self, environment: str, kind: str, entity: str) -> tuple[list[Key], bool]:
        """Return the keys of the unfolded batches that count something of the entity, and whether these are all."""
        keys: list[Key] = []
        after: str | None = None
        for _ in range(MAX_UNFOLDED // PAGE):
            page = self._store.page(
                "batches",
                unfolded_shard(environment),
                index="GSI3",
                limit=PAGE,
                after=after,
                low=f"{environment}#",
                high=_after(environment),
            )
            keys += [document.key for document in page.documents if entity in document.body["counts"].get(kind, {})]
            after = page.next
            if after is None:
                return keys, True
        return keys, False

    def _totals(self, environment: str, kind: str, entity: str, first: str, last: str) -> dict[Key, Total]:
        totals: dict[Key, Total] = {}
        after: str | None = None
        low, high = f"{kind}#{entity}#{first}#", f"{kind}#{entity}#{_after(last)}"
        while True:
            page = self._store.page("totals", environment, limit=PAGE, after=after, low=low, high=high)
            for document in page.documents:
                totals[document.key] = Total.of(document.key, document)
            after = page.next
            if after is None:
                return totals


def _additions(fold: Fold, batches: Iterable[Document]) -> dict[Key, Addition]:
    """Return what a fold adds to which totals."""
    additions: dict[Key, Addition] = {}
    for document in batches:
        received = datetime.fromisoformat(document.body["at"])
        for counter, count in counts_of(document):
            addition = additions.setdefault(key_of(fold.environment, counter), Addition())
            addition.take(counter.country, count, received=received)
    return additions


def _has(total: Total | None, fold: Fold, batch: Document) -> bool:
    """Tell whether a total has an unfolded batch already: its fold is under way, and was taken in there."""
    return total is not None and batch.key[1] in fold.batches and total.fold >= fold.number


def _after(name: str) -> str:
    """Return what follows all that begins with *name* and ``#`` in the order of keys."""
    return f"{name}$"
