"""Delete an environment with all that lies in it."""

from togglebox.app import App
from togglebox.edge import Request, endpoint


@endpoint(
    "DELETE",
    "/platforms/{platform}/environments/{environment}",
    area="internal",
    permission="config:delete",
    admins="delete environments",
)
def handler(request: Request, app: App) -> None:
    app.environments.delete(*request.environment, request.change("delete"))
