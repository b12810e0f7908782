"""Change an environment's description."""

from togglebox.app import App
from togglebox.edge import Request, endpoint
from togglebox.edge.response import Item
from togglebox.platforms.requests import NewDescription
from togglebox.platforms.views import EnvironmentView


@endpoint(
    "PATCH",
    "/platforms/{platform}/environments/{environment}",
    area="internal",
    permission="config:write",
)
def handler(request: Request[NewDescription], app: App) -> Item[EnvironmentView]:
    changes = request.json().changes()
    environment = app.environments.update(*request.environment, changes, request.change("update"))
    return Item(EnvironmentView.of(environment), environment.stamp)
