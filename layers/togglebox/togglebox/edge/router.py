"""From a path to its endpoint: a tree of segments, literal ones before parameters."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final, NamedTuple
from urllib.parse import unquote

from togglebox.edge.endpoint import Area, Endpoint
from togglebox.errors import Malformed, MethodNotAllowed, NotFound

LONGEST: Final = 1_024
"""Characters of the longest path that is remembered: every path of real names is shorter."""


class Route(NamedTuple):
    """Where a path leads: the endpoint, the area it was reached through, the decoded parameters."""

    endpoint: Endpoint
    area: Area
    path: Mapping[str, str]


class RouteNotFound(NotFound):
    def __init__(self) -> None:
        super().__init__("Route not found")


@dataclass(slots=True)
class _Node:
    literals: dict[str, "_Node"] = field(default_factory=dict)
    parameter: "_Node | None" = None
    methods: dict[str, tuple[Endpoint, Area, tuple[str, ...]]] = field(default_factory=dict)


class Router:
    """The tree of all endpoints' paths; remembers where the last 1,024 paths led, since clients ask the same ones."""

    def __init__(self, endpoints: Iterable[Endpoint]) -> None:
        self._root = _Node()
        self._remembered = lru_cache(maxsize=1_024)(self._find)
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

        Literal segments win over parameters, but only where they lead to *method*: a parameter may be called ``list``.

        Raises:
            RouteNotFound: nowhere.
            MethodNotAllowed: somewhere, but not by *method*.
            Malformed: a segment is not valid UTF-8.
        """
        return self._remembered(method, target) if len(target) <= LONGEST else self._find(method, target)

    def _find(self, method: str, target: str) -> Route:
        wanted = "GET" if method == "HEAD" else method
        segments = (target[1:-1] if target.endswith("/") else target[1:]).split("/")
        others: set[str] = set()
        for node, values in _walk(self._root, segments):
            found = node.methods.get(wanted)
            if found is not None:
                endpoint, area, names = found
                return Route(endpoint, area, dict(zip(names, map(_decoded, values), strict=True)))
            others.update(node.methods)
        if others:
            raise MethodNotAllowed(method, sorted(others))
        raise RouteNotFound


def _walk(node: _Node, segments: list[str]) -> Iterator[tuple[_Node, list[str]]]:
    """Yield each node that *segments* lead to from *node*, and the values of the parameters on the way."""
    values: list[str] = []
    for place, segment in enumerate(segments):
        literal = node.literals.get(segment)
        parameter = node.parameter if segment else None
        if literal is not None and parameter is not None:
            rest = segments[place + 1 :]
            for end, more in _walk(literal, rest):
                yield end, values + more
            for end, more in _walk(parameter, rest):
                yield end, [*values, segment, *more]
            return
        if literal is not None:
            node = literal
        elif parameter is not None:
            values.append(segment)
            node = parameter
        else:
            return
    if node.methods:
        yield node, values


def _decoded(segment: str) -> str:
    if "%" not in segment:
        return segment
    try:
        return unquote(segment, errors="strict")
    except UnicodeDecodeError:
        raise Malformed("The path is not valid UTF-8") from None
