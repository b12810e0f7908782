"""List a parameter's versions, newest first; none for an unknown parameter."""

from togglebox.app import App
from togglebox.configs.views import ParameterView
from togglebox.edge import Request, endpoint
from togglebox.edge.pagination import newest_first, paging
from togglebox.edge.response import Listing


@endpoint(
    "GET",
    "/platforms/{platform}/environments/{environment}/configs/{parameterKey}/versions",
    area=("public", "internal"),
    permission="config:read",
    pages=True,
)
def handler(request: Request, app: App) -> Listing[list[ParameterView]]:
    names = request.environment
    head = app.configs.find(names, request.path["parameterKey"], max_age=request.max_age)
    if head is None:
        return Listing([], paging(request).meta(total=0, start=0, count=0, last=None))

    def versions(skip: int, limit: int) -> list[ParameterView]:
        return [ParameterView.of(version) for version in app.configs.versions(names, head, skip=skip, limit=limit)]

    return newest_first(paging(request), head.number, versions)
