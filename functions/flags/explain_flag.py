"""Tell every check that a flag makes in one context, what each saw, and which one decided."""

from togglebox.app import App
from togglebox.edge import Request, endpoint
from togglebox.edge.context import context_of
from togglebox.evaluation.explain import explain_flag
from togglebox.flags.views import ExplanationView


@endpoint(
    "GET",
    "/platforms/{platform}/environments/{environment}/flags/{flagKey}/explain",
    area="internal",
    permission="config:read",
    query=("userId", "country", "language"),
)
def handler(request: Request, app: App) -> ExplanationView:
    context = context_of(request.parameters)
    flag = app.flags.compiled(request.environment, request.path["flagKey"])
    return ExplanationView.of(explain_flag(flag, context))
