"""Create a platform."""

from togglebox.app import App
from togglebox.edge import Request, endpoint
from togglebox.edge.response import Item
from togglebox.platforms.requests import NewPlatform
from togglebox.platforms.views import PlatformView


@endpoint("POST", "/platforms", area="internal", permission="config:write", status=201)
def handler(request: Request[NewPlatform], app: App) -> Item[PlatformView]:
    new = request.json()
    platform = app.platforms.create(
        new.name,
        description=new.description,
        created_by=request.principal.id,
        change=request.change("create"),
    )
    return Item(PlatformView.of(platform), platform.stamp)
