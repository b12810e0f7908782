"""Sign out everywhere: end all sessions of the person who asks."""

from togglebox.app import App
from togglebox.edge import Request, endpoint
from togglebox.edge.response import Message


@endpoint("POST", "/auth/logout-all", area="public", person=True)
def handler(request: Request, app: App) -> Message:
    app.accounts.signing_in.logout_everywhere(request.principal)
    return Message("Logged out everywhere")
