"""Parameters: created, shown, listed, counted, changed, deleted."""

from typing import Any

import pytest

from tests.api.client import INTERNAL, Client
from tests.api.given import CONFIGS, EDIT_CONFIGS, a_change, a_parameter, a_platform
from tests.api.world import World

NUMBER_RULE = "defaultValue: must be a finite number, as JSON writes it"
BOOLEAN_RULE = "defaultValue: must be true or false for a boolean"
JSON_RULE = "defaultValue: must be valid JSON"


@pytest.mark.journey
def test_a_created_parameter_is_version_1(prod: Client) -> None:
    created = a_parameter(prod, "fee", "1.5", "number", description="Per order", parameterGroup="checkout")

    at = created.data["createdAt"]
    assert created.json["timestamp"] == at
    assert created.data == {
        "platform": "web",
        "environment": "prod",
        "parameterKey": "fee",
        "valueType": "number",
        "defaultValue": "1.5",
        "description": "Per order",
        "parameterGroup": "checkout",
        "createdBy": "system@togglebox.dev",
        "version": "1",
        "isActive": True,
        "createdAt": at,
    }
    assert prod.get(f"{CONFIGS}/fee").data == created.data


def test_what_a_parameter_does_not_have_is_absent(prod: Client) -> None:
    created = a_parameter(prod, description=None, parameterGroup=None, jsonSchema=None)

    assert not {"description", "parameterGroup", "jsonSchema"} & created.data.keys()


@pytest.mark.parametrize("key", ["a", "Z", "a-b_C9", "list", "count", "versions", "history", "rollback", "x" * 256])
def test_a_parameter_may_be_called(prod: Client, key: str) -> None:
    a_parameter(prod, key, "red")
    a_change(prod, key, "blue")

    assert prod.get(CONFIGS).data == {key: "blue"}
    assert [version["version"] for version in prod.get(f"{CONFIGS}/{key}/versions").data] == ["2", "1"]
    assert prod.post(f"{EDIT_CONFIGS}/{key}/rollback", {"version": "1"}).status == 200
    assert prod.delete(f"{EDIT_CONFIGS}/{key}").status == 204
    assert prod.get(CONFIGS).data == {}


@pytest.mark.parametrize(
    "key", ["", "x" * 257, "9lives", "-a", "_a", "a.b", "a b", "a/b", "a\n", "ä", "__proto__", None, 1]
)
def test_a_parameter_may_not_be_called(prod: Client, key: object) -> None:
    body = {"parameterKey": key, "valueType": "string", "defaultValue": ""}

    status, code, details = prod.post(EDIT_CONFIGS, body).refusal

    assert (status, code) == (422, "VALIDATION_FAILED")
    assert [detail.partition(":")[0] for detail in details] == ["parameterKey"]
    assert prod.get(f"{CONFIGS}/count").data == {"count": 0}


@pytest.mark.parametrize(
    ("value_type", "text", "fault"),
    [
        ("number", "", NUMBER_RULE),
        ("number", "12abc", NUMBER_RULE),
        ("number", "0x10", NUMBER_RULE),
        ("number", "NaN", NUMBER_RULE),
        ("number", "Infinity", NUMBER_RULE),
        ("number", "1e999", NUMBER_RULE),
        ("number", "9" * 310, NUMBER_RULE),
        ("number", "9" * 10_000, NUMBER_RULE),
        ("number", " 1", NUMBER_RULE),
        ("number", "1\n", NUMBER_RULE),
        ("number", "+1", NUMBER_RULE),
        ("number", ".5", NUMBER_RULE),
        ("number", "01", NUMBER_RULE),
        ("number", "1_000", NUMBER_RULE),
        ("number", "١٢", NUMBER_RULE),
        ("boolean", "", BOOLEAN_RULE),
        ("boolean", "True", BOOLEAN_RULE),
        ("boolean", "1", BOOLEAN_RULE),
        ("boolean", "true ", BOOLEAN_RULE),
        ("json", "", JSON_RULE),
        ("json", "{", JSON_RULE),
        ("json", "{'a':1}", JSON_RULE),
        ("json", "NaN", JSON_RULE),
        ("json", '{"a":-Infinity}', JSON_RULE),
        ("json", "[1e999]", JSON_RULE),
        ("json", "9" * 5_000, JSON_RULE),
        ("json", '"\\ud800"', JSON_RULE),
        ("json", '{"\\udc00":1}', JSON_RULE),
        ("json", "[" * 5_000 + "]" * 5_000, "defaultValue: must not be nested more than 64 levels deep"),
        ("json", "[" * 66 + "]" * 66, "defaultValue: must not be nested more than 64 levels deep"),
        ("string", "x" * 10_001, "defaultValue: must have at most 10000 characters"),
    ],
)
def test_a_value_must_be_one_of_its_type(prod: Client, value_type: str, text: str, fault: str) -> None:
    a_parameter(prod, "old", "1", "json")
    body = {"parameterKey": "p", "valueType": value_type, "defaultValue": text}

    assert prod.post(EDIT_CONFIGS, body).refusal == (422, "VALIDATION_FAILED", [fault])
    body = {"valueType": value_type, "defaultValue": text}
    assert prod.patch(f"{EDIT_CONFIGS}/old", body).refusal == (422, "VALIDATION_FAILED", [fault])
    assert prod.get(CONFIGS).data == {"old": 1}


@pytest.mark.parametrize("value", [1, 1.5, True, None, {"a": 1}, [1]])
def test_a_value_is_always_text(prod: Client, value: object) -> None:
    body = {"parameterKey": "p", "valueType": "json", "defaultValue": value}

    assert prod.post(EDIT_CONFIGS, body).refusal == (422, "VALIDATION_FAILED", ["defaultValue: must be a string"])


@pytest.mark.parametrize("value_type", ["text", "", "String", None, 1])
def test_a_type_is_one_of_four(prod: Client, value_type: object) -> None:
    body = {"parameterKey": "p", "valueType": value_type, "defaultValue": "x"}

    fault = "valueType: must be one of 'string', 'number', 'boolean' or 'json'"
    assert prod.post(EDIT_CONFIGS, body).refusal == (422, "VALIDATION_FAILED", [fault])


def test_all_that_is_wrong_is_said_at_once(prod: Client) -> None:
    body = {"parameterKey": "9", "defaultValue": 1, "description": "x" * 501, "parameterGroup": "x" * 101, "extra": 1}

    status, code, details = prod.post(EDIT_CONFIGS, body).refusal

    assert (status, code) == (422, "VALIDATION_FAILED")
    assert details == [
        "parameterKey: must match ^[a-zA-Z][a-zA-Z0-9_-]*$",
        "valueType: Required",
        "defaultValue: must be a string",
        "description: must have at most 500 characters",
        "parameterGroup: must have at most 100 characters",
        "extra: is not a field here",
    ]


@pytest.mark.journey
def test_a_parameter_is_not_created_twice(prod: Client) -> None:
    first = a_parameter(prod, "color", "red")

    again = prod.post(EDIT_CONFIGS, {"parameterKey": "color", "valueType": "number", "defaultValue": "1"})

    assert again.refusal == (409, "CONFLICT", [])
    assert again.error == "Parameter color already exists in web/prod"
    assert prod.get(f"{CONFIGS}/color").data == first.data


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        ("web/environments/nope", "Environment 'nope' not found in platform 'web'"),
        ("nope/environments/prod", "Platform 'nope' not found"),
    ],
)
def test_a_parameter_needs_its_platform_and_environment(shop: World, path: str, sentence: str) -> None:
    before = shop.store.content()
    body = {"parameterKey": "p", "valueType": "string", "defaultValue": ""}

    refused = shop.client.post(f"{INTERNAL}/platforms/{path}/configs", body)

    assert (refused.status, refused.error) == (404, sentence)
    assert shop.store.content() == before


@pytest.mark.parametrize("area", ["/api/v1", INTERNAL])
def test_parameters_are_listed_in_the_order_of_their_keys(prod: Client, area: str) -> None:
    made = {key: a_parameter(prod, key).data for key in ("b", "C", "a-", "a", "aa", "a_")}

    listed = prod.get(f"{area}/platforms/web/environments/prod/configs/list")

    assert listed.data == [made[key] for key in ("C", "a", "a-", "a_", "aa", "b")]
    assert listed.meta == {"total": 6}


@pytest.mark.parametrize("area", ["/api/v1", INTERNAL])
def test_parameters_are_counted(prod: Client, area: str) -> None:
    count = f"{area}/platforms/web/environments/prod/configs/count"
    for key in ("a", "b", "c"):
        a_parameter(prod, key)
    a_change(prod, "a")
    assert prod.get(count).data == {"count": 3}

    prod.delete(f"{EDIT_CONFIGS}/b")
    assert prod.get(count).data == {"count": 2}


def test_an_unknown_parameter_is_not_found(prod: Client) -> None:
    refused = prod.get(f"{CONFIGS}/nope")

    assert refused.refusal == (404, "NOT_FOUND", [])
    assert refused.error == "Parameter not found"


@pytest.mark.journey
def test_a_change_makes_the_next_version(prod: Client) -> None:
    created = a_parameter(prod, "color", "red", description="Of the button", parameterGroup="looks")

    changed = a_change(prod, "color", "blue")

    assert changed.data == {
        **created.data,
        "defaultValue": "blue",
        "version": "2",
        "createdAt": changed.data["createdAt"],
    }
    assert changed.json["timestamp"] == changed.data["createdAt"]
    assert prod.get(f"{CONFIGS}/color").data == changed.data


@pytest.mark.parametrize(
    ("change", "fields"),
    [
        ({"description": "other"}, {"description": "other", "parameterGroup": "g"}),
        ({"description": None}, {"parameterGroup": "g"}),
        ({"parameterGroup": None}, {"description": "d"}),
        ({"parameterGroup": "", "description": ""}, {"description": "", "parameterGroup": ""}),
        ({}, {"description": "d", "parameterGroup": "g"}),
    ],
)
def test_a_change_leaves_what_it_does_not_name(prod: Client, change: Any, fields: Any) -> None:
    a_parameter(prod, "p", "1", "number", description="d", parameterGroup="g")

    changed = prod.patch(f"{EDIT_CONFIGS}/p", change).data

    assert {name: changed[name] for name in ("description", "parameterGroup") if name in changed} == fields
    assert (changed["version"], changed["valueType"], changed["defaultValue"]) == ("2", "number", "1")


def test_type_and_value_change_together(prod: Client) -> None:
    a_parameter(prod, "p", "red", "string")

    prod.patch(f"{EDIT_CONFIGS}/p", {"valueType": "boolean", "defaultValue": "true"})

    assert prod.get(CONFIGS).data == {"p": True}


def test_a_value_of_another_type_is_refused_on_change(prod: Client) -> None:
    before = a_parameter(prod, "p", "1.5", "number").data

    assert prod.patch(f"{EDIT_CONFIGS}/p", {"defaultValue": "12abc"}).refusal[2] == [NUMBER_RULE]
    assert prod.patch(f"{EDIT_CONFIGS}/p", {"valueType": "boolean"}).refusal[2] == [BOOLEAN_RULE]
    assert prod.get(f"{CONFIGS}/p").data == before


@pytest.mark.parametrize(
    ("field", "fault"),
    [
        ("parameterKey", "parameterKey: is not a field here"),
        ("version", "version: is not a field here"),
        ("isActive", "isActive: is not a field here"),
        ("createdBy", "createdBy: is not a field here"),
        ("defaultvalue", "defaultvalue: is not a field here"),
    ],
)
def test_a_change_names_only_what_can_change(prod: Client, field: str, fault: str) -> None:
    before = a_parameter(prod, "p").data

    assert prod.patch(f"{EDIT_CONFIGS}/p", {field: "x"}).refusal == (422, "VALIDATION_FAILED", [fault])
    assert prod.get(f"{CONFIGS}/p").data == before


@pytest.mark.parametrize("field", ["valueType", "defaultValue"])
def test_type_and_value_cannot_be_cleared(prod: Client, field: str) -> None:
    a_parameter(prod, "p")

    status, _, details = prod.patch(f"{EDIT_CONFIGS}/p", {field: None}).refusal

    assert status == 422
    assert details[0].startswith(f"{field}: ")


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [("PATCH", "nope", {}), ("DELETE", "nope", None), ("POST", "nope/rollback", {"version": "1"})],
)
def test_an_unknown_parameter_is_not_changed(prod: Client, method: str, path: str, body: object) -> None:
    refused = prod.send(method, f"{EDIT_CONFIGS}/{path}", body)

    assert refused.refusal == (404, "NOT_FOUND", [])
    assert refused.error == "Parameter nope not found in web/prod"


@pytest.mark.journey
def test_a_deleted_parameter_is_gone_with_all_its_versions(prod: Client) -> None:
    a_parameter(prod, "color", "red")
    a_change(prod, "color", "blue")

    deleted = prod.delete(f"{EDIT_CONFIGS}/color")

    assert (deleted.status, deleted.body) == (204, b"")
    assert prod.get(f"{CONFIGS}/color").status == 404
    assert prod.get(f"{CONFIGS}/color/versions").data == []
    assert prod.get(f"{CONFIGS}/color/versions/1").status == 404
    assert prod.get(f"{CONFIGS}/list").data == []
    assert prod.get(CONFIGS).data == {}


@pytest.mark.parametrize(("method", "body"), [("PATCH", {}), ("DELETE", None)])
def test_a_deleted_parameter_is_not_changed(prod: Client, method: str, body: object) -> None:
    a_parameter(prod, "color")
    prod.delete(f"{EDIT_CONFIGS}/color")

    assert prod.send(method, f"{EDIT_CONFIGS}/color", body).status == 404


def test_the_same_key_lives_in_one_platform_only(prod: Client) -> None:
    a_platform(prod, "ios")
    prod.post(f"{INTERNAL}/platforms/ios/environments", {"environment": "prod"})
    a_parameter(prod, "color")

    assert prod.get("/api/v1/platforms/ios/environments/prod/configs").data == {}
