"""List a flag's versions in their last states, newest first; none for an unknown flag."""

from togglebox.app import App
from togglebox.edge import Request, endpoint
from togglebox.edge.pagination import newest_first, paging
from togglebox.edge.response import Listing
from togglebox.flags.views import FlagView


@endpoint(
    "GET",
    "/platforms/{platform}/environments/{environment}/flags/{flagKey}/versions",
    area="internal",
    permission="config:read",
    pages=True,
)
def handler(request: Request, app: App) -> Listing[list[FlagView]]:
    names = request.environment
    head = app.flags.find(names, request.path["flagKey"])
    if head is None:
        return Listing([], paging(request).meta(total=0, start=0, count=0, last=None))

    newest: int = head.data["patch"]

    def versions(skip: int, limit: int) -> list[FlagView]:
        states = app.flags.versions(head, skip=skip, limit=limit)
        return [FlagView.of(state, names, active=state.data["patch"] == newest) for state in states]

    return newest_first(paging(request), newest + 1, versions)
