"""What a request costs the database: calls, counted."""

import pytest

from tests.api.client import INTERNAL
from tests.api.given import (
    CONFIGS,
    EDIT_CONFIGS,
    EDIT_ENVIRONMENTS,
    EDIT_PLATFORMS,
    ENVIRONMENTS,
    PLATFORMS,
    PROD,
    a_change,
    a_parameter,
)
from tests.api.world import World

READS = [
    PLATFORMS,
    f"{PLATFORMS}/web",
    ENVIRONMENTS,
    f"{ENVIRONMENTS}/prod",
    CONFIGS,
    f"{CONFIGS}/list",
    f"{CONFIGS}/list?limit=2",
    f"{CONFIGS}/list?nextToken=&limit=2",
    f"{CONFIGS}/count",
    f"{CONFIGS}/p7",
    f"{INTERNAL}{PROD}/configs/list",
    f"{INTERNAL}{PROD}/configs/count",
]


@pytest.fixture
def stocked(shop: World) -> World:
    for number in range(30):
        a_parameter(shop.client, f"p{number}")
    return shop


@pytest.mark.parametrize("path", READS)
def test_a_warm_read_asks_once(stocked: World, path: str) -> None:
    tag = stocked.client.get(path).headers.get("etag", "none")

    for headers in ({}, {"Accept-Encoding": "gzip"}, {"If-None-Match": tag}):
        with stocked.counted() as calls:
            stocked.client.get(path, headers)
        assert calls == ["get manifests"]


@pytest.mark.parametrize("path", READS)
def test_a_read_after_a_change_asks_for_what_changed(stocked: World, path: str) -> None:
    stocked.client.get(path)
    a_change(stocked.client, "p7")

    with stocked.counted() as calls:
        stocked.client.get(path)

    assert len(calls) <= 2


def test_a_cold_read_of_one_parameter_reads_no_list(stocked: World) -> None:
    with stocked.counted() as calls:
        stocked.process().get(f"{CONFIGS}/p7")

    assert len(calls) <= 3
    assert not [call for call in calls if call.startswith(("page", "scan"))]


@pytest.mark.parametrize("path", READS[4:])
def test_a_snapshot_may_spare_even_that(path: str) -> None:
    world = World({"SNAPSHOT_MAX_AGE": "1"})
    world.client.post(EDIT_PLATFORMS, {"name": "web"})
    world.client.post(EDIT_ENVIRONMENTS, {"environment": "prod"})
    a_parameter(world.client, "p7")
    world.client.get(path)
    world.clock.advance(milliseconds=900)

    with world.counted() as calls:
        world.client.get(path)
    assert calls == ([] if path.startswith("/api/v1/platforms") else ["get manifests"])

    world.clock.advance(milliseconds=200)
    a_change(world.client, "p7")
    with world.counted() as calls:
        world.client.get(path)
    assert calls[:1] == ["get manifests"]


def test_answers_that_others_keep_are_always_checked() -> None:
    world = World({"SNAPSHOT_MAX_AGE": "60", "TRUSTED_NETWORKS": "0.0.0.0/0"})
    world.client.post(EDIT_PLATFORMS, {"name": "web"})
    world.client.get(PLATFORMS)

    with world.counted() as calls:
        world.client.get(PLATFORMS)

    assert calls == ["get manifests"]


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", EDIT_PLATFORMS, {"name": "ios"}),
        ("PATCH", f"{EDIT_PLATFORMS}/web", {"description": "d"}),
        ("POST", EDIT_ENVIRONMENTS, {"environment": "staging"}),
        ("PATCH", f"{EDIT_ENVIRONMENTS}/prod", {"description": "d"}),
        ("POST", EDIT_CONFIGS, {"parameterKey": "new", "valueType": "string", "defaultValue": "x"}),
        ("PATCH", f"{EDIT_CONFIGS}/p7", {"defaultValue": "x"}),
        ("POST", f"{EDIT_CONFIGS}/p7/rollback", {"version": "1"}),
        ("DELETE", f"{EDIT_CONFIGS}/p7", None),
    ],
)
def test_a_change_costs_at_most_8_calls_and_a_key_2_more(stocked: World, method: str, path: str, body: object) -> None:
    a_change(stocked.client, "p7")

    with stocked.counted() as calls:
        assert stocked.client.send(method, path, body, {"Idempotency-Key": "1"}).status in (200, 201, 204)
    assert len(calls) <= 10
    assert len([call for call in calls if "claims" not in call]) <= 8

    with stocked.counted() as repeated:
        stocked.client.send(method, path, body, {"Idempotency-Key": "1"})
    assert len(repeated) <= 6


def test_a_refused_change_writes_nothing(stocked: World) -> None:
    with stocked.counted() as calls:
        stocked.client.post(EDIT_CONFIGS, {"parameterKey": "p7", "valueType": "string", "defaultValue": "x"})
        stocked.client.patch(f"{EDIT_CONFIGS}/p7", {"defaultValue": "x"}, {"If-Match": '"x"'})
        stocked.client.post(EDIT_CONFIGS, {"parameterKey": "n", "valueType": "number", "defaultValue": "x"})

    assert not [call for call in calls if call.startswith(("put", "add_new", "delete"))]
