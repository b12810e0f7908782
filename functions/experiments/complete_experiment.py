"""End a running or paused experiment, and say which variation won, if one did."""

from togglebox.app import App
from togglebox.edge import Request, endpoint
from togglebox.edge.response import Item
from togglebox.experiments.lifecycle import Action
from togglebox.experiments.requests import Verdict
from togglebox.experiments.views import ExperimentView


@endpoint(
    "POST",
    "/platforms/{platform}/environments/{environment}/experiments/{experimentKey}/complete",
    area="internal",
    permission="config:write",
)
def handler(request: Request[Verdict], app: App) -> Item[ExperimentView]:
    verdict = request.json()
    experiment = app.experiments.move(
        request.environment,
        request.path["experimentKey"],
        Action.COMPLETE,
        request.change("complete"),
        winner=verdict.winner,
        actor=request.actor(verdict.completed_by),
    )
    return Item(ExperimentView.of(experiment, request.environment), experiment.stamp)
