"""Delete a platform with its environments and all that lies in them."""

from togglebox.app import App
from togglebox.edge import Request, endpoint


@endpoint("DELETE", "/platforms/{platform}", area="internal", permission="config:delete", admins="delete platforms")
def handler(request: Request, app: App) -> None:
    app.platforms.delete(request.path["platform"], request.change("delete"))
