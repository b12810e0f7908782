"""What callers see of API keys."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Self

from togglebox.auth.keys import APIKey, Created
from togglebox.auth.permissions import Permission


@dataclass(frozen=True, slots=True, kw_only=True)
class APIKeyView:
    """*keyPrefix* and *keyLast4* tell keys from each other; *platforms* and *environments* are absent for all."""

    id: str
    name: str
    key_prefix: str
    key_last4: str
    permissions: Sequence[Permission]
    platforms: Sequence[str] | None = None
    environments: Sequence[str] | None = None
    expires_at: str | None
    last_used_at: str | None
    created_at: str

    @classmethod
    def of(cls, key: APIKey) -> Self:
        return cls(
            id=key.id,
            name=key.name,
            key_prefix=key.prefix,
            key_last4=key.last4,
            permissions=key.permissions,
            platforms=key.platforms,
            environments=key.environments,
            expires_at=key.expires_at,
            last_used_at=key.last_used_at,
            created_at=key.created_at,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class NewKeyView(APIKeyView):
    """A key, and the text to send as ``X-API-Key``, which is not stored."""

    key: str

    @classmethod
    def made(cls, created: Created) -> Self:
        shown = APIKeyView.of(created.key)
        return cls(key=created.text, **{field.name: getattr(shown, field.name) for field in fields(shown)})
