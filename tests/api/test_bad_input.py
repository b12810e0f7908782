"""Bad input on every route: a 4xx with a sentence that names what is wrong, and nothing stored."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import pytest

from tests.api.every_route import CHANGING, PROJECT, WITH_BODY, WITH_PATH_PARAMETERS, WITH_REQUIRED_BODY, Route, stock
from tests.api.given import a_change
from tests.api.world import World

BROKEN_JSON: Final[Mapping[str, bytes]] = {
    "unfinished": b"{",
    "too much": b"{}}",
    "comma": b'{"name":"web",}',
    "single quotes": b"{'name':'web'}",
    "word": b"nope",
    "form": b"name=web&description=x",
    "zero byte": b"\x00",
    "control character": b'{"name":"a\x01b"}',
    "raw zero in text": b'{"name":"a\x00b"}',
    "invalid UTF-8": b'{"name":"\xff\xfe"}',
    "cut UTF-8": b'{"name":"\xe2\x82"}',
    "UTF-8 of a surrogate": b'{"name":"\xed\xa0\x80"}',
    "UTF-16": '{"name":"web"}'.encode("utf-16"),
    "byte order mark": b'\xef\xbb\xbf{"name":"web"}',
    "high surrogate": b'{"name":"\\ud800"}',
    "low surrogate": b'{"name":"\\udc00x"}',
    "surrogate as a field": b'{"\\ud83d":1}',
    "deep lists": b"[" * 100_000,
    "deep objects": b'{"a":' * 50_000 + b"1" + b"}" * 50_000,
    "deep below a field": b'{"name":' + b"[" * 10_000 + b"]" * 10_000 + b"}",
    "long number": b'{"name":' + b"9" * 5_000 + b"}",
}

NO_OBJECTS: Final[Mapping[str, bytes]] = {
    "null": b"null",
    "true": b"true",
    "number": b"1",
    "text": b'"web"',
    "list": b'[{"name":"web"}]',
    "NaN": b"NaN",
    "Infinity": b"-Infinity",
    "1e999": b"1e999",
}

NAMES_THAT_NOTHING_HAS: Final[Mapping[str, str]] = {
    "backslash": "a%5Cb",
    "parent": "..",
    "encoded parent": "%2e%2e",
    "self": ".",
    "space": "%20",
    "accent": "%C3%A9",
    "emoji": "%F0%9F%98%80",
    "zero": "a%00b",
    "line": "a%0Ab",
    "percent": "%25",
    "encoded twice": "%2577eb",
    "invalid UTF-8": "%ff",
    "surrogate": "%ED%A0%80",
    "half an escape": "a%2",
    "no escape": "%zz",
    "semicolon": "a;b=c",
    "star": "*",
    "braces": "{platform}",
    "quote": "'or'1'='1",
    "markup": "<script>",
    "5,000 characters": "x" * 5_000,
    "10,001 characters": "x" * 10_001,
}


@pytest.fixture
def stocked(shop: World) -> World:
    """Give a world where every route finds what `NAMES` name."""
    stock(shop.client)
    a_change(shop.client)
    return shop


@pytest.mark.parametrize("broken", BROKEN_JSON.values(), ids=BROKEN_JSON)
@pytest.mark.parametrize("route", WITH_BODY)
def test_what_is_no_json_is_malformed(stocked: World, route: Route, broken: bytes) -> None:
    before = stocked.store.content()

    refused = stocked.client.send(route.method, route.path(), broken)

    assert refused.refusal == (400, "MALFORMED_REQUEST", [])
    assert refused.error.startswith("The body is not valid JSON: ")
    assert len(refused.error) < 200
    assert stocked.store.content() == before


@pytest.mark.parametrize("body", NO_OBJECTS.values(), ids=NO_OBJECTS)
@pytest.mark.parametrize("route", WITH_BODY)
def test_a_body_is_an_object(stocked: World, route: Route, body: bytes) -> None:
    before = stocked.store.content()

    assert stocked.client.send(route.method, route.path(), body).refusal == (
        422,
        "VALIDATION_FAILED",
        [": must be an object"],
    )
    assert stocked.store.content() == before


@pytest.mark.parametrize("body", [b"", b" \n\t"], ids=["empty", "blank"])
@pytest.mark.parametrize("route", WITH_REQUIRED_BODY)
def test_a_body_is_required(stocked: World, route: Route, body: bytes) -> None:
    before = stocked.store.content()

    assert stocked.client.send(route.method, route.path(), body).refusal == (
        422,
        "VALIDATION_FAILED",
        [": Required"],
    )
    assert stocked.store.content() == before


@pytest.mark.parametrize("body", [b"x" * 2_097_152, b" " * 2_097_152, b"[" * 2_097_152], ids=["x", "blank", "deep"])
@pytest.mark.parametrize("route", WITH_BODY)
def test_a_body_of_two_mebibytes_is_too_large(stocked: World, route: Route, body: bytes) -> None:
    before = stocked.store.content()

    assert stocked.client.send(route.method, route.path(), body).refusal[:2] == (413, "PAYLOAD_TOO_LARGE")
    assert stocked.store.content() == before


def fields(route: Route) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """
    Yield the fields that a route's body may have, each with the alternatives of its JSON Schema as one.

    Left out are those that take whatever comes.
    """
    schema = route.endpoint.body.model_json_schema()
    for name, field in schema["properties"].items():
        alternatives = [field, *field.get("anyOf", ())]
        resolved = [
            schema["$defs"][part["$ref"].rpartition("/")[2]] if "$ref" in part else part for part in alternatives
        ]
        types = {part["type"] for part in resolved if "type" in part}
        if not types:
            continue
        yield (
            name,
            {
                "types": types | ({"integer"} if "number" in types else set()),
                "maxLength": min((part["maxLength"] for part in resolved if "maxLength" in part), default=None),
                "enum": any("enum" in part for part in resolved),
            },
        )


VALUES: Final[Mapping[str, Any]] = {
    "null": None,
    "boolean": True,
    "integer": 7,
    "number": 1.5,
    "string": "x" * 10_001,
    "array": [{"a": 1}],
    "object": {"a": {"b": 1}},
}


def wrong_values(rule: Mapping[str, Any]) -> Iterator[tuple[str, object]]:
    """Yield values that break the rule, each with what is wrong about it."""
    for kind, value in VALUES.items():
        if kind not in rule["types"]:
            yield kind, value
    if "string" in rule["types"]:
        yield "zero", "a\0b"
        yield "long", "x" * ((rule["maxLength"] or 10_000) + 1)
    if rule["enum"]:
        yield "empty", ""


WRONG_FIELDS: Final = [
    pytest.param(case.values[0], name, value, id=f"{case.id}-{name}-{wrong}")
    for case in WITH_BODY
    for name, rule in fields(case.values[0])
    for wrong, value in wrong_values(rule)
]


@pytest.mark.parametrize(("route", "name", "value"), WRONG_FIELDS)
def test_a_wrong_value_is_refused_by_the_name_of_its_field(
    stocked: World, route: Route, name: str, value: object
) -> None:
    before = stocked.store.content()

    status, code, details = stocked.client.send(route.method, route.path(), {**route.body(), name: value}).refusal

    assert (status, code) in ((422, "VALIDATION_FAILED"), (422, "LIMIT_EXCEEDED"))
    assert [detail for detail in details if detail.startswith(f"{name}: ")]
    assert all(len(detail) < 500 for detail in details)
    assert stocked.store.content() == before


@pytest.mark.parametrize("route", WITH_BODY)
def test_a_required_field_is_missed_by_its_name(stocked: World, route: Route) -> None:
    before = stocked.store.content()

    for name in route.endpoint.body.model_json_schema().get("required", ()):
        body = {field: value for field, value in route.body().items() if field != name}
        assert stocked.client.send(route.method, route.path(), body).refusal == (
            422,
            "VALIDATION_FAILED",
            [f"{name}: Required"],
        )
    assert stocked.store.content() == before


@pytest.mark.parametrize("name", ["extra", "", "a.b", "__class__", "x" * 300, "ü", "a\0b"])
@pytest.mark.parametrize("route", WITH_BODY)
def test_an_unknown_field_is_refused_or_dropped(stocked: World, route: Route, name: str) -> None:
    before = stocked.store.content()
    body = {**route.body(), name: "x"}

    answer = stocked.client.send(route.method, route.path(), body)

    if route.endpoint.body.model_config["extra"] == "forbid":
        assert answer.refusal == (422, "VALIDATION_FAILED", [f"{name}: is not a field here"])
        assert stocked.store.content() == before
    else:
        assert answer.status == 200
        assert name not in answer.data
        assert "x" not in answer.data.values()


@pytest.mark.parametrize("route", WITH_BODY)
def test_of_thousands_of_faults_a_few_are_told(stocked: World, route: Route) -> None:
    body = {f"unknown{number}": number for number in range(20_000)}

    answer = stocked.client.send(route.method, route.path(), body)

    assert answer.status in (200, 422)
    assert len(answer.body) < 5_000


WRONG_NAMES: Final = [
    pytest.param(case.values[0], parameter, name, id=f"{case.id}-{parameter}-{said}")
    for case in WITH_PATH_PARAMETERS
    for parameter in case.values[0].parameters
    for said, name in NAMES_THAT_NOTHING_HAS.items()
]


@pytest.mark.parametrize(("route", "parameter", "name"), WRONG_NAMES)
def test_a_name_that_nothing_can_have_is_refused(stocked: World, route: Route, parameter: str, name: str) -> None:
    before = stocked.store.content()

    refused = stocked.client.send(route.method, route.path(**{parameter: name}), route.body())

    status, code, details = refused.refusal
    if code == "VALIDATION_FAILED":
        assert (status, [detail.partition(":")[0] for detail in details]) == (422, [parameter])
    else:
        assert (status, refused.error) == (400, "The path is not valid UTF-8")
    assert len(refused.body) < 1_000
    assert stocked.store.content() == before


@pytest.mark.parametrize("name", ["a%2Fb", "a%2fb", "%2F", "..%2F..%2Fetc%2Fpasswd", "a%2F"])
@pytest.mark.parametrize("route", WITH_PATH_PARAMETERS)
def test_a_name_holds_no_slash(stocked: World, route: Route, name: str) -> None:
    """A server may take an encoded slash for one that parts names (WSGI does): then there is no such route."""
    before = stocked.store.content()

    for parameter in route.parameters:
        refused = stocked.client.send(route.method, route.path(**{parameter: name}), route.body())
        assert refused.refusal[:2] in (
            (404, "NOT_FOUND"),
            (405, "METHOD_NOT_ALLOWED"),
            (422, "VALIDATION_FAILED"),
        )
    assert stocked.store.content() == before


@pytest.mark.parametrize(
    ("query", "status", "told"),
    [
        ("a=1&a=2", 422, "a: must be given once"),
        ("a=1&a=1", 422, "a: must be given once"),
        ("a&a", 422, "a: must be given once"),
        ("limit=1&limit=1", 422, "limit: must be given once"),
        ("=1&=2", 422, ": must be given once"),
        ("a=%ff", 400, "The query is not valid UTF-8"),
        ("%ff=1", 400, "The query is not valid UTF-8"),
        ("a=%ED%A0%80", 400, "The query is not valid UTF-8"),
        ("a=" + "x" * 10_001, 422, "query: must be at most 8,192 characters"),
        ("&" * 10_001, 422, "query: must be at most 8,192 characters"),
    ],
)
@pytest.mark.parametrize("route", PROJECT)
def test_a_broken_query_is_refused_on_every_route(
    stocked: World, route: Route, query: str, status: int, told: str
) -> None:
    before = stocked.store.content()

    refused = stocked.client.send(route.method, f"{route.path()}?{query}", route.body())

    assert refused.status == status
    assert told in (refused.error, *refused.refusal[2])
    assert stocked.store.content() == before


@pytest.mark.parametrize("comment", ["", "   ", "x" * 501, "a\x00b", "a\x1bb", "\x7f"])
@pytest.mark.parametrize("route", CHANGING)
def test_a_broken_comment_changes_nothing(stocked: World, route: Route, comment: str) -> None:
    before = stocked.store.content()

    refused = stocked.client.send(route.method, route.path(), route.body(), {"X-Change-Comment": comment})

    fault = "x-change-comment: must have 1 to 500 printable characters"
    assert refused.refusal == (422, "VALIDATION_FAILED", [fault])
    assert stocked.store.content() == before


@pytest.mark.parametrize("method", ["BREW", "PROPFIND", "get", "PATCH ", "", "GET\n", "X" * 5_000, "ÄPFEL"])
@pytest.mark.parametrize("route", PROJECT)
def test_a_method_that_does_not_exist_changes_nothing(stocked: World, route: Route, method: str) -> None:
    before = stocked.store.content()

    refused = stocked.client.send(method, route.path(), route.body())

    assert refused.refusal == (405, "METHOD_NOT_ALLOWED", [])
    assert stocked.store.content() == before
