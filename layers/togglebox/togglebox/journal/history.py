"""An entity's history as callers read it: who did what when, and which fields that touched."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from togglebox.journal.record import Head


@dataclass(frozen=True, slots=True)
class DifferenceView:
    """One field that a change touched; absent where the field was, or is, unset."""

    field: str
    before: Any = None
    after: Any = None


@dataclass(frozen=True, slots=True)
class ChangeView:
    """One entry of a history; `version` is the public version that the change made or touched."""

    id: str
    version: str
    action: str
    author: str
    at: str
    changes: list[DifferenceView]
    comment: str | None = None
    source: str | None = None
    request_id: str | None = None


def change_between(previous: Head | None, head: Head, *, fields: Sequence[str], version: str) -> ChangeView:
    """Return the change that made *head*, with each of *fields* that it touched; *previous* is the version before."""
    before = {} if previous is None else previous.data
    after = {} if head.deleted else head.data
    record = head.change
    return ChangeView(
        id=record["id"],
        version=version,
        action=record["action"],
        author=record["author"],
        at=record["at"],
        changes=[
            DifferenceView(field, before.get(field), after.get(field))
            for field in fields
            if before.get(field) != after.get(field)
        ],
        comment=record.get("comment"),
        source=record.get("source"),
        request_id=record.get("requestId"),
    )
