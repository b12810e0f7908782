"""Say what a flag serves in one context, and why."""

from togglebox.app import App
from togglebox.edge import Request, endpoint
from togglebox.edge.context import context_of
from togglebox.flags.views import EvaluationView


@endpoint(
    "GET",
    "/platforms/{platform}/environments/{environment}/flags/{flagKey}/evaluate",
    area="public",
    permission="config:read",
    query=("userId", "country", "language", "track"),
)
def handler(request: Request, app: App) -> EvaluationView:
    context = context_of(request.parameters)
    flag = app.flags.compiled(request.environment, request.path["flagKey"], max_age=request.evaluation_max_age)
    return EvaluationView.of(flag.decide(context))
