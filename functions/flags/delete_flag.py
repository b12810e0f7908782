"""Delete a flag with all its versions."""

from togglebox.app import App
from togglebox.edge import Request, endpoint


@endpoint(
    "DELETE",
    "/platforms/{platform}/environments/{environment}/flags/{flagKey}",
    area="internal",
    permission="config:delete",
)
def handler(request: Request, app: App) -> None:
    app.flags.delete(request.environment, request.path["flagKey"], request.change("delete"))
