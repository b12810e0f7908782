"""Show one experiment."""

from togglebox.app import App
from togglebox.edge import Request, endpoint
from togglebox.edge.response import FromView
from togglebox.experiments.views import ExperimentView


@endpoint(
    "GET",
    "/platforms/{platform}/environments/{environment}/experiments/{experimentKey}",
    area="public",
    permission="config:read",
)
def handler(request: Request, app: App) -> FromView[ExperimentView]:
    names, reduced = request.environment, request.reduced
    key = request.path["experimentKey"]
    shown = app.experiments.shown(names, key, max_age=request.max_age, running=reduced)
    return FromView.item(shown, lambda head: ExperimentView.of(head, names, reduced=reduced), reduced=reduced)
