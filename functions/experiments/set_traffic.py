"""Change how an experiment shares its users out."""

from togglebox.app import App
from togglebox.edge import Request, endpoint
from togglebox.edge.response import Item
from togglebox.experiments.requests import Traffic
from togglebox.experiments.views import ExperimentView


@endpoint(
    "PATCH",
    "/platforms/{platform}/environments/{environment}/experiments/{experimentKey}/traffic",
    area="internal",
    permission="config:write",
)
def handler(request: Request[Traffic], app: App) -> Item[ExperimentView]:
    allocation = request.json().changes()["trafficAllocation"]
    experiment = app.experiments.set_traffic(
        request.environment, request.path["experimentKey"], allocation, request.change("traffic")
    )
    return Item(ExperimentView.of(experiment, request.environment), experiment.stamp)
