"""The people: who they are, what their role is, the sessions in which they are signed in."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from itertools import count
from typing import Final, Self

from togglebox.auth.permissions import Role
from togglebox.auth.recent import Recent
from togglebox.errors import Conflict, Forbidden, NotFound, Refused
from togglebox.journal.record import iso
from togglebox.store.port import ABSENT, Body, Document, Key, StaleWrite, Store

PARTITION: Final = "all"
"""All users lie together: they are few, and listed by administrators only."""

DIRECTORY: Final[Key] = (PARTITION, "admins")
MOST_SESSIONS: Final = 50
MOST_LEFT: Final = 200
"""Of so many who left the directory, it is remembered; a promotion is not held up while so many others are demoted."""

TRIES: Final = 20
PAGE: Final = 500


class EmailTaken(Conflict):
    def __init__(self) -> None:
        super().__init__("User with this email already exists")


class UserNotFound(NotFound):
    def __init__(self) -> None:
        super().__init__("User not found")


class OwnRole(Forbidden):
    def __init__(self) -> None:
        super().__init__("Cannot demote yourself. Ask another admin to change your role.")


class LastAdmin(Refused):
    def __init__(self, what: str = "demote") -> None:
        super().__init__(f"Cannot {what} the last admin user. Promote another user to admin first.")


@dataclass(frozen=True, slots=True)
class Session:
    """
    One sign-in: *id* is the ``sid`` of its tokens, *expires* epoch seconds.

    *address* digests the client's address and *agent* is its `User-Agent`, cut short: what a person tells sessions by,
    and what tells the owner from others when somebody guesses passwords.
    """

    id: str
    created_at: str
    expires: int
    address: str
    agent: str


@dataclass(frozen=True, slots=True)
class Reset:
    """The one password reset that is open: the SHA-256 of its token, and when it ends, in epoch seconds."""

    token: str
    expires: int


@dataclass(frozen=True, slots=True)
class User:
    """
    A person; *version* is the stored one, 0 before the first writing.

    *password* is what the hasher made, with its scheme in front. *sessions* are the oldest first.
    """

    id: str
    email: str
    name: str | None
    role: Role
    password: str
    created_at: str
    updated_at: str
    sessions: tuple[Session, ...] = ()
    reset: Reset | None = None
    version: int = ABSENT

    @classmethod
    def of(cls, document: Document) -> Self:
        body = document.body
        return cls(
            id=document.key[1],
            email=body["email"],
            name=body["name"],
            role=Role(body["role"]),
            password=body["password"],
            created_at=body["createdAt"],
            updated_at=body["updatedAt"],
            sessions=tuple(Session(*session) for session in body["sessions"]),
            reset=Reset(*body["reset"]) if body["reset"] else None,
            version=document.version,
        )

    @property
    def body(self) -> Body:
        return {
            "schema": 1,
            "email": self.email,
            "name": self.name,
            "role": self.role,
            "password": self.password,
            "createdAt": self.created_at,
            "updatedAt": self.updated_at,
            "sessions": [
                [session.id, session.created_at, session.expires, session.address, session.agent]
                for session in self.sessions
            ],
            "reset": [self.reset.token, self.reset.expires] if self.reset else None,
        }

    def session(self, sid: str, *, at: datetime) -> Session | None:
        """Return the session *sid* if it has not ended."""
        now = at.timestamp()
        return next((session for session in self.sessions if session.id == sid and session.expires > now), None)

    def signed_in(self, session: Session, *, at: datetime) -> User:
        """Return the user with *session* instead of one of the same id; ended ones and, of too many, the oldest go."""
        now = at.timestamp()
        others = [each for each in self.sessions if each.id != session.id and each.expires > now]
        return replace(self, sessions=(*others[-(MOST_SESSIONS - 1) :], session))

    def signed_out(self, sid: str | None = None) -> User:
        """Return the user without the session *sid*, or without any."""
        return replace(self, sessions=tuple(each for each in self.sessions if sid is not None and each.id != sid))

    def with_password(self, stored: str) -> User:
        """Return the user with another password, signed out everywhere, with no reset open."""
        return replace(self, password=stored, sessions=(), reset=None)


class Users:
    """
    The users' documents, the addresses that they claim, and the list of administrators.

    Three documents take part, written one after the other so that whoever stops in between leaves nothing wrong:

    - an address belongs to whoever created its document first (``expect=0``), also among many at once;
    - a user's own document is the truth about role, password and sessions;
    - the directory lists administrators, and never somebody who is none: so whoever is the last one on it stays.

    A user is put on the directory after having become an administrator, and taken off it *before* ceasing to be one,
    which is written down with the version of the user's document that was read. The document then changes only if it
    still has that version; and whoever wanted to list the user because of that version or an older one does not. So
    one who promotes while another demotes or deletes cannot leave a name on the list that is no administrator's.
    """

    def __init__(
        self,
        store: Store,
        *,
        now: Callable[[], datetime],
        new_id: Callable[[], str],
        recent: Recent[User] | None = None,
    ) -> None:
        self._store: Final = store
        self._now: Final = now
        self._new_id: Final = new_id
        self._recent: Final = recent or Recent(clock=lambda: 0.0, seconds=0)

    def get(self, user_id: str) -> User:
        """
        Return a user by id, with one read.

        Raises:
            UserNotFound: there is none.
        """
        document = self._store.get("users", (PARTITION, user_id))
        if document is None:
            raise UserNotFound
        return User.of(document)

    def recently(self, user_id: str, *, good: Callable[[User], bool] = lambda user: True) -> User:
        """
        Return a user as read a moment ago if that one is *good*, else by one read.

        Raises:
            UserNotFound: there is none.
        """
        return self._recent.get(user_id, partial(self.get, user_id), good=good)

    def find(self, email: str) -> User | None:
        """Return the user who has this address, however it is spelled; two reads, also where there is none."""
        claim = self._store.get("emails", (normalised(email), "#"))
        document = self._store.get("users", (PARTITION, claim.body["user"] if claim else "nobody"))
        if claim is None or document is None:
            return None
        user = User.of(document)
        return user if normalised(user.email) == normalised(email) else None

    def create(self, *, email: str, name: str | None, role: Role, password: str) -> User:
        """
        Create a user; *password* is hashed already.

        Raises:
            EmailTaken: somebody has the address.
        """
        at = iso(self._now())
        user = User(self._new_id(), email.strip(), name, role, password, created_at=at, updated_at=at)
        claimed = self._claim(user)
        document = self._store.put("users", (PARTITION, user.id), user.body, expect=ABSENT)
        user = replace(user, version=document.version)
        self._keep_claim(user, claimed)
        if role is Role.ADMIN:
            self._list_admin(user)
        return user

    def change(self, user_id: str, change: Callable[[User], User], *, seen: User | None = None) -> User:
        """
        Store what *change* makes of a user, as *seen* or read now; it is asked again if somebody else was faster.

        Raises:
            UserNotFound: there is none.
        """
        for attempt in range(TRIES):
            user = seen if seen is not None and attempt == 0 else self.get(user_id)
            changed = change(user)
            if changed == user:
                return user
            try:
                return self._stored(changed)
            except StaleWrite:
                continue
        raise StaleWrite

    def set_role(self, user_id: str, role: Role, *, by: str | None) -> User:
        """
        Give a user another role, which ends all sessions.

        Raises:
            OwnRole: an administrator would cease to be one by the own hand.
            LastAdmin: nobody would be left.
            UserNotFound: there is none.
        """
        for _ in range(TRIES):
            user = self.get(user_id)
            if user.role is role and (role is not Role.ADMIN or self._is_listed(user_id)):
                return user
            if user.role is Role.ADMIN and role is not Role.ADMIN:
                if user_id == by:
                    raise OwnRole
                self._unlist_admin(user, LastAdmin())
            sessions = user.sessions if user.role is role else ()
            try:
                changed = self._stored(replace(user, role=role, sessions=sessions))
            except StaleWrite:
                continue
            if role is Role.ADMIN:
                self._list_admin(changed)
            return changed
        raise StaleWrite

    def delete(self, user_id: str) -> User:
        """
        Delete a user: no session and no API key of theirs is good any more, and the address is free.

        Raises:
            LastAdmin: nobody would be left.
            UserNotFound: there is none.
        """
        for _ in range(TRIES):
            user = self.get(user_id)
            if user.role is Role.ADMIN:
                self._unlist_admin(user, LastAdmin("delete"))
            try:
                self._store.delete("users", (PARTITION, user_id), expect=user.version)
            except StaleWrite:
                continue
            finally:
                self._recent.forget(user_id)
            self._free(user)
            return user
        raise StaleWrite

    def listed(self, *, role: Role | None = None) -> Sequence[User]:
        """Return all users, or those of a *role*, the oldest first."""
        found: list[User] = []
        after = None
        for _ in count():
            page = self._store.page("users", PARTITION, limit=PAGE, after=after)
            found += map(User.of, page.documents)
            after = page.next
            if after is None:
                break
        return sorted(
            (user for user in found if role is None or user.role is role), key=lambda user: (user.created_at, user.id)
        )

    def has_admin(self) -> bool:
        """Tell whether anybody is an administrator."""
        return bool(self._directory()[1].ids)

    def _stored(self, user: User) -> User:
        written = replace(user, updated_at=iso(self._now()))
        try:
            document = self._store.put("users", (PARTITION, user.id), written.body, expect=user.version)
        finally:
            self._recent.forget(user.id)
        return replace(written, version=document.version)

    def _claim(self, user: User) -> int:
        """
        Take the address for *user*, who is not there yet; return the version of its document.

        An address whose user is not there, too, is left: deleted, or never come to be, or on the way to be; of those
        who are, one can write the address again.
        """
        key, body = _claim_of(user)
        try:
            return self._store.put("emails", key, body, expect=ABSENT).version
        except StaleWrite:
            claim = self._store.get("emails", key)
            if claim is None or self._store.get("users", (PARTITION, claim.body["user"])) is not None:
                raise EmailTaken from None
            try:
                return self._store.put("emails", key, body, expect=claim.version).version
            except StaleWrite:
                raise EmailTaken from None

    def _keep_claim(self, user: User, claimed: int) -> None:
        """Write the address again now that the user is there, or remove the user if somebody else has it by now."""
        key, body = _claim_of(user)
        try:
            self._store.put("emails", key, body, expect=claimed)
        except StaleWrite:
            with suppress(StaleWrite):
                self._store.delete("users", (PARTITION, user.id), expect=user.version)
            raise EmailTaken from None

    def _free(self, user: User) -> None:
        """Remove the address of a user who is deleted, unless another has it by now."""
        claim = self._store.get("emails", _claim_of(user)[0])
        if claim is not None and claim.body["user"] == user.id:
            with suppress(StaleWrite):
                self._store.delete("emails", claim.key, expect=claim.version)

    def _directory(self) -> tuple[int, _Directory]:
        document = self._store.get("directory", DIRECTORY)
        if document is None:
            return ABSENT, _Directory()
        body = document.body
        return document.version, _Directory(tuple(body["ids"]), tuple((left, at) for left, at in body["left"]))

    def _is_listed(self, user_id: str) -> bool:
        return user_id in self._directory()[1].ids

    def _list_admin(self, user: User) -> None:
        self._edit_directory(lambda directory: directory.joined(user))

    def _unlist_admin(self, user: User, last: LastAdmin) -> None:
        def without(directory: _Directory) -> _Directory:
            if set(directory.ids) <= {user.id}:
                raise last
            return directory.left_by(user)

        self._edit_directory(without)

    def _edit_directory(self, change: Callable[[_Directory], _Directory]) -> None:
        for _ in range(TRIES):
            version, directory = self._directory()
            changed = change(directory)
            if changed == directory:
                return
            try:
                self._store.put("directory", DIRECTORY, changed.body, expect=version)
            except StaleWrite:
                continue
            return
        raise StaleWrite


@dataclass(frozen=True, slots=True)
class _Directory:
    """
    Who is an administrator: *ids*; and who is about to be none any more, or is not: *left*, the last ones last.

    Of those, the version of the user's document is kept that was read before.
    """

    ids: tuple[str, ...] = ()
    left: tuple[tuple[str, int], ...] = ()

    @property
    def body(self) -> Body:
        return {"schema": 1, "ids": list(self.ids), "left": [list(each) for each in self.left]}

    def joined(self, user: User) -> _Directory:
        """Return the directory with *user*, unless somebody set out to end just that since."""
        if user.id in self.ids or dict(self.left).get(user.id, ABSENT) >= user.version:
            return self
        return replace(self, ids=(*self.ids, user.id))

    def left_by(self, user: User) -> _Directory:
        """Return the directory without *user*, and with the version that is about to change."""
        ids = tuple(each for each in self.ids if each != user.id)
        others = [(each, at) for each, at in self.left if each != user.id]
        return _Directory(ids, (*others[-(MOST_LEFT - 1) :], (user.id, user.version)))


def _claim_of(user: User) -> tuple[Key, Body]:
    return (normalised(user.email), "#"), {"user": user.id}


def normalised(email: str) -> str:
    """Return the spelling by which addresses are compared: composed (NFKC), without case, without spaces around."""
    return unicodedata.normalize("NFKC", email.strip()).casefold()
