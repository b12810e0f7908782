"""
Create an API key of one's own, which opens what one's role opens, or less.

The answer is the only one that holds the key.
"""

from togglebox.app import App
from togglebox.auth.key_requests import NewKey
from togglebox.auth.key_views import NewKeyView
from togglebox.edge import Request, endpoint
from togglebox.edge.response import Told
from togglebox.journal.audit import Pending


@endpoint("POST", "/api-keys", area=("public", "internal"), permission="apikey:manage", person=True, status=201)
def handler(request: Request[NewKey], app: App) -> Told[NewKeyView]:
    grant = request.json().grant()
    owner = app.accounts.signing_in.person(request.principal)

    about = Pending(name=grant.name)
    with app.audit.recorded(request.change("create"), "apiKey", about, permissions=grant.permissions):
        created = app.accounts.keys.create(owner, grant)
        about.entity = created.key.id

    return Told(NewKeyView.made(created), "API key created. This is the only time you will see the full key.")
