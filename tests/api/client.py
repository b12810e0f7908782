"""The product as its callers see it: a request in, an answer out, whatever door lies between."""

import gzip
import http.client
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from io import BytesIO
from types import MappingProxyType
from typing import Any, Final
from urllib.parse import unquote_to_bytes

from tests.engines.secrecy import WATCH
from togglebox.edge.local import Application

PUBLIC: Final = "/api/v1"
INTERNAL: Final = "/api/v1/internal"

type Headers = Mapping[str, str]
type Door = Callable[[str, str, Headers, bytes], "Answer"]
"""(method, target, headers, body) to the answer."""

NO_HEADERS: Final[Headers] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; the names of *headers* are in lower case, *body* is as it was sent."""

    status: int
    headers: Headers
    body: bytes

    @property
    def json(self) -> Any:
        """The body, unpacked and parsed."""
        zipped = self.headers.get("content-encoding") == "gzip"
        return json.loads(gzip.decompress(self.body) if zipped else self.body)

    @property
    def data(self) -> Any:
        """What a success carries."""
        assert self.status in (200, 201), self
        return self.json["data"]

    @property
    def meta(self) -> Any:
        """What a success tells of its list."""
        assert self.status == 200, self
        return self.json["meta"]

    @property
    def error(self) -> str:
        """The sentence of a refusal."""
        assert self.status >= 400, self
        sentence: str = self.json["error"]
        return sentence

    @property
    def refusal(self) -> tuple[int, str, list[Any]]:
        """Status, code and details of a refusal."""
        assert self.status >= 400, self
        body = self.json
        return self.status, body["code"], body.get("details", [])

    @property
    def etag(self) -> str:
        return self.headers["etag"]


class Client:
    """Asks through a door; a body that is no bytes is sent as JSON."""

    def __init__(self, door: Door) -> None:
        self._door = door

    def get(self, target: str, headers: Headers = NO_HEADERS) -> Answer:
        return self.send("GET", target, headers=headers)

    def head(self, target: str, headers: Headers = NO_HEADERS) -> Answer:
        return self.send("HEAD", target, headers=headers)

    def options(self, target: str, headers: Headers = NO_HEADERS) -> Answer:
        return self.send("OPTIONS", target, headers=headers)

    def post(self, target: str, body: object = None, headers: Headers = NO_HEADERS) -> Answer:
        return self.send("POST", target, body, headers)

    def put(self, target: str, body: object = None, headers: Headers = NO_HEADERS) -> Answer:
        return self.send("PUT", target, body, headers)

    def patch(self, target: str, body: object = None, headers: Headers = NO_HEADERS) -> Answer:
        return self.send("PATCH", target, body, headers)

    def delete(self, target: str, headers: Headers = NO_HEADERS) -> Answer:
        return self.send("DELETE", target, headers=headers)

    def send(self, method: str, target: str, body: object = None, headers: Headers = NO_HEADERS) -> Answer:
        if body is None:
            content = b""
        else:
            content = body if isinstance(body, bytes) else json.dumps(body).encode()
            headers = {"Content-Type": "application/json", **headers}
        answer = self._door(method, target, headers, content)
        WATCH.call(headers, content, answer.body)
        return answer


def in_process(application: Application, *, address: str = "127.0.0.1") -> Door:
    """Return the door that calls a WSGI application (PEP 3333), for a client at *address*."""

    def call(method: str, target: str, headers: Headers, body: bytes) -> Answer:
        path, _, query = target.partition("?")
        environ: dict[str, Any] = {
            "REQUEST_METHOD": method,
            "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
            "QUERY_STRING": query,
            "REMOTE_ADDR": address,
            "HTTP_HOST": "localhost:3000",
            "CONTENT_LENGTH": str(len(body)),
            "wsgi.input": BytesIO(body),
        }
        for name, value in headers.items():
            variable = name.upper().replace("-", "_")
            environ["CONTENT_TYPE" if variable == "CONTENT_TYPE" else f"HTTP_{variable}"] = value

        started: list[tuple[str, list[tuple[str, str]]]] = []
        content = b"".join(application(environ, lambda status, fields: started.append((status, fields))))
        ((status, fields),) = started
        assert len(fields) == len({name.lower() for name, _ in fields}), f"a header is sent twice: {fields}"
        return Answer(int(status[:3]), {name.lower(): value for name, value in fields}, content)

    return call


def over_http(port: int) -> Door:
    """Return the door that leads to a server on loopback; each request has a connection of its own."""

    def call(method: str, target: str, headers: Headers, body: bytes) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        try:
            connection.request(method, target, body or None, dict(headers))
            response = connection.getresponse()
            fields = {name.lower(): value for name, value in response.getheaders()}
            return Answer(response.status, fields, response.read())
        finally:
            connection.close()

    return call
