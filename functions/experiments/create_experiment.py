"""Create an experiment, as a draft."""

from togglebox.app import App
from togglebox.edge import Request, endpoint
from togglebox.edge.response import Item
from togglebox.experiments.requests import NewExperiment
from togglebox.experiments.views import ExperimentView


@endpoint(
    "POST",
    "/platforms/{platform}/environments/{environment}/experiments",
    area="internal",
    permission="config:write",
    status=201,
)
def handler(request: Request[NewExperiment], app: App) -> Item[ExperimentView]:
    new = request.json()
    experiment = app.experiments.create(request.environment, new.experiment_key, new.data(), request.change("create"))
    return Item(ExperimentView.of(experiment, request.environment), experiment.stamp)
