"""List one's API keys, the oldest first."""

from togglebox.app import App
from togglebox.auth.key_views import APIKeyView
from togglebox.edge import Request, endpoint


@endpoint("GET", "/api-keys", area=("public", "internal"), person=True)
def handler(request: Request, app: App) -> list[APIKeyView]:
    return [APIKeyView.of(key) for key in app.accounts.keys.listed(request.principal.person)]
