"""API keys: what programs prove themselves with, what each of them opens, and where."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Final, Self

from togglebox.auth.permissions import PERMISSIONS, Permission
from togglebox.auth.recent import Recent
from togglebox.auth.users import User
from togglebox.errors import Forbidden, Invalid, LimitExceeded, NotAuthenticated, NotFound, Refused
from togglebox.journal.record import iso
from togglebox.store.port import ABSENT, Body, Document, StaleWrite, Store, StoreUnavailable

TEXT: Final = re.compile(r"tbx_(live|test)_[0-9a-f]{32}")
PREFIX: Final = 13
"""Characters that tell keys from each other and give nothing away: of 32 digits, 24 stay unknown."""

MOST_KEYS: Final = 100
PAGE: Final = 200
USED_EVERY: Final = timedelta(minutes=1)
TRIES: Final = 20


class KeyNotFound(NotFound):
    def __init__(self) -> None:
        super().__init__("API key not found")


class UnknownKey(NotAuthenticated):
    """It is no API key of ours, or one that was revoked."""

    def __init__(self) -> None:
        super().__init__("Invalid API key")


class MissingPermissions(Forbidden):
    def __init__(self, missing: Sequence[Permission]) -> None:
        super().__init__("User does not have the following permissions: " + ", ".join(missing))


class KeyExpired(Refused):
    def __init__(self) -> None:
        super().__init__("This API key has expired: create another one")


@dataclass(frozen=True, slots=True)
class Grant:
    """
    What a key opens, as its owner wants it, under which *name*.

    *platforms* and *environments* are the only ones that it reaches, ``None`` for all; *expires_at* is ``None`` for
    never; *test*: its text says that it is for trying things out.
    """

    name: str
    permissions: tuple[Permission, ...]
    platforms: tuple[str, ...] | None = None
    environments: tuple[str, ...] | None = None
    expires_at: datetime | None = None
    test: bool = False


@dataclass(frozen=True, slots=True)
class APIKey:
    """A key as stored, under the SHA-256 (*digest*) of its text; times as the wire writes them."""

    id: str
    owner: str
    digest: str
    name: str
    prefix: str
    last4: str
    permissions: tuple[Permission, ...]
    platforms: tuple[str, ...] | None
    environments: tuple[str, ...] | None
    expires_at: str | None
    created_at: str
    last_used_at: str | None = None
    version: int = ABSENT

    @classmethod
    def of(cls, document: Document) -> Self:
        body = document.body
        return cls(
            id=body["id"],
            owner=body["owner"],
            digest=document.key[0],
            name=body["name"],
            prefix=body["prefix"],
            last4=body["last4"],
            permissions=tuple(Permission(each) for each in body["permissions"] if each in Permission),
            platforms=_names(body["platforms"]),
            environments=_names(body["environments"]),
            expires_at=body["expiresAt"],
            created_at=body["createdAt"],
            last_used_at=body["lastUsedAt"],
            version=document.version,
        )

    @property
    def body(self) -> Body:
        return {
            "schema": 1,
            "id": self.id,
            "owner": self.owner,
            "name": self.name,
            "prefix": self.prefix,
            "last4": self.last4,
            "permissions": list(self.permissions),
            "platforms": None if self.platforms is None else list(self.platforms),
            "environments": None if self.environments is None else list(self.environments),
            "expiresAt": self.expires_at,
            "createdAt": self.created_at,
            "lastUsedAt": self.last_used_at,
        }

    def has_expired(self, *, at: datetime) -> bool:
        return self.expires_at is not None and self.expires_at <= iso(at)


@dataclass(frozen=True, slots=True)
class Created:
    """A key, and its *text*, which nobody is told again."""

    key: APIKey
    text: str


class Keys:
    """
    Each key is one document under the SHA-256 of its text, and good as long as that is there.

    A second document lists it under its owner, and says nothing but where the first is: written before it and removed
    after it, so that no key is good and unlisted. Every write of the first but its creation is conditional on the
    version that was read, so that none of them can bring back what was revoked.
    """

    def __init__(
        self,
        store: Store,
        *,
        now: Callable[[], datetime],
        new_id: Callable[[], str],
        digits: Callable[[int], str],
        recent: Recent[APIKey],
    ) -> None:
        self._store: Final = store
        self._now: Final = now
        self._new_id: Final = new_id
        self._digits: Final = digits
        self._recent: Final = recent

    def create(self, owner: User, grant: Grant) -> Created:
        """
        Create a key of *owner*.

        Raises:
            Invalid: it would have ended before it began.
            MissingPermissions: it would open more than its owner's role.
            LimitExceeded: the owner has too many.
        """
        if grant.expires_at is not None and grant.expires_at <= self._now():
            raise Invalid("expiresAt: must be in the future")
        missing = [each for each in grant.permissions if each not in PERMISSIONS[owner.role]]
        if missing:
            raise MissingPermissions(missing)
        text = f"tbx_{'test' if grant.test else 'live'}_{self._digits(16)}"
        key = APIKey(
            id=self._new_id(),
            owner=owner.id,
            digest=_digest(text),
            name=grant.name,
            prefix=text[:PREFIX],
            last4=text[-4:],
            permissions=grant.permissions,
            platforms=grant.platforms,
            environments=grant.environments,
            expires_at=None if grant.expires_at is None else iso(grant.expires_at.astimezone(UTC)),
            created_at=iso(self._now()),
        )
        return Created(self._stored(key), text)

    def listed(self, owner_id: str) -> Sequence[APIKey]:
        """Return a user's keys, the oldest first."""
        digests = [document.body["digest"] for document in self._entries(owner_id)]
        found = self._store.get_many("key-hashes", [(digest, "#") for digest in digests]) if digests else []
        keys = [APIKey.of(document) for document in found if document is not None]
        return sorted(keys, key=lambda key: (key.created_at, key.id))

    def get(self, owner_id: str, key_id: str) -> APIKey:
        """
        Return a key of a user.

        Raises:
            KeyNotFound: there is none, or it is another user's.
        """
        entry = self._store.get("keys", (owner_id, key_id))
        found = self._store.get("key-hashes", (entry.body["digest"], "#")) if entry else None
        if found is None:
            raise KeyNotFound
        return APIKey.of(found)

    def by_text(self, text: str) -> APIKey:
        """
        Return the key of that text, read a moment ago at most.

        Raises:
            UnknownKey: there is none.
        """
        if not TEXT.fullmatch(text):
            raise UnknownKey
        digest = _digest(text)
        return self._recent.get(digest, partial(self._read, digest))

    def rotate(self, owner: User, key_id: str, *, grace: timedelta) -> Created:
        """
        Create a key that opens the same, and let the old one end after *grace*; at once if there is none.

        Raises:
            KeyNotFound: there is none, or it is another user's.
            KeyExpired: it has ended already.
            MissingPermissions: it opens more than its owner's role does by now.
            LimitExceeded: the owner has too many.
        """
        old = self.get(owner.id, key_id)
        if old.has_expired(at=self._now()):
            raise KeyExpired
        ends = None if old.expires_at is None else datetime.fromisoformat(old.expires_at)
        grant = Grant(
            old.name, old.permissions, old.platforms, old.environments, ends, old.prefix.startswith("tbx_test")
        )
        created = self.create(owner, grant)
        try:
            if grace:
                self._end(owner.id, key_id, iso(self._now() + grace))
            else:
                self.revoke(owner.id, key_id)
        except KeyNotFound:
            self.revoke(owner.id, created.key.id)
            raise
        return created

    def revoke(self, owner_id: str, key_id: str) -> None:
        """
        Remove a key, which is no good from then on.

        Raises:
            KeyNotFound: there is none, or it is another user's.
        """
        key = self.get(owner_id, key_id)
        self._remove(owner_id, {key_id: key.digest})

    def remove_all(self, owner_id: str) -> None:
        """Remove all keys of a user who is gone."""
        self._remove(owner_id, {document.key[1]: document.body["digest"] for document in self._entries(owner_id)})

    def used(self, key: APIKey) -> None:
        """
        Write down that a key is in use, once a minute; not if anything became of it since it was read.

        The request goes on, whatever becomes of that: a database that is away says so where it matters.
        """
        now = self._now()
        if key.last_used_at is not None and iso(now - USED_EVERY) < key.last_used_at:
            return
        used = replace(key, last_used_at=iso(now))
        try:
            document = self._store.put("key-hashes", (key.digest, "#"), used.body, expect=key.version)
        except StaleWrite:
            self._recent.forget(key.digest)
        except StoreUnavailable:
            self._recent.renew(key.digest, used)
        else:
            self._recent.renew(key.digest, replace(used, version=document.version))

    def _stored(self, key: APIKey) -> APIKey:
        if len(self._entries(key.owner)) >= MOST_KEYS:
            raise LimitExceeded(f"A user may have at most {MOST_KEYS} API keys, expired ones among them")
        self._store.put("keys", (key.owner, key.id), {"schema": 1, "digest": key.digest}, expect=ABSENT)
        document = self._store.put("key-hashes", (key.digest, "#"), key.body, expect=ABSENT)
        return replace(key, version=document.version)

    def _end(self, owner_id: str, key_id: str, at: str) -> None:
        """Let a key end then, unless it ends before."""
        for _ in range(TRIES):
            key = self.get(owner_id, key_id)
            ends = min(at, key.expires_at or at)
            with suppress(StaleWrite):
                body = replace(key, expires_at=ends).body
                self._store.put("key-hashes", (key.digest, "#"), body, expect=key.version)
                self._recent.forget(key.digest)
                return
        raise StaleWrite

    def _remove(self, owner_id: str, digests: dict[str, str]) -> None:
        """Remove keys, given by id: first what makes them good, whatever its version is by now."""
        try:
            self._store.delete_many("key-hashes", [(digest, "#") for digest in digests.values()])
        finally:
            for digest in digests.values():
                self._recent.forget(digest)
        self._store.delete_many("keys", [(owner_id, key_id) for key_id in digests])

    def _read(self, digest: str) -> APIKey:
        document = self._store.get("key-hashes", (digest, "#"))
        if document is None:
            raise UnknownKey
        return APIKey.of(document)

    def _entries(self, owner_id: str) -> list[Document]:
        found: list[Document] = []
        after: str | None = None
        while True:
            page = self._store.page("keys", owner_id, limit=PAGE, after=after)
            found += page.documents
            after = page.next
            if after is None:
                return found


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _names(stored: Sequence[str] | None) -> tuple[str, ...] | None:
    return None if stored is None else tuple(stored)
