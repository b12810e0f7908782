"""See whether a password reset is still open; nothing is used up."""

from togglebox.app import App
from togglebox.auth.requests import ResetToken
from togglebox.edge import Request, endpoint
from togglebox.edge.response import Message


@endpoint("POST", "/auth/password-reset/verify", area="public", accounts=True)
def handler(request: Request[ResetToken], app: App) -> Message:
    app.accounts.resets.verify(request.json().token)
    return Message("Token is valid")
