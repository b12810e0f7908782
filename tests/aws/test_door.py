"""What the Lambda door makes of API Gateway's events, and what it hands back."""

import gzip
import json
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qs

import pytest

import routes
from configs import count_parameters, create_parameter, get_configs, get_parameter, list_parameters
from health import get_health
from infra.examples import Call, World, example, fixed_app, sending
from infra.rendering.events import event_of
from platforms import create_platform, get_platform, list_platforms
from togglebox.app import App, Policy
from togglebox.edge.aws import door, request_of
from togglebox.edge.endpoint import Endpoint

type Event = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Context:
    """What Lambda says of a call."""

    aws_request_id: str = "11111111-2222-4333-8444-555555555555"
    function_name: str = "Function"
    memory_limit_in_mb: int = 512
    invoked_function_arn: str = "arn:aws:lambda:us-east-1:123456789012:function:Function"


@dataclass(slots=True)
class Log:
    """Remembers the lines."""

    lines: list[str] = field(default_factory=list)

    def __call__(self, line: str) -> None:
        self.lines.append(line)


@pytest.fixture
def app() -> App:
    return seeded_app()


def seeded_app() -> App:
    """Return an App on the world of the examples that leaves host names to API Gateway, as on Lambda."""
    app = fixed_app()
    World(routes.ENDPOINTS, app).seed()
    app.policy = replace(app.policy, hosts=None)
    return app


def rest_event_of(call: Call) -> dict[str, Any]:
    """Return what a REST API makes of *call*: everything twice, the path encoded, no version."""
    several = {name: [value] for name, value in event_of(call)["headers"].items()}
    asked = parse_qs(call.query, keep_blank_values=True)
    return {
        "resource": call.path,
        "path": call.target,
        "httpMethod": call.method,
        "headers": {name.title(): values[-1] for name, values in several.items()},
        "multiValueHeaders": {name.title(): values for name, values in several.items()},
        "queryStringParameters": {name: values[-1] for name, values in asked.items()} or None,
        "multiValueQueryStringParameters": asked or None,
        "pathParameters": dict(call.parameters) or None,
        "requestContext": {"identity": {"sourceIp": "203.0.113.7"}, "stage": "prod", "requestId": "x"},
        "body": call.content or None,
        "isBase64Encoded": False,
    }


def http_1_event_of(call: Call) -> dict[str, Any]:
    """Return what an HTTP API makes of *call* in payload 1.0: as a REST API, but with the path decoded."""
    return rest_event_of(call) | {"version": "1.0", "path": call.decoded}


def ask(endpoint: Endpoint, app: App, event: Event) -> dict[str, Any]:
    return door(endpoint, app)(event, Context())


@pytest.mark.parametrize("endpoint", routes.ENDPOINTS, ids=lambda endpoint: endpoint.name)
@pytest.mark.parametrize("form", [rest_event_of, http_1_event_of])
def test_every_payload_gets_the_same_answer(endpoint: Endpoint, form: Any) -> None:
    call = example(endpoint)

    answer = ask(endpoint, seeded_app(), form(call))

    assert answer["statusCode"] < 300
    assert answer == ask(endpoint, seeded_app(), event_of(call))


@pytest.mark.parametrize("form", [event_of, rest_event_of, http_1_event_of])
def test_a_duplicated_parameter_is_refused_in_every_payload(app: App, form: Any) -> None:
    answer = ask(list_platforms.handler, app, form(replace(example(list_platforms.handler), query="limit=1&limit=2")))

    assert answer["statusCode"] == 422
    assert json.loads(answer["body"])["details"] == ["limit: must be given once"]


@pytest.mark.parametrize("form", [event_of, rest_event_of, http_1_event_of])
@pytest.mark.parametrize("query", ["a=b%26c%3Dd", "q=%C3%BC+%2B", "empty="])
def test_a_query_is_the_same_in_every_payload(app: App, form: Any, query: str) -> None:
    request = request_of(form(replace(example(list_platforms.handler), query=query)), Context(), app)

    assert request.parameters == {name: values[0] for name, values in parse_qs(query, keep_blank_values=True).items()}


def test_names_of_headers_are_in_lower_case_and_repeated_ones_joined(app: App) -> None:
    event = rest_event_of(example(get_health.handler)) | {"multiValueHeaders": {"If-None-Match": ['"a"', '"b"']}}

    assert request_of(event, Context(), app).headers == {"if-none-match": '"a","b"'}


def test_a_hand_made_event_may_have_single_values_only(app: App) -> None:
    event = rest_event_of(replace(example(list_platforms.handler), query="limit=1"))
    del event["multiValueHeaders"], event["multiValueQueryStringParameters"]

    request = request_of(event, Context(), app)

    assert request.query("limit") == "1"
    assert request.headers["user-agent"].startswith("curl")


@pytest.mark.parametrize("sent", ["caller-1", "x" * 128])
def test_an_id_of_the_caller_is_taken_over(app: App, sent: str) -> None:
    answer = ask(
        get_health.handler, app, event_of(replace(example(get_health.handler), headers={"x-request-id": sent}))
    )

    assert answer["headers"]["X-Request-ID"] == sent


@pytest.mark.parametrize("sent", ["", "x" * 129, "two words", "l\u00f6wenstark", "line\nbreak"])
def test_an_id_that_would_spoil_the_log_is_replaced_by_that_of_the_invocation(app: App, sent: str) -> None:
    answer = ask(
        get_health.handler, app, event_of(replace(example(get_health.handler), headers={"x-request-id": sent}))
    )

    assert answer["headers"]["X-Request-ID"] == Context().aws_request_id


def test_a_body_in_base64_is_the_body(app: App) -> None:
    event = event_of(example(create_platform.handler))
    event |= {"body": b64encode(event["body"].encode()).decode(), "isBase64Encoded": True}

    assert ask(create_platform.handler, app, event)["statusCode"] == 201


@pytest.mark.parametrize("broken", ["{}", "YQ", "Y\u00fc=="])
def test_a_body_in_broken_base64_is_malformed(app: App, broken: str) -> None:
    event = event_of(example(create_platform.handler)) | {"body": broken, "isBase64Encoded": True}

    answer = ask(create_platform.handler, app, event)

    assert answer["statusCode"] == 400
    assert json.loads(answer["body"])["error"] == "The body is not valid base64"


@pytest.mark.parametrize("content", ['{"name": "\ud800"}', '"\ud800"', '{"name": "a\\ud800"}'])
def test_half_a_surrogate_in_a_body_is_refused(app: App, content: str) -> None:
    event = event_of(example(create_platform.handler)) | {"body": content}

    assert ask(create_platform.handler, app, event)["statusCode"] in (400, 422)


def test_a_body_that_is_too_large_is_refused_with_the_limit(app: App) -> None:
    call = sending("POST", create_platform.handler.paths["internal"], {"name": "x" * 1_048_576})

    answer = ask(create_platform.handler, app, event_of(call))

    assert answer["statusCode"] == 413
    assert "1,048,576" in json.loads(answer["body"])["error"]


def test_a_compressed_answer_is_handed_over_in_base64(app: App) -> None:
    call = example(list_parameters.handler)
    plain = ask(list_parameters.handler, app, event_of(call))
    many = {"accept-encoding": "gzip, br"}
    make_long(app)

    answer = ask(list_parameters.handler, app, event_of(replace(call, headers=many)))

    assert answer["isBase64Encoded"]
    assert answer["headers"]["Content-Encoding"] == "gzip"
    unzipped = json.loads(gzip.decompress(b64decode(answer["body"])))
    assert [parameter["parameterKey"] for parameter in unzipped["data"]] == [
        *(parameter["parameterKey"] for parameter in json.loads(plain["body"])["data"][:1]),
        "long",
        "theme",
    ]


def test_a_rest_api_gets_its_answer_uncompressed(app: App) -> None:
    make_long(app)
    call = replace(example(list_parameters.handler), headers={"accept-encoding": "gzip"})

    answer = ask(list_parameters.handler, app, rest_event_of(call))

    assert "isBase64Encoded" not in answer
    assert len(json.loads(answer["body"])["data"]) == 3


def test_what_is_still_current_comes_without_a_body(app: App) -> None:
    call = example(get_configs.handler)
    tag = ask(get_configs.handler, app, event_of(call))["headers"]["ETag"]

    answer = ask(get_configs.handler, app, event_of(replace(call, headers={"if-none-match": tag})))

    assert answer["statusCode"] == 304
    assert "body" not in answer


def test_a_deletion_comes_without_a_body(app: App) -> None:
    endpoint = next(endpoint for endpoint in routes.ENDPOINTS if endpoint.name == "configs.delete_parameter")

    answer = ask(endpoint, app, event_of(example(endpoint)))

    assert answer["statusCode"] == 204
    assert "body" not in answer


def test_the_route_says_which_area_a_request_came_through(app: App) -> None:
    """A list for management is never to be kept by a cache, however its path was spelled on the way."""
    public = event_of(example(count_parameters.handler, "public"))
    internal = event_of(example(count_parameters.handler, "internal"))
    disguised = internal | {"rawPath": public["rawPath"]}

    kept = [ask(count_parameters.handler, app, event)["headers"]["Cache-Control"]
            for event in (public, internal, disguised)]  # fmt: skip

    assert kept == ["private, no-cache", "no-store", "no-store"]


@pytest.mark.parametrize("encoded", ["theme", "%74heme", "th%65me"])
def test_a_rest_api_may_hand_names_over_encoded(app: App, encoded: str) -> None:
    event = rest_event_of(example(get_parameter.handler))
    event["pathParameters"]["parameterKey"] = encoded

    assert ask(get_parameter.handler, app, event)["statusCode"] == 200


@pytest.mark.parametrize("form", [event_of, rest_event_of, http_1_event_of])
@pytest.mark.parametrize("name", ["a/b", "..", "n\u00f6", "%2F", "a?b#c", "x" * 5_000])
def test_a_name_that_nothing_has_is_refused_whatever_it_holds(app: App, form: Any, name: str) -> None:
    answer = ask(get_platform.handler, app, form(replace(example(get_platform.handler), parameters={"platform": name})))

    assert answer["statusCode"] == 422
    assert json.loads(answer["body"])["details"][0].startswith("platform: ")


@pytest.mark.parametrize(("client", "status"), [("10.1.2.3", 200), ("203.0.113.7", 403), ("::ffff:10.1.2.3", 200)])
def test_the_address_that_api_gateway_saw_decides_who_is_inside(client: str, status: int) -> None:
    app = fixed_app()
    app.policy = Policy(networks=("10.0.0.0/8",))
    event = event_of(example(get_health.handler))
    event["requestContext"]["http"]["sourceIp"] = client

    assert ask(get_health.handler, app, event)["statusCode"] == status


@pytest.mark.parametrize("endpoint", routes.ENDPOINTS, ids=lambda endpoint: endpoint.name)
def test_no_answer_carries_a_header_twice(app: App, endpoint: Endpoint) -> None:
    """API Gateway takes a mapping: the second would take the first one's place."""
    names = [name.lower() for name, _ in World(routes.ENDPOINTS, app).ask(example(endpoint)).headers]

    assert sorted(names) == sorted(set(names))


def test_a_public_function_writes_one_line(app: App, capsys: pytest.CaptureFixture[str]) -> None:
    app.log = log = Log()

    ask(list_platforms.handler, app, event_of(example(list_platforms.handler)))

    (line,) = log.lines
    assert json.loads(line) | {"ms": 0} == {
        "level": "info",
        "request": Context().aws_request_id,
        "method": "GET",
        "path": "/api/v1/platforms",
        "status": 200,
        "ms": 0,
    }
    assert capsys.readouterr().out == ""


def make_long(app: App) -> None:
    """Add a parameter that makes lists worth compressing."""
    world = World(routes.ENDPOINTS, app)
    body = {"parameterKey": "long", "valueType": "string", "defaultValue": "long " * 1_000}
    call = sending("POST", create_parameter.handler.paths["internal"], body, platform="web", environment="production")
    assert world.ask(call).status == 201
