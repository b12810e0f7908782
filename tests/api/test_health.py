"""Health and readiness, in the form that existing clients check."""

import pytest

from tests.api.client import PUBLIC, Client
from tests.api.world import World


@pytest.mark.journey
@pytest.mark.parametrize(
    ("path", "message"),
    [("/health", "ToggleBox Config Service is running"), (f"{PUBLIC}/health", "Config Service is running")],
)
def test_health_says_that_the_service_runs(client: Client, path: str, message: str) -> None:
    answer = client.get(path)

    assert answer.status == 200
    assert answer.json.keys() == {"success", "message", "timestamp", "uptime"}
    assert (answer.json["success"], answer.json["message"]) == (True, message)
    assert answer.json["uptime"] >= 0


def test_uptime_counts_seconds(world: World) -> None:
    world.clock.advance(minutes=2, milliseconds=500)

    answer = world.client.get("/health").json

    assert (answer["uptime"], answer["timestamp"]) == (120.5, "2026-03-01T12:02:00.500Z")


@pytest.mark.journey
def test_readiness_says_that_the_database_is_reached(client: Client) -> None:
    answer = client.get("/ready")

    assert answer.status == 200
    assert answer.json.items() >= {
        "success": True, "message": "Service is ready", "checks": {"database": "connected"},
    }.items()  # fmt: skip
    assert answer.json.keys() == {"success", "message", "timestamp", "checks"}


def test_health_asks_the_database_nothing_and_readiness_little(world: World) -> None:
    with world.counted() as calls:
        world.client.get("/health")
        world.client.get(f"{PUBLIC}/health")
    assert calls == []

    with world.counted() as calls:
        world.client.get("/ready")
    assert len(calls) == 1


def test_readiness_is_not_under_the_api(client: Client) -> None:
    assert client.get(f"{PUBLIC}/ready").status == 404
