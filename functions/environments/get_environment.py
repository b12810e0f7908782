"""Show one environment."""

from togglebox.app import App
from togglebox.edge import Request, endpoint
from togglebox.edge.response import FromView
from togglebox.platforms.model import Environment
from togglebox.platforms.views import EnvironmentView


@endpoint("GET", "/platforms/{platform}/environments/{environment}", area="public", permission="config:read")
def handler(request: Request, app: App) -> FromView[EnvironmentView]:
    platform, name = request.environment
    shown = app.environments.shown(platform, name, max_age=request.max_age)
    return FromView.item(shown, lambda head: EnvironmentView.of(Environment.of(head, platform=platform)))
