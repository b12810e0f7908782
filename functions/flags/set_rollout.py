"""Change a flag's rollout, in place."""

from togglebox.app import App
from togglebox.edge import Request, endpoint
from togglebox.edge.response import Item
from togglebox.flags.requests import Rollout
from togglebox.flags.views import FlagView


@endpoint(
    "PATCH",
    "/platforms/{platform}/environments/{environment}/flags/{flagKey}/rollout",
    area="internal",
    permission="config:write",
)
def handler(request: Request[Rollout], app: App) -> Item[FlagView]:
    changes = request.json().changes()
    flag = app.flags.switch(request.environment, request.path["flagKey"], changes, request.change("rollout"))
    return Item(FlagView.of(flag, request.environment), flag.stamp)
