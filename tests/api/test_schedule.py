"""The schedule: experiments start and end by themselves, once their time has come."""

from typing import Any

import pytest

from tests.api.client import Client
from tests.api.given import EDIT_ENVIRONMENTS, EDIT_EXPERIMENTS, EXPERIMENTS, an_action, an_environment, an_experiment
from tests.api.world import World
from togglebox.store.port import StoreUnavailable

CHECKOUT = f"{EDIT_EXPERIMENTS}/checkout"
ONE = "2026-03-01T13:00:00.000Z"
TWO = "2026-03-01T14:00:00.000Z"
PAST = "2026-03-01T11:59:59.999Z"


def shown(client: Client) -> dict[str, Any]:
    data: dict[str, Any] = client.get(f"{EXPERIMENTS}/checkout").data
    return data


def actions(client: Client) -> list[str]:
    return [entry["action"] for entry in client.get(f"{CHECKOUT}/history").data]


def test_an_experiment_starts_and_ends_when_its_times_come(shop: World) -> None:
    an_experiment(shop.client, scheduledStartAt=ONE, scheduledEndAt=TWO)
    done = []
    for _ in range(6):
        done.append(dict(shop.app.run_schedule()))
        shop.clock.advance(minutes=30)

    assert done == [{}, {}, {"start": 1}, {}, {"complete": 1}, {}]
    ended = shown(shop.client)
    assert (ended["status"], ended["startedAt"], ended["completedAt"]) == ("completed", ONE, TWO)
    assert "winner" not in ended
    told = shop.client.get(f"{CHECKOUT}/history").data
    assert [(entry["action"], entry["author"], entry["source"]) for entry in told] == [
        ("complete", "system@togglebox.dev", "schedule"),
        ("start", "system@togglebox.dev", "schedule"),
        ("create", "system@togglebox.dev", "api"),
    ]


def test_a_time_that_was_past_when_it_was_written_moves_nothing(shop: World) -> None:
    an_experiment(shop.client, scheduledStartAt=PAST)
    an_experiment(shop.client, "now", scheduledStartAt="2026-03-01T12:00:00Z")
    an_experiment(shop.client, "late", "running", scheduledEndAt=PAST)
    shop.clock.advance(days=1)

    assert shop.app.run_schedule() == {}
    assert [experiment["status"] for experiment in shop.client.get(EXPERIMENTS).data] == ["draft", "running", "draft"]


def test_an_edit_of_something_else_leaves_a_time_armed_that_has_just_come(shop: World) -> None:
    an_experiment(shop.client, scheduledStartAt=ONE)
    shop.clock.advance(hours=1, seconds=30)
    shop.client.put(CHECKOUT, {"name": "Edited between the hour and the job"})

    assert shop.app.run_schedule() == {"start": 1}


def test_an_edit_of_something_else_does_not_arm_a_time_that_was_past(shop: World) -> None:
    an_experiment(shop.client, scheduledStartAt=PAST, scheduledEndAt=TWO)
    shop.client.put(CHECKOUT, {"name": "Edited"})
    shop.clock.advance(hours=1)

    assert shop.app.run_schedule() == {}
    assert shown(shop.client)["status"] == "draft"


@pytest.mark.parametrize("later", [None, TWO])
def test_a_time_that_is_cleared_or_put_off_no_longer_counts(shop: World, later: str | None) -> None:
    an_experiment(shop.client, scheduledStartAt=ONE)
    shop.client.put(CHECKOUT, {"scheduledStartAt": later})
    shop.clock.advance(hours=1)

    assert shop.app.run_schedule() == {}
    assert shown(shop.client)["status"] == "draft"
    shop.clock.advance(hours=1)
    assert shop.app.run_schedule() == ({} if later is None else {"start": 1})


def test_what_a_person_started_early_ends_when_its_time_comes(shop: World) -> None:
    an_experiment(shop.client, scheduledStartAt=ONE, scheduledEndAt=TWO)
    an_action(shop.client, "start")
    shop.clock.advance(hours=1)
    assert shop.app.run_schedule() == {}

    an_action(shop.client, "pause")
    shop.clock.advance(hours=1)

    assert shop.app.run_schedule() == {"complete": 1}
    assert actions(shop.client) == ["complete", "pause", "start", "create"]


def test_a_draft_whose_end_has_come_stays_a_draft(shop: World) -> None:
    an_experiment(shop.client, scheduledEndAt=ONE)
    shop.clock.advance(hours=2)

    assert shop.app.run_schedule() == {}
    assert shown(shop.client)["status"] == "draft"


def test_an_experiment_that_slept_through_both_times_runs_and_then_ends(shop: World) -> None:
    an_experiment(shop.client, scheduledStartAt=ONE, scheduledEndAt=TWO)
    shop.clock.advance(days=1)

    assert [dict(shop.app.run_schedule()) for _ in range(3)] == [{"start": 1}, {"complete": 1}, {}]


@pytest.mark.parametrize(
    ("overtake", "last"),
    [
        (lambda client: an_action(client, "start"), ["start", "create"]),
        (lambda client: client.put(CHECKOUT, {"name": "Edited"}), ["update", "create"]),
        (lambda client: client.delete(CHECKOUT), ["delete", "create"]),
    ],
    ids=["started", "edited", "deleted"],
)
def test_somebody_who_is_faster_wins(shop: World, overtake: Any, last: list[str]) -> None:
    an_experiment(shop.client, scheduledStartAt=ONE)
    shop.clock.advance(hours=1)
    other = shop.process()
    shop.store.meanwhile("put experiments", lambda: overtake(other))

    assert shop.app.run_schedule() == {"overtaken": 1}
    assert actions(shop.client) == last


def test_who_lost_against_an_edit_starts_it_a_minute_later(shop: World) -> None:
    an_experiment(shop.client, scheduledStartAt=ONE)
    shop.clock.advance(hours=1)
    other = shop.process()
    shop.store.meanwhile("put experiments", lambda: other.put(CHECKOUT, {"name": "Edited"}))
    shop.app.run_schedule()
    shop.clock.advance(minutes=1)

    assert shop.app.run_schedule() == {"start": 1}


def test_an_index_that_lags_behind_starts_nothing_twice(shop: World) -> None:
    """The index still lists the draft when somebody has started it already."""
    an_experiment(shop.client, scheduledStartAt=ONE)
    shop.clock.advance(hours=1)
    other = shop.process()
    shop.store.meanwhile("get experiments", lambda: an_action(other, "start"))

    assert shop.app.run_schedule() == {"overtaken": 1}
    assert actions(shop.client) == ["start", "create"]


def test_what_lies_in_a_deleted_environment_stays_as_it_is(shop: World) -> None:
    an_experiment(shop.client, scheduledStartAt=ONE)
    shop.client.delete(f"{EDIT_ENVIRONMENTS}/prod")
    an_environment(shop.client)
    shop.clock.advance(hours=1)

    assert shop.app.run_schedule() == {"overtaken": 1}
    assert shop.client.get(EXPERIMENTS).data == []


def test_what_waits_in_deleted_environments_holds_up_no_other(shop: World) -> None:
    for number in range(110):
        an_experiment(shop.client, f"e{number}", scheduledStartAt=ONE)
    shop.client.delete(f"{EDIT_ENVIRONMENTS}/prod")
    an_environment(shop.client)
    an_experiment(shop.client, scheduledStartAt=TWO)
    shop.clock.advance(hours=2)

    assert shop.app.run_schedule()["start"] == 1


def test_many_start_in_one_run(shop: World) -> None:
    for number in range(120):
        an_experiment(shop.client, f"e{number}", scheduledStartAt=ONE)
    shop.clock.advance(hours=1)

    assert shop.app.run_schedule() == {"start": 120}


def test_a_database_that_is_away_moves_nothing(shop: World) -> None:
    an_experiment(shop.client, scheduledStartAt=ONE)
    shop.clock.advance(hours=1)
    shop.store.away = True

    with pytest.raises(StoreUnavailable):
        shop.app.run_schedule()

    shop.store.away = False
    assert shop.app.run_schedule() == {"start": 1}


def test_readers_see_what_the_schedule_did_at_once(shop: World) -> None:
    an_experiment(shop.client, scheduledStartAt=ONE)
    other = shop.process()
    assert other.get(f"{EXPERIMENTS}/checkout/assign?userId=u").data["assigned"] is False
    shop.clock.advance(hours=1)

    shop.app.run_schedule()

    assert "variationKey" in other.get(f"{EXPERIMENTS}/checkout/assign?userId=u").data
