"""List all changes, newest first: who did what to what, on every platform, and to accounts."""

from togglebox.app import App
from togglebox.edge import Request, endpoint
from togglebox.edge.pagination import DEFAULT_PAGE, onward
from togglebox.edge.response import Listing
from togglebox.journal.audit import EntryView, Wanted


@endpoint(
    "GET",
    "/audit",
    area="internal",
    permission="user:manage",
    query=("actor", "kind", "key", "platform", "environment", "from", "to", "limit", "nextToken"),
)
def handler(request: Request, app: App) -> Listing[list[EntryView]]:
    asked = onward(request)
    wanted = Wanted.asked(request.query)

    found = app.audit.page(wanted, before=asked.after, limit=asked.limit or DEFAULT_PAGE)

    following = {} if found.next is None else {"nextToken": asked.token(found.next)}
    return Listing([EntryView.of(entry) for entry in found.entries], {**following, "hasMore": bool(following)})
