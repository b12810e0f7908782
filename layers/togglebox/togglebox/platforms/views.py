"""What callers see of platforms and environments."""

from dataclasses import dataclass
from typing import Self

from togglebox.platforms.model import Environment, Platform


@dataclass(frozen=True, slots=True)
class PlatformView:
    id: str
    name: str
    created_at: str
    description: str | None = None
    created_by: str | None = None

    @classmethod
    def of(cls, platform: Platform) -> Self:
        return cls(platform.id, platform.name, platform.created_at, platform.description, platform.created_by)


@dataclass(frozen=True, slots=True)
class EnvironmentView:
    platform: str
    environment: str
    created_at: str
    description: str | None = None
    created_by: str | None = None

    @classmethod
    def of(cls, environment: Environment) -> Self:
        return cls(
            environment.platform,
            environment.name,
            environment.created_at,
            environment.description,
            environment.created_by,
        )
