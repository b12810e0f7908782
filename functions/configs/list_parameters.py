"""List an environment's parameters in their active versions, in the order of their keys."""

from togglebox.app import App
from togglebox.configs.model import Parameter
from togglebox.configs.views import ParameterView
from togglebox.edge import Request, endpoint
from togglebox.edge.pagination import paged, paging
from togglebox.edge.response import FromView


@endpoint(
    "GET",
    "/platforms/{platform}/environments/{environment}/configs/list",
    area=("public", "internal"),
    permission="config:read",
    pages=True,
)
def handler(request: Request, app: App) -> FromView[list[ParameterView]]:
    asked = paging(request)
    names = request.environment
    view = app.configs.view(names, max_age=request.max_age)
    return paged(view, asked, lambda head: ParameterView.of(Parameter.of(head, names)))
