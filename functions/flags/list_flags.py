"""List an environment's flags, in the order of their keys."""

from togglebox.app import App
from togglebox.edge import Request, endpoint
from togglebox.edge.pagination import paged, paging
from togglebox.edge.response import FromView
from togglebox.flags.views import FlagView


@endpoint(
    "GET",
    "/platforms/{platform}/environments/{environment}/flags",
    area="public",
    permission="config:read",
    pages=True,
)
def handler(request: Request, app: App) -> FromView[list[FlagView]]:
    asked = paging(request, cursors=True)
    names, reduced = request.environment, request.reduced
    view = app.flags.view(names, max_age=request.max_age)
    return paged(view, asked, lambda head: FlagView.of(head, names, reduced=reduced), reduced=reduced)
