"""Say which variation of an experiment a user is in."""

from togglebox.app import App
from togglebox.edge import Request, endpoint
from togglebox.edge.context import context_of
from togglebox.experiments.views import AssignmentView, NoAssignmentView, assignment_view


@endpoint(
    "GET",
    "/platforms/{platform}/environments/{environment}/experiments/{experimentKey}/assign",
    area="public",
    permission="config:read",
    query=("userId", "country", "language", "track"),
)
def handler(request: Request, app: App) -> AssignmentView | NoAssignmentView:
    context = context_of(request.parameters)
    key = request.path["experimentKey"]
    experiment = app.experiments.compiled(request.environment, key, max_age=request.evaluation_max_age)
    return assignment_view(key, experiment.assign(context, app.now()))
