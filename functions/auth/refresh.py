"""Let the session last longer, and return a new token of it; the one that asks stays good until it expires."""

from togglebox.app import App
from togglebox.auth.signing_in import Device
from togglebox.auth.views import SignedInView
from togglebox.edge import Request, endpoint


@endpoint("POST", "/auth/refresh", area="public", person=True)
def handler(request: Request, app: App) -> SignedInView:
    return SignedInView.of(app.accounts.signing_in.refresh(request.principal, Device.of(request)))
