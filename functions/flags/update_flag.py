"""Change a flag: what the body names, in a new version."""

from togglebox.app import App
from togglebox.edge import Request, endpoint
from togglebox.edge.response import Item
from togglebox.flags.requests import FlagPatch
from togglebox.flags.views import FlagView


@endpoint(
    "PUT",
    "/platforms/{platform}/environments/{environment}/flags/{flagKey}",
    area="internal",
    permission="config:write",
)
def handler(request: Request[FlagPatch], app: App) -> Item[FlagView]:
    changes = request.json().changes()
    flag = app.flags.update(request.environment, request.path["flagKey"], changes, request.change("update"))
    return Item(FlagView.of(flag, request.environment), flag.stamp)
