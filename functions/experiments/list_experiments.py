"""List an environment's experiments, in the order of their keys; all, or those of one status."""

from togglebox.app import App
from togglebox.edge import Request, endpoint
from togglebox.edge.pagination import paged, paging
from togglebox.edge.response import FromView
from togglebox.experiments.lifecycle import is_listed
from togglebox.experiments.views import ExperimentView


@endpoint(
    "GET",
    "/platforms/{platform}/environments/{environment}/experiments",
    area="public",
    permission="config:read",
    pages=True,
    query=("status",),
)
def handler(request: Request, app: App) -> FromView[list[ExperimentView]]:
    asked = paging(request, cursors=True)
    names, reduced, status = request.environment, request.reduced, request.query("status")
    view = app.experiments.view(names, max_age=request.max_age)
    return paged(
        view,
        asked,
        lambda head: ExperimentView.of(head, names, reduced=reduced),
        reduced=reduced,
        only=(status, lambda head: is_listed(head.data["status"], status, reduced=reduced)),
    )
