"""Register: create an account that may only read."""

from togglebox.app import App
from togglebox.auth.requests import Registration
from togglebox.auth.signing_in import Device
from togglebox.auth.views import UserView
from togglebox.edge import Request, endpoint


@endpoint("POST", "/auth/register", area="public", accounts=True, status=201)
def handler(request: Request[Registration], app: App) -> UserView:
    new = request.json()
    user = app.accounts.signing_in.register(Device.of(request), email=new.email, name=new.name, password=new.password)
    app.accounts.welcome(user)
    return UserView.of(user)
