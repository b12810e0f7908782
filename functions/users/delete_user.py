"""Delete a user, with all sessions and API keys; the last administrator stays."""

from togglebox.app import App
from togglebox.edge import Request, endpoint
from togglebox.edge.response import Message


@endpoint("DELETE", "/users/{user}", area=("public", "internal"), permission="user:manage", accounts=True)
def handler(request: Request, app: App) -> Message:
    app.accounts.delete_user(request.path["user"])
    return Message("User deleted successfully")
