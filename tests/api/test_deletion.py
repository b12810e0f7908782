"""Deletion by identity: what lay under a deleted name is gone at once, and stays gone when the name comes again."""

import pytest

from tests.api.client import INTERNAL, PUBLIC, Client
from tests.api.given import (
    CONFIGS,
    EDIT_CONFIGS,
    EDIT_ENVIRONMENTS,
    EDIT_PLATFORMS,
    ENVIRONMENTS,
    PLATFORMS,
    a_change,
    a_parameter,
    a_platform,
    an_environment,
)
from tests.api.world import World

DELETIONS = pytest.mark.parametrize(
    "deleted", [f"{EDIT_ENVIRONMENTS}/prod", f"{EDIT_PLATFORMS}/web"], ids=["environment", "platform"]
)


def filled(client: Client) -> None:
    a_parameter(client, "color", "red", description="old life")
    a_change(client, "color", "blue")
    a_parameter(client, "size", "1", "number")


def recreated(client: Client) -> None:
    """Create what is missing of the platform ``web`` and its environment ``prod``."""
    client.post(EDIT_PLATFORMS, {"name": "web"})
    an_environment(client)


def nothing_is_left(client: Client) -> None:
    assert client.get(CONFIGS).data == {}
    assert client.get(f"{CONFIGS}/list").data == []
    assert client.get(f"{CONFIGS}/count").data == {"count": 0}
    assert client.get(f"{CONFIGS}/color/versions").data == []
    for path in (f"{CONFIGS}/color", f"{CONFIGS}/color/versions/1", f"{EDIT_CONFIGS}/color/history"):
        assert client.get(path).status == 404
    for method, body in (("PATCH", {}), ("DELETE", None)):
        assert client.send(method, f"{EDIT_CONFIGS}/color", body).status == 404
    assert client.post(f"{EDIT_CONFIGS}/color/rollback", {"version": "1"}).status == 404


@pytest.mark.journey
@DELETIONS
def test_what_lay_there_is_gone_at_once(prod: Client, deleted: str) -> None:
    filled(prod)

    assert prod.delete(deleted).status == 204

    assert prod.get(f"{ENVIRONMENTS}/prod").status == 404
    assert prod.get(ENVIRONMENTS).data == []
    nothing_is_left(prod)


@pytest.mark.journey
@DELETIONS
def test_what_lay_there_stays_gone_when_the_name_is_created_again(prod: Client, deleted: str) -> None:
    filled(prod)
    prod.delete(deleted)

    recreated(prod)

    nothing_is_left(prod)


@pytest.mark.journey
@DELETIONS
def test_a_new_life_begins_with_version_1(prod: Client, deleted: str) -> None:
    filled(prod)
    prod.delete(deleted)
    recreated(prod)

    created = a_parameter(prod, "color", "new")

    assert created.data["version"] == "1"
    assert "description" not in created.data
    assert [entry["version"] for entry in prod.get(f"{CONFIGS}/color/versions").data] == ["1"]
    assert [entry["action"] for entry in prod.get(f"{EDIT_CONFIGS}/color/history").data] == ["create"]
    assert a_change(prod, "color", "newer").data["version"] == "2"
    assert prod.get(CONFIGS).data == {"color": "newer"}


@DELETIONS
def test_other_processes_see_it_at_once(shop: World, deleted: str) -> None:
    filled(shop.client)
    other = shop.process()
    assert other.get(CONFIGS).data == {"color": "blue", "size": 1}

    shop.client.delete(deleted)
    nothing_is_left(other)

    recreated(shop.client)
    nothing_is_left(other)

    a_parameter(shop.client, "color", "new")
    assert other.get(CONFIGS).data == {"color": "new"}
    assert other.get(f"{CONFIGS}/color").data["version"] == "1"


@DELETIONS
def test_names_can_live_many_times(prod: Client, deleted: str) -> None:
    for life in range(5):
        a_parameter(prod, "color", f"life {life}")
        assert prod.get(CONFIGS).data == {"color": f"life {life}"}
        assert prod.delete(deleted).status == 204
        recreated(prod)

    nothing_is_left(prod)


@DELETIONS
def test_nothing_is_created_under_a_deleted_name(prod: Client, deleted: str) -> None:
    prod.delete(deleted)

    refused = prod.post(EDIT_CONFIGS, {"parameterKey": "p", "valueType": "string", "defaultValue": ""})

    assert refused.status == 404
    nothing_is_left(prod)


def test_no_environment_is_created_under_a_deleted_platform(prod: Client) -> None:
    prod.delete(f"{EDIT_PLATFORMS}/web")

    assert prod.post(EDIT_ENVIRONMENTS, {"environment": "staging"}).status == 404
    assert prod.get(ENVIRONMENTS).data == []


@pytest.mark.journey
def test_a_platform_is_deleted_with_all_its_environments(prod: Client) -> None:
    for name in ("staging", "dev"):
        an_environment(prod, name)
        path = f"{INTERNAL}/platforms/web/environments/{name}/configs"
        assert prod.post(path, {"parameterKey": "p", "valueType": "string", "defaultValue": name}).status == 201

    assert prod.delete(f"{EDIT_PLATFORMS}/web").status == 204
    a_platform(prod)

    assert prod.get(ENVIRONMENTS).data == []
    for name in ("prod", "staging", "dev"):
        an_environment(prod, name)
        assert prod.get(f"{PUBLIC}/platforms/web/environments/{name}/configs").data == {}


def test_an_empty_platform_and_an_untouched_environment_can_be_deleted(client: Client) -> None:
    a_platform(client)
    assert client.delete(f"{EDIT_PLATFORMS}/web").status == 204
    a_platform(client)
    an_environment(client)
    assert client.delete(f"{EDIT_ENVIRONMENTS}/prod").status == 204

    assert client.get(PLATFORMS).meta == {"total": 1}
    assert client.get(ENVIRONMENTS).meta == {"total": 0}


@DELETIONS
def test_what_is_left_in_the_store_is_swept_later(shop: World, deleted: str) -> None:
    filled(shop.client)
    shop.client.delete(deleted)
    assert len(shop.store.content()["parameters"]) == 2

    for _ in range(5):
        shop.clock.advance(minutes=1)
        shop.app.upkeep.run()

    assert "parameters" not in shop.store.content()
    recreated(shop.client)
    nothing_is_left(shop.client)


@DELETIONS
def test_sweeping_leaves_the_new_life_alone(shop: World, deleted: str) -> None:
    filled(shop.client)
    shop.client.delete(deleted)
    recreated(shop.client)
    a_parameter(shop.client, "color", "new")

    for _ in range(5):
        shop.clock.advance(minutes=1)
        shop.app.upkeep.run()

    assert shop.client.get(CONFIGS).data == {"color": "new"}
    assert shop.process().get(CONFIGS).data == {"color": "new"}


def test_after_31_days_tombstones_are_gone_and_names_free(shop: World) -> None:
    filled(shop.client)
    shop.client.delete(f"{EDIT_CONFIGS}/color")
    shop.client.delete(f"{EDIT_PLATFORMS}/web")

    for _ in range(5):
        shop.clock.advance(minutes=1)
        shop.app.upkeep.run()
    shop.clock.advance(days=31)
    for _ in range(3):
        shop.app.upkeep.run()

    left = shop.store.content()
    assert not {"platforms", "environments", "parameters"} & left.keys()
    recreated(shop.client)
    nothing_is_left(shop.client)


def test_what_is_created_under_a_name_that_rested_for_a_month_is_seen(shop: World) -> None:
    """What upkeep has forgotten of the old life begins to count anew: nothing may take that for what it remembers."""
    shop.client.delete(f"{EDIT_ENVIRONMENTS}/prod")
    an_environment(shop.client)
    shop.clock.advance(days=31)
    shop.app.upkeep.run()

    a_parameter(shop.client, "color", "new")

    assert shop.client.get(CONFIGS).data == {"color": "new"}
    assert shop.process().get(CONFIGS).data == {"color": "new"}


@DELETIONS
def test_a_change_that_is_under_way_when_its_place_is_deleted_is_not_seen_again(shop: World, deleted: str) -> None:
    a_parameter(shop.client, "color", "red")
    answers = []
    shop.store.meanwhile("put parameters", lambda: answers.append(shop.client.delete(deleted)))

    shop.client.patch(f"{EDIT_CONFIGS}/color", {"defaultValue": "late"})

    if answers[0].status == 204:
        nothing_is_left(shop.client)
        recreated(shop.client)
        nothing_is_left(shop.client)
    else:
        assert answers[0].status == 409
        assert shop.client.get(CONFIGS).data == {"color": "late"}
