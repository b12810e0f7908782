"""What Lambda answers where no route of API Gateway takes the request, as the local server does."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from togglebox import wiring
from togglebox.edge.aws import Answer, Event, answer_of, request_of
from togglebox.edge.endpoint import Area, Endpoint
from togglebox.edge.respond import unrouted
from togglebox.edge.router import RouteNotFound, Router
from togglebox.errors import ToggleBoxError


class Fallback:
    """A Lambda handler that answers preflights, and says of anything else why nothing takes it."""

    def __init__(self, known: Iterable[str]) -> None:
        """*known* are the endpoints as ``GET /path``: they themselves would take long to import."""
        stand_ins = [_StandIn(method, {"root": path}) for method, path in map(str.split, known)]
        self._router = Router(cast("list[Endpoint]", stand_ins))
        if wiring.on_lambda():
            wiring.app()

    def __call__(self, event: Event, context: Any) -> Answer:
        app = wiring.app()
        request = request_of(event, context, app)
        return answer_of(unrouted(self._reason(request.method, request.target), request, app))

    def _reason(self, method: str, target: str) -> ToggleBoxError:
        """Return what is wrong; a path that only the router knows (with a slash at its end) is not found."""
        try:
            self._router.find(method, target)
        except ToggleBoxError as error:
            return error
        return RouteNotFound()


@dataclass(frozen=True, slots=True)
class _StandIn:
    """What the router reads of an endpoint."""

    method: str
    paths: Mapping[Area, str]
