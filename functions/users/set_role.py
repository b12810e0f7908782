"""Give a user another role, which ends all sessions; there is always an administrator left."""

from togglebox.app import App
from togglebox.auth.requests import NewRole
from togglebox.auth.views import UserView
from togglebox.edge import Request, endpoint
from togglebox.journal.audit import Pending


@endpoint("PATCH", "/users/{user}/role", area=("public", "internal"), permission="user:manage", accounts=True)
def handler(request: Request[NewRole], app: App) -> UserView:
    role = request.json().named()
    about = Pending(entity=request.path["user"])
    with app.audit.recorded(request.change("set role"), "user", about, role=role):
        user = app.accounts.users.set_role(request.path["user"], role, by=request.principal.id)
        about.name = user.email
    return UserView.of(user)
