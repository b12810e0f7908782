"""A job: what no HTTP call starts, on a schedule of its own."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from togglebox import wiring
from togglebox.app import App

type Done = Mapping[str, Any]


class Job:
    """What `job` makes of a handler; called with ``(event, context)`` it is a Lambda handler."""

    __slots__ = ("_lambda", "handler", "name", "schedule")

    def __init__(self, handler: Callable[[App], Done], schedule: str) -> None:
        self.handler = handler
        self.name = handler.__module__
        self.schedule = schedule
        self._lambda = self._door() if wiring.on_lambda() else None

    @property
    def docs(self) -> str:
        """The sentence that the handler's module opens with."""
        return (self.handler.__globals__["__doc__"] or "").strip()

    def __call__(self, event: Mapping[str, Any], context: Any) -> Done:
        if self._lambda is None:
            self._lambda = self._door()
        return self._lambda(event, context)

    def _door(self) -> Callable[[Mapping[str, Any], Any], Done]:
        from togglebox.edge.aws import watched

        app = wiring.app()

        def run(event: Mapping[str, Any], context: Any) -> Done:
            done = self.handler(app)
            app.log(json.dumps({"level": "info", "done": done}))
            return done

        return watched(run, app, self.name, lambda done: "Runs")

    def __repr__(self) -> str:
        return f"<{self.name}: {self.schedule}>"


def job(schedule: str) -> Callable[[Callable[[App], Done]], Job]:
    """Run the decorated handler on *schedule* (as EventBridge writes it); its answer goes to the log."""

    def made(handler: Callable[[App], Done]) -> Job:
        return Job(handler, schedule)

    return made
