"""Say that the service runs, and since when."""

from togglebox.app import App
from togglebox.edge import Request, endpoint
from togglebox.edge.response import Raw
from togglebox.journal.record import iso


@endpoint("GET", "/health", area=("root", "public"))
def handler(request: Request, app: App) -> Raw:
    message = "ToggleBox Config Service is running" if request.area == "root" else "Config Service is running"
    return Raw({"success": True, "message": message, "timestamp": iso(app.now()), "uptime": app.uptime()})
