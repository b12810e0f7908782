"""Change a draft of an experiment: what the body names."""

from togglebox.app import App
from togglebox.edge import Request, endpoint
from togglebox.edge.response import Item
from togglebox.experiments.requests import ExperimentPatch
from togglebox.experiments.views import ExperimentView


@endpoint(
    "PUT",
    "/platforms/{platform}/environments/{environment}/experiments/{experimentKey}",
    area="internal",
    permission="config:write",
)
def handler(request: Request[ExperimentPatch], app: App) -> Item[ExperimentView]:
    changes = request.json().changes()
    experiment = app.experiments.update(
        request.environment, request.path["experimentKey"], changes, request.change("update")
    )
    return Item(ExperimentView.of(experiment, request.environment), experiment.stamp)
