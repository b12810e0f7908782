"""Export: gather what is stored in a working file, until it is one state of everything, and write it out in order."""

import hashlib
import os
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Final

from togglebox.errors import Conflict, LimitExceeded, NotFound, Refused
from togglebox.journal.kinds import ENVIRONMENTS, IN_ENVIRONMENTS, PLATFORMS, Kind
from togglebox.journal.manifest import Manifest
from togglebox.journal.publish import MARK_EXPIRES
from togglebox.journal.scopes import ROOT
from togglebox.store.catalogue import COLLECTIONS
from togglebox.store.port import Document, Page, Store
from togglebox.store.record import Record
from togglebox.transfer.format import FORMAT, Header, Report, footer, line_of
from togglebox.transfer.patience import patiently
from togglebox.transfer.places import COUNTED, FOLDS, ROOT_MANIFEST, TRAVELS, below, named
from togglebox.transfer.working import MODE, WorkingFile

PAGE: Final = 100
"""Documents read at once: at most 30 MB."""

ROUNDS: Final = 90
"""So often scopes that changed are read again; with a pause of a second while changes are under way."""

STDOUT: Final = "-"

_ALL: Final = ""
"""Stands for the partition in a walk through a whole collection."""


class NeverStill(Conflict):
    """Changes kept coming faster than they could be read."""

    def __init__(self) -> None:
        super().__init__("Changes keep coming in faster than they can be exported; repeat it when fewer are made")


class NotStorable(Refused):
    """A document holds, changed by hand, what no store would take."""


@dataclass(frozen=True, slots=True)
class Exported:
    """How many documents of each collection were written, and whether an earlier run had begun."""

    counts: Mapping[str, int]
    resumed: bool

    @property
    def total(self) -> int:
        return sum(self.counts.values())


def export(
    store: Store,
    target: str,
    *,
    source: str,
    platform: str | None = None,
    now: Callable[[], datetime],
    report: Report = lambda done, total, what: None,
    pause: Callable[[float], None] = time.sleep,
    output: Callable[[], BinaryIO],
) -> Exported:
    """
    Write the whole store, or one living *platform*, to the file *target*, or with ``-`` to *output*.

    *source* names the store, so that a run which was cut short is gone on with only by one of the same store.

    Raises:
        NotFound: there is no such platform.
        Refused: a file cannot be used, or a document is broken.
        NeverStill: changes keep coming.
        StoreUnavailable: the database went away; a repeated run goes on where this one stopped.
    """
    if target == STDOUT:
        with tempfile.TemporaryDirectory(prefix="togglebox-export-") as folder:
            return _export(
                store,
                Path(folder) / "export.part",
                lambda lines, work: _copy(lines, output()),
                source=source,
                platform=platform,
                now=now,
                report=report,
                pause=pause,
            )
    path = Path(target)
    if path.is_dir():
        raise Refused(f"{path} is a folder; name a file")
    return _export(
        store,
        Path(f"{path}.part"),
        lambda lines, work: _place(lines, path, work),
        source=source,
        platform=platform,
        now=now,
        report=report,
        pause=pause,
    )


def _export(
    store: Store,
    file: Path,
    write: Callable[[Iterable[bytes], WorkingFile], None],
    *,
    source: str,
    platform: str | None,
    now: Callable[[], datetime],
    report: Report,
    pause: Callable[[float], None],
) -> Exported:
    about = {
        "content": "everything" if platform is None else f"platform {platform}",
        "format": f"format {FORMAT}",
        "store": source,
    }
    with _working_file(file, about) as work:
        gathering = Gathering(store, work, platform, now=now, report=report, pause=pause)
        try:
            header = gathering.run()
        except NotFound:
            if not work.resumed:
                work.discard()
            raise
        counts = {name: count for name in TRAVELS if (count := work.count(name))}
        write(_lines(work, header, counts, report), work)
        work.discard()
        return Exported(counts, work.resumed)


class Gathering:
    """
    Reads what is to be exported into a working file, so that all that is published is of one moment.

    Every change marks the manifest of its scope before it is published and rewrites it after. So a scope was not
    changed while it was read, if its manifest has the same version before and after, and no mark. Scopes that did
    change are read again, until a look at all manifests finds each as it was when its scope was read: then all that
    was read is what stood when that look began.

    Counts are taken into totals meanwhile, at no change of a manifest: there the fold's document tells, which is
    rewritten before the first total of a fold moves and after the last.
    """

    def __init__(
        self,
        store: Store,
        work: WorkingFile,
        platform: str | None,
        *,
        now: Callable[[], datetime],
        report: Report,
        pause: Callable[[float], None],
    ) -> None:
        self._store: Final = store
        self._work: Final = work
        self._platform: Final = platform
        self._now: Final = now
        self._report: Final = report
        self._pause: Final = pause
        self._at = 0

    def run(self) -> Header:
        """Gather everything, and return the header of the file."""
        life = None if self._platform is None else self._life(self._platform)
        if self._work.noted("walking") is None:
            self._work.set_read_under(
                (manifest.key, manifest.version)
                for manifest in map(Manifest.of, self._manifests(life))
                if not self._under_way(manifest)
            )
            self._work.note("walking", "yes")
        if self._platform is None or life is None:
            for collection in TRAVELS:
                self._walk(collection, _ALL)
        else:
            self._life(self._platform)  # again, under the manifest that was noted
            self._gather_below("platforms", life)
        self._settle(life)
        return self._header(life)

    def _life(self, platform: str) -> str:
        """Return the id of the platform, which a run that was cut short has exported until now."""
        document = self._ask(lambda: self._store.get(PLATFORMS.heads, (ROOT, platform)))
        if document is None or document.body["deleted"]:
            raise NotFound(f"There is no platform named {platform}")
        life: str = document.body["id"]
        begun = self._work.noted("life")
        if begun not in (None, life):
            raise Refused(f"Platform {platform} was deleted and created since this export began; remove its .part file")
        if begun is None:
            self._work.note("life", life)
        self._work.add(PLATFORMS.heads, [_storable(PLATFORMS.heads, document)])
        return life

    def _gather_below(self, heads: str, life: str) -> None:
        for collection in below(heads):
            self._walk(collection, life)
            if below(collection):
                for head in self._of_partition(collection, life):
                    self._gather_below(collection, head)

    def _of_partition(self, collection: str, partition: str) -> Sequence[str]:
        """Return the ids of the heads that were gathered in a partition."""
        return [document.body["id"] for document in self._work.partition(collection, partition)]

    def _walk(self, collection: str, partition: str) -> None:
        """Gather a collection or a partition, from where an earlier run stopped."""
        begun, after = self._work.cursor(collection, partition)
        if begun and after is None:
            return
        while True:
            page = self._page(collection, partition, after)
            documents = [_storable(collection, document) for document in page.documents]
            self._work.keep(collection, partition, documents, page.next)
            self._heard(collection)
            after = page.next
            if after is None:
                return

    def _page(self, collection: str, partition: str, after: str | None) -> Page:
        if partition == _ALL:
            return self._ask(lambda: self._store.scan(collection, limit=PAGE, after=after))
        return self._ask(lambda: self._store.page(collection, partition, limit=PAGE, after=after))

    def _pages(self, collection: str, partition: str) -> Iterator[Document]:
        after: str | None = None
        while True:
            page = self._page(collection, partition, after)
            for document in page.documents:
                yield _storable(collection, document)
            self._heard(collection)
            after = page.next
            if after is None:
                return

    def _settle(self, life: str | None) -> None:
        """Read scopes and counts again that changed since they were read, until none has."""
        for _ in range(ROUNDS):
            folded = [fold.key[0] for fold in self._folds(life) if self._work.get(FOLDS, fold.key) != fold]
            changed: list[Manifest] = []
            for document in self._manifests(life):
                manifest = Manifest.of(document)
                self._forget_swept(manifest)
                if life is None or document.key != ROOT_MANIFEST:
                    self._work.add("manifests", [_storable("manifests", document)])
                if self._work.read_under(manifest.key) != manifest.version:
                    changed.append(manifest)
            if not changed and not folded:
                return
            for environment in folded:
                for collection in COUNTED:
                    self._work.replace(collection, environment, self._pages(collection, environment))
            if any(map(self._under_way, changed)):
                self._pause(1)
            for manifest in changed:
                self._read_again(manifest, life)
        raise NeverStill

    def _read_again(self, manifest: Manifest, life: str | None) -> None:
        version = 0 if self._under_way(manifest) else manifest.version  # before: the mark may expire meanwhile
        if life is not None and manifest.key == ROOT_MANIFEST:
            assert self._platform is not None
            self._life(self._platform)
            self._work.add(PLATFORMS.journal, self._pages(PLATFORMS.journal, life))
        else:
            for kind in _kinds_in(manifest):
                different = self._work.replace(kind.heads, manifest.id, self._pages(kind.heads, manifest.id))
                for key in different:
                    head = self._work.get(kind.heads, key)
                    assert head is not None
                    self._work.add(kind.journal, self._pages(kind.journal, head.body["id"]))
        self._work.set_read_under([(manifest.key, version)])

    def _folds(self, life: str | None) -> Iterator[Document]:
        """Yield the last folds of the environments that are exported."""
        if life is None:
            yield from self._pages(FOLDS, _ALL)
        else:
            for environment in self._of_partition(ENVIRONMENTS.heads, life):
                yield from self._pages(FOLDS, environment)

    def _forget_swept(self, manifest: Manifest) -> None:
        """Drop what lay under dead lives that upkeep has swept since: no manifest would lead to it any more."""
        known = self._work.get("manifests", manifest.key)
        if known is not None:
            for dead in {life for life, _ in Manifest.of(known).unswept} - {life for life, _ in manifest.unswept}:
                for kind in IN_ENVIRONMENTS:
                    self._work.drop(kind.heads, dead)

    def _manifests(self, life: str | None) -> Iterator[Document]:
        """Yield the manifests of what is exported; with one platform, that of all platforms, too."""
        if life is None:
            yield from self._pages("manifests", _ALL)
            return
        root = self._ask(lambda: self._store.get("manifests", ROOT_MANIFEST))
        if root is not None:
            yield root
        yield from self._pages("manifests", life)

    def _under_way(self, manifest: Manifest) -> bool:
        """Tell whether a change may still land; the marks of dead writers travel, and are resolved elsewhere."""
        since = self._now() - MARK_EXPIRES
        return any(datetime.fromisoformat(mark.at) >= since for mark in manifest.marks)

    def _header(self, life: str | None) -> Header:
        times = [
            tier.at
            for document in self._work.documents("manifests")
            for tier in Manifest.of(document).tiers.values()
            if tier.at
        ]
        return Header(
            None if life is None or self._platform is None else (self._platform, life), max(times, default=None)
        )

    def _ask[T](self, call: Callable[[], T]) -> T:
        return patiently(call, self._pause)

    def _heard(self, collection: str) -> None:
        self._at = max(self._at, TRAVELS.index(collection))
        self._report(self._at, len(TRAVELS), f"reading {collection}")


def _kinds_in(manifest: Manifest) -> Sequence[Kind]:
    return ((PLATFORMS,), (ENVIRONMENTS,), IN_ENVIRONMENTS)[len(manifest.names)]


def _storable(collection: str, document: Document) -> Document:
    """Return the document as every store would keep it; texts that nobody changed by hand are that already."""
    try:
        record = Record.of(COLLECTIONS[collection], document.key, document.body)
    except (AttributeError, KeyError, LimitExceeded, TypeError, ValueError, RecursionError) as error:
        raise NotStorable(
            f"{named(collection, document.key)} cannot be exported: it was changed by hand to something that no "
            "store takes; mend it, or delete it"
        ) from error
    return document if record.text == document.text else Document(document.key, document.version, record.text)


def _working_file(file: Path, about: Mapping[str, str]) -> WorkingFile:
    """Open the working file, anew if what it was for is done."""
    work = WorkingFile(file, about)
    if work.noted("written") is None:
        return work
    work.discard()
    return WorkingFile(file, about)


def _lines(work: WorkingFile, header: Header, counts: Mapping[str, int], report: Report) -> Iterator[bytes]:
    digest = hashlib.sha256()
    total, done = sum(counts.values()), 0
    line = header.line()
    digest.update(line)
    yield line
    for collection in counts:
        for document in work.documents(collection):
            line = line_of(collection, document)
            digest.update(line)
            yield line
            done += 1
            if done % 1_000 == 0:
                report(done, total, f"writing {collection}")
    yield footer(counts, digest.hexdigest())


def _place(lines: Iterable[bytes], path: Path, work: WorkingFile) -> None:
    """Put the file in its place at once, and only when all of it is on the disk."""
    new = Path(f"{path}.new")
    try:
        with os.fdopen(os.open(new, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, MODE), "wb") as file:
            os.fchmod(file.fileno(), MODE)
            file.writelines(lines)
            file.flush()
            os.fsync(file.fileno())
        work.note("written", "yes")  # a run that is cut short here begins anew, and does not write what is old by then
        new.replace(path)
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        raise Refused(f"{path} cannot be written ({error.strerror})") from error


def _copy(lines: Iterable[bytes], output: BinaryIO) -> None:
    try:
        output.writelines(lines)
        output.flush()
    except OSError as error:
        # What is left in the buffer goes nowhere; else Python fails once more when it ends.
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, output.fileno())
        os.close(nowhere)
        raise Refused(f"The output cannot be written ({error.strerror})") from error
