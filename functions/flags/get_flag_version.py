"""Show one version of a flag, in its last state."""

from togglebox.app import App
from togglebox.edge import Request, endpoint
from togglebox.flags.versions import patch_of
from togglebox.flags.views import FlagView


@endpoint(
    "GET",
    "/platforms/{platform}/environments/{environment}/flags/{flagKey}/versions/{flagVersion}",
    area="internal",
    permission="config:read",
)
def handler(request: Request, app: App) -> FlagView:
    names = request.environment
    state, active = app.flags.version(names, request.path["flagKey"], patch_of(request.path["flagVersion"]))
    return FlagView.of(state, names, active=active)
