"""Give somebody an account."""

from togglebox.app import App
from togglebox.auth.requests import NewUser
from togglebox.auth.views import UserView
from togglebox.edge import Request, endpoint
from togglebox.journal.audit import Pending


@endpoint("POST", "/users", area="internal", permission="user:manage", accounts=True, status=201)
def handler(request: Request[NewUser], app: App) -> UserView:
    new = request.json()
    about = Pending(name=new.email)
    with app.audit.recorded(request.change("create"), "user", about, role=new.role):
        user = app.accounts.signing_in.create(email=new.email, name=new.name, password=new.password, role=new.role)
        about.entity = user.id
    app.accounts.welcome(user)
    return UserView.of(user)
