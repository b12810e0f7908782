"""Say whether the service can reach its database."""

from togglebox.app import App
from togglebox.edge import Request, endpoint
from togglebox.edge.response import Raw
from togglebox.journal.record import iso
from togglebox.store.port import StoreUnavailable


@endpoint("GET", "/ready", area="root")
def handler(request: Request, app: App) -> Raw:
    at = iso(app.now())
    try:
        app.reach_store()
    except StoreUnavailable:
        checks = {"database": "disconnected"}
        return Raw(
            {
                "success": False,
                "message": "Service not ready",
                "timestamp": at,
                "checks": checks,
                "error": "The database is not available",
            },
            status=503,
            retry_after=1,
        )
    return Raw({"success": True, "message": "Service is ready", "timestamp": at, "checks": {"database": "connected"}})
