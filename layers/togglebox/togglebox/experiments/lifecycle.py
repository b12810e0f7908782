"""The lifecycle of an experiment: every rule about its status, in one table each."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final, Self

from togglebox.errors import IllegalStep


class Status(StrEnum):
    DRAFT = "draft"
    RUNNING = "running"
    PAUSED = "paused"
    COMPLETED = "completed"
    ARCHIVED = "archived"


class Action(StrEnum):
    START = "start"
    PAUSE = "pause"
    RESUME = "resume"
    COMPLETE = "complete"
    ARCHIVE = "archive"


class Edit(StrEnum):
    """What may be done to an experiment without moving it on."""

    UPDATE = "update"
    TRAFFIC = "traffic"
    DELETE = "delete"


TRANSITIONS: Final[Mapping[Action, Mapping[Status, Status]]] = {
    Action.START: {Status.DRAFT: Status.RUNNING},
    Action.PAUSE: {Status.RUNNING: Status.PAUSED},
    Action.RESUME: {Status.PAUSED: Status.RUNNING},
    Action.COMPLETE: {Status.RUNNING: Status.COMPLETED, Status.PAUSED: Status.COMPLETED},
    Action.ARCHIVE: {Status.COMPLETED: Status.ARCHIVED},
}

EDITS: Final[Mapping[Edit, frozenset[Status]]] = {
    Edit.UPDATE: frozenset({Status.DRAFT}),
    Edit.TRAFFIC: frozenset({Status.DRAFT, Status.RUNNING, Status.PAUSED}),
    Edit.DELETE: frozenset({Status.DRAFT, Status.PAUSED, Status.COMPLETED, Status.ARCHIVED}),
}

_REFUSALS: Final[Mapping[Action | Edit, str]] = {
    **{action: f"Cannot {action} experiment in {{status}} status" for action in Action},
    Edit.UPDATE: "Cannot update experiment in {status} status",
    Edit.TRAFFIC: "Cannot update traffic allocation for experiment in {status} status",
    Edit.DELETE: "Cannot delete {status} experiment",
}


def is_listed(status: str, wanted: str | None, *, reduced: bool) -> bool:
    """
    Tell whether a list shows an experiment of this *status*.

    *wanted* is the list's filter: a status, ``active`` for all but the archived, ``None`` for all. A *reduced* list
    shows the running ones only.
    """
    if reduced and status != Status.RUNNING:
        return False
    if wanted == "active":
        return status != Status.ARCHIVED
    return wanted is None or status == wanted


class IllegalTransition(IllegalStep):
    """The experiment's status does not allow this; the detail holds the status and the actions that it allows."""

    def __init__(self, step: Action | Edit, status: Status) -> None:
        allowed = [action.value for action in Action if status in TRANSITIONS[action]]
        super().__init__(
            _REFUSALS[step].format(status=status.value), details=[{"status": status.value, "allowed": allowed}]
        )


@dataclass(frozen=True, slots=True)
class Lifecycle:
    """Where an experiment stands, and since when it ran and until when; times as the wire writes them."""

    status: Status = Status.DRAFT
    started_at: str | None = None
    completed_at: str | None = None

    def after(self, action: Action, *, at: str) -> Self:
        """
        Return the lifecycle that *action* leads to.

        Raises:
            IllegalTransition: it leads nowhere from here.
        """
        status = TRANSITIONS[action].get(self.status)
        if status is None:
            raise IllegalTransition(action, self.status)
        moved = replace(self, status=status)
        if action is Action.START:
            return replace(moved, started_at=at)
        if action is Action.COMPLETE:
            return replace(moved, completed_at=at)
        return moved

    def check(self, edit: Edit) -> None:
        """
        Check that *edit* may be made now.

        Raises:
            IllegalTransition: it may not.
        """
        if self.status not in EDITS[edit]:
            raise IllegalTransition(edit, self.status)
