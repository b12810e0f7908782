"""Say what a flag serves in the context that the body describes, and why."""

from togglebox.app import App
from togglebox.edge import Request, endpoint
from togglebox.edge.subject import Subject
from togglebox.flags.views import EvaluationView


@endpoint(
    "POST",
    "/platforms/{platform}/environments/{environment}/flags/{flagKey}/evaluate",
    area="internal",
    permission="config:read",
)
def handler(request: Request[Subject], app: App) -> EvaluationView:
    context = request.json().context()
    flag = app.flags.compiled(request.environment, request.path["flagKey"])
    return EvaluationView.of(flag.decide(context))
