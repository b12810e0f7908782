"""List a platform's environments, in the order of their names; none for an unknown platform."""

from togglebox.app import App
from togglebox.edge import Request, endpoint
from togglebox.edge.pagination import paged, paging
from togglebox.edge.response import FromView
from togglebox.platforms.model import Environment
from togglebox.platforms.views import EnvironmentView


@endpoint("GET", "/platforms/{platform}/environments", area="public", permission="config:read", pages=True)
def handler(request: Request, app: App) -> FromView[list[EnvironmentView]]:
    asked = paging(request)
    platform = request.path["platform"]
    view = app.environments.view(platform, max_age=request.max_age)
    return paged(view, asked, lambda head: EnvironmentView.of(Environment.of(head, platform=platform)))
