"""
Replace an API key by one that opens the same.

The old one stays good for a while, so that programs can change over. The answer is the only one that holds the key.
"""

from togglebox.app import App
from togglebox.auth.key_requests import Rotation
from togglebox.auth.key_views import NewKeyView
from togglebox.edge import Request, endpoint
from togglebox.edge.response import Told
from togglebox.journal.audit import Pending


@endpoint(
    "POST",
    "/api-keys/{apiKey}/rotate",
    area=("public", "internal"),
    permission="apikey:manage",
    person=True,
    status=201,
)
def handler(request: Request[Rotation], app: App) -> Told[NewKeyView]:
    grace = request.json().grace
    owner = app.accounts.signing_in.person(request.principal)

    about = Pending(entity=request.path["apiKey"])
    with app.audit.recorded(request.change("rotate"), "apiKey", about, grace=grace.total_seconds()):
        created = app.accounts.keys.rotate(owner, request.path["apiKey"], grace=grace)
        about.name = created.key.name

    return Told(NewKeyView.made(created), "API key rotated. This is the only time you will see the full key.")
