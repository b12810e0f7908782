"""Get a user."""

from togglebox.app import App
from togglebox.auth.views import UserView
from togglebox.edge import Request, endpoint


@endpoint("GET", "/users/{user}", area=("public", "internal"), permission="user:manage", accounts=True)
def handler(request: Request, app: App) -> UserView:
    return UserView.of(app.accounts.users.get(request.path["user"]))
