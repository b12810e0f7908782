"""Assignment: which variation of an experiment a user is in, or none."""

from typing import Any

import pytest

from tests.api.client import Client
from tests.api.given import EDIT_EXPERIMENTS, EXPERIMENT, EXPERIMENTS, an_action, an_experiment
from tests.api.world import World

NOBODY = {"experimentKey": "checkout-test", "assigned": False, "reason": "User not eligible for experiment"}
THREE: dict[str, Any] = {
    "variations": [
        {"key": "control", "name": "c", "value": {"a": 1}, "isControl": True},
        {"key": "t1", "name": "t1"},
        {"key": "t2", "name": "t2", "value": [2]},
    ],
    "trafficAllocation": [
        {"variationKey": "control", "percentage": 34},
        {"variationKey": "t1", "percentage": 33},
        {"variationKey": "t2", "percentage": 33},
    ],
}
ASSIGN = f"{EXPERIMENTS}/checkout-test/assign"


def running(client: Client, **fields: Any) -> None:
    an_experiment(client, "checkout-test", "running", **THREE, **fields)


@pytest.mark.journey
def test_a_user_is_in_the_variation_that_the_hash_says(prod: Client) -> None:
    running(prod)

    assigned = {
        user: prod.get(f"{ASSIGN}?userId={user}").data["variationKey"]
        for user in ("user-1", "user-2", "user-3", "user-4", "user-5", "user-123", "anonymous", "alice@example.com")
    }

    assert assigned == {
        "user-1": "control",
        "user-2": "t2",
        "user-3": "control",
        "user-4": "t1",
        "user-5": "t1",
        "user-123": "control",
        "anonymous": "t2",
        "alice@example.com": "t2",
    }


@pytest.mark.journey
def test_an_assignment_shows_the_variation_by_either_way_to_ask(prod: Client) -> None:
    running(prod)
    control = {
        "experimentKey": "checkout-test",
        "variationKey": "control",
        "value": {"a": 1},
        "isControl": True,
        "reason": "Assigned via consistent hash",
    }

    assert prod.get(f"{ASSIGN}?userId=user-1").data == control
    assert prod.post(f"{EDIT_EXPERIMENTS}/checkout-test/assign", {"userId": "user-1"}).data == control
    shown = prod.get(f"{ASSIGN}?userId=user-4").data
    assert (shown["variationKey"], shown["isControl"], shown.get("value")) == ("t1", False, None)


@pytest.mark.journey
@pytest.mark.parametrize("status", ["draft", "paused", "completed", "archived"])
def test_only_what_runs_assigns(prod: Client, status: str) -> None:
    an_experiment(prod, "checkout-test", status)

    assert prod.get(f"{ASSIGN}?userId=user-1").data == NOBODY
    assert prod.post(f"{EDIT_EXPERIMENTS}/checkout-test/assign", {"userId": "user-1"}).data == NOBODY


@pytest.mark.journey
def test_pausing_and_resuming_are_felt_at_once(prod: Client) -> None:
    running(prod)
    first = prod.get(f"{ASSIGN}?userId=user-1").data

    an_action(prod, "pause", "checkout-test")
    assert prod.get(f"{ASSIGN}?userId=user-1").data == NOBODY
    an_action(prod, "resume", "checkout-test")
    assert prod.get(f"{ASSIGN}?userId=user-1").data == first


@pytest.mark.parametrize(
    ("query", "takes_part"),
    [
        ("userId=u&country=DE&language=de", True),
        ("userId=u&country=de&language=EN", True),
        ("userId=u&country=DE&language=fr", False),
        ("userId=u&country=DE", False),
        ("userId=u&country=AT", True),
        ("userId=u&country=FR", False),
        ("userId=u", False),
        ("userId=in", True),
        ("userId=out&country=AT", False),
        ("userId=both", False),
    ],
)
def test_who_takes_part_is_asked_first(prod: Client, query: str, *, takes_part: bool) -> None:
    running(
        prod,
        targeting={
            "countries": [
                {"country": "De", "languages": [{"language": "de"}, {"language": "en"}]},
                {"country": "AT"},
            ],
            "forceIncludeUsers": ["in", "both"],
            "forceExcludeUsers": ["out", "both"],
        },
    )

    assert ("variationKey" in prod.get(f"{ASSIGN}?{query}").data) is takes_part


def test_nobody_is_assigned_before_and_after_the_times_of_the_schedule(shop: World) -> None:
    running(shop.client, scheduledStartAt="2026-03-01T13:00:00Z", scheduledEndAt="2026-03-01T14:00:00Z")
    seen = []
    for _ in range(5):
        seen.append("variationKey" in shop.client.get(f"{ASSIGN}?userId=u").data)
        shop.clock.advance(minutes=30)

    assert seen == [False, False, True, True, True]
    assert shop.client.get(f"{ASSIGN}?userId=u").data == NOBODY


@pytest.mark.journey
def test_a_new_allocation_counts_from_the_next_assignment_on(prod: Client) -> None:
    running(prod)
    allocation = [{"variationKey": key, "percentage": share} for key, share in (("t2", 100), ("control", 0), ("t1", 0))]

    prod.patch(f"{EDIT_EXPERIMENTS}/checkout-test/traffic", {"trafficAllocation": allocation})

    users = [f"user-{number}" for number in range(10)]
    assert {prod.get(f"{ASSIGN}?userId={user}").data["variationKey"] for user in users} == {"t2"}


def test_a_warm_assignment_asks_the_store_once(shop: World) -> None:
    running(shop.client)
    an_experiment(shop.client, "other", "running", variations=EXPERIMENT["variations"])
    shop.client.get(f"{ASSIGN}?userId=u")

    with shop.counted() as calls:
        assert shop.client.get(f"{ASSIGN}?userId=v&track=false").status == 200

    assert calls == ["get manifests"]
