"""Start an experiment: from now on it assigns users."""

from togglebox.app import App
from togglebox.edge import Request, endpoint
from togglebox.edge.response import Item
from togglebox.experiments.lifecycle import Action
from togglebox.experiments.requests import Start
from togglebox.experiments.views import ExperimentView


@endpoint(
    "POST",
    "/platforms/{platform}/environments/{environment}/experiments/{experimentKey}/start",
    area="internal",
    permission="config:write",
)
def handler(request: Request[Start], app: App) -> Item[ExperimentView]:
    experiment = app.experiments.move(
        request.environment,
        request.path["experimentKey"],
        Action.START,
        request.change("start"),
        actor=request.actor(request.json().started_by),
    )
    return Item(ExperimentView.of(experiment, request.environment), experiment.stamp)
