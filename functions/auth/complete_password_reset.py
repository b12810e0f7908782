"""Choose another password by the token that was mailed, which uses it up and ends all sessions."""

from togglebox.app import App
from togglebox.auth.requests import ResetPassword
from togglebox.edge import Request, endpoint
from togglebox.edge.response import Message


@endpoint("POST", "/auth/password-reset/complete", area="public", accounts=True)
def handler(request: Request[ResetPassword], app: App) -> Message:
    chosen = request.json()
    app.accounts.resets.complete(chosen.token, chosen.new_password)
    return Message("Password has been reset successfully")
