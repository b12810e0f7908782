"""Delete an experiment that does not run."""

from togglebox.app import App
from togglebox.edge import Request, endpoint


@endpoint(
    "DELETE",
    "/platforms/{platform}/environments/{environment}/experiments/{experimentKey}",
    area="internal",
    permission="config:delete",
)
def handler(request: Request, app: App) -> None:
    app.experiments.delete(request.environment, request.path["experimentKey"], request.change("delete"))
