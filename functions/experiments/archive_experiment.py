"""Put a completed experiment away."""

from togglebox.app import App
from togglebox.edge import Request, endpoint
from togglebox.edge.response import Item
from togglebox.experiments.lifecycle import Action
from togglebox.experiments.views import ExperimentView


@endpoint(
    "POST",
    "/platforms/{platform}/environments/{environment}/experiments/{experimentKey}/archive",
    area="internal",
    permission="config:write",
)
def handler(request: Request, app: App) -> Item[ExperimentView]:
    experiment = app.experiments.move(
        request.environment, request.path["experimentKey"], Action.ARCHIVE, request.change("archive")
    )
    return Item(ExperimentView.of(experiment, request.environment), experiment.stamp)
