"""Show one version of a parameter."""

from togglebox.app import App
from togglebox.configs.views import ParameterView
from togglebox.edge import Request, endpoint


@endpoint(
    "GET",
    "/platforms/{platform}/environments/{environment}/configs/{parameterKey}/versions/{version}",
    area=("public", "internal"),
    permission="config:read",
)
def handler(request: Request, app: App) -> ParameterView:
    number = int(request.path["version"])
    return ParameterView.of(app.configs.version(request.environment, request.path["parameterKey"], number))
