"""Create a flag, as version 1.0.0."""

from togglebox.app import App
from togglebox.edge import Request, endpoint
from togglebox.edge.response import Item
from togglebox.flags.requests import NewFlag
from togglebox.flags.views import FlagView


@endpoint(
    "POST",
    "/platforms/{platform}/environments/{environment}/flags",
    area="internal",
    permission="config:write",
    status=201,
)
def handler(request: Request[NewFlag], app: App) -> Item[FlagView]:
    new = request.json()
    flag = app.flags.create(request.environment, new.flag_key, new.data(), request.change("create"))
    return Item(FlagView.of(flag, request.environment), flag.stamp)
