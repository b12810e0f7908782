"""What the seeded server holds, and where."""

from typing import Final

from tests.api.client import INTERNAL, PUBLIC
from tests.edge.wire import exchange, request
from tests.engines.server import LocalServer

PLATFORMS: Final = f"{PUBLIC}/platforms"
CONFIGS: Final = f"{PLATFORMS}/web/environments/production/configs"
EDIT_PLATFORMS: Final = f"{INTERNAL}/platforms"
EDIT_CONFIGS: Final = f"{EDIT_PLATFORMS}/web/environments/production/configs"


def platforms(server: LocalServer) -> list[str]:
    """Return the names of all platforms."""
    return [platform["name"] for platform in exchange(server.port, request("GET", PLATFORMS)).data]
