"""Say what several flags, or all, serve in one context, and why; unknown ones are named in the meta."""

from togglebox.app import App
from togglebox.edge import Request, endpoint
from togglebox.edge.response import Listing
from togglebox.edge.subject import BulkSubject
from togglebox.flags.views import EvaluationView


@endpoint(
    "POST",
    "/platforms/{platform}/environments/{environment}/flags/evaluate",
    area=("public", "internal"),
    permission="config:read",
)
def handler(request: Request[BulkSubject], app: App) -> Listing[list[EvaluationView]]:
    subject = request.json()
    flags = app.flags.compiled_all(request.environment, max_age=request.evaluation_max_age)
    decisions = flags.decide(subject.context(), subject.flag_keys)
    unknown = [key for key in dict.fromkeys(subject.flag_keys or ()) if key not in flags.flags]
    meta = {"total": len(decisions), **({"notFound": unknown} if unknown else {})}
    return Listing([EvaluationView.of(decision) for decision in decisions.values()], meta)
