"""Change a parameter: what the body names, in a new version."""

from togglebox.app import App
from togglebox.configs.requests import ParameterPatch
from togglebox.configs.views import ParameterView
from togglebox.edge import Request, endpoint
from togglebox.edge.response import Item


@endpoint(
    "PATCH",
    "/platforms/{platform}/environments/{environment}/configs/{parameterKey}",
    area="internal",
    permission="config:write",
)
def handler(request: Request[ParameterPatch], app: App) -> Item[ParameterView]:
    changes = request.json().changes()
    parameter = app.configs.update(request.environment, request.path["parameterKey"], changes, request.change("update"))
    return Item(ParameterView.of(parameter), parameter.stamp)
