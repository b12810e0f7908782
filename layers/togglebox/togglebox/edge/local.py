"""The local server's door: WSGI (PEP 3333), as granian serves it."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from http import HTTPStatus
from typing import Any

from togglebox.app import App
from togglebox.edge.request import Request
from togglebox.edge.respond import respond, unrouted
from togglebox.edge.router import Router
from togglebox.errors import ToggleBoxError

type Environ = Mapping[str, Any]
type Start = Callable[[str, list[tuple[str, str]]], object]
type Application = Callable[[Environ, Start], Iterable[bytes]]

REQUEST_ID = re.compile(r"[\x21-\x7e]{1,128}")
STATUS_LINES = {status.value: f"{status.value} {status.phrase}" for status in HTTPStatus}


def wsgi(router: Router, app: App, request_id: Callable[[], str]) -> Application:
    """Return the WSGI application that answers with *router*'s endpoints."""

    def serve(environ: Environ, start: Start) -> Iterable[bytes]:
        request = _request(environ, app, request_id)
        try:
            endpoint, request.area, request.path = router.find(request.method, request.target)
        except ToggleBoxError as error:
            response = unrouted(error, request, app)
        else:
            request.body_model = endpoint.body
            request.max_body = endpoint.max_body
            response = respond(endpoint, request, app)
        start(STATUS_LINES[response.status], response.headers)
        return [response.body]

    return serve


def _request(environ: Environ, app: App, request_id: Callable[[], str]) -> Request[Any]:
    headers = Headers(environ)
    sent = environ.get("HTTP_X_REQUEST_ID", "")
    return Request(
        environ["REQUEST_METHOD"],
        environ["PATH_INFO"],
        path={},
        query_string=environ.get("QUERY_STRING", ""),
        headers=headers,
        client=environ.get("REMOTE_ADDR", ""),
        area="root",
        read=environ["wsgi.input"].read,
        app=app,
        id=sent if REQUEST_ID.fullmatch(sent) else request_id(),
        max_body=0,
    )


class Headers(Mapping[str, str]):
    """The request's headers under their names in lower case, looked up in the environ when asked for."""

    __slots__ = ("_environ",)

    def __init__(self, environ: Environ) -> None:
        self._environ = environ

    def __getitem__(self, name: str) -> str:
        value: str = self._environ[_variable(name)]
        return value

    def __iter__(self) -> Iterator[str]:
        return (name[5:].replace("_", "-").lower() for name in self._environ if name.startswith("HTTP_"))

    def __len__(self) -> int:
        return sum(1 for _ in self)


@lru_cache(maxsize=64)
def _variable(name: str) -> str:
    variable = name.upper().replace("-", "_")
    return variable if name in ("content-type", "content-length") else f"HTTP_{variable}"
