"""The Lambda door: API Gateway's events (HTTP API payload 2.0, REST and HTTP API payload 1.0) in, answers out."""

from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote_plus

from togglebox import wiring
from togglebox.app import App
from togglebox.edge.endpoint import Endpoint
from togglebox.edge.request import Request
from togglebox.edge.respond import respond
from togglebox.edge.response import Response

type Event = dict[str, Any]


def door(endpoint: Endpoint) -> Callable[[Event, Any], dict[str, Any]]:
    """Return the Lambda handler of *endpoint*; settings are read and clients made now, in the init phase."""
    app = wiring.app()

    def handle(event: Event, context: Any) -> dict[str, Any]:
        return _answer(respond(endpoint, _request(endpoint, event, context, app), app), event)

    return handle


def _request(endpoint: Endpoint, event: Event, context: Any, app: App) -> Request[Any]:
    headers = {name.lower(): value for name, value in (event.get("headers") or {}).items()}
    if event.get("version") == "2.0":
        http = event["requestContext"]["http"]
        method, target, client = http["method"], event["rawPath"], http["sourceIp"]
        query = event.get("rawQueryString", "")
    else:
        method, target = event["httpMethod"], event["path"]
        client = event["requestContext"]["identity"]["sourceIp"]
        query = _query(event.get("multiValueQueryStringParameters") or {})
    body = event.get("body") or ""

    def read(most: int) -> bytes:
        return b64decode(body) if event.get("isBase64Encoded") else body.encode()

    return Request(
        method,
        target,
        path=event.get("pathParameters") or {},
        query_string=query,
        headers=headers,
        client=client,
        area="internal" if target.startswith("/api/v1/internal/") else "public",
        read=read,
        app=app,
        id=headers.get("x-request-id") or context.aws_request_id,
        body_model=endpoint.body,
        max_body=endpoint.max_body,
    )


def _query(parameters: Mapping[str, list[str]]) -> str:
    return "&".join(
        f"{quote_plus(name)}={quote_plus(value)}" for name, values in parameters.items() for value in values
    )


def _answer(response: Response, event: Event) -> dict[str, Any]:
    headers = dict(response.headers)
    zipped = "Content-Encoding" in headers
    return {
        "statusCode": response.status,
        "headers": headers,
        "body": b64encode(response.body).decode() if zipped else response.body.decode(),
        "isBase64Encoded": zipped,
    }
