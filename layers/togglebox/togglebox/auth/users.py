"""The people: who they are, what their role is, the sessions in which they are signed in."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import count
from typing import Any, Final, Self

from togglebox.auth.permissions import Role
from togglebox.errors import Conflict, Forbidden, NotFound, Refused
from togglebox.journal.record import iso
from togglebox.store.port import ABSENT, Body, Document, Key, StaleWrite, Store

PARTITION: Final = "all"
"""All users lie together: they are few, and listed by administrators only."""

DIRECTORY: Final[Key] = (PARTITION, "admins")
MOST_SESSIONS: Final = 50
UNFINISHED: Final = timedelta(minutes=1)
"""After so long, an e-mail address whose registration was cut short may be taken by another."""

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
    - the directory lists administrators. A user is taken off it *before* ceasing to be one, and put on it after having
      become one: so it never lists somebody who is none, and the last one on it stays, whoever asks in whatever order.
    """

    def __init__(self, store: Store, *, now: Callable[[], datetime], new_id: Callable[[], str]) -> None:
        self._store: Final = store
        self._now: Final = now
        self._new_id: Final = new_id

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
        self._claim(user)
        self._store.put("users", (PARTITION, user.id), user.body, expect=ABSENT)
        if role is Role.ADMIN:
            self._list_admin(user.id)
        return replace(user, version=1)

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

    def set_role(self, user_id: str, role: Role, *, by: str) -> User:
        """
        Give a user another role, which ends all sessions.

        Raises:
            OwnRole: an administrator would cease to be one by the own hand.
            LastAdmin: nobody would be left.
            UserNotFound: there is none.
        """
        user = self.get(user_id)
        if user.role is Role.ADMIN and role is not Role.ADMIN:
            if user_id == by:
                raise OwnRole
            self._unlist_admin(user_id, LastAdmin())
        if user.role is not role:
            user = self.change(user_id, lambda user: replace(user, role=role, sessions=()))
        if role is Role.ADMIN:
            self._list_admin(user_id)
        return user

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
                self._unlist_admin(user_id, LastAdmin("delete"))
            try:
                self._store.delete("users", (PARTITION, user_id), expect=user.version)
            except StaleWrite:
                continue
            claim = self._store.get("emails", (normalised(user.email), "#"))
            if claim is not None and claim.body["user"] == user_id:
                self._store.delete("emails", claim.key, expect=claim.version)
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
        return bool(self._directory()[1])

    def _stored(self, user: User) -> User:
        written = replace(user, updated_at=iso(self._now()))
        document = self._store.put("users", (PARTITION, user.id), written.body, expect=user.version)
        return replace(written, version=document.version)

    def _claim(self, user: User) -> None:
        key: Key = (normalised(user.email), "#")
        body = {"user": user.id, "at": user.created_at}
        try:
            self._store.put("emails", key, body, expect=ABSENT)
        except StaleWrite:
            claim = self._store.get("emails", key)
            if claim is None or not self._is_unfinished(claim):
                raise EmailTaken from None
            try:
                self._store.put("emails", key, body, expect=claim.version)
            except StaleWrite:
                raise EmailTaken from None

    def _is_unfinished(self, claim: Document) -> bool:
        """Tell whether whoever claimed an address never came to write the user's document."""
        claimed_at: str = claim.body["at"]
        if claimed_at > iso(self._now() - UNFINISHED):
            return False
        return self._store.get("users", (PARTITION, claim.body["user"])) is None

    def _directory(self) -> tuple[int, Sequence[str]]:
        document = self._store.get("directory", DIRECTORY)
        return (ABSENT, ()) if document is None else (document.version, document.body["ids"])

    def _list_admin(self, user_id: str) -> None:
        self._edit_directory(lambda ids: ids if user_id in ids else [*ids, user_id])

    def _unlist_admin(self, user_id: str, last: LastAdmin) -> None:
        def without(ids: Sequence[str]) -> Sequence[str]:
            others = [each for each in ids if each != user_id]
            if not others:
                raise last
            return others

        self._edit_directory(without)

    def _edit_directory(self, change: Callable[[Sequence[str]], Sequence[str]]) -> None:
        for _ in range(TRIES):
            version, ids = self._directory()
            changed = change(ids)
            if changed == ids:
                return
            try:
                self._store.put("directory", DIRECTORY, {"schema": 1, "ids": list(changed)}, expect=version)
            except StaleWrite:
                continue
            return
        raise StaleWrite


def normalised(email: str) -> str:
    """Return the spelling by which addresses are compared: composed (NFKC), without case, without spaces around."""
    return unicodedata.normalize("NFKC", email.strip()).casefold()


def public(user: User) -> Mapping[str, Any]:
    """Return what answers show of a user."""
    return {
        "id": user.id,
        **({"name": user.name} if user.name is not None else {}),
        "email": user.email,
        "role": user.role,
        "createdAt": user.created_at,
        "updatedAt": user.updated_at,
    }
