"""What Lambda answers where no route of API Gateway takes the request, as the local server does."""

from collections.abc import Iterable
from dataclasses import dataclass
from importlib import import_module
from typing import Any, cast

from togglebox import wiring
from togglebox.app import App
from togglebox.edge.aws import Answer, Event, answer_of, request_of
from togglebox.edge.endpoint import PREFIXES, Area, Endpoint
from togglebox.edge.request import Request
from togglebox.edge.respond import respond, unrouted
from togglebox.edge.response import Response
from togglebox.edge.router import RouteNotFound, Router
from togglebox.errors import ToggleBoxError


class Fallback:
    """
    A Lambda handler that answers preflights, and says of other requests why nothing takes them.

    API Gateway takes a route by its method and its exact path. So a HEAD ends here, and a GET with a slash at its end:
    these are answered by the endpoint. What changes something is not, since this function may only read.
    """

    def __init__(self, known: Iterable[str]) -> None:
        """*known* are the endpoints as ``GET /path module``: all of them would take long to import."""
        self._router = Router(cast("list[Endpoint]", [_StandIn.of(line) for line in known]))
        if wiring.on_lambda():
            wiring.app()

    def __call__(self, event: Event, context: Any) -> Answer:
        app = wiring.app()
        return answer_of(self.respond(request_of(event, context, app), app))

    def respond(self, request: Request[Any], app: App) -> Response:
        try:
            found, request.area, request.path = self._router.find(request.method, request.target)
        except ToggleBoxError as error:
            return unrouted(error, request, app)
        if request.method not in ("GET", "HEAD"):
            return unrouted(RouteNotFound(), request, app)
        endpoint: Endpoint = import_module(found.name).handler
        return respond(endpoint, request, app)


@dataclass(frozen=True, slots=True)
class _StandIn:
    """What the router reads of an endpoint, and the endpoint's module."""

    method: str
    paths: dict[Area, str]
    name: str

    @classmethod
    def of(cls, line: str) -> "_StandIn":
        method, path, name = line.split()
        area = max((area for area in PREFIXES if path.startswith(PREFIXES[area])), key=lambda area: len(PREFIXES[area]))
        return cls(method, {area: path}, name)
