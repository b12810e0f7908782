"""Platforms and environments: what they are called, and when they began."""

from dataclasses import dataclass
from typing import Self

from togglebox.journal.record import Head, Stamp


@dataclass(frozen=True, slots=True)
class Platform:
    """A product, or a part of one, whose environments are kept together."""

    name: str
    description: str | None
    created_by: str | None
    created_at: str
    id: str
    stamp: Stamp

    @classmethod
    def of(cls, head: Head) -> Self:
        data = head.data
        return cls(head.name, data["description"], data["createdBy"], data["createdAt"], head.id, head.stamp)


@dataclass(frozen=True, slots=True)
class Environment:
    """One stage of a platform: what lies in it is read and changed apart from all others."""

    platform: str
    name: str
    description: str | None
    created_by: str | None
    created_at: str
    stamp: Stamp

    @classmethod
    def of(cls, head: Head, *, platform: str) -> Self:
        data = head.data
        return cls(platform, head.name, data["description"], data["createdBy"], data["createdAt"], head.stamp)
