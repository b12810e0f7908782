"""Go back to an earlier version of a parameter: its content becomes a new version."""

from togglebox.app import App
from togglebox.configs.requests import Rollback
from togglebox.configs.views import ParameterView
from togglebox.edge import Request, endpoint
from togglebox.edge.response import Item


@endpoint(
    "POST",
    "/platforms/{platform}/environments/{environment}/configs/{parameterKey}/rollback",
    area="internal",
    permission="config:write",
)
def handler(request: Request[Rollback], app: App) -> Item[ParameterView]:
    number = int(request.json().version)
    parameter = app.configs.rollback(
        request.environment, request.path["parameterKey"], number, request.change("rollback")
    )
    return Item(ParameterView.of(parameter), parameter.stamp)
