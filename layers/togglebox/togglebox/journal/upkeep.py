"""The upkeep job: resolve what dead writers left, repeat purges, sweep what deletions left, forget old tombstones."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Final

from togglebox.cdn.port import CdnUnavailable
from togglebox.errors import Conflict
from togglebox.journal.kinds import ACCOUNTS, IN_ENVIRONMENTS, KINDS
from togglebox.journal.manifest import Manifest, Mark
from togglebox.journal.publish import Journal, rolls_forward
from togglebox.journal.record import Head, iso
from togglebox.journal.scopes import Scopes
from togglebox.store.port import Key, StaleWrite, Store

SWEEP_AFTER: Final = timedelta(minutes=2)
"""A deleted scope is swept once no write that began before can land any more."""

TOMBSTONES_LAST: Final = timedelta(days=30)
PAGE: Final = 100
ENTRIES: Final = 1_000


class Upkeep:
    """
    Runs once a minute, in bounded pages; safe to run from several processes at once, and to be killed.

    *finish* goes on with the deletion of a platform whose writer died between its environments.
    """

    def __init__(
        self,
        store: Store,
        scopes: Scopes,
        journal: Journal,
        *,
        now: Callable[[], datetime],
        audit_retention: timedelta,
        finish: Callable[[Manifest, Mark], None],
    ) -> None:
        self._store = store
        self._scopes = scopes
        self._journal = journal
        self._now = now
        self._audit_retention = audit_retention
        self._finish = finish

    def run(self) -> Counter[str]:
        """Do what is due; return how much was done of what."""
        done: Counter[str] = Counter()
        for key in self._due():
            manifest = self._scopes.manifest(key)
            if manifest is not None:
                self._tend(manifest, done)

        self._forget("manifests", "GSI3", done)
        for kind in KINDS.values():
            self._forget(kind.heads, "GSI2", done)
        if self._now().minute == 0:
            for journal in (*(kind.journal for kind in KINDS.values()), ACCOUNTS):
                self._forget_entries(journal, done)
        return done

    def _due(self) -> Iterator[Key]:
        """Walk through the manifests that there is work with; what cannot be done yet does not keep others waiting."""
        after: str | None = None
        while True:
            page = self._store.page("manifests", "due", index="GSI3", limit=PAGE, after=after)
            yield from (document.key for document in page.documents)
            after = page.next
            if after is None:
                return

    def _tend(self, manifest: Manifest, done: Counter[str]) -> None:
        marks = len(manifest.marks)
        manifest = self._journal.resolve(manifest)
        done["marks resolved"] += marks - len(manifest.marks)
        closing = manifest.closing
        if closing is not None and rolls_forward(closing) and self._journal.expired(closing):
            with suppress(Conflict):
                self._finish(manifest, closing)
                done["deletions finished"] += 1
            return
        if any(change.purge for change in manifest.recent):
            try:
                self._journal.purge_again(manifest)
                done["purges repeated"] += 1
            except CdnUnavailable:
                done["purges refused"] += 1
        for life, at in manifest.unswept:
            if datetime.fromisoformat(at) + SWEEP_AFTER < self._now():
                self._sweep(manifest, life, done)

    def _sweep(self, manifest: Manifest, life: str, done: Counter[str]) -> None:
        """
        Remove one page of the heads that lay under a dead life; once none is left, the life is swept.

        The journal keeps them: the writer of a head may have died before it copied it.
        """
        for kind in IN_ENVIRONMENTS:
            page = self._store.page(kind.heads, life, limit=PAGE)
            if page.documents:
                self._store.add_new(kind.journal, [Head.of(document).entry for document in page.documents])
                self._store.delete_many(kind.heads, [document.key for document in page.documents])
            done["heads swept"] += len(page.documents)
            if page.next is not None:
                return
        self._journal.swept(manifest.key, life)

    def _forget(self, collection: str, index: str, done: Counter[str]) -> None:
        """Remove tombstones of more than 30 days, unless somebody uses the name again just now."""
        before = iso(self._now() - TOMBSTONES_LAST)
        page = self._store.page(collection, "tombstones", index=index, limit=PAGE, high=before)
        for tombstone in page.documents:
            try:
                self._store.delete(collection, tombstone.key, expect=tombstone.version)
                done["tombstones removed"] += 1
            except StaleWrite:
                continue

    def _forget_entries(self, journal: str, done: Counter[str]) -> None:
        """Remove journal entries that are older than the audit's retention, month by month until one is empty."""
        cutoff = self._now() - self._audit_retention
        month = cutoff
        while True:
            page = self._store.page(journal, f"{month:%Y-%m}", index="GSI1", limit=ENTRIES, high=iso(cutoff))
            self._store.delete_many(journal, [entry.key for entry in page.documents])
            done["journal entries removed"] += len(page.documents)
            if not page.documents and month < cutoff:
                return
            month = month.replace(day=1) - timedelta(days=1)
