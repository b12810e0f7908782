"""When an experiment starts or ends by itself."""

from typing import Any, Final

from togglebox.experiments.lifecycle import TRANSITIONS, Action, Status
from togglebox.store.port import Body

TIMES: Final = {Action.START: "scheduledStartAt", Action.COMPLETE: "scheduledEndAt"}


def armed(data: Body, *, at: str, before: Body | None = None) -> dict[str, Any]:
    """
    Return *data* with what its schedule will do, and when next; written at the time *at* in place of *before*.

    Only a time that lies ahead when it is written moves anything; one that stays as it was keeps what it has.
    """
    arms = [
        action.value
        for action, field in TIMES.items()
        if (
            action.value in before["arms"]
            if before is not None and before[field] == data[field]
            else data[field] is not None and data[field] > at
        )
    ]
    times = [data[TIMES[action]] for action in map(Action, arms) if Status(data["status"]) in TRANSITIONS[action]]
    return {**data, "arms": arms, "due": min(times, default=None)}


def due_action(data: Body, *, at: str) -> Action | None:
    """Return the armed action whose time has come by *at*; ending wins over starting."""
    for action in (Action.COMPLETE, Action.START):
        if action.value in data["arms"] and data[TIMES[action]] <= at and Status(data["status"]) in TRANSITIONS[action]:
            return action
    return None
