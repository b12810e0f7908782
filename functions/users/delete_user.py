"""Delete a user, with all sessions and API keys; the last administrator stays."""

from togglebox.app import App
from togglebox.edge import Request, endpoint
from togglebox.edge.response import Message
from togglebox.journal.audit import Pending


@endpoint("DELETE", "/users/{user}", area=("public", "internal"), permission="user:manage", accounts=True)
def handler(request: Request, app: App) -> Message:
    user = app.accounts.users.get(request.path["user"])
    with app.audit.recorded(request.change("delete"), "user", Pending(user.id, user.email)):
        app.accounts.delete_user(user.id)
    return Message("User deleted successfully")
