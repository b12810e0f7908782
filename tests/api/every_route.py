"""Every route of the API, read off the route table, so that later endpoints are covered by the same tests."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pytest

import routes
from tests.api.client import Client
from tests.api.given import a_flag, a_flag_change, a_parameter, an_experiment
from togglebox.auth.permissions import Permission
from togglebox.edge import Endpoint
from togglebox.edge.endpoint import Area
from togglebox.edge.reading import may_be_absent

NAMES: Final[Mapping[str, str]] = {
    "user": "nobody",
    "apiKey": "none",
    "platform": "web",
    "environment": "prod",
    "parameterKey": "color",
    "version": "1",
    "flagKey": "dark",
    "flagVersion": "1.0.1",
    "experimentKey": "checkout",
}
"""A name that exists, for each parameter of a path."""


@dataclass(frozen=True, slots=True)
class Route:
    """One way to an endpoint."""

    endpoint: Endpoint
    area: Area
    template: str

    @property
    def method(self) -> str:
        return self.endpoint.method

    @property
    def parameters(self) -> Sequence[str]:
        return re.findall(r"\{(\w+)\}", self.template)

    def path(self, **names: str) -> str:
        """Return the path with *names*, percent-encoded already, in place of its parameters, or with `NAMES`."""
        return self.template.format_map({**NAMES, **names})

    def target(self) -> str:
        """Return the path with what its query must hold."""
        return self.path() + ("?userId=user-42" if "userId" in self.endpoint.query else "")

    def body(self) -> Any:
        """Return a body that the endpoint understands, ``None`` if it takes none."""
        return (
            None if self.endpoint.body is None else self.endpoint.body.model_config["json_schema_extra"]["examples"][0]
        )

    def __str__(self) -> str:
        return f"{self.method} {self.template}"


def stock(client: Client) -> None:
    """Make what `NAMES` name, in an environment ``prod`` of the platform ``web``."""
    a_parameter(client)
    a_flag(client)
    a_flag_change(client, name="Darker")
    an_experiment(client)


ROUTES: Final = [Route(endpoint, area, path) for endpoint in routes.ENDPOINTS for area, path in endpoint.paths.items()]


def every(*routes: Route) -> Sequence[Any]:
    """Return the routes as parameters of a test, each under its method and path."""
    return [pytest.param(route, id=str(route)) for route in routes]


OF_PROJECT: Final = [route for route in ROUTES if not route.endpoint.accounts]
"""The routes about what the product is for; those about accounts need some, and have tests of their own."""

ALL: Final = every(*ROUTES)
PROJECT: Final = every(*OF_PROJECT)
WITH_BODY: Final = every(*(route for route in OF_PROJECT if route.endpoint.body is not None))
WITH_REQUIRED_BODY: Final = every(
    *(route for route in OF_PROJECT if route.endpoint.body is not None and not may_be_absent(route.endpoint.body))
)
READING: Final = every(
    *(
        route
        for route in OF_PROJECT
        if route.method == "GET" and route.endpoint.permission in (None, Permission.CONFIG_READ)
    )
)
CHANGING: Final = every(*(route for route in ROUTES if route.endpoint.changes))
OPEN: Final = every(*(route for route in OF_PROJECT if not route.endpoint.guarded))
GUARDED: Final = every(*(route for route in OF_PROJECT if route.endpoint.guarded))
INTERNAL_ONLY: Final = every(*(route for route in OF_PROJECT if route.area == "internal"))
WITH_PATH_PARAMETERS: Final = every(*(route for route in OF_PROJECT if route.parameters))
PAGED: Final = every(*(route for route in OF_PROJECT if route.endpoint.pages))
