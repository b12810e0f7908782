"""The only way to change a head: mark, copy, put, record (`docs/decisions/0002-publishing.md` tells why)."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from togglebox.cdn.paths import paths_of
from togglebox.cdn.port import Cdn, CdnUnavailable
from togglebox.errors import Conflict, LimitExceeded, NotFound, PreconditionFailed, ToggleBoxError, Unavailable
from togglebox.journal.kinds import KINDS, PLATFORMS, Kind
from togglebox.journal.manifest import Manifest, Mark
from togglebox.journal.record import Change, Draft, Head, entry_key, iso, size_of
from togglebox.journal.scopes import Names, Scopes
from togglebox.store.port import ABSENT, Body, Key, NoAnswer, StaleWrite, Store, StoreUnavailable, encode

MARK_EXPIRES: Final = timedelta(seconds=60)
"""After this a mark's writer is taken for dead; a write lands, or fails, within 3 s."""

PUT_WITHIN: Final = timedelta(seconds=30)
"""A writer that was held up longer than this (a frozen process) gives up rather than publish under an old mark."""

CLAIM_LASTS: Final = timedelta(hours=24)
ATTEMPTS: Final = 40

PAGE: Final = 100
"""Versions read at once."""


class ScopeBusy(Conflict):
    """A deletion is under way there, or too many changes are."""


@dataclass(frozen=True, slots=True)
class Edit:
    """
    A change that has begun: what stands, and what it belongs to.

    *earlier* is the version that the same `Idempotency-Key` has already published: answer with it, publish nothing.
    """

    manifest: Manifest
    kind: Kind
    name: str
    current: Head | None
    entity: str
    change: Change
    earlier: Head | None = None

    @property
    def living(self) -> Head | None:
        """The version that stands, unless it is a tombstone."""
        return None if self.current is None or self.current.deleted else self.current

    @property
    def next_version(self) -> int:
        """The store version that this change will be."""
        return (ABSENT if self.current is None else self.current.version) + 1

    def draft(self, data: Body, *, deleted: bool) -> Draft:
        return Draft(
            kind=self.kind.tier,
            key=(self.manifest.id, self.name),
            names=(*self.manifest.names, self.name),
            current=self.current,
            entity=self.entity,
            change=self.change,
            data=data,
            deleted=deleted,
        )


class Journal:
    """
    Publishes changes and reads them back.

    *now* gives the time, *new_id* a fresh unique id, *pause* waits that many seconds between attempts.
    """

    def __init__(
        self,
        store: Store,
        scopes: Scopes,
        cdn: Cdn,
        *,
        now: Callable[[], datetime],
        new_id: Callable[[], str],
        pause: Callable[[float], None],
    ) -> None:
        self._store = store
        self._scopes = scopes
        self._cdn = cdn
        self._now = now
        self._new_id = new_id
        self._pause = pause

    # -- changing ------------------------------------------------------------------------------------------------

    def begin(self, names: Names, kind: Kind, name: str, change: Change) -> Edit:
        """
        Read what stands under *name* in the scope, and claim the change's `Idempotency-Key`.

        Raises:
            NotFound: there is no such scope.
            PreconditionFailed: `If-Match` names another version.
            IdempotencyKeyReused: the key was used with another body.
            StaleWrite: the key's first use read a version that is no longer the last.
        """
        manifest = self._scopes.open(names)
        current = self.head(kind, (manifest.id, name))
        entity = current.id if current is not None and not current.deleted else self._new_id()
        edit = Edit(manifest, kind, name, current, entity, change)

        if change.claim is not None:
            edit = self._claimed(edit)
        if edit.earlier is None:
            change.check(current)
        return edit

    def publish(self, edit: Edit, data: Body, *, deleted: bool = False, closing: Manifest | None = None) -> Head:
        """
        Publish *data* as the next version, or a tombstone; *closing* is the deleted scope's own manifest (`close`).

        Raises:
            StaleWrite: somebody else published since `begin` (`PreconditionFailed` with `If-Match`).
            LimitExceeded: one entity too many, or too large.
            ScopeBusy: the scope is being deleted.
            Unavailable: the database went away. Unless it is `NoAnswer`, nothing was published.
        """
        draft = edit.draft(data, deleted=deleted)
        body = draft.body()
        encode(body)
        mark = _mark(edit, data, deleted=deleted)
        try:
            with _doubt(edit.change):
                manifest = self._announce(edit.manifest, mark, part_of=edit.change.change_set)
        except ToggleBoxError:
            self._reopen(closing, mark)
            raise
        try:
            head = self._put(draft, body)
        except NoAnswer:
            raise  # the put may still land: the mark stays until it is resolved
        except (StaleWrite, Unavailable) as error:
            self._withdraw(manifest, mark, closing)
            if isinstance(error, StaleWrite) and edit.change.if_match is not None:
                raise PreconditionFailed("It was changed meanwhile; read it again") from error
            raise

        try:
            self._store.add_new(edit.kind.journal, [head.entry])
            self._settle(manifest, mark, head)
            if closing is not None:
                self._shut(closing, at=edit.change.at)
        except StoreUnavailable as error:
            raise NoAnswer("The change is stored, but readers hear of it only within two minutes") from error
        return head

    def close(self, edit: Edit, names: Names, *, alone: bool = False) -> Manifest:
        """
        Announce in the scope's own manifest that *edit* deletes it; *alone* refuses while other changes are under way.

        Raises:
            ScopeBusy: another deletion is under way, or, if *alone*, any change; of course not this one, tried before.
        """
        mark = replace(_mark(edit, {}, deleted=True), count=0, size=0, closes=True, author=edit.change.author)
        with _doubt(edit.change):
            return self._announce(self._scopes.open(names), mark, part_of=edit.change.id, alone=alone)

    # -- reading back --------------------------------------------------------------------------------------------

    def head(self, kind: Kind, key: Key) -> Head | None:
        document = self._store.get(kind.heads, key)
        return None if document is None else Head.of(document)

    def last(self, names: Names, kind: Kind, name: str) -> Head | None:
        """Return what was last published under *name* in the scope, a tombstone too; ``None`` if nothing was."""
        manifest = self._scopes.find(names)
        return None if manifest is None else self.head(kind, (manifest.id, name))

    def version(self, kind: Kind, head: Head, version: int) -> Head | None:
        """Return one store version of the life that *head* is the last version of."""
        if version == head.version:
            return head
        entry = self._store.get(kind.journal, entry_key(head.id, version))
        return None if entry is None else Head.of_entry(entry, head.key)

    def versions(self, kind: Kind, head: Head, *, before: int | None = None, limit: int) -> list[Head]:
        """
        Return up to *limit* versions of the life that *head* is the last of, newest first, below version *before*.

        The head stands in for its own copy, which its writer may not have made yet.
        """
        below = head.version + 1 if before is None else before
        first = [head] if below > head.version else []
        page = self._store.page(
            kind.journal,
            head.id,
            limit=limit,
            reverse=True,
            high=entry_key(head.id, min(below, head.version))[1],
        )
        return [*first, *(Head.of_entry(entry, head.key) for entry in page.documents)][:limit]

    def walk(self, kind: Kind, head: Head, *, skip: int = 0, limit: int) -> list[Head]:
        """Return up to *limit* versions of the life that *head* is the last of, newest first, leaving out *skip*."""
        found: list[Head] = []
        before = head.version + 1 - skip
        while before > head.born and len(found) < limit:
            page = self.versions(kind, head, before=before, limit=min(PAGE, limit - len(found)))
            if not page:
                break
            found += page
            before = page[-1].version
        return found

    def entries(self, kind: Kind, head: Head, versions: Sequence[int]) -> list[Head]:
        """Return those of the store *versions* of the life that *head* is the last of, that are there."""
        copies = [version for version in versions if version != head.version]
        found = (
            self._store.get_many(kind.journal, [entry_key(head.id, version) for version in copies]) if copies else []
        )
        heads = [Head.of_entry(entry, head.key) for entry in found if entry is not None]
        return [*heads, head] if head.version in versions else heads

    def listed(self, kind: Kind, index: str, partition: str, *, high: str, limit: int) -> Iterator[Head]:
        """Yield up to *limit* heads that *index* lists below *high*; it may lag behind what was published."""
        after: str | None = None
        for _ in range(0, limit, PAGE):
            page = self._store.page(kind.heads, partition, index=index, high=high, limit=PAGE, after=after)
            yield from map(Head.of, page.documents)
            after = page.next
            if after is None:
                return

    # -- resolving what a dead writer left -----------------------------------------------------------------------

    def expired(self, mark: Mark) -> bool:
        return datetime.fromisoformat(mark.at) + MARK_EXPIRES < self._now()

    def resolve(self, manifest: Manifest) -> Manifest:
        """Finish what the writers of expired marks began: record what stands, take the marks off, tell the CDN."""
        for mark in manifest.marks:
            if not self.expired(mark):
                continue
            published = self._find(mark)
            if rolls_forward(mark) and published is None:
                continue  # upkeep goes on with it
            if published is not None:
                self._store.add_new(KINDS[mark.kind].journal, [published.entry])
            if mark.closes and published is not None:
                return self._shut(manifest, at=published.change["at"]) or manifest
            manifest = self._settle(manifest, mark, published) or manifest
        return manifest

    def resume(self, manifest: Manifest, mark: Mark) -> tuple[Manifest, Change]:
        """
        Take over the change that a dead writer announced by *mark*; return the manifest with the mark renewed.

        Raises:
            StaleWrite: somebody else did so just now.
        """
        at, attempt = iso(self._now()), self._new_id()
        renewed = manifest.unmarked(mark).marked(replace(mark, at=at, attempt=attempt))
        return self._write(renewed), Change(mark.change, mark.author, at, "delete", source="upkeep", attempt=attempt)

    def purge_again(self, manifest: Manifest) -> None:
        """Repeat the purges that the CDN did not take, and note that it has taken them."""
        due = [change for change in manifest.recent if change.purge]
        paths = {path for change in due for path in paths_of(manifest.names, change.tier, change.key)}
        self._cdn.purge(sorted(paths))
        told = [(change.tier, change.revision) for change in due]
        self._rewrite(manifest, lambda it: it.with_purges(told, due=False))

    def swept(self, key: Key, life: str) -> None:
        """Note that nothing is left below a dead life; if somebody else writes the manifest just now, later."""
        manifest = self._scopes.manifest(key)
        if manifest is not None:
            left = tuple((dead, at) for dead, at in manifest.unswept if dead != life)
            with suppress(StaleWrite):
                self._write(replace(manifest, unswept=left))

    # -- the steps -----------------------------------------------------------------------------------------------

    def _claimed(self, edit: Edit) -> Edit:
        claim = edit.change.claim
        assert claim is not None
        key = (edit.manifest.id, claim.key)
        expires = self._now() + CLAIM_LASTS
        body = {
            "change": edit.change.id,
            "body": claim.body,
            "entity": edit.entity,
            "expect": _version(edit.current),
            "ttl": int(expires.timestamp()),
        }
        try:
            self._store.put("claims", key, body, expect=ABSENT)
            return edit
        except StaleWrite:
            first = self._store.get("claims", key)
        if first is None:
            raise StaleWrite("The Idempotency-Key expired just now; repeat the request")

        edit.change.same_request(first.body["body"])
        entity, expect, current = first.body["entity"], first.body["expect"], edit.current
        if _version(current) < expect:  # the first request read later than we did
            current = self.head(edit.kind, (edit.manifest.id, edit.name))
        change = replace(edit.change, id=first.body["change"], attempt=edit.change.id)
        mark = Mark(edit.kind.tier, (edit.manifest.id, edit.name), entity, expect, change.id, change.at)
        published = self._find(mark)
        if published is None and _version(current) != expect:
            raise StaleWrite("It was changed by somebody else since this Idempotency-Key was first used")
        return replace(edit, current=current, change=change, entity=entity, earlier=published)

    def _announce(self, manifest: Manifest, mark: Mark, *, part_of: str | None = None, alone: bool = False) -> Manifest:
        """Step 1: put the mark on the manifest, once there is room for what it adds."""
        life = manifest.id
        for attempt in range(ATTEMPTS):
            if any(map(self.expired, manifest.marks)):
                manifest = self.resolve(manifest)
            closing = manifest.closing
            others = any(standing.change != mark.change for standing in manifest.marks)
            if (closing is not None and closing.change != part_of) or (alone and others):
                raise ScopeBusy("It is being changed by somebody else; repeat in a moment")
            _check_room(manifest, mark)
            try:
                return self._write(manifest.marked(mark))
            except StaleWrite:
                self._pause(0.002 * attempt)
                manifest = self._scopes.open(manifest.names)
                if manifest.id != life:
                    raise StaleWrite from None
        raise ScopeBusy("Too many changes are under way here; repeat in a moment")

    def _put(self, draft: Draft, body: Body) -> Head:
        """Steps 2 and 3: copy what stands to the journal, then publish what follows."""
        kind = KINDS[draft.kind]
        if draft.current is not None:
            try:
                self._store.add_new(kind.journal, [draft.current.entry])
            except NoAnswer as error:
                raise StoreUnavailable from error  # a copy that lands late is the same copy
        if datetime.fromisoformat(draft.change.at) + PUT_WITHIN < self._now():
            raise StoreUnavailable("The change was held up for too long and was given up; repeat it")
        try:
            return Head.of(self._store.put(kind.heads, draft.key, body, expect=draft.expect))
        except (StaleWrite, NoAnswer) as error:
            mark = Mark(draft.kind, draft.key, draft.entity, draft.expect, draft.change.id, draft.change.at)
            try:
                published = self._find(mark)
            except StoreUnavailable as away:
                raise NoAnswer(_IN_DOUBT) from away
            if published is not None:
                return published
            if isinstance(error, NoAnswer):
                raise NoAnswer(_IN_DOUBT) from error
            raise

    def _find(self, mark: Mark) -> Head | None:
        """
        Return the version that *mark* announced, from the head or from the journal, if it was published.

        It may be another attempt of the same change that published it.
        """
        kind = KINDS[mark.kind]
        head = self.head(kind, mark.key)
        version = mark.expect + 1
        if head is None or head.version != version:
            entry = self._store.get(kind.journal, entry_key(mark.entity, version))
            head = None if entry is None else Head.of_entry(entry, mark.key)
        return head if head is not None and head.change["id"] == mark.change else None

    def _settle(self, manifest: Manifest, mark: Mark, published: Head | None) -> Manifest | None:
        """
        Step 4: take the mark off, bump the revision, tell the CDN of what was *published*. ``None``: the scope is gone.

        Each attempt counts what it published itself; the mark of another one is still there, or was counted.
        """
        at = iso(self._now())
        stands = published is not None and published.attempt == mark.attempt
        settled = self._rewrite(manifest, lambda it: it.settled(mark, stands=stands, at=at))
        if settled is None or published is None:
            return settled
        try:
            self._cdn.purge(paths_of(settled.names, mark.kind, mark.key[1]))
        except CdnUnavailable:
            revision = (mark.kind, settled.tier(mark.kind).revision)
            return self._rewrite(settled, lambda it: it.with_purges([revision], due=True))
        return settled

    def _withdraw(self, manifest: Manifest, mark: Mark, closing: Manifest | None) -> None:
        """Take the marks of a change off that was not published; if the database is away, they expire."""
        with suppress(StoreUnavailable):
            self._settle(manifest, mark, None)
        self._reopen(closing, mark)

    def _reopen(self, closing: Manifest | None, mark: Mark) -> None:
        """Take the mark off by which a deletion was announced in the scope's own manifest."""
        if closing is not None and not any(rolls_forward(standing) for standing in closing.marks):
            with suppress(StoreUnavailable):
                self._settle(closing, mark, None)

    def _shut(self, manifest: Manifest, *, at: str) -> Manifest | None:
        return self._rewrite(manifest, lambda it: it.shut(at=at))

    def _rewrite(self, manifest: Manifest, edit: Callable[[Manifest], Manifest]) -> Manifest | None:
        """
        Write ``edit(manifest)``, reading again as often as others were faster; ``None`` if the life is over.

        A write without an answer counts as refused: what *edit* does is harmless when done twice.
        """
        life = manifest.id
        for attempt in range(ATTEMPTS):
            try:
                return self._write(edit(manifest))
            except (StaleWrite, NoAnswer):
                self._pause(0.002 * attempt)
                current = self._scopes.manifest(manifest.key)
                if current is None or current.id != life or current.closed is not None:
                    return None
                manifest = current
        raise StoreUnavailable("Too many changes are under way here; this one stands and is announced within a minute")

    def _write(self, manifest: Manifest) -> Manifest:
        document = self._store.put("manifests", manifest.key, manifest.body(), expect=manifest.version)
        return replace(manifest, version=document.version)


def rolls_forward(mark: Mark) -> bool:
    """
    Tell whether this deletion will happen, once it is announced: a platform's, whose environments go one by one.

    Whoever begins it and cannot end it leaves the mark where it is, and upkeep goes on.
    """
    return mark.closes and mark.kind == PLATFORMS.tier


_IN_DOUBT: Final = (
    "The database did not answer: the change may or may not have happened. "
    "Read it again, or repeat the request with the same Idempotency-Key"
)


@contextmanager
def _doubt(change: Change) -> Iterator[None]:
    """
    Let nobody take the refusal of a repeated request for the first one's, which may be under way.

    Raises:
        NoAnswer: the scope is gone, or closing, perhaps by the first request itself.
    """
    try:
        yield
    except (NotFound, ScopeBusy) as error:
        if change.claim is not None and change.attempt:
            raise NoAnswer(_IN_DOUBT) from error
        raise


def _version(head: Head | None) -> int:
    return ABSENT if head is None else head.version


def _mark(edit: Edit, data: Body, *, deleted: bool) -> Mark:
    living = edit.living
    return Mark(
        kind=edit.kind.tier,
        key=(edit.manifest.id, edit.name),
        entity=edit.entity,
        expect=_version(edit.current),
        change=edit.change.id,
        at=edit.change.at,
        count=(0 if deleted else 1) - (0 if living is None else 1),
        size=(0 if deleted else size_of(data)) - (0 if living is None else size_of(living.data)),
        attempt=edit.change.attempt,
    )


def _check_room(manifest: Manifest, mark: Mark) -> None:
    """
    Refuse what would pass the tier's limits, counting what other marks may still add.

    Raises:
        LimitExceeded: with both numbers.
    """
    kind, tier = KINDS[mark.kind], manifest.tier(mark.kind)
    pending = [standing for standing in manifest.marks if standing.kind == mark.kind and standing.change != mark.change]
    count = tier.count + sum(max(standing.count, 0) for standing in pending)
    if mark.count > 0 and count + mark.count > kind.most:
        raise LimitExceeded(f"There can be at most {kind.most:,} {kind.plural} here; there are {count:,}")
    size = tier.size + sum(max(standing.size, 0) for standing in pending)
    if mark.size > 0 and size + mark.size > kind.most_bytes:
        raise LimitExceeded(
            f"The {kind.plural} here may take at most {kind.most_bytes:,} bytes together; "
            f"with this change they would take {size + mark.size:,}"
        )
