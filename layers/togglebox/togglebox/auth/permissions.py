"""Who may do what: the roles, and the one table that says what each of them opens."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final, Self

from togglebox.errors import Invalid


class Permission(StrEnum):
    """What a caller may be allowed to do; every endpoint that needs one names it."""

    CONFIG_READ = "config:read"
    CONFIG_WRITE = "config:write"
    CONFIG_UPDATE = "config:update"
    CONFIG_DELETE = "config:delete"
    CACHE_INVALIDATE = "cache:invalidate"
    APIKEY_MANAGE = "apikey:manage"
    USER_MANAGE = "user:manage"
    PLATFORM_READ = "platform:read"
    ENVIRONMENT_READ = "environment:read"
    MEMBER_READ = "member:read"
    MEMBER_INVITE = "member:invite"
    MEMBER_MANAGE = "member:manage"
    MEMBER_REMOVE = "member:remove"


class Role(StrEnum):
    """What a person is."""

    ADMIN = "admin"
    DEVELOPER = "developer"
    VIEWER = "viewer"

    @classmethod
    def asked(cls, text: str | None) -> Self | None:
        """
        Return the role that a query asks for, ``None`` if it asks for none.

        Raises:
            Invalid: there is none of this name.
        """
        try:
            return None if text is None else cls(text)
        except ValueError:
            raise Invalid("role: must be one of " + ", ".join(cls)) from None


_READ: Final = frozenset({Permission.CONFIG_READ, Permission.PLATFORM_READ, Permission.ENVIRONMENT_READ})

PERMISSIONS: Final[Mapping[Role, frozenset[Permission]]] = {
    Role.ADMIN: frozenset(Permission),
    Role.DEVELOPER: _READ
    | {
        Permission.CONFIG_WRITE,
        Permission.CONFIG_UPDATE,
        Permission.CONFIG_DELETE,
        Permission.CACHE_INVALIDATE,
        Permission.APIKEY_MANAGE,
    },
    Role.VIEWER: _READ,
}
"""What each role opens. An API key opens what it was given of this, and never more than its owner's role still does."""
