"""Show one parameter in its active version."""

from togglebox.app import App
from togglebox.configs.model import Parameter
from togglebox.configs.views import ParameterView
from togglebox.edge import Request, endpoint
from togglebox.edge.response import FromView


@endpoint(
    "GET",
    "/platforms/{platform}/environments/{environment}/configs/{parameterKey}",
    area="public",
    permission="config:read",
)
def handler(request: Request, app: App) -> FromView[ParameterView]:
    names = request.environment
    shown = app.configs.shown(names, request.path["parameterKey"], max_age=request.max_age)
    return FromView.item(shown, lambda head: ParameterView.of(Parameter.of(head, names)))
