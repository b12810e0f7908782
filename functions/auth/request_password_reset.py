"""Ask for a mail that leads to another password; the answer does not tell whether anybody has the address."""

from togglebox.app import App
from togglebox.auth.requests import ResetRequest
from togglebox.auth.throttle import RESETS_FROM, network
from togglebox.edge import Request, endpoint
from togglebox.edge.response import Message


@endpoint("POST", "/auth/password-reset/request", area="public", accounts=True)
def handler(request: Request[ResetRequest], app: App) -> Message:
    asked = request.json()
    app.accounts.throttle.take(RESETS_FROM, network(request.client))
    app.accounts.resets.request(asked.email)
    return Message("If the email exists, a password reset link has been sent")
