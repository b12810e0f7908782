"""A job: what no HTTP call starts, on a schedule of its own."""

from collections.abc import Callable, Mapping
from typing import Any

from togglebox import wiring
from togglebox.app import App


class Job:
    """What `job` makes of a handler; called with ``(event, context)`` it is a Lambda handler."""

    __slots__ = ("handler", "name", "schedule")

    def __init__(self, handler: Callable[[App], Mapping[str, Any]], schedule: str) -> None:
        self.handler = handler
        self.name = handler.__module__
        self.schedule = schedule
        if wiring.on_lambda():
            wiring.app()

    @property
    def docs(self) -> str:
        """The sentence that the handler's module opens with."""
        return (self.handler.__globals__["__doc__"] or "").strip()

    def __call__(self, event: dict[str, Any], context: Any) -> Mapping[str, Any]:
        return self.handler(wiring.app())

    def __repr__(self) -> str:
        return f"<{self.name}: {self.schedule}>"


def job(schedule: str) -> Callable[[Callable[[App], Mapping[str, Any]]], Job]:
    """Run the decorated handler on *schedule* (as EventBridge writes it); its answer goes to the log."""

    def made(handler: Callable[[App], Mapping[str, Any]]) -> Job:
        return Job(handler, schedule)

    return made
