"""Say which variation of an experiment the user is in that the body describes."""

from togglebox.app import App
from togglebox.edge import Request, endpoint
from togglebox.edge.subject import Subject
from togglebox.experiments.views import AssignmentView, NoAssignmentView, assignment_view


@endpoint(
    "POST",
    "/platforms/{platform}/environments/{environment}/experiments/{experimentKey}/assign",
    area="internal",
    permission="config:read",
)
def handler(request: Request[Subject], app: App) -> AssignmentView | NoAssignmentView:
    context = request.json().context()
    key = request.path["experimentKey"]
    experiment = app.experiments.compiled(request.environment, key)
    return assignment_view(key, experiment.assign(context, app.now()))
