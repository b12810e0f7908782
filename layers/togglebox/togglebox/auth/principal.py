"""Who asks: a person, an API key, the system itself, or nobody."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Permission(StrEnum):
    """What a caller may be allowed to do."""

    CONFIG_READ = "config:read"
    CONFIG_WRITE = "config:write"
    CONFIG_UPDATE = "config:update"
    CONFIG_DELETE = "config:delete"
    CACHE_INVALIDATE = "cache:invalidate"
    APIKEY_MANAGE = "apikey:manage"
    USER_MANAGE = "user:manage"


@dataclass(frozen=True, slots=True)
class Principal:
    """
    The caller, as far as it is known.

    *id* is the user's or key's, ``None`` for the system and for nobody; *email* is what changes are signed with;
    *is_admin* opens what only administrators may (deleting platforms and environments); *is_key* tells a program's API
    key from a person.
    """

    id: str | None
    email: str
    permissions: frozenset[Permission]
    is_admin: bool = False
    is_key: bool = False

    @property
    def is_reduced(self) -> bool:
        """Whether public answers leave out what SDKs do not need: drafts, hypotheses, authors."""
        return self.is_key and Permission.CONFIG_WRITE not in self.permissions

    def may(self, permission: Permission) -> bool:
        return permission in self.permissions


SYSTEM: Final = Principal(None, "system@togglebox.dev", frozenset(Permission), is_admin=True)
"""Who acts where authentication is off, and on schedules."""

NOBODY: Final = Principal(None, "system@togglebox.dev", frozenset())
