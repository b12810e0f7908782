"""Platforms: created, shown, listed, described anew, deleted."""

import pytest

from tests.api.client import Client
from tests.api.given import EDIT_PLATFORMS, PLATFORMS, a_platform, an_environment
from tests.api.world import World

NAME_RULE = "name: must match ^[a-zA-Z0-9_-]+$"


@pytest.mark.journey
def test_a_created_platform_is_shown(client: Client) -> None:
    created = a_platform(client, "web", description="The shop")

    shown = client.get(f"{PLATFORMS}/web")

    assert shown.status == 200
    assert shown.data == created.data
    assert shown.data.keys() == {"id", "name", "description", "createdAt"}
    assert (shown.data["name"], shown.data["description"]) == ("web", "The shop")


def test_a_platform_is_created_at_the_time_of_the_request(world: World) -> None:
    created = a_platform(world.client)
    world.clock.advance(hours=1)

    assert created.json["timestamp"] == created.data["createdAt"] == "2026-03-01T12:00:00.000Z"
    assert world.client.get(f"{PLATFORMS}/web").data["createdAt"] == "2026-03-01T12:00:00.000Z"


def test_a_platform_without_a_description_shows_none(client: Client) -> None:
    assert "description" not in a_platform(client).data
    assert "description" not in client.get(f"{PLATFORMS}/web").data


@pytest.mark.parametrize("name", ["a", "A-b_9", "-", "_", "0", "x" * 100])
def test_a_platform_may_be_called(client: Client, name: str) -> None:
    a_platform(client, name)

    assert client.get(f"{PLATFORMS}/{name}").data["name"] == name


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("", "name: must have at least 1 character(s)"),
        ("x" * 101, "name: must have at most 100 characters"),
        ("a b", NAME_RULE),
        ("a/b", NAME_RULE),
        ("a.b", NAME_RULE),
        ("a\n", NAME_RULE),
        ("wéb", NAME_RULE),
        (None, "name: must be a string"),
        (7, "name: must be a string"),
    ],
)
def test_a_platform_may_not_be_called(client: Client, name: object, fault: str) -> None:
    assert client.post(EDIT_PLATFORMS, {"name": name}).refusal == (422, "VALIDATION_FAILED", [fault])
    assert client.get(PLATFORMS).data == []


@pytest.mark.parametrize("length", [0, 1, 500])
def test_a_description_has_up_to_500_characters(client: Client, length: int) -> None:
    assert a_platform(client, description="ü" * length).data["description"] == "ü" * length


def test_a_description_of_501_characters_is_refused(client: Client) -> None:
    refused = client.post(EDIT_PLATFORMS, {"name": "web", "description": "x" * 501})

    assert refused.refusal == (422, "VALIDATION_FAILED", ["description: must have at most 500 characters"])
    assert client.get(PLATFORMS).data == []


@pytest.mark.journey
def test_a_platform_is_not_created_twice(client: Client) -> None:
    first = a_platform(client, description="first")

    again = client.post(EDIT_PLATFORMS, {"name": "web", "description": "second"})

    assert again.refusal == (409, "CONFLICT", [])
    assert again.error == "Platform web already exists"
    assert client.get(f"{PLATFORMS}/web").data == first.data


def test_names_that_differ_in_case_are_different_platforms(client: Client) -> None:
    a_platform(client, "web")
    a_platform(client, "Web")

    assert [platform["name"] for platform in client.get(PLATFORMS).data] == ["Web", "web"]


@pytest.mark.journey
def test_platforms_are_listed_in_the_order_of_their_names(client: Client) -> None:
    made = {name: a_platform(client, name).data for name in ("tv", "Android", "web", "ios")}

    listed = client.get(PLATFORMS)

    assert listed.data == [made[name] for name in ("Android", "ios", "tv", "web")]
    assert listed.meta == {"total": 4}


def test_where_nothing_was_created_the_list_is_empty(client: Client) -> None:
    listed = client.get(PLATFORMS)

    assert (listed.data, listed.meta) == ([], {"total": 0})


def test_an_unknown_platform_is_not_found(client: Client) -> None:
    refused = client.get(f"{PLATFORMS}/nope")

    assert refused.refusal == (404, "NOT_FOUND", [])
    assert refused.error == "Platform not found"


@pytest.mark.journey
def test_a_new_description_is_shown_at_once(client: Client) -> None:
    created = a_platform(client, description="old")

    changed = client.patch(f"{EDIT_PLATFORMS}/web", {"description": "new"})

    assert changed.status == 200
    assert changed.data == {**created.data, "description": "new"}
    assert client.get(f"{PLATFORMS}/web").data == changed.data
    assert client.get(PLATFORMS).data == [changed.data]


def test_null_clears_a_description(client: Client) -> None:
    a_platform(client, description="old")

    assert "description" not in client.patch(f"{EDIT_PLATFORMS}/web", {"description": None}).data
    assert "description" not in client.get(f"{PLATFORMS}/web").data


def test_an_empty_change_leaves_the_platform_as_it_is(world: World) -> None:
    created = a_platform(world.client, description="old")
    before = world.store.content()

    unchanged = world.client.patch(f"{EDIT_PLATFORMS}/web", {})

    assert (unchanged.status, unchanged.data, unchanged.etag) == (200, created.data, created.etag)
    assert world.store.content() == before


def test_a_platform_is_not_renamed(client: Client) -> None:
    created = a_platform(client)

    changed = client.patch(f"{EDIT_PLATFORMS}/web", {"name": "shop", "id": "x", "description": "d"})

    assert changed.data == {**created.data, "description": "d"}
    assert client.get(f"{PLATFORMS}/shop").status == 404


def test_an_unknown_platform_is_not_changed(client: Client) -> None:
    refused = client.patch(f"{EDIT_PLATFORMS}/nope", {"description": "d"})

    assert (refused.status, refused.error) == (404, "Platform not found")
    assert client.get(PLATFORMS).data == []


@pytest.mark.journey
def test_a_deleted_platform_is_gone(client: Client) -> None:
    a_platform(client)

    deleted = client.delete(f"{EDIT_PLATFORMS}/web")

    assert (deleted.status, deleted.body) == (204, b"")
    assert client.get(f"{PLATFORMS}/web").status == 404
    assert client.get(PLATFORMS).data == []


def test_a_platform_is_deleted_once(client: Client) -> None:
    a_platform(client)
    client.delete(f"{EDIT_PLATFORMS}/web")

    again = client.delete(f"{EDIT_PLATFORMS}/web")

    assert (again.status, again.error) == (404, "Platform not found")


def test_a_name_can_be_used_again_and_is_another_platform(client: Client) -> None:
    first = a_platform(client, description="first")
    client.delete(f"{EDIT_PLATFORMS}/web")

    second = a_platform(client)

    assert second.data["id"] != first.data["id"]
    assert client.get(f"{PLATFORMS}/web").data == second.data


def test_deleting_one_platform_leaves_the_others(client: Client) -> None:
    a_platform(client, "web")
    a_platform(client, "ios")
    an_environment(client)

    client.delete(f"{EDIT_PLATFORMS}/web")

    assert [platform["name"] for platform in client.get(PLATFORMS).data] == ["ios"]
