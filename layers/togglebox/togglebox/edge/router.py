"""From a path to its endpoint: a tree of segments, literal ones before parameters."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple
from urllib.parse import unquote

from togglebox.edge.endpoint import Area, Endpoint
from togglebox.errors import Malformed, MethodNotAllowed, NotFound


class Route(NamedTuple):
    """Where a path leads: the endpoint, the area it was reached through, the decoded parameters."""

    endpoint: Endpoint
    area: Area
    path: dict[str, str]


class RouteNotFound(NotFound):
    def __init__(self) -> None:
        super().__init__("Route not found")


@dataclass(slots=True)
class _Node:
    literals: dict[str, "_Node"] = field(default_factory=dict)
    parameter: "_Node | None" = None
    methods: dict[str, tuple[Endpoint, Area, tuple[str, ...]]] = field(default_factory=dict)


class Router:
    """The tree of all endpoints' paths."""

    def __init__(self, endpoints: Iterable[Endpoint]) -> None:
        self._root = _Node()
        for endpoint in endpoints:
            for area, path in endpoint.paths.items():
                self._add(endpoint, area, path)

    def _add(self, endpoint: Endpoint, area: Area, path: str) -> None:
        node = self._root
        names = []
        for segment in path.strip("/").split("/"):
            if segment.startswith("{"):
                names.append(segment.strip("{}"))
                node.parameter = node.parameter or _Node()
                node = node.parameter
            else:
                node = node.literals.setdefault(segment, _Node())
        if endpoint.method in node.methods:
            raise ValueError(f"{endpoint.method} {path} has two handlers")
        node.methods[endpoint.method] = (endpoint, area, tuple(names))

    def find(self, method: str, target: str) -> Route:
        """
        Return where *target* (the path as it came, percent-encoded) leads.

        Raises:
            RouteNotFound: nowhere.
            MethodNotAllowed: somewhere, but not by *method*.
            Malformed: a segment is not valid UTF-8.
        """
        node, values = self._walk(target)
        found = node.methods.get(method) or (node.methods.get("GET") if method == "HEAD" else None)
        if found is None:
            raise MethodNotAllowed(method, sorted(node.methods))
        endpoint, area, names = found
        return Route(endpoint, area, dict(zip(names, values, strict=True)))

    def _walk(self, target: str) -> tuple[_Node, list[str]]:
        node, values = self._root, []
        for segment in (target[1:-1] if target.endswith("/") else target[1:]).split("/"):
            following = node.literals.get(segment)
            if following is None:
                following = node.parameter
                if following is None or not segment:
                    raise RouteNotFound
                values.append(_decoded(segment) if "%" in segment else segment)
            node = following
        if not node.methods:
            raise RouteNotFound
        return node, values


def _decoded(segment: str) -> str:
    try:
        return unquote(segment, errors="strict")
    except UnicodeDecodeError:
        raise Malformed("The path is not valid UTF-8") from None
