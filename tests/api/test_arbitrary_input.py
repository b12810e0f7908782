"""Whatever comes in: no answer is a 5xx, refusals change nothing, and what is accepted is read back as it was."""

import json
import math
import string
from typing import Any, Final
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.api.every_route import OF_PROJECT, WITH_BODY, Route
from tests.api.given import CONFIGS, EDIT_CONFIGS, a_parameter, a_platform, an_environment
from tests.api.world import World

pytestmark = pytest.mark.engine("memory")

# Every example asks one world: it may hold what earlier ones left, and that must make no difference.
bounded = settings(deadline=None, max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])

type Headers = dict[str, str]

HEADERS: Final = [
    "If-Match", "If-None-Match", "Idempotency-Key", "X-Change-Comment", "X-Request-ID", "Accept-Encoding",
    "Content-Type", "Content-Encoding", "Origin", "Host", "Authorization", "X-API-Key",
]  # fmt: skip

PARTS: Final = [
    "api", "v1", "internal", "platforms", "web", "environments", "prod", "configs", "list", "count", "color",
    "versions", "1", "history", "rollback", "", "%2F", "..", "%",
]  # fmt: skip

latin: st.SearchStrategy[str] = st.text(st.characters(max_codepoint=255), max_size=40)
"""What a server may hand over of a header: bytes, as Latin-1."""

segments = st.binary(max_size=12).map(quote)
json_values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)
documents = json_values.map(json.dumps)

KEYWORDS: Final = [
    "type", "enum", "const", "multipleOf", "maximum", "exclusiveMaximum", "minimum", "maxLength", "minLength",
    "pattern", "maxItems", "uniqueItems", "maxContains", "minContains", "contains", "items", "prefixItems",
    "required", "properties", "patternProperties", "additionalProperties", "dependentRequired", "dependentSchemas",
    "propertyNames", "allOf", "anyOf", "oneOf", "not", "if", "then", "else", "unevaluatedItems",
    "unevaluatedProperties", "$ref", "$dynamicRef", "$defs", "$id", "$schema", "$anchor", "$dynamicAnchor",
    "$comment", "format", "title", "contentSchema", "x-other",
]  # fmt: skip
POINTERS: Final = [
    "#", "#/", "#/$defs/a", "#/properties/a", "#/allOf/0", "#/allOf/-1", "#/title", "#/enum/0", "#a", "#/%24defs/a",
    "#/~1", "#/a~", "##", "#/required/x", "a", "", "urn:a", "#/%ff",
]  # fmt: skip


def schema_values(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return (
        st.dictionaries(st.sampled_from(KEYWORDS), inner, max_size=4)
        | st.dictionaries(st.sampled_from(["a", "b", "$ref", "^a", "("]), inner, max_size=3)
        | st.lists(inner, max_size=3)
    )


schemas: st.SearchStrategy[Any] = st.dictionaries(
    st.sampled_from(KEYWORDS),
    st.recursive(
        st.sampled_from(
            [
                *POINTERS,
                "string",
                "number",
                "object",
                "array",
                "null",
                "integer",
                "a",
                "^a",
                "(",
                "a*",
                True,
                False,
                None,
            ]
        )
        | st.integers(-3, 3)
        | st.floats(allow_nan=False, allow_infinity=False)
        | st.sampled_from([10**400, 1e308, 5e-324, -0.0]),
        schema_values,
        max_leaves=12,
    ),
    max_size=5,
)


@pytest.fixture(scope="module")
def stocked() -> World:
    """Give one world for all examples."""
    world = World()
    restocked(world)
    return world


def restocked(world: World) -> None:
    """Create what an example may have deleted."""
    for create in (a_platform, an_environment, a_parameter):
        try:
            create(world.client)
        except AssertionError:
            continue  # it is there


def asked(world: World, method: str, target: str, body: bytes, headers: Headers) -> None:
    """Ask, and check what holds of every answer."""
    before = world.store.content()

    answer = world.client.send(method, target, body, headers)

    assert answer.status < 500, [line for line in world.log if "trace" in line][-1]
    if answer.status >= 400 and method != "HEAD":
        assert answer.json.keys() >= {"success", "error", "code", "timestamp", "meta"}
    if answer.status >= 400 and "Idempotency-Key" not in headers:
        assert world.store.content() == before
    if answer.status < 300 and method != "GET":
        restocked(world)


@bounded
@given(
    route=st.sampled_from(OF_PROJECT),
    body=st.binary(max_size=60),
    headers=st.dictionaries(st.sampled_from(HEADERS), latin, max_size=4),
    data=st.data(),
)
def test_arbitrary_bytes_never_fail(
    stocked: World, route: Route, body: bytes, headers: Headers, data: st.DataObject
) -> None:
    names = {parameter: data.draw(segments) for parameter in route.parameters if data.draw(st.booleans())}
    query = data.draw(st.binary(max_size=30).map(quote) | latin)

    asked(stocked, route.method, f"{route.path(**names)}?{query}", body, headers)


@bounded
@given(
    method=latin, target=latin, body=st.binary(max_size=20), headers=st.dictionaries(st.sampled_from(HEADERS), latin)
)
def test_arbitrary_requests_never_fail(stocked: World, method: str, target: str, body: bytes, headers: Headers) -> None:
    asked(stocked, method, target, body, headers)


@bounded
@given(
    path=st.lists(st.sampled_from(PARTS), max_size=10),
    method=st.sampled_from(["GET", "HEAD", "OPTIONS", "POST", "PATCH", "DELETE", "PUT"]),
)
def test_paths_of_familiar_parts_never_fail(stocked: World, path: list[str], method: str) -> None:
    asked(stocked, method, "/" + "/".join(path), b"{}" if method in ("POST", "PATCH") else b"", {})


@bounded
@given(route=st.sampled_from([case.values[0] for case in WITH_BODY]), data=st.data())
def test_arbitrary_fields_never_fail(stocked: World, route: Route, data: st.DataObject) -> None:
    known = list(route.endpoint.body.model_json_schema()["properties"])
    drawn = data.draw(st.dictionaries(st.sampled_from(known) | st.text(max_size=5), json_values, max_size=4))
    body = {**(route.body() if data.draw(st.booleans()) else {}), **drawn}

    asked(stocked, route.method, route.path(), json.dumps(body).encode(), {})


@settings(bounded, max_examples=150)
@given(schema=schemas, value=documents)
@pytest.mark.filterwarnings("ignore::FutureWarning")  # of Python, about patterns that may mean something else some day
def test_arbitrary_schemas_never_fail_nor_do_values_under_them(schema: Any, value: str) -> None:
    world = World()
    restocked(world)
    created = world.client.post(
        EDIT_CONFIGS, {"parameterKey": "p", "valueType": "json", "defaultValue": value, "jsonSchema": schema}
    )
    without = world.client.post(EDIT_CONFIGS, {"parameterKey": "q", "valueType": "json", "defaultValue": value})
    later = world.client.patch(f"{EDIT_CONFIGS}/q", {"jsonSchema": schema})

    assert created.status in (201, 400, 422), world.log[-3:]
    if without.status == 201 and created.status != 400:
        assert (created.status == 201) == (later.status == 200)
    for other in ('"text"', "1", "[1,[2]]", '{"a":{"b":1}}', "null"):
        changed = world.client.patch(f"{EDIT_CONFIGS}/q", {"defaultValue": other})
        assert changed.status in (200, 404, 422), world.log[-3:]


@bounded
@given(value=json_values.filter(lambda value: value == value))  # noqa: PLR0124  # NaN is no JSON
def test_every_json_value_is_read_back(stocked: World, value: Any) -> None:
    text = json.dumps(value)
    before = stocked.client.get(CONFIGS).data.get("doc")

    written = stocked.client.post(EDIT_CONFIGS, {"parameterKey": "doc", "valueType": "json", "defaultValue": text})
    if written.status == 409:
        written = stocked.client.patch(f"{EDIT_CONFIGS}/doc", {"valueType": "json", "defaultValue": text})

    read = stocked.client.get(CONFIGS).data.get("doc")
    if written.status == 422:
        assert "NaN" in text or "Infinity" in text or "\\ud" in text
        assert read == before
    else:
        assert json.dumps(read) == json.dumps(json.loads(text))


@bounded
@given(value=st.text(max_size=200))
def test_every_text_is_read_back(stocked: World, value: str) -> None:
    written = stocked.client.patch(f"{EDIT_CONFIGS}/color", {"valueType": "string", "defaultValue": value})

    if "\0" in value:
        assert written.refusal == (422, "VALIDATION_FAILED", ["defaultValue: must not hold U+0000"])
    else:
        assert written.data["defaultValue"] == value
        assert stocked.client.get(CONFIGS).data["color"] == value
        assert stocked.client.get(f"{CONFIGS}/color/versions/{written.data['version']}").data["defaultValue"] == value


@bounded
@given(text=st.text(string.digits + "+-.eE ", max_size=12) | st.integers().map(str) | st.floats().map(repr))
def test_a_number_is_what_json_takes_for_one(stocked: World, text: str) -> None:
    written = stocked.client.patch(f"{EDIT_CONFIGS}/color", {"valueType": "number", "defaultValue": text})

    try:
        expected = json.loads(text)
    except ValueError:
        assert written.status == 422
        return
    if text.strip() != text or not math.isfinite(expected):
        assert written.status == 422
    else:
        assert written.status == 200
        assert repr(stocked.client.get(CONFIGS).data["color"]) == repr(expected)
