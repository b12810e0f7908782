"""Get who one is."""

from togglebox.app import App
from togglebox.auth.views import UserView
from togglebox.edge import Request, endpoint


@endpoint("GET", "/users/me", area="public", person=True)
def handler(request: Request, app: App) -> UserView:
    return UserView.of(app.accounts.signing_in.person(request.principal))
