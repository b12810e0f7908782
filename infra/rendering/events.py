"""events/: one event for each endpoint, as API Gateway's HTTP API sends it (payload 2.0)."""

import json
from typing import Any, Final

from infra.examples import AT, Call, example
from togglebox.edge.endpoint import Endpoint

GENERATED: Final = "Rendered by infra/render.py from functions/routes.py: do not edit, run `make render`."
API: Final = "a1b2c3d4e5"
DOMAIN: Final = f"{API}.execute-api.us-east-1.amazonaws.com"


def event_name(module: str) -> str:
    """Return the name of the event's file: ``create_flag.json`` of ``flags.create_flag``."""
    return module.rpartition(".")[2] + ".json"


def event(endpoint: Endpoint) -> str:
    """Return the event of the endpoint's example call as JSON text."""
    return json.dumps({"x-generated": GENERATED, **event_of(example(endpoint))}, indent=2) + "\n"


def event_of(call: Call) -> dict[str, Any]:
    """Return what API Gateway makes of *call*."""
    headers = {
        "accept": "application/json",
        "accept-encoding": "identity",
        "host": DOMAIN,
        "user-agent": "curl/8.14.1",
        "x-amzn-trace-id": "Root=1-6968b428-3c1f5e7a9b2d4c6e8f0a1b2c",
        "x-forwarded-for": "203.0.113.7",
        "x-forwarded-port": "443",
        "x-forwarded-proto": "https",
        **call.headers,
    }
    if call.content:
        headers["content-length"] = str(len(call.content.encode()))
    made: dict[str, Any] = {
        "version": "2.0",
        "routeKey": f"{call.method} {call.path}",
        "rawPath": call.decoded,
        "rawQueryString": call.query,
        "headers": dict(sorted(headers.items())),
        "requestContext": {
            "accountId": "123456789012",
            "apiId": API,
            "domainName": DOMAIN,
            "domainPrefix": API,
            "http": {
                "method": call.method,
                "path": call.decoded,
                "protocol": "HTTP/1.1",
                "sourceIp": "203.0.113.7",
                "userAgent": "curl/8.14.1",
            },
            "requestId": "XhVm2gD4oAMEJ3w=",
            "routeKey": f"{call.method} {call.path}",
            "stage": "$default",
            "time": AT.strftime("%d/%b/%Y:%H:%M:%S +0000"),
            "timeEpoch": int(AT.timestamp() * 1000),
        },
        "isBase64Encoded": False,
    }
    if call.parameters:
        made["pathParameters"] = dict(call.parameters)
    if call.content:
        made["body"] = call.content
    return made
