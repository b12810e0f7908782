"""What a change leaves behind: the head of an entity, and the record of the change that made it."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple, Self

from togglebox.errors import IdempotencyKeyReused, PreconditionFailed
from togglebox.store.port import ABSENT, Body, Document, Key, encode

SCHEMA: Final = 1
"""The form of stored bodies; readers ignore fields that they do not know, and writers keep them."""


class Stamp(NamedTuple):
    """What tells one version of an entity from all others: its life's *id*, its store *version*; and its time."""

    id: str
    version: int
    at: str


@dataclass(frozen=True, slots=True)
class Claim:
    """An `Idempotency-Key`: *key* digests principal, method, path and key; *body* digests the request's body."""

    key: str
    body: str


@dataclass(frozen=True, slots=True)
class Change:
    """
    What somebody asks for, and on which condition.

    *id*, *author*, *at*, *action*, *comment*, *source*, *request_id* and *change_set* are kept in the record;
    *claim* and *if_match* only steer the publishing. *if_match* is ``None`` (no condition), ``"*"`` or a tuple of
    pairs (entity id, store version). Where a change is tried again under its first id, *attempt* tells the tries apart.
    """

    id: str
    author: str
    at: str
    action: str
    comment: str | None = None
    source: str | None = None
    request_id: str | None = None
    change_set: str | None = None
    claim: Claim | None = None
    if_match: tuple[tuple[str, int], ...] | str | None = None
    attempt: str = ""

    def record(self, *, previous: str | None) -> Mapping[str, Any]:
        """Return what is stored; *previous* is the SHA-256 of the document that this change replaces."""
        fields = {
            "id": self.id,
            "author": self.author,
            "at": self.at,
            "action": self.action,
            "comment": self.comment,
            "source": self.source,
            "requestId": self.request_id,
            "set": self.change_set,
            "attempt": self.attempt or None,
            "previous": previous,
        }
        return {name: value for name, value in fields.items() if value is not None}

    def check(self, head: "Head | None") -> None:
        """
        Compare `If-Match` with the version that stands.

        Raises:
            PreconditionFailed: it names another one, or nothing stands.
        """
        if self.if_match is None:
            return
        if head is None or head.deleted or (self.if_match != "*" and (head.id, head.version) not in self.if_match):
            raise PreconditionFailed("It is no longer the version that If-Match names; read it again")

    def same_request(self, body: str) -> None:
        """
        Compare with the body's digest that the `Idempotency-Key` was first used with.

        Raises:
            IdempotencyKeyReused: it is another body.
        """
        if self.claim is not None and self.claim.body != body:
            raise IdempotencyKeyReused("This Idempotency-Key was used with another request body")


@dataclass(frozen=True, slots=True)
class Head:
    """
    One version of an entity, as it stands in its collection and, copied, in its journal.

    *key* is (parent's id, name). *version* counts all versions stored under that key; *id* lasts for one life of the
    name, which began with version *born*; *data* is the entity's own; *change* the record of the change.
    """

    key: Key
    version: int
    id: str
    born: int
    deleted: bool
    data: Body
    change: Mapping[str, Any]
    document: Document

    @classmethod
    def of(cls, document: Document) -> Self:
        body = document.body
        return cls(
            document.key,
            document.version,
            body["id"],
            body["born"],
            body["deleted"],
            body["data"],
            body["change"],
            document,
        )

    @classmethod
    def of_entry(cls, entry: Document, key: Key) -> Self:
        """Return the version that a journal entry holds of the entity at *key*."""
        return cls.of(Document(key, int(entry.key[1]), entry.text))

    @property
    def name(self) -> str:
        return self.key[1]

    @property
    def number(self) -> int:
        """The version within this life: 1 for the one that created it."""
        return self.version - self.born + 1

    @property
    def attempt(self) -> str:
        """Which try of its change made this version; empty for the first."""
        attempt: str = self.change.get("attempt", "")
        return attempt

    @property
    def stamp(self) -> Stamp:
        return Stamp(self.id, self.version, self.change["at"])

    @property
    def entry(self) -> tuple[Key, Body]:
        """The journal's copy of this version: its key and its body."""
        return entry_key(self.id, self.version), self.document.body

    @property
    def digest(self) -> str:
        """The SHA-256 of the whole document, which the next change refers to."""
        return hashlib.sha256(self.document.text.encode()).hexdigest()


def entry_key(entity: str, version: int) -> Key:
    """Return the journal's key of a store version; padded, so that byte order is numeric order."""
    return entity, f"{version:012d}"


@dataclass(frozen=True, slots=True)
class Draft:
    """
    The next version of an entity, not yet published.

    *current* is what stands at *key* (also a tombstone), or ``None``; *entity* the id of the life that this version
    belongs to; *names* all names on the way to the entity, its own the last.
    """

    kind: str
    key: Key
    names: tuple[str, ...]
    current: Head | None
    entity: str
    change: Change
    data: Body
    deleted: bool = False

    @property
    def expect(self) -> int:
        return ABSENT if self.current is None else self.current.version

    @property
    def begins(self) -> bool:
        """Whether this version begins a life: nothing stands, or only a tombstone."""
        return self.current is None or self.current.deleted

    def body(self) -> Body:
        """Return the document; fields of the current body that this release does not know are kept."""
        known: Body = {"tags": []} if self.current is None or self.begins else self.current.document.body
        return {
            **known,
            "schema": SCHEMA,
            "id": self.entity,
            "born": self.expect + 1 if self.begins or self.current is None else self.current.born,
            "deleted": self.deleted,
            "names": list(self.names),
            "data": self.data,
            "change": self.change.record(previous=self.current.digest if self.current else None),
        }


def size_of(data: Body) -> int:
    """Return the bytes that *data* takes in a list, near enough for a limit."""
    return len(encode(data).encode())


def iso(moment: datetime) -> str:
    """Return *moment* (aware) as the wire writes times: UTC, milliseconds, ``Z``."""
    return moment.isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"
