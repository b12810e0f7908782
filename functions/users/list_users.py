"""List the users, or those of a role, the oldest first."""

from togglebox.app import App
from togglebox.auth.permissions import Role
from togglebox.auth.views import UserView
from togglebox.edge import Request, endpoint
from togglebox.edge.pagination import DEFAULT_PAGE, paging
from togglebox.edge.response import Listing


@endpoint(
    "GET",
    "/users",
    area=("public", "internal"),
    permission="user:manage",
    accounts=True,
    query=("limit", "offset", "role"),
)
def handler(request: Request, app: App) -> Listing[list[UserView]]:
    asked = paging(request)
    limit, offset = asked.limit or DEFAULT_PAGE, asked.offset

    users = app.accounts.users.listed(role=Role.asked(request.query("role")))

    page = users[offset : offset + limit]
    return Listing([UserView.of(user) for user in page], {"total": len(users), "limit": limit, "offset": offset})
