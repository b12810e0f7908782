"""Count an environment's parameters."""

from togglebox.app import App
from togglebox.configs.views import CountView
from togglebox.edge import Request, endpoint
from togglebox.edge.response import FromView


@endpoint(
    "GET",
    "/platforms/{platform}/environments/{environment}/configs/count",
    area=("public", "internal"),
    permission="config:read",
)
def handler(request: Request, app: App) -> FromView[CountView]:
    view = app.configs.view(request.environment, max_age=request.max_age)
    return FromView(view, "count", lambda: CountView(len(view.living)))
