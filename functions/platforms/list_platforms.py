"""List the platforms, in the order of their names."""

from togglebox.app import App
from togglebox.edge import Request, endpoint
from togglebox.edge.pagination import paged, paging
from togglebox.edge.response import FromView
from togglebox.platforms.model import Platform
from togglebox.platforms.views import PlatformView


@endpoint("GET", "/platforms", area="public", permission="config:read", pages=True)
def handler(request: Request, app: App) -> FromView[list[PlatformView]]:
    asked = paging(request)
    view = app.platforms.view(max_age=request.max_age)
    return paged(view, asked, lambda head: PlatformView.of(Platform.of(head)))
