"""Get an API key of one's own, without the key itself."""

from togglebox.app import App
from togglebox.auth.key_views import APIKeyView
from togglebox.edge import Request, endpoint


@endpoint("GET", "/api-keys/{apiKey}", area=("public", "internal"), person=True)
def handler(request: Request, app: App) -> APIKeyView:
    return APIKeyView.of(app.accounts.keys.get(request.principal.person, request.path["apiKey"]))
