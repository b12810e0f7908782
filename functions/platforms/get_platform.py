"""Show one platform."""

from togglebox.app import App
from togglebox.edge import Request, endpoint
from togglebox.edge.response import FromView
from togglebox.platforms.model import Platform
from togglebox.platforms.views import PlatformView


@endpoint("GET", "/platforms/{platform}", area="public", permission="config:read")
def handler(request: Request, app: App) -> FromView[PlatformView]:
    shown = app.platforms.shown(request.path["platform"], max_age=request.max_age)
    return FromView.item(shown, lambda head: PlatformView.of(Platform.of(head)))
