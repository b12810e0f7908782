"""Sign out: end the session that asks."""

from togglebox.app import App
from togglebox.edge import Request, endpoint
from togglebox.edge.response import Message


@endpoint("POST", "/auth/logout", area="public", person=True)
def handler(request: Request, app: App) -> Message:
    app.accounts.signing_in.logout(request.principal)
    return Message("Logged out successfully")
