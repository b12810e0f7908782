"""The local server's door: WSGI (PEP 3333), as granian serves it."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from http import HTTPStatus
from threading import BoundedSemaphore
from typing import IO, Any, Final
from urllib.parse import quote

from togglebox.app import App
from togglebox.edge.client import client_of
from togglebox.edge.request import REQUEST_ID, Request
from togglebox.edge.respond import respond, unrouted
from togglebox.edge.router import Router
from togglebox.errors import ToggleBoxError, Unavailable

type Environ = Mapping[str, Any]
type Start = Callable[[str, list[tuple[str, str]]], object]
type Application = Callable[[Environ, Start], Iterable[bytes]]

STATUS_LINES: Final = {status.value: f"{status.value} {status.phrase}" for status in HTTPStatus}

PATIENCE: Final = 0.5
"""Seconds that a request waits for others' bodies; those that are here take far less, but threads take turns."""

PLAIN: Final = re.compile(r"[A-Za-z0-9/_.~-]*")
"""Paths that look the same when percent-encoded."""


def wsgi(router: Router, app: App, request_id: Callable[[], str], *, uploads: int = 1) -> Application:
    """
    Return the WSGI application that answers with *router*'s endpoints.

    At most so many *uploads* are received at once, since each holds its thread for as long as its client likes.
    """
    receiving = BoundedSemaphore(uploads)

    def serve(environ: Environ, start: Start) -> Iterable[bytes]:
        request = _request(environ, app, request_id, receiving)
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


def _request(environ: Environ, app: App, request_id: Callable[[], str], receiving: BoundedSemaphore) -> Request[Any]:
    path = environ["PATH_INFO"]
    sent = environ.get("HTTP_X_REQUEST_ID")
    return Request(
        environ["REQUEST_METHOD"],
        path if PLAIN.fullmatch(path) else _encoded(path),
        path={},
        query_string=environ["QUERY_STRING"],
        headers=Headers(environ),
        client=client_of(environ["REMOTE_ADDR"], environ.get("HTTP_X_FORWARDED_FOR"), app.policy.proxies),
        area="root",
        read=partial(_read, environ["wsgi.input"], receiving),
        app=app,
        id=sent if sent and REQUEST_ID.fullmatch(sent) else request_id(),
        max_body=0,
    )


def _read(body: IO[bytes], receiving: BoundedSemaphore, most: int) -> bytes:
    if not receiving.acquire(timeout=PATIENCE):
        raise Unavailable("Too many bodies are being received; repeat in a moment")
    try:
        return body.read(most)
    finally:
        receiving.release()


def _encoded(path: str) -> str:
    """
    Return *path* percent-encoded again, as other doors have it.

    WSGI hands over decoded bytes as Latin-1, so that a slash that came as ``%2F`` is one that parts segments.
    """
    return quote(path, safe="/", encoding="latin-1")


class Headers(Mapping[str, str]):
    """The request's headers under their names in lower case, looked up in the environ when asked for."""

    __slots__ = ("_environ",)

    def __init__(self, environ: Environ) -> None:
        self._environ = environ

    def __getitem__(self, name: str) -> str:
        value: str = self._environ[_VARIABLES[name]]
        return value

    def get(self, name: str, default: Any = None) -> Any:
        return self._environ.get(_VARIABLES[name], default)

    def __iter__(self) -> Iterator[str]:
        return (name[5:].replace("_", "-").lower() for name in self._environ if name.startswith("HTTP_"))

    def __len__(self) -> int:
        return sum(1 for _ in self)


class _Variables(dict[str, str]):
    """The environ's names for headers; those asked for are a few, and remembered."""

    def __missing__(self, header: str) -> str:
        variable = header.upper().replace("-", "_")
        self[header] = variable if header in ("content-type", "content-length") else f"HTTP_{variable}"
        return self[header]


_VARIABLES: Final = _Variables()
