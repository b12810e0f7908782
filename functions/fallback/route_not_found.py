"""Answer what no route of API Gateway takes: preflights, HEAD, unknown paths, methods that a path does not have."""

from fallback.paths import PATHS
from togglebox.edge.fallback import Fallback

handler = Fallback(PATHS)
