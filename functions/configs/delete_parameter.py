"""Delete a parameter with all its versions."""

from togglebox.app import App
from togglebox.edge import Request, endpoint


@endpoint(
    "DELETE",
    "/platforms/{platform}/environments/{environment}/configs/{parameterKey}",
    area="internal",
    permission="config:delete",
)
def handler(request: Request, app: App) -> None:
    app.configs.delete(request.environment, request.path["parameterKey"], request.change("delete"))
