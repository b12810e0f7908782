"""Change what one is called."""

from togglebox.app import App
from togglebox.auth.requests import NewProfile
from togglebox.auth.views import UserView
from togglebox.edge import Request, endpoint


@endpoint("PATCH", "/users/me", area="public", person=True)
def handler(request: Request[NewProfile], app: App) -> UserView:
    changes = request.json().changes()
    return UserView.of(app.accounts.signing_in.update_profile(request.principal, changes))
