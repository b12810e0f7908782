"""Every function in the Lambda runtime on DynamoDB Local answers as the local server does on SQLite."""

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, Final

import pytest

import routes
from configs import create_parameter
from infra.examples import SEED, Call, example
from infra.rendering.events import event_of
from infra.rendering.template import function_name
from tests.engines.dynamodb import DynamoDBLocal
from tests.engines.lambda_runtime import PARAMETERS, Running, functions, running, seeded
from tests.engines.server import LocalServer, local_server
from togglebox.edge.endpoint import Endpoint

type Seen = tuple[int, Mapping[str, str], Any]
"""Status, headers, body; what differs from call to call replaced by its name."""

NETWORKS: Final = PARAMETERS["TrustedNetworks"]
OUR_HEADERS: Final = frozenset(
    {
        "access-control-allow-headers",
        "access-control-allow-methods",
        "access-control-allow-origin",
        "access-control-expose-headers",
        "access-control-max-age",
        "allow",
        "cache-control",
        "content-security-policy",
        "content-type",
        "referrer-policy",
        "retry-after",
        "strict-transport-security",
        "vary",
        "www-authenticate",
        "x-content-type-options",
        "x-frame-options",
        "x-xss-protection",
    }
)
ROUTED: Final = {(endpoint.method, path) for endpoint in routes.ENDPOINTS for path in endpoint.paths.values()}
OF_THE_CALL: Final = frozenset(
    {
        "id",
        "entityId",
        "timestamp",
        "createdAt",
        "updatedAt",
        "startedAt",
        "completedAt",
        "at",
        "requestId",
        "uptime",
        "nextToken",
        "nextCursor",
    }
)

OF_PROJECT: Final = [endpoint for endpoint in routes.ENDPOINTS if not endpoint.accounts]
"""Those about accounts answer by who signed up and how often somebody tried: test_accounts.py calls each of them."""

DELETE_LAST: Final = sorted(OF_PROJECT, key=lambda endpoint: endpoint.method == "DELETE")
IN_ORDER: Final = [
    *(endpoint for endpoint in DELETE_LAST if endpoint.method != "DELETE"),
    *reversed([endpoint for endpoint in DELETE_LAST if endpoint.method == "DELETE"]),
]
"""Parameters are deleted before environments, environments before platforms."""

PREFLIGHT: Final = {"origin": "https://app.example.com", "access-control-request-method": "PATCH"}


@pytest.mark.engine("lambda")
@pytest.mark.engine("server")
@pytest.mark.engine("sqlite")
def test_every_function_about_the_project_answers_as_the_local_server_does(
    dynamodb: DynamoDBLocal, tmp_path: Path
) -> None:
    on_sqlite = {"DB_TYPE": "sqlite", "SQLITE_FILE": str(tmp_path / "togglebox.db"), "TRUSTED_NETWORKS": NETWORKS}
    differences = []
    with (
        local_server(on_sqlite) as server,
        seeded(dynamodb, "functions-") as variables,
        running(functions()["RouteNotFound"], variables) as fallback,
    ):
        for call in SEED:
            assert served(server, call)[0] in (200, 201)
        for endpoint in IN_ORDER:
            with running(functions()[function_name(endpoint.name)], variables) as function:
                differences += [
                    difference
                    for call in calls(endpoint)
                    if (difference := compared(function, event_of(call), server, call))
                ]
            differences += [
                difference
                for call in unrouted(endpoint)
                if (difference := compared(fallback, unrouted_event(call), server, call))
            ]

    assert not differences


@pytest.mark.engine("lambda")
def test_the_upkeep_job_runs_on_its_schedule(dynamodb: DynamoDBLocal) -> None:
    scheduled = {"source": "aws.events", "detail-type": "Scheduled Event", "detail": {}}

    with seeded(dynamodb, "upkeep-") as variables, running(functions()["RunUpkeep"], variables) as function:
        done = function.invoke(scheduled)
        said = function.server.said()

    assert done == {}
    assert '"Runs":[1.0]' in said


@pytest.mark.engine("lambda")
def test_a_management_function_logs_and_counts_each_call(dynamodb: DynamoDBLocal) -> None:
    event = event_of(example(create_parameter.handler))

    with seeded(dynamodb, "logs-") as variables, running(functions()["CreateParameter"], variables) as function:
        ids = [function.invoke(event)["headers"]["X-Request-ID"] for _ in range(2)]
        said = [json.loads(line) for line in function.server.said().splitlines() if line.startswith("{")]

    logged = [line for line in said if "_aws" not in line]
    counted = [line for line in said if "_aws" in line]
    assert [(line["status"], line["request"], line["function_name"], line["cold_start"]) for line in logged] == [
        (201, ids[0], "CreateParameter", True),
        (409, ids[1], "CreateParameter", False),
    ]
    assert [(line.get("2xx"), line.get("4xx"), line["function"], "Duration" in line) for line in counted] == [
        ([1.0], None, "configs.create_parameter", True),
        (None, [1.0], "configs.create_parameter", True),
    ]


def calls(endpoint: Endpoint) -> Iterator[Call]:
    """
    Yield the example call in each area, and then what should be refused, or change nothing.

    Not a name with an encoded slash: the doors get such a path differently, and none of them finds anything there.
    """
    for area in endpoint.areas:
        yield example(endpoint, area)
    sound = example(endpoint)
    if sound.parameters:
        yield from of_others(sound, last=list(sound.parameters)[-1])
    if endpoint.method == "GET":
        yield replace(sound, headers={"if-none-match": "*"})
    else:
        yield replace(sound, headers={**sound.headers, "idempotency-key": "x" * 256})
        yield replace(sound, headers={**sound.headers, "if-match": '"some-other-version-1-f-i"'})
    if endpoint.pages:
        for query in ("limit=1", "page=2&perPage=1", "nextToken=&limit=1", "limit=0", "nextToken=x", "limit=1&limit=2"):
            yield replace(sound, query=query)
    if endpoint.body is not None:
        yield from with_broken_bodies(sound)


def unrouted(endpoint: Endpoint) -> Iterator[Call]:
    """Yield what API Gateway has no route for, though the path is the endpoint's."""
    sound = example(endpoint)
    yield Call("OPTIONS", sound.path, sound.parameters, headers=PREFLIGHT)
    yield replace(sound, method=next(method for method in ("PUT", "PATCH") if (method, sound.path) not in ROUTED))
    yield replace(sound, path=sound.path + "/nothing/here")
    if endpoint.method == "GET":
        yield replace(sound, method="HEAD")
        yield replace(sound, path=sound.path + "/")


def of_others(sound: Call, *, last: str) -> Iterator[Call]:
    for name in ("7890" if last == "version" else "unknown", "..", "n\u00f6", "a b", "100%", "x" * 5_000):
        yield replace(sound, parameters={**sound.parameters, last: name})


def with_broken_bodies(sound: Call) -> Iterator[Call]:
    for content in ("", "{", "[]", "null", '{"unknown": "\u00fc"}', '"' + "x" * 1_048_576 + '"'):
        yield replace(sound, content=content)
    yield replace(sound, headers={"content-type": "text/plain"})


def compared(function: Running, event: Mapping[str, Any], server: LocalServer, call: Call) -> object:
    """Return both answers and what the function logged, if they differ."""
    answer = function.invoke(event)
    headers = {name.lower(): value for name, value in answer["headers"].items()}
    invoked = seen(answer["statusCode"], headers, answer.get("body", ""))
    expected = served(server, call)
    return None if invoked == expected else (call, invoked, expected, function.server.said()[-2_000:])


def unrouted_event(call: Call) -> Mapping[str, Any]:
    """Return what API Gateway sends to the route that takes what no other takes."""
    event = event_of(call)
    event.pop("pathParameters", None)
    return event | {"routeKey": "$default"}


def served(server: LocalServer, call: Call) -> Seen:
    connection = HTTPConnection("127.0.0.1", server.port, timeout=30)
    try:
        target = call.target + (f"?{call.query}" if call.query else "")
        with suppress(BrokenPipeError):  # what is too large is refused before it is all sent
            connection.request(call.method, target, call.content.encode() or None, dict(call.headers))
        answer = connection.getresponse()
        headers = {name.lower(): value for name, value in answer.getheaders()}
        return seen(answer.status, headers, answer.read().decode())
    finally:
        connection.close()


def seen(status: int, headers: Mapping[str, str], body: str) -> Seen:
    kept = {name: value for name, value in headers.items() if name in OUR_HEADERS}
    kept["etag"] = str("etag" in headers)
    return status, kept, alike(json.loads(body)) if body else None


def alike(value: Any) -> Any:
    """Return *value* with all that differs from call to call replaced."""
    if isinstance(value, list):
        return [alike(part) for part in value]
    if isinstance(value, dict):
        return {name: f"<{name}>" if name in OF_THE_CALL else alike(part) for name, part in value.items()}
    return value
