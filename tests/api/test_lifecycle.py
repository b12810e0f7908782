"""The lifecycle of experiments through the doors: every legal step, and the whole refused rest of the table."""

from itertools import product
from typing import Any

import pytest

from tests.api.client import Answer, Client
from tests.api.given import EDIT_EXPERIMENTS, EXPERIMENT, EXPERIMENTS, an_action, an_experiment
from tests.api.world import ADMIN, World
from togglebox.experiments.lifecycle import EDITS, TRANSITIONS, Action, Edit, Status

CHECKOUT = f"{EDIT_EXPERIMENTS}/checkout"
TRAFFIC = {"trafficAllocation": [dict(share) for share in reversed(EXPERIMENT["trafficAllocation"])]}

type Step = Action | Edit

STEPS: list[tuple[Step, Status]] = [*product(Action, Status), *product(Edit, Status)]
LEGAL: list[tuple[Step, Status]] = [
    *((action, status) for action, status in product(Action, Status) if status in TRANSITIONS[action]),
    *((edit, status) for edit, status in product(Edit, Status) if status in EDITS[edit]),
]
REFUSED = [step for step in STEPS if step not in LEGAL]

SENTENCES: dict[Step, str] = {
    **{action: f"Cannot {action} experiment in {{}} status" for action in Action},
    Edit.UPDATE: "Cannot update experiment in {} status",
    Edit.TRAFFIC: "Cannot update traffic allocation for experiment in {} status",
    Edit.DELETE: "Cannot delete {} experiment",
}
BUTTONS = {
    "draft": ["start"],
    "running": ["pause", "complete"],
    "paused": ["resume", "complete"],
    "completed": ["archive"],
    "archived": [],
}


def taken(client: Client, step: Step) -> Answer:
    """Take a step with the experiment ``checkout``."""
    match step:
        case Edit.UPDATE:
            return client.put(CHECKOUT, {"name": "Changed"})
        case Edit.TRAFFIC:
            return client.patch(f"{CHECKOUT}/traffic", TRAFFIC)
        case Edit.DELETE:
            return client.delete(CHECKOUT)
        case _:
            return client.post(f"{CHECKOUT}/{step}")


def test_every_step_is_either_legal_or_refused() -> None:
    assert (len(LEGAL), len(REFUSED)) == (14, 26)


@pytest.mark.journey
@pytest.mark.parametrize(("step", "status"), LEGAL)
def test_a_legal_step_is_taken(prod: Client, step: Step, status: Status) -> None:
    an_experiment(prod, status=status)

    answer = taken(prod, step)

    if step is Edit.DELETE:
        assert (answer.status, prod.get(f"{EXPERIMENTS}/checkout").status) == (204, 404)
    else:
        reached = TRANSITIONS[step][status] if isinstance(step, Action) else status
        assert (answer.status, answer.data["status"]) == (200, reached)
        assert prod.get(f"{EXPERIMENTS}/checkout").data == answer.data


@pytest.mark.journey
@pytest.mark.parametrize(("step", "status"), REFUSED)
def test_any_other_step_is_refused_and_changes_nothing(prod: Client, step: Step, status: Status) -> None:
    an_experiment(prod, status=status)
    before = prod.get(f"{EXPERIMENTS}/checkout")

    refused = taken(prod, step)

    assert refused.refusal == (400, "ILLEGAL_TRANSITION", [{"status": status, "allowed": BUTTONS[status]}])
    assert refused.error == SENTENCES[step].format(status)
    assert prod.get(f"{EXPERIMENTS}/checkout").body == before.body
    assert prod.get(f"{EXPERIMENTS}/checkout").etag == before.etag


def test_a_step_keeps_when_the_ones_before_were_taken(shop: World) -> None:
    an_experiment(shop.client)
    for action in ("start", "pause", "resume", "complete", "archive"):
        shop.clock.advance(hours=1)
        an_action(shop.client, action)

    shown = shop.client.get(f"{EXPERIMENTS}/checkout").data

    assert shown["startedAt"] == "2026-03-01T13:00:00.000Z"
    assert shown["completedAt"] == "2026-03-01T16:00:00.000Z"
    assert shown["updatedAt"] == "2026-03-01T17:00:00.000Z"
    assert "winner" not in shown


@pytest.mark.journey
@pytest.mark.parametrize("body", [None, b"", b"  ", {}, {"createdBy": "x"}])
@pytest.mark.parametrize("action", ["start", "complete"])
def test_nothing_has_to_be_said_to_start_or_complete(prod: Client, action: str, body: object) -> None:
    an_experiment(prod, status="draft" if action == "start" else "running")

    assert prod.post(f"{CHECKOUT}/{action}", body).status == 200


@pytest.mark.parametrize("body", [b"null", b"[]", b"1"])
def test_a_body_that_is_sent_is_an_object(prod: Client, body: bytes) -> None:
    an_experiment(prod)

    assert prod.post(f"{CHECKOUT}/start", body).refusal[2] == [": must be an object"]


@pytest.mark.parametrize("email", ["", "ann", "ann@", "@example.com", "a b@c", "a\0@b", 1, "a@" + "b" * 300])
def test_who_acts_is_an_email_address(prod: Client, email: object) -> None:
    an_experiment(prod)

    status, _, (detail,) = prod.post(f"{CHECKOUT}/start", {"startedBy": email}).refusal

    assert (status, detail.partition(":")[0]) == (422, "startedBy")


def told_of(client: Client, field: str) -> list[Any]:
    """Return what the last change did to *field*."""
    last = client.get(f"{CHECKOUT}/history").data[0]
    return [change["after"] for change in last["changes"] if change["field"] == field]


def test_in_an_open_system_the_body_says_who_acts(prod: Client) -> None:
    an_experiment(prod)

    an_action(prod, "start", body={"startedBy": "ann@example.com"})
    assert told_of(prod, "startedBy") == ["ann@example.com"]
    an_action(prod, "complete", body={"completedBy": "bob@example.com"})
    assert told_of(prod, "completedBy") == ["bob@example.com"]


def test_who_is_signed_in_acts_in_their_own_name(shop: World) -> None:
    an_experiment(shop.client)
    shop.caller = ADMIN

    an_action(shop.client, "start", body={"startedBy": "mallory@example.com"})

    assert told_of(shop.client, "startedBy") == [ADMIN.email]
    assert shop.client.get(f"{CHECKOUT}/history").data[0]["author"] == ADMIN.email


@pytest.mark.journey
def test_a_winner_is_one_of_the_variations(prod: Client) -> None:
    an_experiment(prod, status="running")

    refused = prod.post(f"{CHECKOUT}/complete", {"winner": "blue"})
    assert refused.refusal == (400, "REFUSED", [])
    assert refused.error == "Unknown variation key: blue"
    assert prod.get(f"{EXPERIMENTS}/checkout").data["status"] == "running"

    completed = an_action(prod, "complete", body={"winner": "green"})
    assert (completed.data["status"], completed.data["winner"]) == ("completed", "green")


@pytest.mark.journey
@pytest.mark.parametrize(
    "shares", [{"green": 25, "control": 75}, {"control": 33.34, "green": 66.66}, {"control": 0, "green": 100}]
)
def test_traffic_is_shared_anew_while_an_experiment_runs(prod: Client, shares: dict[str, float]) -> None:
    an_experiment(prod, status="running")
    allocation = [{"variationKey": key, "percentage": share} for key, share in shares.items()]

    changed = prod.patch(f"{CHECKOUT}/traffic", {"trafficAllocation": allocation})

    assert changed.data["trafficAllocation"] == allocation
    assert prod.get(f"{CHECKOUT}/history").data[0]["action"] == "traffic"


@pytest.mark.parametrize(
    ("shares", "refusal"),
    [
        ([("control", 50), ("blue", 50)], (400, "REFUSED", [])),
        ([("control", 50), ("green", 40)], (422, "VALIDATION_FAILED", [": Traffic allocation must sum to 100%"])),
        (
            [("control", 50), ("control", 50)],
            (422, "VALIDATION_FAILED", ["trafficAllocation: must name every variation exactly once"]),
        ),
        (
            [("control", 101), ("green", -1)],
            (
                422,
                "VALIDATION_FAILED",
                [
                    "trafficAllocation.0.percentage: must be a number from 0 to 100",
                    "trafficAllocation.1.percentage: must be a number from 0 to 100",
                ],
            ),
        ),
    ],
)
def test_traffic_goes_to_every_variation_once_and_sums_to_100(
    prod: Client, shares: list[tuple[str, float]], refusal: tuple[int, str, list[str]]
) -> None:
    before = an_experiment(prod, status="running")
    allocation = [{"variationKey": key, "percentage": share} for key, share in shares]

    assert prod.patch(f"{CHECKOUT}/traffic", {"trafficAllocation": allocation}).refusal == refusal
    assert prod.get(f"{EXPERIMENTS}/checkout").data == before.data


@pytest.mark.parametrize(("first", "second"), [("pause", "complete"), ("complete", "pause"), ("pause", "pause")])
def test_of_two_who_press_buttons_at_once_one_is_refused(shop: World, first: str, second: str) -> None:
    an_experiment(shop.client, status="running")
    other = shop.process()
    shop.store.meanwhile("put experiments", lambda: an_action(other, first))

    refused = shop.client.post(f"{CHECKOUT}/{second}")

    assert refused.refusal == (409, "CONFLICT", [])
    history = [entry["action"] for entry in shop.client.get(f"{CHECKOUT}/history").data]
    assert history == [first, "start", "create"]


@pytest.mark.journey
def test_who_saw_an_older_version_changes_nothing(prod: Client) -> None:
    seen = {"If-Match": an_experiment(prod).etag}
    an_action(prod, "start")

    for answer in (
        prod.post(f"{CHECKOUT}/pause", None, seen),
        prod.post(f"{CHECKOUT}/complete", None, seen),
        prod.patch(f"{CHECKOUT}/traffic", TRAFFIC, seen),
        prod.delete(CHECKOUT, seen),
    ):
        assert answer.refusal == (412, "PRECONDITION_FAILED", [])
    assert prod.get(f"{EXPERIMENTS}/checkout").data["status"] == "running"
    current = {"If-Match": prod.get(f"{EXPERIMENTS}/checkout").etag}
    assert prod.post(f"{CHECKOUT}/pause", None, current).status == 200
