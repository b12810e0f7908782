"""A request, as handlers see it: whatever door it came through."""

import hashlib
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final, Protocol, cast

from togglebox.auth.principal import NOBODY, Principal
from togglebox.errors import Invalid, Malformed, TooLarge, UnsupportedMediaType
from togglebox.journal.record import Change, Claim, iso

MAX_QUERY: Final = 8_192
REQUEST_ID: Final = re.compile(r"[\x21-\x7e]{1,128}")
"""The ids of callers' own that are taken over: longer or unprintable ones would spoil the log."""

TAG: Final = re.compile(r'"(?P<id>[^"]+)-(?P<version>[0-9]{1,12})-[a-z]+-[a-z]+"')
"""An item's entity tag: its id, store version, redaction class and encoding."""


class Asked(Protocol):
    """What a request needs of the application: the time, and ids for changes."""

    @property
    def engine(self) -> str: ...
    @property
    def public_max_age(self) -> float: ...
    @property
    def evaluation_max_age(self) -> float: ...
    def now(self) -> datetime: ...
    def new_id(self) -> str: ...


class Request[B = None]:
    """
    One call: *method*, *path* (its parameters, decoded), *headers* (names in lower case), *client* (address).

    `json` gives the body as the model that the handler's annotation names; `query` gives one parameter; `change`
    describes the change that the call makes. *principal* is set once the caller is known.
    """

    __slots__ = ("_app", "_parameters", "_read", "area", "body_model", "client", "headers", "id", "max_body", "method",
                 "path", "principal", "query_string", "target")  # fmt: skip

    def __init__(
        self,
        method: str,
        target: str,
        *,
        path: Mapping[str, str],
        query_string: str,
        headers: Mapping[str, str],
        client: str,
        area: str,
        read: Callable[[int], bytes],
        app: Asked,
        id: str,  # noqa: A002  # it is the request's id
        body_model: Any = None,
        max_body: int,
    ) -> None:
        self.method = method
        self.target = target
        self.path = path
        self.query_string = query_string
        self.headers = headers
        self.client = client
        self.area = area
        self.id = id
        self.body_model = body_model
        self.max_body = max_body
        self.principal: Principal = NOBODY
        self._read = read
        self._app = app
        self._parameters: dict[str, str] | None = None

    @property
    def platform(self) -> tuple[str]:
        """The names of the platform's scope."""
        return (self.path["platform"],)

    @property
    def environment(self) -> tuple[str, str]:
        """The names of the environment's scope."""
        return self.path["platform"], self.path["environment"]

    @property
    def max_age(self) -> float:
        """How old what is read may be, in seconds: internal routes always look at the database."""
        return 0.0 if self.area == "internal" else self._app.public_max_age

    @property
    def evaluation_max_age(self) -> float:
        """The same for answers that nobody keeps, whoever they are for."""
        return 0.0 if self.area == "internal" else self._app.evaluation_max_age

    @property
    def reduced(self) -> bool:
        """Whether the caller sees less: it holds an API key that may not change anything."""
        return self.principal.is_reduced

    @property
    def list_id(self) -> str:
        """What page tokens are bound to: this path, on this engine."""
        return f"{self._app.engine}\n{self.target}"

    @property
    def parameters(self) -> Mapping[str, str]:
        """
        The query's parameters, each given once.

        Raises:
            Invalid: one comes twice, or holds bytes that are no UTF-8.
        """
        if self._parameters is None:
            self._parameters = _parameters(self.query_string) if self.query_string else {}
        return self._parameters

    def query(self, name: str) -> str | None:
        """Return one parameter of the query, ``None`` where it is absent."""
        return self.parameters.get(name)

    def body(self) -> bytes:
        """
        Return the body's bytes, read once.

        Raises:
            TooLarge: more than the endpoint takes; none of it is read if its length is declared.
        """
        declared = self.headers.get("content-length", "0")
        too_large = declared.isdecimal() and int(declared) > self.max_body
        content = b"" if too_large else self._read(self.max_body + 1)
        if too_large or len(content) > self.max_body:
            raise TooLarge(f"The body may have at most {self.max_body:,} bytes")
        self._read = lambda _: content
        return content

    def json(self) -> B:
        """
        Return the body as the model that the endpoint reads.

        Raises:
            UnsupportedMediaType: it is not declared as JSON.
            Malformed: it is no JSON.
            Invalid: it breaks the model's rules; a detail for each path.
        """
        content = self.body()
        if content:
            _check_media_type(self.headers)
        from togglebox.edge.reading import read_json

        return cast("B", read_json(self.body_model, content))

    def actor(self, said: str | None) -> str | None:
        """Return who acts as the body has *said* it; ``None`` where the caller is known, and that counts."""
        return said if self.principal.id is None else None

    def change(self, action: str) -> Change:
        """
        Return the change that this request makes: by whom, when, under which conditions.

        Raises:
            Invalid: a header that steers it cannot be read.
        """
        return Change(
            id=self._app.new_id(),
            author=self.principal.email,
            at=iso(self._app.now()),
            action=action,
            comment=_comment(self.headers),
            source="api",
            request_id=self.id,
            claim=self._claim(),
            if_match=_if_match(self.headers.get("if-match")),
        )

    def _claim(self) -> Claim | None:
        key = _short(self.headers, "idempotency-key", 255)
        if key is None:
            return None
        asked = "\n".join((self.principal.id or self.principal.email, self.method, self.target, key))
        return Claim(hashlib.sha256(asked.encode()).hexdigest(), hashlib.sha256(self.body()).hexdigest())


def _parameters(query: str) -> dict[str, str]:
    if len(query) > MAX_QUERY:
        raise Invalid(f"query: must be at most {MAX_QUERY:,} characters")
    encoded = "%" in query or "+" in query
    found: dict[str, str] = {}
    for pair in query.split("&"):
        if not pair:
            continue
        name, _, value = pair.partition("=")
        if encoded:
            name, value = _decoded(name), _decoded(value)
        if name in found:
            raise Invalid(f"{name}: must be given once")
        found[name] = value
    return found


def _decoded(text: str) -> str:
    from urllib.parse import unquote_plus

    try:
        return unquote_plus(text, errors="strict")
    except UnicodeDecodeError:
        raise Malformed("The query is not valid UTF-8") from None


def _check_media_type(headers: Mapping[str, str]) -> None:
    declared = headers.get("content-type")
    if declared is not None:
        media = declared.partition(";")[0].strip().lower()
        if media != "application/json" and not (media.startswith("application/") and media.endswith("+json")):
            raise UnsupportedMediaType("Send the body as JSON, with Content-Type: application/json")
    if headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise UnsupportedMediaType("Send the body without Content-Encoding")


def _comment(headers: Mapping[str, str]) -> str | None:
    """Read `X-Change-Comment`; what is not ASCII comes percent-encoded, since headers hold little else."""
    comment = _short(headers, "x-change-comment", 500)
    if comment is None or "%" not in comment:
        return comment
    from urllib.parse import unquote

    decoded = unquote(comment, errors="replace")
    return decoded if decoded.isprintable() else comment


def _short(headers: Mapping[str, str], name: str, most: int) -> str | None:
    value = headers.get(name)
    if value is None:
        return None
    value = value.strip()
    if not value or len(value) > most or not value.isprintable():
        raise Invalid(f"{name}: must have 1 to {most} printable characters")
    return value


def _if_match(header: str | None) -> tuple[tuple[str, int], ...] | str | None:
    """Read `If-Match` (RFC 9110, section 13.1.1); a weak tag, or one that is not an item's of ours, matches nothing."""
    if header is None:
        return None
    if header.strip() == "*":
        return "*"
    named = (TAG.fullmatch(tag.strip()) for tag in header.split(","))
    return tuple((tag["id"], int(tag["version"])) for tag in named if tag is not None)
