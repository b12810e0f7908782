"""List where one is signed in, the oldest first."""

from togglebox.app import App
from togglebox.auth.views import SessionView
from togglebox.edge import Request, endpoint


@endpoint("GET", "/users/me/sessions", area="public", person=True)
def handler(request: Request, app: App) -> list[SessionView]:
    sessions = app.accounts.signing_in.sessions(request.principal)
    return [SessionView.of(session, current=request.principal.session) for session in sessions]
