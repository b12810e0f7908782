"""Show one flag in its active version."""

from togglebox.app import App
from togglebox.edge import Request, endpoint
from togglebox.edge.response import FromView
from togglebox.flags.views import FlagView


@endpoint(
    "GET",
    "/platforms/{platform}/environments/{environment}/flags/{flagKey}",
    area="public",
    permission="config:read",
)
def handler(request: Request, app: App) -> FromView[FlagView]:
    names, reduced = request.environment, request.reduced
    shown = app.flags.shown(names, request.path["flagKey"], max_age=request.max_age)
    return FromView.item(shown, lambda head: FlagView.of(head, names, reduced=reduced), reduced=reduced)
