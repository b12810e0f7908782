"""Signing in and out: registration, login, sessions, and the change of a password by whoever knows it."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Protocol, Self

from togglebox.auth.passwords import Hasher
from togglebox.auth.permissions import Role
from togglebox.auth.principal import Principal
from togglebox.auth.throttle import (
    LOGINS_ELSEWHERE,
    LOGINS_FROM,
    LOGINS_HERE,
    REGISTRATIONS,
    Throttle,
    network,
)
from togglebox.auth.tokens import Tokens
from togglebox.auth.users import Session, User, Users, normalised
from togglebox.errors import Forbidden, NotAuthenticated
from togglebox.journal.record import iso

AGENT: Final = 120
"""Characters of a `User-Agent` that are kept: enough to tell a phone from a laptop."""


class RegistrationClosed(Forbidden):
    def __init__(self) -> None:
        super().__init__("Registration is closed here: ask an administrator for an account")


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


class Asking(Protocol):
    """What a request tells of its sender; the names of headers are in lower case."""

    @property
    def client(self) -> str: ...
    @property
    def headers(self) -> Mapping[str, str]: ...


@dataclass(frozen=True, slots=True)
class Device:
    """Where a person signs in from: the client's *address*, and its `User-Agent`."""

    address: str
    agent: str

    @classmethod
    def of(cls, asked: Asking) -> Self:
        return cls(asked.client, asked.headers.get("user-agent", ""))

    @property
    def digest(self) -> str:
        """What sessions keep of the address: enough to tell whether another is in the same network."""
        return digest(self.network)

    @property
    def network(self) -> str:
        """What limits count as one place."""
        return network(self.address)


class SigningIn:
    """
    What people do to prove who they are; with *registration*, everybody may create an account.

    A login reads the same documents and hashes once whether or not there is such an account, so that neither the
    answer nor the time tells who has one. An account whose hash is of a lower cost is checked with that one until its
    owner signs in.

    Wrong passwords are counted for the account in one network, for the network, and for the account in all networks
    where nobody is signed in to it: who guesses from elsewhere does not lock its owner out. The first is counted before
    the password is compared, so that no number of guesses at once gets through.
    """

    def __init__(
        self,
        users: Users,
        tokens: Tokens,
        hasher: Hasher,
        throttle: Throttle,
        *,
        registration: bool,
        now: Callable[[], datetime],
        new_id: Callable[[], str],
    ) -> None:
        self._registration: Final = registration
        self._users: Final = users
        self._tokens: Final = tokens
        self._hasher: Final = hasher
        self._throttle: Final = throttle
        self._now: Final = now
        self._new_id: Final = new_id

    def register(self, device: Device, *, email: str, name: str, password: str) -> User:
        """
        Create an account that may only read, for whoever asks.

        Raises:
            RegistrationClosed: only administrators create accounts here.
            TooManyRequests: so did too many others from this network.
            EmailTaken: somebody has the address.
        """
        if not self._registration:
            raise RegistrationClosed
        self._throttle.take(REGISTRATIONS, device.network)
        return self.create(email=email, name=name, password=password, role=Role.VIEWER)

    def create(self, *, email: str, name: str, password: str, role: Role) -> User:
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
            TooManyRequests: too many passwords were wrong.
        """
        user = self._users.find(email)
        account, place = normalised(email), device.network
        here = LOGINS_HERE, f"{account}\n{place}"
        others = [(LOGINS_FROM, place)]
        if user is None or all(session.address != device.digest for session in user.sessions):
            others.append((LOGINS_ELSEWHERE, account))
        self._throttle.check(*others)
        self._throttle.take(*here)
        stored = user.password if user else ""
        right = self._hasher.verify(password, stored)
        if user is None or not right:
            for limit, subject in others:
                self._throttle.count(limit, subject)
            raise WrongLogin
        self._throttle.forget(*here)
        kept = self._hasher.hash(password) if self._hasher.outdated(stored) else stored
        session = self._session(self._new_id(), device)

        def change(user: User) -> User:
            if user.password != stored:
                raise WrongLogin  # it was changed since it was compared
            return replace(user, password=kept).signed_in(session, at=self._now())

        user = self._users.change(user.id, change, seen=user)
        return SignedIn(user, self._tokens.issue(user, session.id))

    def refresh(self, caller: Principal, device: Device) -> SignedIn:
        """
        Let the caller's session last as long as a new one, and return a new token of it.

        Raises:
            NoSession: it has ended.
        """
        sid = caller.session or ""
        session = self._session(sid, device)

        def change(user: User) -> User:
            old = user.session(sid, at=self._now())
            if old is None:
                raise NoSession
            return user.signed_in(replace(session, created_at=old.created_at), at=self._now())

        user = self._users.change(_id(caller), change)
        return SignedIn(user, self._tokens.issue(user, sid))

    def logout(self, caller: Principal) -> None:
        """End the caller's session; that it has ended already is no error."""
        self._users.change(_id(caller), lambda user: user.signed_out(caller.session or ""))

    def logout_everywhere(self, caller: Principal) -> None:
        """End all sessions of the caller."""
        self._users.change(_id(caller), lambda user: user.signed_out())

    def person(self, caller: Principal) -> User:
        """Return who the caller is, as stored."""
        return self._users.get(_id(caller))

    def sessions(self, caller: Principal) -> Sequence[Session]:
        """Return the caller's sessions that last, the oldest first."""
        now = self._now().timestamp()
        return [session for session in self.person(caller).sessions if session.expires > now]

    def update_profile(self, caller: Principal, changes: Mapping[str, str]) -> User:
        """Store what the caller says of itself: a ``name``."""
        return self._users.change(_id(caller), lambda user: replace(user, name=changes.get("name", user.name)))

    def change_password(self, caller: Principal, *, current: str, new: str) -> None:
        """
        Give the caller another password, which ends all sessions and any reset under way.

        Raises:
            WrongPassword: *current* is not the one so far.
            TooManyRequests: that was tried too often.
        """
        user = self.person(caller)
        stored = user.password
        self._throttle.take(LOGINS_HERE, user.id)
        if not self._hasher.verify(current, stored):
            raise WrongPassword
        self._throttle.forget(LOGINS_HERE, user.id)
        made = self._hasher.hash(new)

        def change(user: User) -> User:
            if user.password != stored:
                raise WrongPassword
            return user.with_password(made)

        self._users.change(user.id, change, seen=user)

    def _session(self, sid: str, device: Device) -> Session:
        now = self._now()
        agent = "".join(filter(str.isprintable, device.agent))[:AGENT]
        return Session(sid, iso(now), int(now.timestamp()) + self._tokens.seconds, device.digest, agent)


def _id(caller: Principal) -> str:
    assert caller.id is not None, "an endpoint for people lets in nobody else"
    return caller.id


def digest(address: str) -> str:
    """Return what stands for a client's address in documents: its SHA-256, cut to 32 hexadecimal digits."""
    return hashlib.sha256(address.encode()).hexdigest()[:32]
