"""A scope as the public reads it: decoded, kept under the revision it was read at, answered from finished bodies."""

from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock
from typing import Final, NamedTuple

from togglebox.journal.kinds import Kind
from togglebox.journal.manifest import Manifest
from togglebox.journal.record import Head, iso
from togglebox.journal.scopes import Names, Scopes
from togglebox.store.port import Store

READ_IN_FULL: Final = 60.0
"""Seconds after which everything is read anew, whatever the manifest says: the bound for what no rule foresaw."""

CHECKED_FOR: Final = 1.0
"""Seconds for which a head under a mark is served without looking again."""

TOMBSTONE_KEPT: Final = timedelta(hours=1)
PAGE: Final = 500
KEPT_SCOPES: Final = 512


class View:
    """
    One kind of entity in one scope, as read under *revision*; never changed once it is there.

    *heads* maps names to living heads and recent tombstones; it is *complete* if it holds all of them, else only those
    that were asked for. *settled*: no change was under way, so that *revision* names exactly this content.
    *bodies* and *rules* are the one exception: the answers and the compiled rules that were made from this view, by
    whoever made them.
    """

    __slots__ = ("at", "bodies", "checked", "complete", "heads", "living", "read_at", "revision", "rules", "scope",
                 "settled")  # fmt: skip

    def __init__(
        self,
        scope: str,
        revision: int,
        at: str,
        heads: Mapping[str, Head],
        *,
        complete: bool,
        read_at: float,
        checked: Mapping[str, float],
        settled: bool,
    ) -> None:
        self.scope = scope
        self.revision = revision
        self.at = at
        self.heads = heads
        self.complete = complete
        self.read_at = read_at
        self.checked = checked
        self.settled = settled
        self.living: tuple[Head, ...] = tuple(heads[name] for name in sorted(heads) if not heads[name].deleted)
        self.bodies: dict[object, object] = {}
        self.rules: dict[object, object] = {}

    def get(self, name: str) -> Head | None:
        """Return the living head under *name*."""
        head = self.heads.get(name)
        return None if head is None or head.deleted else head


class Shown(NamedTuple):
    """One entity, and the view that it stands in."""

    view: View
    head: Head


NOWHERE: Final = View("", 0, "", {}, complete=True, read_at=0.0, checked={}, settled=False)
"""What an unknown platform or environment holds."""


@dataclass(frozen=True, slots=True)
class State:
    """What this process knows of a scope: the manifest, when it was read, and the views by tier."""

    manifest: Manifest
    seen_at: float
    views: Mapping[str, View]


class Snapshots:
    """
    Reads scopes for the public: warm, with one small read; within *max_age* seconds of the last one, with none.

    *clock* counts seconds and never goes back; *now* tells the time of day. Nothing is locked across a store call:
    every read builds its own view, and views are joined by the higher version of each head, in whatever order they
    come.
    """

    def __init__(
        self, store: Store, scopes: Scopes, *, clock: Callable[[], float], now: Callable[[], datetime]
    ) -> None:
        self._store = store
        self._scopes = scopes
        self._clock = clock
        self._now = now
        self._states: OrderedDict[Names, State] = OrderedDict()
        self._gone: OrderedDict[Names, float] = OrderedDict()
        self._joining = Lock()

    def view(self, names: Names, kind: Kind, *, max_age: float = 0.0) -> View:
        """Return all entities of *kind* in the scope; `NOWHERE` if there is no such scope."""
        return self._read(names, kind, None, max_age)

    def item(self, names: Names, kind: Kind, name: str, *, max_age: float = 0.0) -> Shown | None:
        """Return the living entity under *name*, if there is one; cold, only that entity is read."""
        view = self._read(names, kind, name, max_age)
        head = view.get(name)
        return None if head is None else Shown(view, head)

    def _read(self, names: Names, kind: Kind, only: str | None, max_age: float) -> View:
        began = seen_at = self._clock()
        state = self._states.get(names)
        if state is not None and max_age and began - state.seen_at <= max_age:
            manifest: Manifest | None = state.manifest
            seen_at = state.seen_at
        else:
            manifest = self._scopes.find(names)
        if manifest is None:
            self._forget(names, gone_at=began)
            return NOWHERE

        view = state.views.get(kind.tier) if state is not None and state.manifest.id == manifest.id else None
        if view is not None and began - view.read_at > READ_IN_FULL:
            view = None
            self._forget(names)
        marked = manifest.marked_in(kind.tier) if manifest.marks else _NONE
        if (
            view is not None
            and not marked
            and view.revision >= manifest.tier(kind.tier).revision
            and (view.complete or only in view.heads)
        ):
            if max_age and seen_at == began:
                self._join(names, State(manifest, seen_at, {}))
            return view

        fresh = self._bring_up(manifest, kind, view, only=only, began=began, marked=marked)
        joined = self._join(names, State(manifest, seen_at, {kind.tier: fresh}))
        return joined.views[kind.tier] if joined.manifest.id == manifest.id else fresh

    def _bring_up(
        self,
        manifest: Manifest,
        kind: Kind,
        view: View | None,
        *,
        only: str | None,
        began: float,
        marked: frozenset[str],
    ) -> View:
        """Read what is missing, after the manifest: all, what changed since the view's revision, or one entity."""
        tier = manifest.tier(kind.tier)
        changed = None if view is None else manifest.since(kind.tier, view.revision)
        checked: Mapping[str, float] = {}
        read: frozenset[str]

        if only is None and (view is None or changed is None or not view.complete):
            heads, complete, read_at, read = self._all(manifest.id, kind), True, began, marked
        elif view is None or changed is None:
            read = frozenset() if only is None else frozenset({only})
            heads, complete, read_at = self._some(manifest.id, kind, read), False, began
        else:
            stale = {name for name in marked if began - view.checked.get(name, -CHECKED_FOR) >= CHECKED_FOR}
            read = frozenset(name for name in changed | stale if view.complete or name in view.heads)
            if only is not None and not view.complete and only not in view.heads:
                read |= {only}
            heads = {**view.heads, **self._some(manifest.id, kind, read)}
            complete, read_at, checked = view.complete, view.read_at, view.checked

        return View(
            manifest.id,
            tier.revision,
            tier.at,
            heads,
            complete=complete,
            read_at=read_at,
            checked={name: at for name in marked if (at := began if name in read else checked.get(name)) is not None},
            settled=not marked and manifest.closing is None,
        )

    def _all(self, scope: str, kind: Kind) -> dict[str, Head]:
        heads: dict[str, Head] = {}
        after: str | None = None
        while True:
            page = self._store.page(kind.heads, scope, limit=PAGE, after=after)
            heads.update((head.name, head) for head in map(Head.of, page.documents) if self._matters(head))
            after = page.next
            if after is None:
                return heads

    def _some(self, scope: str, kind: Kind, names: Iterable[str]) -> dict[str, Head]:
        keys = [(scope, name) for name in names]
        if not keys:
            return {}
        get_many = self._store.get_many
        documents = [self._store.get(kind.heads, keys[0])] if len(keys) == 1 else get_many(kind.heads, keys)
        return {document.key[1]: Head.of(document) for document in documents if document is not None}

    def _matters(self, head: Head) -> bool:
        """Leave out tombstones too old for a slower read of the living head to be still under way."""
        return not head.deleted or head.change["at"] > iso(self._now() - TOMBSTONE_KEPT)

    def _forget(self, names: Names, *, gone_at: float | None = None) -> None:
        """Keep nothing of a scope; where it was seen to be gone, not even what a slower read still brings."""
        with self._joining:
            self._states.pop(names, None)
            if gone_at is not None:
                self._gone[names] = max(gone_at, self._gone.pop(names, gone_at))
                if len(self._gone) > KEPT_SCOPES:
                    self._gone.popitem(last=False)

    def _join(self, names: Names, read: State) -> State:
        """Join what was read with what is known, so that no later answer is older than an earlier one."""
        with self._joining:
            if names in self._gone and read.seen_at <= self._gone[names]:
                return read
            known = self._states.get(names)
            joined = read if known is None else _joined(known, read)
            self._states[names] = joined
            self._states.move_to_end(names)
            if len(self._states) > KEPT_SCOPES:
                self._states.popitem(last=False)
            return joined


_NONE: Final[frozenset[str]] = frozenset()


def _joined(known: State, read: State) -> State:
    if known.manifest.id != read.manifest.id:
        return read if read.seen_at >= known.seen_at else known
    views = dict(known.views)
    for tier, view in read.views.items():
        other = views.get(tier)
        views[tier] = view if other is None else _joined_views(other, view)
    newer = read.manifest if read.manifest.version >= known.manifest.version else known.manifest
    return State(newer, max(known.seen_at, read.seen_at), views)


def _joined_views(known: View, read: View) -> View:
    """
    Return one view of both, each head in its higher version; right in whatever order they were read.

    Two complete views: the later revision holds, for all that is up to it is in the view read under it. One complete:
    its revision holds. None: the names of the later one are kept, and its revision.
    """
    newer, older = (read, known) if read.revision >= known.revision else (known, read)
    if newer.complete == older.complete:
        base, other = newer, older
    else:
        base, other = (newer, older) if newer.complete else (older, newer)

    heads = dict(base.heads)
    alien = False
    for name, head in other.heads.items():
        own = heads.get(name)
        if own is None and not base.complete:
            continue
        if own is None or own.version < head.version:
            heads[name] = head
            alien = alien or own is not None or not head.deleted
    return View(
        base.scope,
        base.revision,
        base.at,
        heads,
        complete=base.complete,
        read_at=base.read_at,
        checked={**known.checked, **read.checked},
        settled=base.settled and not alien and (other.settled or base.revision > other.revision),
    )
