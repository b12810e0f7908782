"""Configs, as clients read them: each parameter's key with its typed value."""

from typing import Any

import pytest

from tests.api.client import PUBLIC, Client
from tests.api.given import CONFIGS, EDIT_CONFIGS, a_change, a_parameter, an_environment
from tests.api.world import World


@pytest.mark.journey
def test_configs_are_typed_values_by_key(prod: Client) -> None:
    a_parameter(prod, "n", "1.5", "number")
    a_parameter(prod, "b", "true", "boolean")
    a_parameter(prod, "s", "hi", "string")
    a_parameter(prod, "j", '{"a":[1,2]}', "json")

    read = prod.get(CONFIGS)

    assert read.status == 200
    assert read.json.keys() == {"success", "data", "timestamp"}
    assert read.data == {"b": True, "j": {"a": [1, 2]}, "n": 1.5, "s": "hi"}


@pytest.mark.parametrize(
    ("value_type", "text", "value"),
    [
        ("string", "", ""),
        ("string", "true", "true"),
        ("string", "  padded  ", "  padded  "),
        ("string", "line\nbreak\ttab", "line\nbreak\ttab"),
        ("string", "äöü € 𝄞 日本", "äöü € 𝄞 日本"),
        ("string", '"quoted" \\ back', '"quoted" \\ back'),
        ("string", "x" * 10_000, "x" * 10_000),
        ("number", "0", 0),
        ("number", "-7", -7),
        ("number", "2.0", 2.0),
        ("number", "1e3", 1000.0),
        ("number", "-1.25E-2", -0.0125),
        ("number", "9007199254740993", 9007199254740993),
        ("number", "12345678901234567890123", 12345678901234567890123),
        ("boolean", "true", True),
        ("boolean", "false", False),
        ("json", "null", None),
        ("json", "3", 3),
        ("json", ' [1, "a", null, true] ', [1, "a", None, True]),
        ("json", '{"z":1,"a":{"ü":"\\u00e9"}}', {"z": 1, "a": {"ü": "é"}}),
        ("json", "[" * 65 + "]" * 65, None),
    ],
)
def test_a_value_is_read_as_it_was_written(prod: Client, value_type: str, text: str, value: Any) -> None:
    created = a_parameter(prod, "p", text, value_type)

    read = prod.get(CONFIGS)

    assert created.data["defaultValue"] == text
    if value is not None or text == "null":
        assert repr(read.data["p"]) == repr(value)


def test_a_json_value_keeps_the_order_of_its_fields_and_its_numbers(prod: Client) -> None:
    a_parameter(prod, "p", '{"z":1.0,"a":100000000000000000000,"m":-0.5e-3}', "json")

    assert b'{"p":{"z":1.0,"a":100000000000000000000,"m":-0.0005}}' in prod.get(CONFIGS).body


@pytest.mark.parametrize("path", ["web/environments/nope", "nope/environments/prod"])
@pytest.mark.parametrize(
    ("route", "data", "meta"),
    [("configs", {}, None), ("configs/list", [], {"total": 0}), ("configs/count", {"count": 0}, None)],
)
def test_unknown_places_hold_no_configs(prod: Client, path: str, route: str, data: object, meta: object) -> None:
    read = prod.get(f"{PUBLIC}/platforms/{path}/{route}")

    assert (read.status, read.data, read.json.get("meta")) == (200, data, meta)


def test_environments_hold_configs_of_their_own(prod: Client) -> None:
    an_environment(prod, "staging")
    a_parameter(prod, "color", "red")

    assert prod.get(CONFIGS).data == {"color": "red"}
    assert prod.get(f"{PUBLIC}/platforms/web/environments/staging/configs").data == {}


@pytest.mark.journey
def test_every_change_is_visible_on_the_next_read(prod: Client) -> None:
    a_parameter(prod, "color", "red")
    assert prod.get(CONFIGS).data == {"color": "red"}

    a_change(prod, "color", "blue")
    assert prod.get(CONFIGS).data == {"color": "blue"}

    prod.post(f"{EDIT_CONFIGS}/color/rollback", {"version": "1"})
    assert prod.get(CONFIGS).data == {"color": "red"}

    prod.delete(f"{EDIT_CONFIGS}/color")
    assert prod.get(CONFIGS).data == {}


def test_a_change_made_through_one_process_is_visible_on_the_next_read_of_another(shop: World) -> None:
    other = shop.process()
    a_parameter(shop.client, "color", "red")
    assert other.get(CONFIGS).data == {"color": "red"}

    for value in ("blue", "green"):
        a_change(shop.client, "color", value)
        assert other.get(CONFIGS).data == {"color": value}
        assert other.get(f"{CONFIGS}/color").data["defaultValue"] == value
        assert other.get(f"{CONFIGS}/list").data[0]["defaultValue"] == value

    shop.client.delete(f"{EDIT_CONFIGS}/color")
    assert other.get(CONFIGS).data == {}
    assert other.get(f"{CONFIGS}/count").data == {"count": 0}


def test_what_is_read_does_not_change_while_nothing_changes(shop: World) -> None:
    a_parameter(shop.client, "color", "red")
    for path in (CONFIGS, f"{CONFIGS}/list", f"{CONFIGS}/count", f"{CONFIGS}/color", f"{PUBLIC}/platforms"):
        first = shop.client.get(path)
        shop.clock.advance(hours=3, milliseconds=1)

        for again in (shop.client.get(path), shop.process().get(path)):
            assert again.body == first.body
            assert again.etag == first.etag


def test_the_timestamp_of_a_list_is_the_time_of_its_last_change(shop: World) -> None:
    shop.clock.advance(minutes=5)
    a_parameter(shop.client, "color", "red")
    shop.clock.advance(minutes=5)

    assert shop.client.get(CONFIGS).json["timestamp"] == "2026-03-01T12:05:00.000Z"
    assert shop.client.get(f"{CONFIGS}/color").json["timestamp"] == "2026-03-01T12:05:00.000Z"
