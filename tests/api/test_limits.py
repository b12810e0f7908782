"""Limits: how many parameters an environment holds, how large they and their list may be."""

import pytest

from tests.api.given import CONFIGS, EDIT_CONFIGS, a_parameter
from tests.api.world import World


def test_an_environment_holds_2000_parameters_and_not_one_more(shop: World) -> None:
    for number in range(2_000):
        a_parameter(shop.client, f"p{number}")
    before = shop.store.content()

    refused = shop.client.post(EDIT_CONFIGS, {"parameterKey": "more", "valueType": "string", "defaultValue": ""})

    assert refused.refusal == (422, "LIMIT_EXCEEDED", [])
    assert refused.error == "There can be at most 2,000 parameters here; there are 2,000"
    assert shop.store.content() == before
    assert len(shop.client.get(CONFIGS).data) == 2_000
    assert len(shop.client.get(f"{CONFIGS}/list").data) == 2_000
    assert shop.client.get(f"{CONFIGS}/count").data == {"count": 2_000}

    assert shop.client.patch(f"{EDIT_CONFIGS}/p7", {"defaultValue": "still"}).status == 200
    assert shop.client.delete(f"{EDIT_CONFIGS}/p1999").status == 204
    a_parameter(shop.client, "more")
    assert shop.client.get(f"{CONFIGS}/count").data == {"count": 2_000}


def test_a_list_holds_4_megabytes_and_not_more(shop: World) -> None:
    """Each parameter takes a little over 30,000 bytes, so that the 133rd passes the limit."""
    for number in range(132):
        a_parameter(shop.client, f"p{number}", "€" * 10_000)
    before = shop.store.content()

    refused = shop.client.post(
        EDIT_CONFIGS, {"parameterKey": "more", "valueType": "string", "defaultValue": "€" * 10_000}
    )

    assert refused.refusal == (422, "LIMIT_EXCEEDED", [])
    assert "at most 4,000,000 bytes together; with this change they would take 4,0" in refused.error
    assert shop.store.content() == before
    assert len(shop.client.get(CONFIGS).data) == len(shop.client.get(f"{CONFIGS}/list").data) == 132


def test_what_is_made_smaller_or_deleted_makes_room(shop: World) -> None:
    for number in range(132):
        a_parameter(shop.client, f"p{number}", "€" * 10_000)
    for number in range(2):
        assert shop.client.patch(f"{EDIT_CONFIGS}/p{number}", {"defaultValue": "small"}).status == 200
    a_parameter(shop.client, "more", "€" * 10_000)
    assert shop.client.patch(f"{EDIT_CONFIGS}/p0", {"defaultValue": "€" * 10_000}).status == 200

    assert shop.client.patch(f"{EDIT_CONFIGS}/p1", {"defaultValue": "€" * 10_000}).refusal[1] == "LIMIT_EXCEEDED"
    assert shop.client.get(f"{CONFIGS}/p1").data["defaultValue"] == "small"

    assert shop.client.delete(f"{EDIT_CONFIGS}/p2").status == 204
    assert shop.client.patch(f"{EDIT_CONFIGS}/p1", {"defaultValue": "€" * 10_000}).status == 200


@pytest.mark.parametrize("size", [1_048_577, 2_097_152])
def test_a_body_has_at_most_a_mebibyte(shop: World, size: int) -> None:
    before = shop.store.content()
    body = b'{"parameterKey":"p","valueType":"string","defaultValue":"' + b"x" * size + b'"}'

    refused = shop.client.post(EDIT_CONFIGS, body[: size - 2] + b'"}')

    assert refused.refusal == (413, "PAYLOAD_TOO_LARGE", [])
    assert refused.error == "The body may have at most 1,048,576 bytes"
    assert shop.store.content() == before


def test_a_body_of_a_mebibyte_is_read(shop: World) -> None:
    head, tail = b'{"parameterKey":"p","valueType":"string","defaultValue":"red"', b"}"

    assert shop.client.post(EDIT_CONFIGS, head + b" " * (1_048_576 - len(head) - 1) + tail).status == 201
