"""Tell an experiment's history, newest first: who changed what when, also of a deleted one."""

from togglebox.app import App
from togglebox.edge import Request, endpoint
from togglebox.edge.pagination import newest_first, paging
from togglebox.edge.response import Listing
from togglebox.journal.history import ChangeView


@endpoint(
    "GET",
    "/platforms/{platform}/environments/{environment}/experiments/{experimentKey}/history",
    area="internal",
    permission="config:read",
    pages=True,
)
def handler(request: Request, app: App) -> Listing[list[ChangeView]]:
    head = app.experiments.last(request.environment, request.path["experimentKey"])

    def changes(skip: int, limit: int) -> list[ChangeView]:
        return app.experiments.history(head, skip=skip, limit=limit)

    return newest_first(paging(request), head.number, changes)
