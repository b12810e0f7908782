"""Create a parameter, as version 1."""

from togglebox.app import App
from togglebox.configs.requests import NewParameter
from togglebox.configs.views import ParameterView
from togglebox.edge import Request, endpoint
from togglebox.edge.response import Item


@endpoint(
    "POST",
    "/platforms/{platform}/environments/{environment}/configs",
    area="internal",
    permission="config:write",
    status=201,
)
def handler(request: Request[NewParameter], app: App) -> Item[ParameterView]:
    new = request.json()
    parameter = app.configs.create(request.environment, new.parameter_key, new.data(), request.change("create"))
    return Item(ParameterView.of(parameter), parameter.stamp)
