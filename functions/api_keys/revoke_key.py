"""Revoke an API key of one's own: it is no good from then on."""

from togglebox.app import App
from togglebox.edge import Request, endpoint
from togglebox.edge.response import Message
from togglebox.journal.audit import Pending


@endpoint("DELETE", "/api-keys/{apiKey}", area=("public", "internal"), person=True)
def handler(request: Request, app: App) -> Message:
    key = app.accounts.keys.get(request.principal.person, request.path["apiKey"])
    with app.audit.recorded(request.change("revoke"), "apiKey", Pending(key.id, key.name)):
        app.accounts.keys.revoke(key.owner, key.id)
    return Message("API key revoked successfully")
