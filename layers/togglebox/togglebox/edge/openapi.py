"""The API's description (OpenAPI 3.1), derived from the endpoints; made when rendering, never while serving."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields, is_dataclass
from typing import Any, Final, Literal, get_args, get_origin

from pydantic import ConfigDict, TypeAdapter

from togglebox import errors
from togglebox.auth.permissions import Role
from togglebox.edge.encoding import camel
from togglebox.edge.endpoint import Area, Endpoint
from togglebox.edge.names import RULES
from togglebox.edge.reading import may_be_absent
from togglebox.edge.refusals import INTERNAL, INTERNAL_SENTENCE, refusal_of
from togglebox.edge.response import FromView, Item, Listing, Message, Raw, Told
from togglebox.journal.audit import KINDS
from togglebox.text import PLAIN

type Schema = dict[str, Any]
type Mode = Literal["serialization", "validation"]
type Example = Callable[[Endpoint, Area], Any]
"""What an endpoint answers in an area, as JSON values; ``None`` for an empty body."""

GENERATED: Final = "Rendered by infra/render.py from functions/routes.py: do not edit, run `make render`."
AT: Final = "2026-01-15T09:30:00.000Z"

SUMMARIES: Final[Mapping[str, str]] = {
    "health": "Whether the service runs",
    "auth": "Registering, signing in and out",
    "users": "People: oneself, and everybody for administrators",
    "api_keys": "API keys: what programs prove themselves with",
    "audit": "Who changed what, everywhere",
    "platforms": "What configs are for: a web shop, an app",
    "environments": "Where a platform runs: production, staging",
    "configs": "Remote configs: parameters with typed values and versions",
    "flags": "Feature flags: two values, targeting, a gradual rollout",
    "experiments": "A/B experiments: variations, and who sees which",
}
"""What the folders of functions are about, in the order of the documentation."""

PARAMETERS: Final[Mapping[str, str]] = {
    "user": "The user's id",
    "apiKey": "The API key's id",
    "platform": "The platform's name",
    "environment": "The environment's name",
    "parameterKey": "The parameter's key",
    "version": "A version's number",
    "flagKey": "The flag's key",
    "flagVersion": "A flag's version",
    "experimentKey": "The experiment's key",
}

EXAMPLES: Final = {
    "user": "3b0ccf5a-7d5e-4f7c-8a51-2d9c1f0e6b42",
    "apiKey": "b7c1a9e4-3f52-4d08-9c6b-5e1d7a2f8c30",
    "platform": "web",
    "environment": "production",
    "parameterKey": "theme",
    "version": "1",
    "flagKey": "express-checkout",
    "flagVersion": "1.0.0",
    "experimentKey": "checkout-button",
}
"""What stands in the paths of examples."""

_WHOLE: Final = {"type": "string", "pattern": "^(0|[1-9][0-9]{0,14})$"}
_COUNT: Final = {"type": "string", "pattern": "^[1-9][0-9]{0,14}$"}

_MOMENT: Final = {"anyOf": [{"type": "string", "format": "date-time"}, {"type": "string", "format": "date"}]}

QUERIES: Final[Mapping[str, tuple[str, Schema, str]]] = {
    "userId": (
        "Whom to decide for: at most 512 bytes",
        {"type": "string", "minLength": 1, "maxLength": 512, "pattern": PLAIN},
        "user-42",
    ),
    "country": ("Where they are (ISO 3166-1), if known", {"type": "string", "pattern": "^[A-Za-z]{2}$"}, "DE"),
    "language": ("What they read (ISO 639-1), if known", {"type": "string", "pattern": "^[A-Za-z]{2}$"}, "de"),
    "track": (
        "Whether the evaluation is counted; it is unless told",
        {"type": "string", "enum": ["true", "false"]},
        "true",
    ),
    "status": (
        "Only experiments of this status; `active`: all that are not archived. Nothing has an unknown status",
        {"type": "string"},
        "running",
    ),
    "limit": ("Items on a page: 20 unless told, 100 at most", _COUNT, "20"),
    "offset": ("Items to leave out before the page", _WHOLE, "0"),
    "nextToken": (
        "The `nextToken` of the page before; empty for the first page in this style",
        {"type": "string"},
        "",
    ),
    "role": ("Only users of this role", {"type": "string", "enum": [*Role]}, "developer"),
    "actor": ("Only changes by who has this address", {"type": "string", "minLength": 1}, "system@togglebox.dev"),
    "kind": ("Only changes to what is of this kind", {"type": "string", "enum": [*KINDS]}, "parameter"),
    "key": ("Only changes to what has this key, name or address", {"type": "string", "minLength": 1}, "theme"),
    "platform": ("Only changes in this platform, and to it", {"type": "string", "minLength": 1}, "web"),
    "environment": ("Only changes in environments of this name", {"type": "string", "minLength": 1}, "production"),
    "from": ("Only changes since then: a date, or a time with its offset", _MOMENT, "2026-01-01T00:00:00Z"),
    "to": ("Only changes before then: a date, or a time with its offset", _MOMENT, "2100-01-01"),
}
"""What the parameters of queries, other than those of pages, mean and look like, and an example of each."""

REFUSED: Final = (
    errors.Malformed("The body is not valid JSON: EOF while parsing an object at line 1 column 1"),
    errors.NotAuthenticated("Authentication required. Provide valid Bearer token or X-API-Key header"),
    errors.Forbidden("Insufficient permissions"),
    errors.Refused("Unknown variation key: blue"),
    errors.IllegalStep(
        "Cannot start experiment in running status",
        details=[{"status": "running", "allowed": ["pause", "complete"]}],
    ),
    errors.NotFound("Platform not found"),
    errors.MethodNotAllowed("PUT", ["GET"]),
    errors.Conflict("Platform web already exists"),
    errors.PreconditionFailed("If-Match names a version that is not the current one"),
    errors.TooLarge("The body may have at most 1,048,576 bytes"),
    errors.UnsupportedMediaType("Send the body as JSON, with Content-Type: application/json"),
    errors.Invalid("name: must have at most 100 characters"),
    errors.LimitExceeded("An environment may have at most 2,000 parameters; it has 2,000"),
    errors.IdempotencyKeyReused("This Idempotency-Key came with another request before"),
    errors.TooManyRequests("Too many attempts; try again later", retry_after=60),
    errors.Unavailable("The database does not answer"),
    errors.AccountsNotConfigured(),
)
"""One of each sort of refusal, for examples."""

RESPONSES: Final[Mapping[int, tuple[str, str]]] = {
    400: ("Malformed", "The request cannot be read, or the change is not allowed in this state"),
    401: ("NotAuthenticated", "Authentication is on, and the request proves nobody"),
    403: ("Forbidden", "The caller may not"),
    404: ("NotFound", "What the path names does not exist"),
    405: ("MethodNotAllowed", "The path does not take this method"),
    409: ("Conflict", "Somebody else was there first"),
    412: ("PreconditionFailed", "`If-Match` names a version that is not the current one"),
    413: ("TooLarge", "The body is too large"),
    415: ("UnsupportedMediaType", "The body is not declared as JSON"),
    422: ("Invalid", "The request can be read, but breaks a rule; `details` name each path"),
    429: ("TooManyRequests", "The caller tries too often"),
    500: ("Failed", "Something went wrong; the request id leads to the log"),
    503: ("Unavailable", "The database is away; nothing was promised. Or the deployment has no accounts"),
}
"""Of each status that refuses: the name of its response, and what it means."""


def describe(endpoints: Iterable[Endpoint], *, version: str, example: Example) -> dict[str, Any]:
    """Return the description of *endpoints* as JSON values, every answer with an *example*."""
    listed = tuple(endpoints)
    schemas = _Schemas(listed)
    paths: dict[str, dict[str, Any]] = {}
    for endpoint in listed:
        for area, path in endpoint.paths.items():
            paths.setdefault(path, {})[endpoint.method.lower()] = _operation(endpoint, area, schemas, example)
    folders = dict.fromkeys(_folder(endpoint) for endpoint in listed)
    return {
        "openapi": "3.1.0",
        "x-generated": GENERATED,
        "info": {
            "title": "ToggleBox",
            "summary": "Remote configs, feature flags and A/B experiments",
            "description": _INTRODUCTION,
            "version": version,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": _SERVERS,
        "tags": [{"name": folder, "description": SUMMARIES[folder]} for folder in folders],
        "paths": paths,
        "components": {
            "schemas": schemas.named | _ANSWERS,
            "parameters": _PARAMETERS,
            "headers": _HEADERS,
            "responses": _refusals(),
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
                "apiKey": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
            },
        },
    }


def on_wire(view: type) -> TypeAdapter[Any]:
    """Return pydantic's adapter of a view, or of lists and mappings of views, that spells fields as the wire does."""
    _spell(view)
    return TypeAdapter(view)


def _operation(endpoint: Endpoint, area: Area, schemas: "_Schemas", example: Example) -> dict[str, Any]:
    summary, _, more = endpoint.docs.partition("\n\n")
    operation: dict[str, Any] = {
        "operationId": camel(endpoint.name.rpartition(".")[2]) + ("" if area == endpoint.areas[0] else area.title()),
        "summary": " ".join(summary.split()).removesuffix("."),
        "tags": [_folder(endpoint)],
    }
    if more:
        operation["description"] = more
    operation["security"] = _security(endpoint)
    if endpoint.permission is not None:
        operation["x-permission"] = str(endpoint.permission)
    operation["parameters"] = [{"$ref": f"#/components/parameters/{name}"} for name in _parameters(endpoint)]
    if endpoint.body is not None:
        body = endpoint.body.__name__
        operation["requestBody"] = {
            "required": not may_be_absent(endpoint.body),
            "content": _json({"$ref": f"#/components/schemas/{body}"}),
        }
    operation["responses"] = _responses(endpoint, area, schemas, example)
    return operation


def _security(endpoint: Endpoint) -> list[Schema]:
    """Return what proves a caller; one who needs none where authentication is off, too, may send nothing."""
    if not endpoint.guarded:
        return []
    keys: list[Schema] = [] if endpoint.person else [{"apiKey": []}]
    return [{"bearer": []}, *keys, *([] if endpoint.accounts else [{}])]


def _parameters(endpoint: Endpoint) -> list[str]:
    names = [name for name in PARAMETERS if f"{{{name}}}" in endpoint.path]
    names += map(_component, endpoint.query)
    if endpoint.pages:
        names += ["limit", "offset", "page", "perPage", "nextToken"]
    if _kind(endpoint.returns) is FromView:
        names.append("IfNoneMatch")
    if endpoint.changes:
        names += ["IdempotencyKey", "ChangeComment"]
        if endpoint.status != 201:
            names.append("IfMatch")
    return [*names, "RequestId"]


def _component(query: str) -> str:
    """Return under what a query's parameter stands: paths have parameters of the same names."""
    return f"{query}Query" if query in PARAMETERS else query


def _responses(endpoint: Endpoint, area: Area, schemas: "_Schemas", example: Example) -> dict[str, Any]:
    responses = {}
    kind = _kind(endpoint.returns)
    if endpoint.returns is None:
        responses["204"] = {"description": "Done", "headers": _headers("RequestId")}
    else:
        tagged = kind in (FromView, Item)
        success: dict[str, Any] = {
            "description": "Created" if endpoint.status == 201 else "As asked",
            "headers": _headers("ETag", "CacheControl", "RequestId")
            if tagged
            else _headers("CacheControl", "RequestId"),
            "content": _json(schemas.answer(endpoint), example(endpoint, area)),
        }
        responses[str(endpoint.status)] = success
    if kind is FromView and area != "internal":
        responses["304"] = {
            "description": "What `If-None-Match` names is still current",
            "headers": _headers("ETag", "CacheControl", "RequestId"),
        }
    for status in _refusing(endpoint):
        responses[str(status)] = {"$ref": f"#/components/responses/{RESPONSES[status][0]}"}
    if kind is Raw:
        responses["503"] = {"description": "Not ready", "content": _json(schemas.answer(endpoint))}
    return responses


def _refusing(endpoint: Endpoint) -> list[int]:
    """Return the statuses that *endpoint* may refuse with."""
    statuses = [403, 500, 503]
    if endpoint.guarded:
        statuses.append(401)
    if endpoint.accounts:
        statuses += [401, 429, *([409] if endpoint.status == 201 else [404] if endpoint.person else [])]
    if "{" in endpoint.path:
        statuses += [400, 422]
        if _names_one(endpoint):
            statuses.append(404)
    if endpoint.pages or endpoint.query:
        statuses += [400, 422]
    if endpoint.body is not None:
        statuses += [400, 413, 415, 422]
    if endpoint.changes:
        statuses += [400, 409, 413, 415, 422]
        if endpoint.status != 201:
            statuses.append(412)
    return sorted(set(statuses))


def _names_one(endpoint: Endpoint) -> bool:
    """Tell whether an unknown name is refused: public lists of what does not exist are empty."""
    return _kind(endpoint.returns) is not FromView or get_origin(get_args(endpoint.returns)[0]) not in (list, dict)


def _refusals() -> dict[str, Any]:
    found: dict[int, dict[str, Any]] = {}
    for error in REFUSED:
        status, code = refusal_of(error)
        found.setdefault(status, {})[code] = _refusal(code, error.sentence, error.details)
    status, code = INTERNAL
    found[status] = {code: _refusal(code, INTERNAL_SENTENCE, ())}
    return {
        RESPONSES[status][0]: {
            "description": RESPONSES[status][1],
            "headers": _headers(*_REFUSAL_HEADERS.get(status, ()), "RequestId"),
            "content": {
                "application/json": {
                    "schema": {
                        "allOf": [
                            {"$ref": "#/components/schemas/Refusal"},
                            {"properties": {"code": {"enum": list(codes)}}},
                        ]
                    },
                    "examples": {code: {"value": body} for code, body in codes.items()},
                }
            },
        }
        for status, codes in sorted(found.items())
    }


def _refusal(code: str, sentence: str, details: tuple[Any, ...]) -> dict[str, Any]:
    listed = {"details": list(details)} if details else {}
    return {
        "success": False,
        "error": sentence,
        "code": code,
        **listed,
        "timestamp": AT,
        "meta": {"requestId": "0f9a3c1b7d52-41"},
    }


class _Schemas:
    """The schemas of all that is sent and shown: those with a name, and each answer's."""

    def __init__(self, endpoints: Iterable[Endpoint]) -> None:
        bodies = {endpoint.body: endpoint.method for endpoint in endpoints if endpoint.body is not None}
        shown = {repr(data): data for endpoint in endpoints if (data := _data(endpoint)) is not None}
        asked: list[tuple[str, Mode, TypeAdapter[Any]]] = [
            (name, "serialization", on_wire(data)) for name, data in shown.items()
        ]
        asked += [(body.__name__, "validation", TypeAdapter(body)) for body in bodies]
        made, definitions = TypeAdapter.json_schemas(asked, ref_template="#/components/schemas/{model}")
        named = definitions["$defs"]
        aliases = {name: schema for name, schema in named.items() if "title" not in schema}
        patches = {body.__name__ for body, method in bodies.items() if method in ("PATCH", "PUT")}
        self.named = {
            name: _tidy(schema, aliases, absent=name.endswith("View"), defaults=name not in patches)
            for name, schema in sorted(named.items())
            if name not in aliases
        }
        self._shown = {name: _tidy(made[name, "serialization"], aliases) for name in shown}

    def answer(self, endpoint: Endpoint) -> Schema:
        """Return the schema of the body that *endpoint* answers with."""
        data = _data(endpoint)
        if data is None:
            return {"$ref": f"#/components/schemas/{'Done' if endpoint.returns is Message else 'Health'}"}
        properties: Schema = {"success": {"const": True}, "data": self._shown[repr(data)]}
        if endpoint.pages or _kind(endpoint.returns) is Listing:
            properties["meta"] = {"$ref": "#/components/schemas/ListMeta"}
        if _kind(endpoint.returns) is Told:
            properties["message"] = {"type": "string", "description": "A sentence that a person may read"}
        properties["timestamp"] = {"type": "string", "format": "date-time"}
        return {"type": "object", "required": list(properties), "properties": properties}


def _tidy(schema: Any, aliases: Mapping[str, Schema], *, absent: bool = False, defaults: bool = True) -> Any:
    """
    Return *schema* without titles and with named parts of strings in their place.

    *absent*: of views, where an unset field is left out, never ``null``. Without *defaults*: of patches, where a
    field that is not sent stays as it is.
    """
    if isinstance(schema, list):
        return [_tidy(part, aliases, absent=absent, defaults=defaults) for part in schema]
    if not isinstance(schema, dict):
        return schema
    alias = aliases.get(schema.get("$ref", "").rpartition("/")[2])
    if alias is not None:
        schema = alias | {key: value for key, value in schema.items() if key != "$ref"}
    optional = "default" in schema and schema["default"] is None
    tidy = {}
    for key, value in schema.items():
        if key == "properties":
            tidy[key] = {name: _tidy(part, aliases, absent=absent, defaults=defaults) for name, part in value.items()}
        elif key in ("default", "examples", "enum", "const"):
            if key != "default" or (defaults and not optional):
                tidy[key] = value
        elif key != "title":
            tidy[key] = _tidy(value, aliases, absent=absent, defaults=defaults)
    if absent and optional and "anyOf" in tidy:
        (only,) = [part for part in tidy.pop("anyOf") if part != {"type": "null"}]
        tidy |= only
    return tidy


def _data(endpoint: Endpoint) -> Any:
    """Return the type of an answer's ``data``; ``None`` where the answer has none."""
    returns = endpoint.returns
    kind = _kind(returns)
    if returns is None or kind in (Raw, Message):
        return None
    return get_args(returns)[0] if kind in (FromView, Item, Listing, Told) else returns


def _kind(returns: Any) -> Any:
    return get_origin(returns) or returns


def _spell(view: Any) -> None:
    """Tell pydantic the names of the fields on the wire, of *view* and of every view in it."""
    for part in get_args(view):
        _spell(part)
    if is_dataclass(view) and "__pydantic_config__" not in vars(view):
        shown: Any = view
        shown.__pydantic_config__ = ConfigDict(alias_generator=camel)
        for field in fields(shown):
            _spell(field.type)


def _folder(endpoint: Endpoint) -> str:
    return endpoint.name.partition(".")[0]


def _json(schema: Schema, example: Any = None) -> Schema:
    shown = {} if example is None else {"example": example}
    return {"application/json": {"schema": schema, **shown}}


def _headers(*names: str) -> Schema:
    return {_HEADER_NAMES[name]: {"$ref": f"#/components/headers/{name}"} for name in names}


_INTRODUCTION: Final = """\
Read below `/api/v1`, change below `/api/v1/internal`. Where authentication is on, each call needs a bearer token or an
API key; where it is off, the network decides who may.

Every answer but 204 and 304 is JSON: `success`, then `data` or `error` and `code`. Public answers have an `ETag`, and
one that is still current is answered with 304. Numbers, names and keys in paths are checked before anything else.
"""

_SERVERS: Final = [
    {"url": "http://127.0.0.1:3000", "description": "`make run`"},
    {
        "url": "https://{api}.execute-api.{region}.amazonaws.com",
        "description": "The AWS stack",
        "variables": {"api": {"default": "api"}, "region": {"default": "us-east-1"}},
    },
]


def _query(name: str, description: str, schema: Schema, example: str) -> Schema:
    return {"name": name, "in": "query", "description": description, "schema": schema, "example": example}


_PRINTABLE: Final = "^[!-~]([ -~]*[!-~])?$"
"""ASCII without spaces around it: all that headers hold for certain."""


def _header(name: str, description: str, example: str, **limits: int | str) -> Schema:
    schema = {"type": "string", **limits}
    return {"name": name, "in": "header", "description": description, "schema": schema, "example": example}


_PARAMETERS: Final = {
    **{
        name: {
            "name": name,
            "in": "path",
            "required": True,
            "description": description,
            "schema": {"type": "string", "pattern": f"^{RULES[name][0].pattern}$"},
            "example": EXAMPLES[name],
        }
        for name, description in PARAMETERS.items()
    },
    **{
        _component(name): _query(name, description, schema, example) | ({"required": True} if name == "userId" else {})
        for name, (description, schema, example) in QUERIES.items()
    },
    "page": _query("page", "The page's number, from 1 on", _COUNT, "1"),
    "perPage": _query("perPage", "As `limit`, with `page`", _COUNT, "20"),
    "IfNoneMatch": _header("If-None-Match", "The `ETag` of an answer that the client still has", '"c0ffee-1-f-i"'),
    "IfMatch": _header("If-Match", "The `ETag` of the version that the change is meant for", "*"),
    "IdempotencyKey": _header(
        "Idempotency-Key",
        "Repeats of a request with the same key change nothing more, for a day",
        "4f8d2b6e",
        minLength=1,
        maxLength=255,
        pattern=_PRINTABLE,
    ),
    "ChangeComment": _header(
        "X-Change-Comment",
        "Why; kept in the history. Percent-encode what is not ASCII",
        "Christmas",
        minLength=1,
        maxLength=500,
        pattern=_PRINTABLE,
    ),
    "RequestId": _header(
        "X-Request-ID",
        "An id of the caller's own, for logs on both sides; taken over if it has 1 to 128 printable ASCII characters",
        "checkout-7c1",
    ),
}

_HEADER_NAMES: Final = {
    "ETag": "ETag",
    "CacheControl": "Cache-Control",
    "RequestId": "X-Request-ID",
    "RetryAfter": "Retry-After",
    "Allow": "Allow",
    "WwwAuthenticate": "WWW-Authenticate",
}
_REFUSAL_HEADERS: Final = {401: ("WwwAuthenticate",), 405: ("Allow",), 429: ("RetryAfter",), 503: ("RetryAfter",)}

_HEADERS: Final = {
    name: {"description": description, "schema": {"type": "string"}}
    for name, description in {
        "ETag": "Names this content, for `If-None-Match` and, of a single item, `If-Match`",
        "CacheControl": "Who may keep the answer, and for how long",
        "RequestId": "The request's id, also in the log",
        "RetryAfter": "Seconds after which to try again",
        "Allow": "The methods that the path takes",
        "WwwAuthenticate": "How to prove who asks",
    }.items()
}

_ANSWERS: Final[Schema] = {
    "Health": {
        "type": "object",
        "required": ["success", "message", "timestamp"],
        "properties": {
            "success": {"type": "boolean"},
            "message": {"type": "string"},
            "timestamp": {"type": "string", "format": "date-time"},
            "uptime": {"type": "number", "description": "Seconds"},
            "checks": {
                "type": "object",
                "properties": {"database": {"enum": ["connected", "disconnected"]}},
            },
            "error": {"type": "string"},
        },
    },
    "Done": {
        "type": "object",
        "required": ["success", "message", "timestamp"],
        "properties": {
            "success": {"const": True},
            "message": {"type": "string", "description": "A sentence that a person may read"},
            "timestamp": {"type": "string", "format": "date-time"},
        },
    },
    "ListMeta": {
        "description": "Of a complete list its length; in token style the next page's token; in page style all of it",
        "type": "object",
        "properties": {
            "total": {"type": "integer", "minimum": 0},
            "page": {"type": "integer", "minimum": 1},
            "perPage": {"type": "integer", "minimum": 1, "maximum": 100},
            "limit": {"type": "integer", "minimum": 1, "maximum": 100, "description": "In the list of users"},
            "offset": {"type": "integer", "minimum": 0, "description": "In the list of users"},
            "totalPages": {"type": "integer", "minimum": 0},
            "hasNext": {"type": "boolean"},
            "hasPrev": {"type": "boolean"},
            "nextToken": {"type": "string"},
            "nextCursor": {"type": "string", "description": "As `nextToken`, in lists of flags and experiments"},
            "notFound": {
                "type": "array",
                "items": {"type": "string"},
                "description": "The keys asked for that are no flag's",
            },
            "hasMore": {"type": "boolean"},
        },
    },
    "Refusal": {
        "type": "object",
        "required": ["success", "error", "code", "timestamp", "meta"],
        "properties": {
            "success": {"const": False},
            "error": {"type": "string", "description": "A sentence that a person may read"},
            "code": {"type": "string", "enum": sorted({refusal_of(error)[1] for error in REFUSED} | {INTERNAL[1]})},
            "details": {
                "type": "array",
                "items": {"type": ["string", "object"]},
                "description": "`path: sentence` for each fault; about accounts `{field, message}`",
            },
            "timestamp": {"type": "string", "format": "date-time"},
            "meta": {
                "type": "object",
                "required": ["requestId"],
                "properties": {"requestId": {"type": "string"}},
            },
        },
    },
}
