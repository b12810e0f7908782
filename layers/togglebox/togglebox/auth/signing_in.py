"""Signing in and out: registration, login, sessions, and the change of a password by whoever knows it."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from togglebox.auth.passwords import Hasher
from togglebox.auth.permissions import Role
from togglebox.auth.tokens import Tokens
from togglebox.auth.users import Session, User, Users
from togglebox.errors import NotAuthenticated
from togglebox.journal.record import iso

AGENT: Final = 120
"""Characters of a `User-Agent` that are kept: enough to tell a phone from a laptop."""


class WrongLogin(NotAuthenticated):
    def __init__(self) -> None:
        super().__init__("Invalid email or password")


class WrongPassword(NotAuthenticated):
    def __init__(self) -> None:
        super().__init__("Current password is incorrect")


class NoSession(NotAuthenticated):
    """The session that the token belongs to ended while it was used."""

    def __init__(self) -> None:
        super().__init__("Invalid or expired JWT token")


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A person, and the token that proves it."""

    user: User
    token: str


@dataclass(frozen=True, slots=True)
class Device:
    """Where a person signs in from: the client's *address*, and its `User-Agent`."""

    address: str
    agent: str

    @property
    def digest(self) -> str:
        """The address, as sessions keep it: it can be compared, and is nobody's to read."""
        return digest(self.address)


class SigningIn:
    """
    What people do to prove who they are.

    A login reads the same documents and hashes once whether or not there is such an account, so that neither the
    answer nor the time tells who has one. An account whose hash is of a lower cost is checked with that one until its
    owner signs in.
    """

    def __init__(
        self,
        users: Users,
        tokens: Tokens,
        hasher: Hasher,
        *,
        now: Callable[[], datetime],
        new_id: Callable[[], str],
    ) -> None:
        self._users: Final = users
        self._tokens: Final = tokens
        self._hasher: Final = hasher
        self._now: Final = now
        self._new_id: Final = new_id

    def register(self, *, email: str, name: str | None, password: str, role: Role = Role.VIEWER) -> User:
        """
        Create an account.

        Raises:
            EmailTaken: somebody has the address.
        """
        return self._users.create(email=email, name=name, role=role, password=self._hasher.hash(password))

    def login(self, email: str, password: str, device: Device) -> SignedIn:
        """
        Begin a session; a hash that is not as slow as it should be is made anew.

        Raises:
            WrongLogin: there is no such account, or the password is another.
        """
        user = self._users.find(email)
        stored = user.password if user else ""
        right = self._hasher.verify(password, stored)
        if user is None or not right:
            raise WrongLogin
        kept = self._hasher.hash(password) if self._hasher.outdated(stored) else stored
        session = self._session(self._new_id(), device)

        def change(user: User) -> User:
            if user.password != stored:
                raise WrongLogin  # it was changed since it was compared
            return replace(user, password=kept).signed_in(session, at=self._now())

        user = self._users.change(user.id, change, seen=user)
        return SignedIn(user, self._tokens.issue(user, session.id))

    def refresh(self, user_id: str, sid: str, device: Device) -> SignedIn:
        """
        Let a session last as long as a new one, and return a new token of it.

        Raises:
            NoSession: it has ended.
            UserNotFound: there is no such user.
        """
        session = self._session(sid, device)

        def change(user: User) -> User:
            old = user.session(sid, at=self._now())
            if old is None:
                raise NoSession
            return user.signed_in(replace(session, created_at=old.created_at), at=self._now())

        user = self._users.change(user_id, change)
        return SignedIn(user, self._tokens.issue(user, sid))

    def logout(self, user_id: str, sid: str | None = None) -> None:
        """End the session *sid*, or all of them; what has ended already is no error."""
        self._users.change(user_id, lambda user: user.signed_out(sid))

    def change_password(self, user_id: str, *, current: str, new: str) -> None:
        """
        Give a user another password, which ends all sessions and any reset under way.

        Raises:
            WrongPassword: *current* is not the one so far.
            UserNotFound: there is no such user.
        """
        user = self._users.get(user_id)
        stored = user.password
        if not self._hasher.verify(current, stored):
            raise WrongPassword
        made = self._hasher.hash(new)

        def change(user: User) -> User:
            if user.password != stored:
                raise WrongPassword
            return user.with_password(made)

        self._users.change(user_id, change, seen=user)

    def _session(self, sid: str, device: Device) -> Session:
        now = self._now()
        agent = "".join(filter(str.isprintable, device.agent))[:AGENT]
        return Session(sid, iso(now), int(now.timestamp()) + self._tokens.seconds, device.digest, agent)


def digest(address: str) -> str:
    """Return what stands for a client's address in documents: the SHA-256, cut to 32 hexadecimal digits."""
    return hashlib.sha256(address.encode()).hexdigest()[:32]
