"""Tell a parameter's history, newest first: who changed what when, also of a deleted one."""

from togglebox.app import App
from togglebox.edge import Request, endpoint
from togglebox.edge.pagination import newest_first, paging
from togglebox.edge.response import Listing
from togglebox.journal.history import ChangeView


@endpoint(
    "GET",
    "/platforms/{platform}/environments/{environment}/configs/{parameterKey}/history",
    area="internal",
    permission="config:read",
    pages=True,
)
def handler(request: Request, app: App) -> Listing[list[ChangeView]]:
    head = app.configs.last(request.environment, request.path["parameterKey"])

    def changes(skip: int, limit: int) -> list[ChangeView]:
        return app.configs.history(head, skip=skip, limit=limit)

    return newest_first(paging(request), head.number, changes)
