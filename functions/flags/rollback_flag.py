"""Go back to an earlier version of a flag, switch and rollout aside: its content becomes a new version."""

from togglebox.app import App
from togglebox.edge import Request, endpoint
from togglebox.edge.response import Item
from togglebox.flags.requests import FlagRollback
from togglebox.flags.versions import patch_of
from togglebox.flags.views import FlagView


@endpoint(
    "POST",
    "/platforms/{platform}/environments/{environment}/flags/{flagKey}/rollback",
    area="internal",
    permission="config:write",
)
def handler(request: Request[FlagRollback], app: App) -> Item[FlagView]:
    wanted = request.json()
    flag = app.flags.rollback(
        request.environment,
        request.path["flagKey"],
        patch_of(wanted.version),
        include=wanted.include,
        change=request.change("rollback"),
    )
    return Item(FlagView.of(flag, request.environment), flag.stamp)
