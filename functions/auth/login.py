"""Sign in with e-mail address and password."""

from togglebox.app import App
from togglebox.auth.requests import Login
from togglebox.auth.signing_in import Device
from togglebox.auth.views import SignedInView
from togglebox.edge import Request, endpoint


@endpoint("POST", "/auth/login", area="public", accounts=True)
def handler(request: Request[Login], app: App) -> SignedInView:
    known = request.json()
    signed_in = app.accounts.signing_in.login(known.email, known.password, Device.of(request))
    return SignedInView.of(signed_in)
