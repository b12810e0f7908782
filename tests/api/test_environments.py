"""Environments: created in a platform, shown, listed, described anew, deleted."""

import pytest

from tests.api.client import INTERNAL, PUBLIC, Client
from tests.api.given import EDIT_ENVIRONMENTS, ENVIRONMENTS, a_platform, an_environment
from tests.api.world import World


@pytest.mark.journey
def test_a_created_environment_is_shown(client: Client) -> None:
    a_platform(client)
    created = an_environment(client, "prod", description="What customers see")

    shown = client.get(f"{ENVIRONMENTS}/prod")

    assert shown.status == 200
    assert shown.data == created.data
    assert {name: shown.data[name] for name in ("platform", "environment", "description")} == {
        "platform": "web",
        "environment": "prod",
        "description": "What customers see",
    }
    assert shown.data.keys() == {"platform", "environment", "description", "createdAt"}


def test_an_environment_is_created_at_the_time_of_the_request(world: World) -> None:
    a_platform(world.client)
    world.clock.advance(days=1, milliseconds=7)

    assert an_environment(world.client).data["createdAt"] == "2026-03-02T12:00:00.007Z"


@pytest.mark.journey
def test_an_environment_needs_its_platform(client: Client) -> None:
    refused = client.post(EDIT_ENVIRONMENTS, {"environment": "prod"})

    assert refused.refusal == (404, "NOT_FOUND", [])
    assert refused.error == "Platform 'web' not found"
    assert client.get(ENVIRONMENTS).data == []


def test_an_environment_without_its_platform_leaves_nothing(world: World) -> None:
    world.client.post(EDIT_ENVIRONMENTS, {"environment": "prod"})

    assert world.store.content() == {}


@pytest.mark.parametrize("name", ["a", "A-b_9", "-", "0", "x" * 100])
def test_an_environment_may_be_called(client: Client, name: str) -> None:
    a_platform(client)
    an_environment(client, name)

    assert client.get(f"{ENVIRONMENTS}/{name}").data["environment"] == name


@pytest.mark.parametrize("name", ["", "x" * 101, "a b", "a/b", "..", "wéb", None, 1, ["prod"]])
def test_an_environment_may_not_be_called(client: Client, name: object) -> None:
    a_platform(client)

    status, code, details = client.post(EDIT_ENVIRONMENTS, {"environment": name}).refusal

    assert (status, code) == (422, "VALIDATION_FAILED")
    assert [detail.partition(":")[0] for detail in details] == ["environment"]
    assert client.get(ENVIRONMENTS).data == []


@pytest.mark.journey
def test_an_environment_is_not_created_twice(client: Client) -> None:
    a_platform(client)
    first = an_environment(client, description="first")

    again = client.post(EDIT_ENVIRONMENTS, {"environment": "prod", "description": "second"})

    assert again.refusal == (409, "CONFLICT", [])
    assert again.error == "Environment prod already exists in platform web"
    assert client.get(f"{ENVIRONMENTS}/prod").data == first.data


def test_platforms_have_environments_of_the_same_name(client: Client) -> None:
    a_platform(client, "web")
    a_platform(client, "ios")
    an_environment(client, "prod", description="of web")
    client.post(f"{INTERNAL}/platforms/ios/environments", {"environment": "prod", "description": "of ios"})

    assert client.get(f"{ENVIRONMENTS}/prod").data["description"] == "of web"
    assert client.get(f"{PUBLIC}/platforms/ios/environments/prod").data["description"] == "of ios"


@pytest.mark.journey
def test_environments_are_listed_in_the_order_of_their_names(client: Client) -> None:
    a_platform(client)
    made = {name: an_environment(client, name).data for name in ("staging", "prod", "Dev")}

    listed = client.get(ENVIRONMENTS)

    assert listed.data == [made[name] for name in ("Dev", "prod", "staging")]
    assert listed.meta == {"total": 3}


def test_an_unknown_platform_has_no_environments(client: Client) -> None:
    listed = client.get(f"{PUBLIC}/platforms/nope/environments")

    assert (listed.status, listed.data, listed.meta) == (200, [], {"total": 0})


@pytest.mark.parametrize("path", ["web/environments/nope", "nope/environments/prod"])
def test_an_unknown_environment_is_not_found(client: Client, path: str) -> None:
    a_platform(client)

    refused = client.get(f"{PUBLIC}/platforms/{path}")

    assert refused.refusal == (404, "NOT_FOUND", [])
    assert refused.error == "Environment not found"


@pytest.mark.journey
def test_a_new_description_is_shown_at_once(prod: Client) -> None:
    created = prod.get(f"{ENVIRONMENTS}/prod")

    changed = prod.patch(f"{EDIT_ENVIRONMENTS}/prod", {"description": "new"})

    assert changed.status == 200
    assert changed.data == {**created.data, "description": "new"}
    assert prod.get(f"{ENVIRONMENTS}/prod").data == changed.data
    assert prod.get(ENVIRONMENTS).data == [changed.data]


def test_null_clears_a_description(prod: Client) -> None:
    prod.patch(f"{EDIT_ENVIRONMENTS}/prod", {"description": "old"})
    prod.patch(f"{EDIT_ENVIRONMENTS}/prod", {"description": None})

    assert "description" not in prod.get(f"{ENVIRONMENTS}/prod").data


def test_an_empty_change_leaves_the_environment_as_it_is(shop: World) -> None:
    before = shop.store.content()

    unchanged = shop.client.patch(f"{EDIT_ENVIRONMENTS}/prod", {})

    assert unchanged.data == shop.client.get(f"{ENVIRONMENTS}/prod").data
    assert shop.store.content() == before


def test_an_environment_is_not_renamed(prod: Client) -> None:
    created = prod.get(f"{ENVIRONMENTS}/prod").data

    assert prod.patch(f"{EDIT_ENVIRONMENTS}/prod", {"environment": "live", "platform": "ios"}).data == created
    assert prod.get(f"{ENVIRONMENTS}/live").status == 404


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        ("web/environments/nope", "Environment 'nope' not found in platform 'web'"),
        ("nope/environments/prod", "Platform 'nope' not found"),
    ],
)
def test_an_unknown_environment_is_not_changed(prod: Client, method: str, path: str, sentence: str) -> None:
    body = {"description": "d"} if method == "PATCH" else None

    refused = prod.send(method, f"{INTERNAL}/platforms/{path}", body)

    assert (refused.status, refused.error) == (404, sentence)


@pytest.mark.journey
def test_a_deleted_environment_is_gone(prod: Client) -> None:
    deleted = prod.delete(f"{EDIT_ENVIRONMENTS}/prod")

    assert (deleted.status, deleted.body) == (204, b"")
    assert prod.get(f"{ENVIRONMENTS}/prod").status == 404
    assert prod.get(ENVIRONMENTS).data == []
    assert prod.delete(f"{EDIT_ENVIRONMENTS}/prod").status == 404


def test_deleting_one_environment_leaves_the_others(prod: Client) -> None:
    kept = an_environment(prod, "staging")

    prod.delete(f"{EDIT_ENVIRONMENTS}/prod")

    assert prod.get(ENVIRONMENTS).data == [kept.data]
