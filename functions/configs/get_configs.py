"""Give an environment's configs: each parameter's key with its typed value."""

from typing import Any

from togglebox.app import App
from togglebox.configs.model import value_of
from togglebox.edge import Request, endpoint
from togglebox.edge.response import FromView


@endpoint(
    "GET",
    "/platforms/{platform}/environments/{environment}/configs",
    area="public",
    permission="config:read",
)
def handler(request: Request, app: App) -> FromView[dict[str, Any]]:
    view = app.configs.view(request.environment, max_age=request.max_age)
    return FromView(view, "configs", lambda: {head.name: value_of(head.data) for head in view.living})
