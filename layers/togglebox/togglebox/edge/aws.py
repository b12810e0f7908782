"""
The Lambda door: API Gateway's events in (HTTP API payload 2.0; REST and HTTP API payload 1.0), answers out.

What the public reaches starts lean and writes one line to the log; management functions and jobs have Powertools.
"""

import json
import re
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from togglebox import wiring
from togglebox.app import App
from togglebox.edge.client import client_of
from togglebox.edge.endpoint import Area, Endpoint
from togglebox.edge.request import REQUEST_ID, Request
from togglebox.edge.respond import respond
from togglebox.edge.response import Response
from togglebox.errors import Malformed

type Event = Mapping[str, Any]
type Answer = dict[str, Any]

NAMESPACE: Final = "ToggleBox"
SERVICE: Final = "togglebox"


def door(endpoint: Endpoint, app: App) -> Callable[[Event, Any], Answer]:
    """Return the Lambda handler of *endpoint*."""
    areas = {path: area for area, path in endpoint.paths.items()}

    def handle(event: Event, context: Any) -> Answer:
        request = request_of(event, context, app)
        request.area = areas.get(_route(event), endpoint.areas[-1])
        request.body_model = endpoint.body
        request.max_body = endpoint.max_body
        return answer_of(respond(endpoint, request, app))

    if is_public(endpoint):
        return handle
    return watched(handle, app, endpoint.name, lambda answer: f"{answer['statusCode'] // 100}xx")


def is_public(endpoint: Endpoint) -> bool:
    """Tell whether the public reaches *endpoint* all the time; such a function has to start fast."""
    return endpoint.areas != ("internal",) and not endpoint.accounts


def request_of(event: Event, context: Any, app: App, *, area: Area = "root") -> Request[Any]:
    """
    Return the request that API Gateway hands over.

    HTTP APIs decode the path and its parameters in either payload; REST APIs leave them percent-encoded. A name that
    still holds a percent sign is none of ours, so that decoding twice cannot turn one name into another.
    """
    if event.get("version") == "2.0":
        http = event["requestContext"]["http"]
        method, target, client = http["method"], _encoded(event["rawPath"]), http["sourceIp"]
        path = event.get("pathParameters") or {}
        query = event.get("rawQueryString") or ""
        headers = {name.lower(): value for name, value in (event.get("headers") or {}).items()}
    else:
        of_rest_api = "version" not in event
        method, target = event["httpMethod"], event["path"] if of_rest_api else _encoded(event["path"])
        client = event["requestContext"]["identity"]["sourceIp"]
        path = {name: _decoded(value) for name, value in (event.get("pathParameters") or {}).items()}
        query = _query(_several(event, "multiValueQueryStringParameters", "queryStringParameters"))
        sent = _several(event, "multiValueHeaders", "headers")
        headers = {name.lower(): ",".join(values) for name, values in sent.items()}
        if of_rest_api:
            # It hands a compressed answer on as base64 text, unless it is told which types are binary.
            headers.pop("accept-encoding", None)
    request_id = headers.get("x-request-id", "")
    return Request(
        method,
        target,
        path=path,
        query_string=query,
        headers=headers,
        client=client_of(client, headers.get("x-forwarded-for"), app.policy.proxies),
        area=area,
        read=lambda most: _body(event),
        app=app,
        id=request_id if REQUEST_ID.fullmatch(request_id) else context.aws_request_id,
        max_body=0,
    )


def answer_of(response: Response) -> Answer:
    """Return what API Gateway makes the HTTP response from."""
    answer: Answer = {"statusCode": response.status, "headers": dict(response.headers)}
    if "Content-Encoding" in answer["headers"]:
        answer["body"] = b64encode(response.body).decode()
        answer["isBase64Encoded"] = True
    elif response.body:
        answer["body"] = response.body.decode()
    return answer


def watched[A](
    work: Callable[[Event, Any], A], app: App, name: str, outcome: Callable[[A], str]
) -> Callable[[Event, Any], A]:
    """
    Return *work* with Powertools around it: a structured log, metrics, and traces where the stack says so.

    Counted are calls by their *outcome*, and milliseconds, both under *name*; metrics go through the log (CloudWatch's
    embedded metric format).
    """
    from aws_lambda_powertools import Logger
    from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit

    logger = Logger(service=SERVICE, location=None)
    metrics = EphemeralMetrics(namespace=NAMESPACE, service=SERVICE)
    metrics.set_default_dimensions(function=name)
    levels = {"info": logger.info, "warn": logger.warning, "error": logger.error}

    def log(line: str) -> None:
        fields = json.loads(line)
        levels[fields.pop("level")](name, extra=fields)

    def counted(event: Event, context: Any) -> A:
        began = app.clock()
        answer = work(event, context)
        metrics.add_metric(outcome(answer), MetricUnit.Count, 1)
        metrics.add_metric("Duration", MetricUnit.Milliseconds, (app.clock() - began) * 1000)
        metrics.flush_metrics()
        return answer

    app.log = log
    handle: Callable[[Event, Any], A] = logger.inject_lambda_context(counted)
    if wiring.traced():
        from aws_lambda_powertools import Tracer

        handle = Tracer(service=SERVICE).capture_lambda_handler(handle, capture_response=False)
    return handle


def _route(event: Event) -> str:
    """Return the path of the route that took the request, with its parameters' names: nobody can spell it otherwise."""
    route: str = event["resource"] if "resource" in event else event.get("routeKey", "").partition(" ")[2]
    return route


def _several(event: Event, many: str, one: str) -> Mapping[str, Sequence[str]]:
    """Return a multi-value field of payload 1.0, or its single-value twin: hand-made events often have only that."""
    return event.get(many) or {name: [value] for name, value in (event.get(one) or {}).items()}


# urllib.parse is imported where a request needs it: the public functions' start would spend 5 ms on it.


def _encoded(path: str) -> str:
    """Encode again what API Gateway has decoded."""
    if _PLAIN.fullmatch(path):
        return path
    from urllib.parse import quote

    return quote(path)


_PLAIN: Final = re.compile(r"[A-Za-z0-9/_.~-]*")


def _decoded(name: str) -> str:
    if "%" not in name:
        return name
    from urllib.parse import unquote

    return unquote(name)


def _query(parameters: Mapping[str, Sequence[str]]) -> str:
    """Encode again what API Gateway has decoded."""
    from urllib.parse import quote_plus

    return "&".join(f"{quote_plus(name)}={quote_plus(value)}" for name in parameters for value in parameters[name])


def _body(event: Event) -> bytes:
    body: str = event.get("body") or ""
    if not event.get("isBase64Encoded"):
        return body.encode(errors="surrogatepass")
    try:
        return b64decode(body, validate=True)
    except ValueError:
        raise Malformed("The body is not valid base64") from None
