"""Resume a paused experiment."""

from togglebox.app import App
from togglebox.edge import Request, endpoint
from togglebox.edge.response import Item
from togglebox.experiments.lifecycle import Action
from togglebox.experiments.views import ExperimentView


@endpoint(
    "POST",
    "/platforms/{platform}/environments/{environment}/experiments/{experimentKey}/resume",
    area="internal",
    permission="config:write",
)
def handler(request: Request, app: App) -> Item[ExperimentView]:
    experiment = app.experiments.move(
        request.environment, request.path["experimentKey"], Action.RESUME, request.change("resume")
    )
    return Item(ExperimentView.of(experiment, request.environment), experiment.stamp)
