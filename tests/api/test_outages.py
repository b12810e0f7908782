"""When the database is away: 503 with `Retry-After`, and everything as before once it is back."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.api.every_route import GUARDED, Route, stock
from tests.api.given import CONFIGS, EDIT_CONFIGS, a_change, a_parameter
from tests.api.world import World

BROKEN_TEXT = b"10.0.0.7"


@pytest.mark.parametrize("route", GUARDED)
def test_every_route_says_that_the_database_is_away(shop: World, route: Route) -> None:
    stock(shop.client)
    before = shop.store.content()
    shop.store.away = True

    refused = shop.client.send(route.method, route.target(), route.body())

    assert refused.refusal == (503, "SERVICE_UNAVAILABLE", [])
    assert refused.error == "The database is not available"
    assert int(refused.headers["retry-after"]) >= 1
    assert BROKEN_TEXT not in refused.body
    assert not [line for line in shop.log if "10.0.0.7" in line]
    shop.store.away = False
    assert shop.store.content() == before
    again = shop.client.send(route.method, route.target(), route.body())
    assert again.status in (200, 201, 204, 409) or again.refusal[1] == "ILLEGAL_TRANSITION"


def test_readiness_says_so_without_raw_text(world: World) -> None:
    assert world.client.get("/ready").json == {
        "success": True,
        "message": "Service is ready",
        "timestamp": "2026-03-01T12:00:00.000Z",
        "checks": {"database": "connected"},
    }
    world.store.away = True

    away = world.client.get("/ready")

    assert away.status == 503
    assert away.json == {
        "success": False,
        "message": "Service not ready",
        "timestamp": "2026-03-01T12:00:00.000Z",
        "checks": {"database": "disconnected"},
        "error": "The database is not available",
    }
    assert int(away.headers["retry-after"]) >= 1
    world.store.away = False
    assert world.client.get("/ready").status == 200


def test_health_does_not_depend_on_the_database(world: World) -> None:
    world.store.away = True

    assert world.client.get("/health").status == 200


def test_refusals_that_need_no_database_stay(shop: World) -> None:
    shop.store.away = True

    assert shop.client.post(EDIT_CONFIGS, {}).status == 422
    assert shop.client.get(f"{CONFIGS}/list?limit=x").status == 422
    assert shop.client.get("/nope").status == 404


def calls_of(world: World, act: Callable[[World], object]) -> int:
    with world.counted() as calls:
        act(world)
    return len(calls)


CHANGES: list[Any] = [
    pytest.param(lambda world: world.client.patch(f"{EDIT_CONFIGS}/color", {"defaultValue": "blue"}), id="change"),
    pytest.param(lambda world: world.client.delete(f"{EDIT_CONFIGS}/color"), id="delete"),
    pytest.param(
        lambda world: world.client.post(
            EDIT_CONFIGS, {"parameterKey": "new", "valueType": "string", "defaultValue": "x"}
        ),
        id="create",
    ),
]


def a_shop() -> World:
    world = World()
    world.client.post("/api/v1/internal/platforms", {"name": "web"})
    world.client.post("/api/v1/internal/platforms/web/environments", {"environment": "prod"})
    a_parameter(world.client)
    return world


@pytest.mark.parametrize("act", CHANGES)
def test_wherever_a_change_is_cut_off_readers_see_all_of_it_or_nothing(
    act: Callable[[World], Any], deploy: Callable[[dict[str, str]], World]
) -> None:
    old = {"color": "red"}
    whole = a_shop()
    steps = calls_of(whole, act)
    new = whole.client.get(CONFIGS).data
    assert new != old

    for step in range(steps):
        world = a_shop()
        world.store.fail_after(step)
        answer = act(world)
        world.store.recover()

        seen = world.process().get(CONFIGS).data
        assert answer.status == 503
        assert seen in (old, new)
        assert world.client.get(CONFIGS).data == seen

        for _ in range(3):
            world.clock.advance(minutes=1, seconds=1)
            world.app.upkeep.run()
        assert world.client.get(CONFIGS).data == world.process().get(CONFIGS).data == seen
        assert world.client.get(CONFIGS).headers["cache-control"] == "private, no-cache"
        history = world.client.get(f"{EDIT_CONFIGS}/color/history")
        assert [int(entry["version"]) for entry in history.data] == list(range(len(history.data), 0, -1))


def test_who_repeats_a_change_that_was_cut_off_ends_with_it_once(deploy: Callable[[dict[str, str]], World]) -> None:
    key = {"Idempotency-Key": "1"}
    steps = calls_of(a_shop(), lambda world: a_change(world.client, headers=key))

    for step in range(steps):
        world = a_shop()
        world.store.fail_after(step)
        first = world.client.patch(f"{EDIT_CONFIGS}/color", {"defaultValue": "blue"}, key)
        world.store.recover()

        again = world.client.patch(f"{EDIT_CONFIGS}/color", {"defaultValue": "blue"}, key)

        assert (first.status, again.status) == (503, 200)
        assert again.data["version"] == "2"
        assert [entry["version"] for entry in world.client.get(f"{CONFIGS}/color/versions").data] == ["2", "1"]
