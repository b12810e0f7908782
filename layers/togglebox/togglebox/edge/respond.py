"""One call of an endpoint: who asks, may they, the handler, and what goes out."""

import gzip
import json
import re
import traceback
from collections.abc import Mapping, Sequence
from typing import Any, Final
from zlib import crc32

from togglebox.app import App, Policy
from togglebox.auth.principal import SYSTEM, Principal
from togglebox.edge.encoding import to_wire
from togglebox.edge.endpoint import Endpoint
from togglebox.edge.guard import check_origin
from togglebox.edge.names import check_names
from togglebox.edge.refusals import INTERNAL, INTERNAL_SENTENCE, refusal_of
from togglebox.edge.request import Request
from togglebox.edge.response import FromView, Item, Listing, Message, Raw, Response, Told
from togglebox.errors import (
    AccountsNotConfigured,
    Forbidden,
    MethodNotAllowed,
    NotAuthenticated,
    ToggleBoxError,
    TooManyRequests,
    Unavailable,
)
from togglebox.journal.record import iso
from togglebox.snapshot import NOWHERE, View

GZIP_FROM: Final = 1_024
"""Bytes from which compressing pays."""

KEPT_BODIES: Final = 4_096
KEPT_BYTES: Final = 16_000_000
"""Finished answers of one view: enough for its entities and its lists, so that only odd pages are made again."""

SECURITY: Final = (
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    ("X-XSS-Protection", "1; mode=block"),
    ("Strict-Transport-Security", "max-age=31536000; includeSubDomains"),
    ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
    ("Referrer-Policy", "no-referrer"),
)
JSON: Final = ("Content-Type", "application/json; charset=utf-8")
NO_STORE: Final = ("Cache-Control", "no-store")
GZIPPED: Final = ("Content-Encoding", "gzip")
METHODS: Final = "GET,POST,PUT,DELETE,PATCH,OPTIONS"
ALLOWED_HEADERS: Final = (
    "Content-Type,Authorization,X-API-Key,X-Request-ID,If-None-Match,If-Match,Idempotency-Key,X-Change-Comment"
)
EXPOSED_HEADERS: Final = "ETag,Retry-After,X-Request-ID"
PREFLIGHT_KEPT: Final = "86400"
FULL: Final = "f"
REDUCED: Final = "r"
"""The redaction classes of answers: those that leave nothing out, and those for keys that may only read."""


def respond(endpoint: Endpoint, request: Request[Any], app: App) -> Response:
    """Answer *request* by *endpoint*; whatever happens, return a response and write one line to the log."""
    began = app.clock()
    try:
        response = _answered(endpoint, request, app)
    except ToggleBoxError as error:
        if endpoint.accounts:
            error.details = tuple(map(_by_field, error.details))
        response = refused(error, request, app)
    except Exception:  # noqa: BLE001  # the edge is where everything else ends
        app.log(json.dumps({"level": "error", "request": request.id, "trace": traceback.format_exc()}))
        response = _refusal(*INTERNAL, INTERNAL_SENTENCE, request=request, app=app)
    _finish(response, request, app)
    _log(request, response.status, app.clock() - began, app)
    return response


def _by_field(detail: str | Mapping[str, Any]) -> Mapping[str, Any]:
    """Spell a detail as answers about accounts do."""
    if isinstance(detail, str):
        path, _, message = detail.partition(": ")
        return {"field": path, "message": message}
    return detail


def refused(error: ToggleBoxError, request: Request[Any], app: App) -> Response:
    """Return the answer that *error* stands for."""
    status, code = refusal_of(error)
    response = _refusal(status, code, error.sentence, error.details, request=request, app=app)
    if isinstance(error, TooManyRequests):
        response.headers.append(("Retry-After", str(error.retry_after)))
    if isinstance(error, Unavailable):
        response.headers.append(("Retry-After", str(error.retry_after)))
        cause = error.__cause__
        if cause is not None:
            app.log(json.dumps({"level": "warn", "request": request.id, "cause": type(cause).__name__}))
    if isinstance(error, MethodNotAllowed):
        response.headers.append(("Allow", ", ".join(error.allowed)))
    if isinstance(error, NotAuthenticated):
        response.headers.append(("WWW-Authenticate", "Bearer"))
    return response


def unrouted(error: ToggleBoxError, request: Request[Any], app: App) -> Response:
    """Return the answer to a request that led to no endpoint: a preflight's, or the refusal."""
    began = app.clock()
    if request.method == "OPTIONS":
        return preflight(request.headers, app.policy)
    response = refused(error, request, app)
    _finish(response, request, app)
    _log(request, response.status, app.clock() - began, app)
    return response


def preflight(headers: Mapping[str, str], policy: Policy) -> Response:
    """Answer a browser that asks what it may send (Fetch standard, CORS-preflight)."""
    allowed = [
        ("Access-Control-Allow-Methods", METHODS),
        ("Access-Control-Allow-Headers", ALLOWED_HEADERS),
        ("Access-Control-Max-Age", PREFLIGHT_KEPT),
    ]
    return Response(204, [*_cors(headers.get("origin"), policy), *allowed, ("Vary", "Origin")])


def _answered(endpoint: Endpoint, request: Request[Any], app: App) -> Response:
    policy = app.policy
    check_origin(request, policy)
    if endpoint.guarded:
        request.principal = _caller(endpoint, request, app)
        _check_rights(endpoint, request)
    check_names(request.path)
    if request.query_string:
        request.query("")  # a broken query is refused also where nothing asks for its parameters

    result = endpoint.handler(request, app)
    if type(result) is FromView:
        return _from_view(result, endpoint, request, app)
    return _from_result(result, endpoint, request, app)


def _caller(endpoint: Endpoint, request: Request[Any], app: App) -> Principal:
    """
    Return who asks; where authentication is off, the network has decided already, except about accounts.

    Raises:
        NotAuthenticated: the endpoint needs a caller, and the request proves none, or not a person where it takes one.
        AccountsNotConfigured: the endpoint is about accounts, and there are none.
    """
    if endpoint.accounts and not app.policy.accounts:
        raise AccountsNotConfigured
    if app.policy.authentication or endpoint.accounts:
        known = app.authenticate(request.headers, request.client)
        if known is None:
            raise NotAuthenticated("Authentication required. Provide valid Bearer token or X-API-Key header")
        if endpoint.person and known.is_key:
            raise NotAuthenticated("Authentication required")
        return known
    if request.area == "internal":
        return app.authenticate(request.headers, request.client) or SYSTEM
    return SYSTEM


def _check_rights(endpoint: Endpoint, request: Request[Any]) -> None:
    """
    Compare what the endpoint asks for with what the caller may, and where.

    Raises:
        Forbidden: the caller may not.
    """
    caller = request.principal
    if endpoint.permission is not None and not caller.may(endpoint.permission):
        raise Forbidden("Insufficient permissions")
    if endpoint.admins is not None and not caller.is_admin:
        raise Forbidden(f"Forbidden: Only admins can {endpoint.admins}")
    if not caller.reaches(request.path.get("platform"), request.path.get("environment")):
        raise Forbidden("This API key is limited to other platforms or environments")


def _from_view(answer: FromView[Any], endpoint: Endpoint, request: Request[Any], app: App) -> Response:
    """Answer from a body that is made once while the view lasts, with its entity tag."""
    view, policy = answer.view, app.policy
    name = (answer.name, answer.reduced)
    kept: Any = view.bodies.get(name)
    if kept is None:
        kept = _Kept(answer, view.at or iso(app.now()))
        if view is not NOWHERE:
            _keep(view, name, kept)
    zipped = len(kept.plain) >= GZIP_FROM and _takes_gzip(request.headers)
    if not kept.tag or request.area == "internal" or not (view.settled or answer.stamp):
        headers = [NO_STORE, _vary(policy)]
        if kept.tag and answer.stamp:
            headers.append(("ETag", kept.tags[zipped]))
    else:
        headers = kept.headers[zipped] or _remember_headers(kept, view, policy, zipped=zipped)
        asked = request.headers.get("if-none-match")
        if asked is not None and _matches(asked, kept.tags[zipped]):
            return Response(304, [*headers])
    return Response(
        endpoint.status, [JSON, *headers, GZIPPED] if zipped else [JSON, *headers], kept.body(zipped=zipped)
    )


def _remember_headers(kept: "_Kept", view: View, policy: Policy, *, zipped: bool) -> list[tuple[str, str]]:
    caching = _cache_control(policy) if view.settled else "no-store"
    kept.headers[zipped] = [("ETag", kept.tags[zipped]), ("Cache-Control", caching), _vary(policy)]
    return kept.headers[zipped]


def _keep(view: View, name: object, kept: "_Kept") -> None:
    """Remember a finished body as long as the view lasts, or until there are too many or they take too much."""
    others: list[Any] = list(view.bodies.values())
    if len(others) >= KEPT_BODIES or sum(len(other.plain) for other in others) + len(kept.plain) > KEPT_BYTES:
        view.bodies.clear()
    view.bodies[name] = kept


class _Kept:
    """A finished body, and compressed once a client takes that; for both, the tag, and the headers once known."""

    __slots__ = ("headers", "plain", "tag", "tags", "zipped")

    def __init__(self, answer: FromView[Any], at: str) -> None:
        view = answer.view
        made = answer.make()
        data, meta = (made.data, made.meta) if isinstance(made, Listing) else (made, None)
        if answer.stamp is not None:
            entity, version, at = answer.stamp
            self.tag = f"{entity}-{version}"
        else:
            self.tag = f"{view.scope[:8]}.{crc32(repr(answer.name).encode()):x}-{view.revision}" if view.scope else ""
        self.plain = _envelope(data, meta, at)
        redaction = REDUCED if answer.reduced else FULL
        self.tags = (f'"{self.tag}-{redaction}-i"', f'"{self.tag}-{redaction}-g"')
        self.zipped = b""
        self.headers: list[list[tuple[str, str]]] = [[], []]

    def body(self, *, zipped: bool) -> bytes:
        if zipped and not self.zipped:
            self.zipped = gzip.compress(self.plain, mtime=0)
        return self.zipped if zipped else self.plain


def _from_result(result: Any, endpoint: Endpoint, request: Request[Any], app: App) -> Response:
    headers = [NO_STORE, _vary(app.policy)]
    if result is None:
        return Response(204, headers)
    headers.append(JSON)
    status = endpoint.status
    now = iso(app.now())
    match result:
        case Raw(body, status, retry_after):
            content = _dumps(body)
            if retry_after is not None:
                headers.append(("Retry-After", str(retry_after)))
        case Message(message):
            content = _dumps({"success": True, "message": message, "timestamp": now})
        case Told(data, message):
            content = _dumps({"success": True, "data": to_wire(data), "message": message, "timestamp": now})
        case Listing(data, meta):
            content = _envelope(data, meta, now)
        case Item(data, stamp):
            content = _envelope(data, None, stamp.at)
            headers.append(("ETag", f'"{stamp.id}-{stamp.version}-{FULL}-i"'))
            return Response(status, headers, content)
        case _:
            content = _envelope(result, None, now)
    if len(content) >= GZIP_FROM and _takes_gzip(request.headers):
        return Response(status, [*headers, GZIPPED], gzip.compress(content, mtime=0))
    return Response(status, headers, content)


def _refusal(
    status: int, code: str, sentence: str, details: Sequence[Any] = (), *, request: Request[Any], app: App
) -> Response:
    body: dict[str, Any] = {"success": False, "error": sentence, "code": code}
    if details:
        body["details"] = details
    body["timestamp"] = iso(app.now())
    body["meta"] = {"requestId": request.id}
    return Response(status, [NO_STORE, _vary(app.policy), JSON], _dumps(body))


def _finish(response: Response, request: Request[Any], app: App) -> None:
    """Add what every answer carries."""
    if app.policy.cors_origins == ("*",):
        response.headers += _FOR_ALL_ORIGINS
    else:
        response.headers += SECURITY
        response.headers += _cors(request.headers.get("origin"), app.policy)
    response.headers.append(("X-Request-ID", request.id))
    if request.method == "HEAD":
        response.body = b""


def _envelope(data: Any, meta: Mapping[str, Any] | None, at: str) -> bytes:
    listed = {} if meta is None else {"meta": meta}
    return _dumps({"success": True, "data": to_wire(data), **listed, "timestamp": at})


def _dumps(value: Any) -> bytes:
    return _JSON.encode(value).encode()


_JSON: Final = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def _cache_control(policy: Policy) -> str:
    if policy.shared:
        return f"public, max-age=0, s-maxage={policy.cache_ttl}, must-revalidate"
    return "private, no-cache"


def _vary(policy: Policy) -> tuple[str, str]:
    return _VARY_CALLER if policy.authentication else _VARY


_VARY: Final = ("Vary", "Accept-Encoding, Origin")
_VARY_CALLER: Final = ("Vary", "Accept-Encoding, Origin, Authorization, X-API-Key")


def _cors(origin: str | None, policy: Policy) -> list[tuple[str, str]]:
    """Allow what `CORS_ORIGIN` names; credentials only to origins that it names one by one."""
    if policy.cors_origins == ("*",):
        return _ANY_ORIGIN
    if origin is not None and origin in policy.cors_origins:
        return [
            ("Access-Control-Allow-Origin", origin),
            ("Access-Control-Allow-Credentials", "true"),
            ("Access-Control-Expose-Headers", EXPOSED_HEADERS),
        ]
    return []


_ANY_ORIGIN: Final = [("Access-Control-Allow-Origin", "*"), ("Access-Control-Expose-Headers", EXPOSED_HEADERS)]
_FOR_ALL_ORIGINS: Final = (*SECURITY, *_ANY_ORIGIN)


def _takes_gzip(headers: Mapping[str, str]) -> bool:
    accepted = headers.get("accept-encoding", "")
    return "gzip" in accepted and not _NO_GZIP.search(accepted)


_NO_GZIP: Final = re.compile(r"gzip\s*;\s*q=0(\.0*)?\s*(,|$)")
"""A weight of zero means: not this one (RFC 9110, section 12.4.2)."""


def _matches(asked: str, tag: str) -> bool:
    """Compare weakly, as `If-None-Match` asks (RFC 9110, section 13.1.2)."""
    return asked == tag or asked.strip() == "*" or tag in (one.strip().removeprefix("W/") for one in asked.split(","))


_QUOTED: Final = json.encoder.encode_basestring_ascii


def _log(request: Request[Any], status: int, seconds: float, app: App) -> None:
    """Write what happened, once: no query, no header, no body, since any of them may hold a secret."""
    app.log(
        f'{{"level":"{"error" if status >= 500 else "info"}","request":{_QUOTED(request.id)},'
        f'"method":{_QUOTED(request.method)},"path":{_QUOTED(request.target)},'
        f'"status":{status},"ms":{seconds * 1000:.2f}}}'
    )
