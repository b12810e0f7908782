"""The manifest of a scope: its revisions and counts, the marks of changes under way, and the last changes."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, Self

from togglebox.errors import Conflict
from togglebox.journal.record import SCHEMA
from togglebox.store.port import Body, Document, Key, encode

MAX_BYTES: Final = 3_700
"""With its key and its index entry (at most 380 bytes) one read unit of DynamoDB, which is 4,096: the smallest read."""

MAX_RECENT: Final = 30


@dataclass(frozen=True, slots=True)
class Mark:
    """
    A change under way: it will stand, or not, as version ``expect + 1`` of the *kind*'s head at *key*.

    *entity* is the id of the life that the version belongs to, *at* when the change began, *count* and *size* what it
    adds to the tier if it stands. A mark that *closes* announces the deletion of the scope itself; with its *author*,
    upkeep can finish it. *attempt* tells several tries of one change apart: each has its own mark, and one publishes.
    """

    kind: str
    key: Key
    entity: str
    expect: int
    change: str
    at: str
    count: int = 0
    size: int = 0
    closes: bool = False
    author: str = ""
    attempt: str = ""

    def stored(self) -> Sequence[Any]:
        return [
            self.kind, *self.key, self.entity, self.expect, self.change, self.at, self.count, self.size, self.closes,
            self.author, self.attempt,
        ]  # fmt: skip

    @classmethod
    def of(cls, stored: Sequence[Any]) -> Self:
        kind, partition, sort, *rest = stored
        return cls(kind, (partition, sort), *rest)

    def same(self, other: "Mark") -> bool:
        """Tell whether both announce the same attempt."""
        return (self.change, self.attempt) == (other.change, other.attempt)


@dataclass(frozen=True, slots=True)
class Recent:
    """One of the last changes: it made *revision* of *tier* by touching *key*; *purge* if the CDN has not heard."""

    revision: int
    tier: str
    key: str
    purge: bool = False

    def stored(self) -> Sequence[Any]:
        return [self.revision, self.tier, self.key, int(self.purge)]

    @classmethod
    def of(cls, stored: Sequence[Any]) -> Self:
        revision, tier, key, purge = stored
        return cls(revision, tier, key, bool(purge))


@dataclass(frozen=True, slots=True)
class Tier:
    """Of one kind in this scope: how often it was changed, how many live entities, their bytes, the last time."""

    revision: int = 0
    count: int = 0
    size: int = 0
    at: str = ""


@dataclass(frozen=True, slots=True)
class Manifest:
    """
    What one small read tells about a scope (all platforms, one platform, one environment).

    *id* is the scope's, for one life; *names* lead to it; *closed* is when it was deleted, else ``None``; *unswept*
    are pairs (id, time) of dead lives whose children are still to be removed.
    """

    key: Key
    version: int
    id: str
    names: tuple[str, ...]
    closed: str | None = None
    unswept: tuple[tuple[str, str], ...] = ()
    tiers: Mapping[str, Tier] = field(default_factory=dict)
    marks: tuple[Mark, ...] = ()
    recent: tuple[Recent, ...] = ()

    @classmethod
    def of(cls, document: Document) -> Self:
        body = document.body
        return cls(
            key=document.key,
            version=document.version,
            id=body["id"],
            names=tuple(body["names"]),
            closed=body["closed"],
            unswept=tuple((life, at) for life, at in body["unswept"]),
            tiers={tier: Tier(*numbers) for tier, numbers in body["tiers"].items()},
            marks=tuple(map(Mark.of, body["marks"])),
            recent=tuple(map(Recent.of, body["recent"])),
        )

    def body(self) -> Body:
        """
        Return the document, with as many recent changes as fit in 3,700 bytes.

        Raises:
            Conflict: the marks alone are too many; some of those changes must end first.
        """
        stored = {
            "schema": SCHEMA,
            "id": self.id,
            "names": self.names,
            "closed": self.closed,
            "unswept": self.unswept,
            "tiers": {name: [tier.revision, tier.count, tier.size, tier.at] for name, tier in self.tiers.items()},
            "marks": [mark.stored() for mark in self.marks],
            "recent": [],
        }
        room = MAX_BYTES - len(encode(stored).encode())
        if room < 0:
            raise Conflict("Too many changes are under way here; repeat in a moment")

        recent: list[Sequence[Any]] = []
        for change in reversed(self.recent[-MAX_RECENT:]):
            entry = change.stored()
            room -= len(encode({"": entry}).encode())
            if room < 0:
                break
            recent.append(entry)
        return {**stored, "recent": recent[::-1]}

    def tier(self, name: str) -> Tier:
        return self.tiers.get(name) or _UNTOUCHED

    def marked(self, mark: Mark) -> Self:
        return replace(self, marks=(*self.marks, mark))

    def marked_in(self, kind: str) -> frozenset[str]:
        """Return the names of the *kind*'s entities that a change is under way for."""
        return frozenset(mark.key[1] for mark in self.marks if mark.kind == kind and not mark.closes)

    def has(self, mark: Mark) -> bool:
        return any(standing.same(mark) for standing in self.marks)

    @property
    def closing(self) -> Mark | None:
        """The mark of a deletion of the scope itself that is under way."""
        return next((mark for mark in self.marks if mark.closes), None)

    def settled(self, mark: Mark, *, stands: bool, at: str) -> Self:
        """
        Take *mark* off and bump its tier's revision, whether its change *stands* or was refused.

        The revision moves in any case: readers may have read between the mark and now, and nobody can tell what they
        saw. Counts move once only, by whoever takes the mark off.
        """
        tier = self.tier(mark.kind)
        counts = stands and self.has(mark)
        bumped = Tier(
            revision=tier.revision + 1,
            count=tier.count + (mark.count if counts else 0),
            size=tier.size + (mark.size if counts else 0),
            at=max(at, tier.at),
        )
        return replace(
            self.unmarked(mark),
            tiers={**self.tiers, mark.kind: bumped},
            recent=(*self.recent, Recent(bumped.revision, mark.kind, mark.key[1])),
        )

    def unmarked(self, mark: Mark) -> Self:
        return replace(self, marks=tuple(standing for standing in self.marks if not standing.same(mark)))

    def shut(self, *, at: str) -> Self:
        """Return the manifest of the deleted scope: no marks, nothing counted, its life to be swept."""
        return replace(
            self,
            closed=at,
            marks=(),
            unswept=(*self.unswept, (self.id, at)),
            tiers={name: replace(tier, count=0, size=0) for name, tier in self.tiers.items()},
        )

    def reopened(self, life: str) -> Self:
        """
        Return the manifest of a new life under the same names; revisions go on, so that no ETag comes twice.

        A life whose deletion is published, and only not recorded here yet, is shut by the way.
        """
        at = self.closed or max(mark.at for mark in self.marks if mark.closes)
        dead = self if self.closed else self.shut(at=at)
        return replace(
            dead,
            id=life,
            closed=None,
            tiers={name: replace(tier, revision=tier.revision + 1, at=at) for name, tier in dead.tiers.items()},
            recent=(),
        )

    def since(self, tier: str, revision: int) -> frozenset[str] | None:
        """Return the keys of *tier* changed after *revision*; ``None`` if the recent changes do not reach back."""
        missed = self.tier(tier).revision - revision
        keys = [change.key for change in self.recent if change.tier == tier and change.revision > revision]
        return frozenset(keys) if len(keys) == missed else None

    def with_purges(self, revisions: Iterable[tuple[str, int]], *, due: bool) -> Self:
        """Note for the changes that made these (tier, revision) whether the CDN is still to be told."""
        named = set(revisions)
        return replace(
            self,
            recent=tuple(
                replace(change, purge=due) if (change.tier, change.revision) in named else change
                for change in self.recent
            ),
        )


_UNTOUCHED: Final = Tier()
