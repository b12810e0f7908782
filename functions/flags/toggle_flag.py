"""Switch a flag on or off, in place."""

from togglebox.app import App
from togglebox.edge import Request, endpoint
from togglebox.edge.response import Item
from togglebox.flags.requests import Toggle
from togglebox.flags.views import FlagView


@endpoint(
    "PATCH",
    "/platforms/{platform}/environments/{environment}/flags/{flagKey}/toggle",
    area="internal",
    permission="config:write",
)
def handler(request: Request[Toggle], app: App) -> Item[FlagView]:
    changes = request.json().changes()
    flag = app.flags.switch(request.environment, request.path["flagKey"], changes, request.change("toggle"))
    return Item(FlagView.of(flag, request.environment), flag.stamp)
