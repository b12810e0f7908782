"""Who asks: a person, an API key, the system itself, or nobody."""

from dataclasses import dataclass
from typing import Final

from togglebox.auth.permissions import Permission, Role


@dataclass(frozen=True, slots=True)
class Principal:
    """
    The caller, as far as it is known.

    *id* is the user's or key's, ``None`` for the system and for nobody; *email* is what changes are signed with (a
    key's are signed by its owner); *role* is the person's, ``None`` for keys; *is_key* tells a program's API key from
    a person; *session* is the one that a person's token belongs to. *platforms* and *environments* are the names that
    a key is limited to, ``None`` where it is not.
    """

    id: str | None
    email: str
    permissions: frozenset[Permission]
    role: Role | None = None
    is_key: bool = False
    session: str | None = None
    platforms: frozenset[str] | None = None
    environments: frozenset[str] | None = None

    @property
    def is_admin(self) -> bool:
        """Whether what only administrators may is open: deleting platforms and environments."""
        return self.role is Role.ADMIN

    @property
    def is_reduced(self) -> bool:
        """Whether public answers leave out what SDKs do not need: drafts, hypotheses, authors."""
        return self.is_key and Permission.CONFIG_WRITE not in self.permissions

    @property
    def person(self) -> str:
        """The user's id, where only people are let in."""
        assert self.id is not None, "an endpoint for people lets in nobody else"
        assert not self.is_key, "an endpoint for people lets in nobody else"
        return self.id

    def may(self, permission: Permission) -> bool:
        return permission in self.permissions

    def reaches(self, platform: str | None, environment: str | None) -> bool:
        """
        Tell whether the caller's limits include what a path names; ``None`` stands for a path that names none.

        A caller who is limited does not reach beyond: what names no platform is about all of them.
        """
        return (self.platforms is None or platform in self.platforms) and (
            self.environments is None or environment in self.environments
        )


SYSTEM: Final = Principal(None, "system@togglebox.dev", frozenset(Permission), role=Role.ADMIN)
"""Who acts where authentication is off, and on schedules."""

NOBODY: Final = Principal(None, "system@togglebox.dev", frozenset())
