"""Import: compare a verified export with what is stored, then write it so that nobody finds a part of it."""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

from togglebox.errors import Refused
from togglebox.journal.scopes import ROOT
from togglebox.store.catalogue import COLLECTIONS
from togglebox.store.port import Document, StaleWrite, Store
from togglebox.transfer.format import Contents, Report
from togglebox.transfer.patience import patiently
from togglebox.transfer.places import BATCHES, FOLDS, LAST, ROOT_MANIFEST, TRAVELS, named

BATCH: Final = 100
BATCH_BYTES: Final = 1_000_000
"""What is written, or compared, at once."""

NAMED: Final = 10
"""Of documents that are there with other content, so many are named; the others are counted."""

type Numbered = tuple[int, Document]
"""A document, and the line of the file that it stands on."""


class OtherPlatform(Refused):
    """The store has another platform of the name."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"There is another platform named {name}, or was one lately (deleted names stay taken for 30 days): "
            "import into another database"
        )


class NotFoundAgain(Refused):
    """What was written is not there any more."""

    def __init__(self, count: int) -> None:
        super().__init__(
            f"{count:,} documents were not found again after they were written; nothing is visible yet: "
            "see that nobody else works on this database, and repeat the import"
        )


class Door(Protocol):
    """How a platform enters the list: `Arrivals`."""

    def arrive(self, platform: Document) -> bool: ...


@dataclass(slots=True)
class Tally:
    """What an import found and did: documents that were new, that were there already, that had expired; conflicts."""

    new: int = 0
    there: int = 0
    expired: int = 0
    conflicts: int = 0
    written: int = 0
    named: list[str] = field(default_factory=list)

    @property
    def total(self) -> int:
        return self.new + self.there + self.expired + self.conflicts

    def sentences(self, database: str, *, whole: bool) -> Sequence[str]:
        """Say what is there with other content, and what to do about it."""
        advice = (
            "A whole store goes into an empty database, or one where this import has begun"
            if whole
            else "A platform goes into a database that does not have it, or where this import has begun"
        )
        more = [f"and {self.conflicts - len(self.named):,} more"] if self.conflicts > len(self.named) else []
        found = f"{self.conflicts:,} of {self.total:,} documents are in {database} with other content"
        return [
            f"{found}, and stay as they are; {self.written:,} were written:",
            *self.named,
            *more,
            f"{advice}.",
        ]

    def conflict(self, collection: str, line: int, document: Document, stored: Document) -> None:
        self.conflicts += 1
        if len(self.named) < NAMED:
            versions = f"version {stored.version:,} there, {document.version:,} in the file"
            self.named.append(f"line {line:,}: {named(collection, document.key)}, {versions}")


class Restoration:
    """
    Brings what a file holds into a store, which keeps all that it has.

    First come the documents that nobody finds without the heads of the platforms and the manifests: they are read
    back before the first reader can see one. Then come the manifests, from below, then the platforms, then the list
    of platforms. So a reader finds a platform with all that is in it, or no platform; and whoever remembers that
    there was nothing, remembers it under no revision, and looks again.

    Upkeep takes batches of counts into totals as soon as it finds them: so they follow the totals and the folds that
    are finished; a fold that is not comes after its batches.
    """

    def __init__(
        self,
        store: Store,
        contents: Contents,
        door: Door,
        *,
        clock: Callable[[], float],
        report: Report = lambda done, total, what: None,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._store: Final = store
        self._contents: Final = contents
        self._door: Final = door
        self._clock: Final = clock
        self._report: Final = report
        self._pause: Final = pause
        self._done = 0

    def check(self) -> Tally:
        """
        Say what `run` would do; write nothing.

        Raises:
            OtherPlatform: the platform's name belongs to another one.
        """
        self._check_platform()
        tally = Tally()
        for collection in TRAVELS:
            empty = not self._ask(lambda name=collection: self._store.scan(name, limit=1)).documents  # type: ignore[misc]
            for batch in _batches(self._alive(collection, self._contents.documents(collection), tally)):
                self._compare(collection, batch, tally, empty=empty)
                self._heard(len(batch), "comparing")
        return tally

    def run(self) -> Tally:
        """
        Write what is not there; nothing at all if something is there with other content.

        Raises:
            OtherPlatform: the platform's name belongs to another one; nothing was written.
            NotFoundAgain: somebody else removes or changes what was written; no platform was made visible.
        """
        before = self.check()
        if before.conflicts:
            return before
        tally = Tally()
        hidden = [name for name in TRAVELS if name not in LAST]
        for collection in hidden:
            self._write(collection, self._contents.documents(collection), tally)
        if not tally.conflicts:
            self._read_back(hidden)
            self._write(FOLDS, self._folds(finished=True), tally)
            self._write(BATCHES, self._contents.documents(BATCHES), tally)
            self._write(FOLDS, self._folds(finished=False), tally)
            self._write("manifests", self._manifests(root=False), tally)
        if not tally.conflicts:
            self._show(tally)
        return tally

    def _check_platform(self) -> None:
        if self._contents.header.platform is None:
            return
        name, life = self._contents.header.platform
        stored = self._ask(lambda: self._store.get("platforms", (ROOT, name)))
        if stored is not None and stored.body["id"] != life:
            raise OtherPlatform(name)

    def _show(self, tally: Tally) -> None:
        """Let readers find what was written: with one platform, by entering it in the list that is there."""
        if self._contents.header.platform is None:
            self._write("platforms", self._contents.documents("platforms"), tally)
            if not tally.conflicts:
                self._write("manifests", self._manifests(root=True), tally)
            return
        for line, platform in self._contents.documents("platforms"):
            try:
                new = self._ask(lambda platform=platform: self._door.arrive(platform))  # type: ignore[misc]
            except StaleWrite:
                stored = self._store.get("platforms", platform.key)
                tally.conflict("platforms", line, platform, stored or platform)
            else:
                tally.new += new
                tally.there += not new
                tally.written = tally.new

    def _manifests(self, *, root: bool) -> Iterator[Numbered]:
        """Yield the manifest of all platforms, or all but that."""
        return (
            (line, document)
            for line, document in self._contents.documents("manifests")
            if (document.key == ROOT_MANIFEST) is root
        )

    def _folds(self, *, finished: bool) -> Iterator[Numbered]:
        """Yield the last folds of the environments, those that are finished or the others."""
        return (
            (line, document)
            for line, document in self._contents.documents(FOLDS)
            if bool(document.body["batches"]) is not finished
        )

    def _write(self, collection: str, documents: Iterable[Numbered], tally: Tally) -> None:
        for batch in _batches(self._alive(collection, documents, tally)):
            said = self._ask(
                lambda batch=batch: self._store.restore(collection, [document for _, document in batch])  # type: ignore[misc]
            )
            tally.new += sum(said)
            tally.written = tally.new
            old = [numbered for numbered, new in zip(batch, said, strict=True) if not new]
            if old:
                self._compare(collection, old, tally)
            self._heard(len(batch), f"writing {collection}")

    def _read_back(self, collections: Sequence[str]) -> None:
        found = Tally()
        for collection in collections:
            for batch in _batches(self._alive(collection, self._contents.documents(collection), found)):
                self._compare(collection, batch, found)
                self._heard(len(batch), f"reading {collection} back")
        if found.new or found.conflicts:
            raise NotFoundAgain(found.new + found.conflicts)

    def _compare(self, collection: str, batch: Sequence[Numbered], tally: Tally, *, empty: bool = False) -> None:
        if empty:
            tally.new += len(batch)
            return
        keys = [document.key for _, document in batch]
        for (line, document), stored in zip(
            batch, self._ask(lambda: self._store.get_many(collection, keys)), strict=True
        ):
            if stored is None:
                tally.new += 1
            elif stored == document:
                tally.there += 1
            else:
                tally.conflict(collection, line, document, stored)

    def _alive(self, collection: str, documents: Iterable[Numbered], tally: Tally) -> Iterator[Numbered]:
        """Leave out, and count, what has expired since it was exported."""
        if not COLLECTIONS[collection].ttl:
            yield from documents
            return
        for numbered in documents:
            if numbered[1].body.get("ttl", self._clock() + 1) > self._clock():
                yield numbered
            else:
                tally.expired += 1

    def _ask[T](self, call: Callable[[], T]) -> T:
        return patiently(call, self._pause)

    def _heard(self, documents: int, what: str) -> None:
        self._done += documents
        self._report(min(self._done, 3 * self._contents.total), 3 * self._contents.total, what)


def _batches(documents: Iterable[Numbered]) -> Iterator[Sequence[Numbered]]:
    batch: list[Numbered] = []
    size = 0
    for numbered in documents:
        length = len(numbered[1].text)
        if batch and (len(batch) == BATCH or size + length > BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(numbered)
        size += length
    if batch:
        yield batch
