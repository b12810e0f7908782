"""Give somebody an account."""

from togglebox.app import App
from togglebox.auth.requests import NewUser
from togglebox.auth.views import UserView
from togglebox.edge import Request, endpoint


@endpoint("POST", "/users", area="internal", permission="user:manage", accounts=True, status=201)
def handler(request: Request[NewUser], app: App) -> UserView:
    new = request.json()
    user = app.accounts.signing_in.create(email=new.email, name=new.name, password=new.password, role=new.role)
    return UserView.of(user)
