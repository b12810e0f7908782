"""`jsonSchema`: what a parameter's value must look like, checked at every write."""

import json
from typing import Any

import pytest

from tests.api.client import Client
from tests.api.given import CONFIGS, EDIT_CONFIGS, a_change, a_parameter
from tests.api.world import World

RANGE: dict[str, Any] = {"type": "number", "minimum": 0, "maximum": 10}


def nested(keyword: str, levels: int) -> dict[str, Any]:
    schema: dict[str, Any] = {}
    for _ in range(levels):
        schema = {keyword: schema}
    return schema


@pytest.mark.journey
def test_a_value_conforms_to_its_schema(prod: Client) -> None:
    created = a_parameter(prod, "fee", "5", "number", jsonSchema=RANGE)
    assert created.data["jsonSchema"] == RANGE
    assert prod.get(f"{CONFIGS}/fee").data["jsonSchema"] == RANGE

    refused = prod.patch(f"{EDIT_CONFIGS}/fee", {"defaultValue": "11"})

    assert refused.refusal == (
        422,
        "VALIDATION_FAILED",
        ["defaultValue: 11 is greater than the maximum of 10"],
    )
    assert prod.get(CONFIGS).data == {"fee": 5}


@pytest.mark.parametrize(
    ("value_type", "schema", "good", "bad"),
    [
        ("string", {"enum": ["red", "blue"]}, "red", "green"),
        ("string", {"pattern": "^[a-z]+$", "maxLength": 5}, "abc", "ABC"),
        ("string", {"minLength": 2}, "äö", "ä"),
        ("number", {"multipleOf": 0.1}, "0.3", "0.35"),
        ("number", {"type": "integer"}, "3", "3.5"),
        ("number", {"type": "integer"}, "3.0", "3.5"),
        ("boolean", {"const": True}, "true", "false"),
        ("json", {"type": "object", "required": ["a"], "additionalProperties": False}, None, '{"b":1}'),
        ("json", {"items": {"type": "string"}, "uniqueItems": True}, '["a","b"]', '["a","a"]'),
        ("json", {"$ref": "#/$defs/node", "$defs": {"node": {"properties": {"next": {"$ref": "#/$defs/node"}},
                  "required": ["value"]}}}, '{"value":1,"next":{"value":2}}', '{"value":1,"next":{}}'),
        ("json", {"$id": "https://example.com/s", "$defs": {"a": {"$anchor": "n", "type": "number"}}, "$ref": "#n"},
         "1", '"1"'),
        ("json", {"$schema": "https://json-schema.org/draft/2020-12/schema", "prefixItems": [{"type": "null"}]},
         "[null]", "[1]"),
        ("json", {"unevaluatedProperties": False, "allOf": [{"properties": {"a": True}}]}, '{"a":1}', '{"b":1}'),
    ],
)  # fmt: skip
def test_what_a_schema_says_holds(prod: Client, value_type: str, schema: Any, good: str | None, bad: str) -> None:
    if good is not None:
        a_parameter(prod, "p", good, value_type, jsonSchema=schema)

    body = {"parameterKey": "q", "valueType": value_type, "defaultValue": bad, "jsonSchema": schema}
    status, code, details = prod.post(EDIT_CONFIGS, body).refusal

    assert (status, code) == (422, "VALIDATION_FAILED")
    assert all(detail.startswith("defaultValue: ") for detail in details)
    assert "q" not in prod.get(CONFIGS).data


def test_a_schema_is_checked_when_only_the_schema_changes(prod: Client) -> None:
    before = a_parameter(prod, "fee", "50", "number").data

    assert prod.patch(f"{EDIT_CONFIGS}/fee", {"jsonSchema": RANGE}).status == 422
    assert prod.get(f"{CONFIGS}/fee").data == before

    assert prod.patch(f"{EDIT_CONFIGS}/fee", {"jsonSchema": RANGE, "defaultValue": "5"}).status == 200


def test_a_schema_can_be_taken_off(prod: Client) -> None:
    a_parameter(prod, "fee", "5", "number", jsonSchema=RANGE)

    changed = prod.patch(f"{EDIT_CONFIGS}/fee", {"jsonSchema": None, "defaultValue": "99"})

    assert changed.status == 200
    assert "jsonSchema" not in changed.data


def test_a_rollback_brings_the_old_schema_back(prod: Client) -> None:
    a_parameter(prod, "fee", "5", "number", jsonSchema=RANGE)
    prod.patch(f"{EDIT_CONFIGS}/fee", {"jsonSchema": {"minimum": 90}, "defaultValue": "99"})

    prod.post(f"{EDIT_CONFIGS}/fee/rollback", {"version": "1"})

    assert prod.get(f"{CONFIGS}/fee").data["jsonSchema"] == RANGE
    assert prod.patch(f"{EDIT_CONFIGS}/fee", {"defaultValue": "99"}).status == 422


def test_the_history_tells_of_schemas(prod: Client) -> None:
    a_parameter(prod, "fee", "5", "number")
    prod.patch(f"{EDIT_CONFIGS}/fee", {"jsonSchema": RANGE})

    changes = prod.get(f"{EDIT_CONFIGS}/fee/history").data[0]["changes"]

    assert changes == [{"field": "jsonSchema", "after": RANGE}]


def test_a_schema_keeps_its_text(prod: Client) -> None:
    schema = '{"title":"Größe","maximum":1.0,"minimum":-1e3,"examples":[100000000000000000000]}'
    body = f'{{"parameterKey":"p","valueType":"number","defaultValue":"0","jsonSchema":{schema}}}'

    prod.post(EDIT_CONFIGS, body.encode())

    assert schema.replace("-1e3", "-1000.0").encode() in prod.get(f"{CONFIGS}/p").body


BROKEN: list[Any] = [
    pytest.param({"type": "text"}, id="unknown type"),
    pytest.param({"type": 1}, id="type that is none"),
    pytest.param({"minimum": "1"}, id="minimum that is text"),
    pytest.param({"required": "a"}, id="required that is no list"),
    pytest.param({"properties": {"a": 1}}, id="property that is no schema"),
    pytest.param({"items": [{}]}, id="items of an older draft"),
    pytest.param({"pattern": "("}, id="broken pattern"),
    pytest.param({"pattern": "a{99999999999}"}, id="pattern with a huge count"),
    pytest.param({"pattern": "(" * 5_000}, id="deep pattern"),
    pytest.param({"patternProperties": {"[": {}}}, id="broken pattern of properties"),
    pytest.param({"properties": {"a": {"pattern": "*"}}}, id="broken pattern inside"),
    pytest.param({"$ref": "http://127.0.0.1:9/schema"}, id="reference to another host"),
    pytest.param({"$ref": "https://json-schema.org/draft/2020-12/schema"}, id="reference to the metaschema"),
    pytest.param({"$ref": "file:///etc/passwd"}, id="reference to a file"),
    pytest.param({"$ref": "other.json"}, id="relative reference"),
    pytest.param({"properties": {"a": {"$ref": "http://127.0.0.1:9/"}}}, id="remote reference inside"),
    pytest.param({"$dynamicRef": "http://127.0.0.1:9/"}, id="remote dynamic reference"),
    pytest.param({"$ref": "#/$defs/nope"}, id="reference to nothing"),
    pytest.param({"properties": {"z": {"$ref": "#/nope"}}}, id="reference to nothing, not reached"),
    pytest.param({"$ref": "#nope"}, id="unknown anchor"),
    pytest.param({"$dynamicRef": "#nope"}, id="unknown dynamic anchor"),
    pytest.param({"$ref": "#/title", "title": "x"}, id="reference to text"),
    pytest.param({"$ref": "#/required/0", "required": ["x"]}, id="reference to a name"),
    pytest.param({"$ref": "#/examples/0", "examples": [{"type": "nope"}]}, id="reference to no schema"),
    pytest.param({"$ref": "#"}, id="reference to itself"),
    pytest.param({"allOf": [{"$ref": "#"}]}, id="reference to what holds it"),
    pytest.param({"$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"$ref": "#/$defs/a"}}, "$ref": "#/$defs/a"}, id="circle"),
    pytest.param({"properties": {"a": {"$id": "http://[", "$ref": "#"}}}, id="broken id inside"),
    pytest.param({"$id": 1}, id="id that is no text"),
    pytest.param({"$schema": "http://json-schema.org/draft-07/schema#"}, id="older draft"),
    pytest.param({"$schema": "http://127.0.0.1:9/schema"}, id="unknown draft"),
    pytest.param({"properties": {"a": {"$schema": "http://json-schema.org/draft-04/schema#"}}}, id="draft inside"),
    pytest.param(nested("not", 65), id="65 levels"),
    pytest.param(nested("not", 150), id="150 levels"),
    pytest.param(nested("properties", 150), id="150 levels of names"),
    pytest.param({"title": "x" * 9_990}, id="10,001 bytes"),
    pytest.param({"title": "ü" * 5_000}, id="more than 10,000 bytes in UTF-8"),
    pytest.param({"title": "a\0b"}, id="U+0000"),
    pytest.param({"properties": {"\0": {}}}, id="U+0000 as a name"),
    pytest.param([], id="list"),
    pytest.param("x", id="text"),
    pytest.param(True, id="true"),
]


@pytest.mark.parametrize("value", ['{"a":1}', '[{"a":1}]', '"text"', "1e308"])
@pytest.mark.parametrize("schema", BROKEN)
def test_a_broken_schema_is_refused_when_it_is_written(shop: World, schema: object, value: str) -> None:
    a_parameter(shop.client, "old", value, "json")
    before = shop.store.content()
    body = {"parameterKey": "p", "valueType": "json", "defaultValue": value, "jsonSchema": schema}

    created = shop.client.post(EDIT_CONFIGS, body)
    changed = shop.client.patch(f"{EDIT_CONFIGS}/old", {"jsonSchema": schema})

    for refused in (created, changed):
        status, code, details = refused.refusal
        assert (status, code) == (422, "VALIDATION_FAILED")
        assert details[0].startswith("jsonSchema: ")
        assert len("".join(details)) < 1_000
    assert shop.store.content() == before


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999", "9" * 5_000])
def test_numbers_in_a_schema_are_finite(shop: World, number: str) -> None:
    before = shop.store.content()
    body = f'{{"parameterKey":"p","valueType":"number","defaultValue":"0","jsonSchema":{{"maximum":{number}}}}}'

    assert shop.client.post(EDIT_CONFIGS, body.encode()).status in (400, 422)
    assert shop.store.content() == before


@pytest.mark.parametrize("value", ["1.5", "1e308", "5e-324", "9" * 309, "-0", "0", "1" + "0" * 308])
@pytest.mark.parametrize("number", ["0.1", "1e-300", "5e-324", "1e308", "9" * 4_000, "3"])
@pytest.mark.parametrize("keyword", ["multipleOf", "maximum", "exclusiveMinimum", "const"])
def test_numbers_far_apart_can_be_compared(shop: World, keyword: str, number: str, value: str) -> None:
    schema = f'{{"{keyword}":{number}}}'
    body = f'{{"parameterKey":"p","valueType":"number","defaultValue":"{value}","jsonSchema":{schema}}}'

    answer = shop.client.post(EDIT_CONFIGS, body.encode())

    assert answer.status in (201, 422)
    if answer.status == 422:
        assert answer.refusal[2][0].startswith("defaultValue: ")


def test_a_schema_of_10000_bytes_is_taken(prod: Client) -> None:
    schema = {"title": "x" * (10_000 - len(json.dumps({"title": ""})))}

    a_parameter(prod, jsonSchema=schema)


def test_a_schema_may_be_64_levels_deep(prod: Client) -> None:
    a_parameter(prod, "p", "1", "json", jsonSchema=nested("not", 64))


def test_at_most_ten_faults_are_told(prod: Client) -> None:
    schema = {"items": {"type": "string"}}
    body = {"parameterKey": "p", "valueType": "json", "defaultValue": str(list(range(50))), "jsonSchema": schema}

    assert prod.post(EDIT_CONFIGS, body).refusal[2] == [
        f"defaultValue: {number}: {number} is not of type 'string'" for number in range(10)
    ]


def test_what_is_told_of_a_fault_is_short(prod: Client) -> None:
    body = {
        "parameterKey": "p",
        "valueType": "json",
        "defaultValue": json.dumps({"k" * 4_900: "v" * 4_900}),
        "jsonSchema": {"additionalProperties": {"type": "number"}},
    }

    (detail,) = prod.post(EDIT_CONFIGS, body).refusal[2]

    assert len(detail) < 500


def test_keywords_that_are_names_of_properties_mean_nothing(prod: Client) -> None:
    schema = {"properties": {"$ref": {"type": "string"}, "pattern": {"type": "string"}, "const": True}}

    a_parameter(prod, "p", '{"$ref":"http://example.com","pattern":"("}', "json", jsonSchema=schema)


@pytest.mark.parametrize("keyword", ["const", "enum", "default", "examples"])
def test_what_stands_in_values_is_no_schema(prod: Client, keyword: str) -> None:
    value = {"$ref": "http://example.com", "pattern": "("}
    listed = keyword in ("enum", "examples")

    a_parameter(prod, "p", json.dumps(value), "json", jsonSchema={keyword: [value] if listed else value})


def test_a_value_that_conforms_can_be_changed_to_another(prod: Client) -> None:
    a_parameter(prod, "fee", "5", "number", jsonSchema=RANGE)

    assert a_change(prod, "fee", "6").data["version"] == "2"
