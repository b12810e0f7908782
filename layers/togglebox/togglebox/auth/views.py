"""What callers see of people."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Self

from togglebox.auth.permissions import Role
from togglebox.auth.signing_in import SignedIn
from togglebox.auth.users import Session, User
from togglebox.journal.record import iso


@dataclass(frozen=True, slots=True, kw_only=True)
class UserView:
    id: str
    name: str | None = None
    email: str
    role: Role
    created_at: str
    updated_at: str

    @classmethod
    def of(cls, user: User) -> Self:
        return cls(
            id=user.id,
            name=user.name,
            email=user.email,
            role=user.role,
            created_at=user.created_at,
            updated_at=user.updated_at,
        )


@dataclass(frozen=True, slots=True)
class SignedInView:
    """A person, and the token to send as ``Authorization: Bearer``."""

    user: UserView
    token: str

    @classmethod
    def of(cls, signed_in: SignedIn) -> Self:
        return cls(UserView.of(signed_in.user), signed_in.token)


@dataclass(frozen=True, slots=True)
class SessionView:
    """One sign-in of the caller's; *current* is the one that asks."""

    id: str
    created_at: str
    expires_at: str
    agent: str
    current: bool

    @classmethod
    def of(cls, session: Session, *, current: str | None) -> Self:
        expires = iso(datetime.fromtimestamp(session.expires, UTC))
        return cls(session.id, session.created_at, expires, session.agent, current=session.id == current)
