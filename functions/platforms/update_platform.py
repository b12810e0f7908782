"""Change a platform's description."""

from togglebox.app import App
from togglebox.edge import Request, endpoint
from togglebox.edge.response import Item
from togglebox.platforms.requests import NewDescription
from togglebox.platforms.views import PlatformView


@endpoint("PATCH", "/platforms/{platform}", area="internal", permission="config:write")
def handler(request: Request[NewDescription], app: App) -> Item[PlatformView]:
    changes = request.json().changes()
    platform = app.platforms.update(request.path["platform"], changes, request.change("update"))
    return Item(PlatformView.of(platform), platform.stamp)
