"""What a schedule will do, by what was written when."""

from typing import Any

import pytest

from togglebox.experiments.schedule import armed, due_action

NOON = "2026-03-01T12:00:00.000Z"
ONE = "2026-03-01T13:00:00.000Z"
TWO = "2026-03-01T14:00:00.000Z"


def written(status: str = "draft", start: str | None = None, end: str | None = None) -> dict[str, Any]:
    return {"status": status, "scheduledStartAt": start, "scheduledEndAt": end}


@pytest.mark.parametrize(
    ("data", "arms", "due"),
    [
        (written(), [], None),
        (written(start=ONE), ["start"], ONE),
        (written(start=NOON), [], None),
        (written(start=ONE, end=TWO), ["start", "complete"], ONE),
        (written(end=TWO), ["complete"], None),
        (written("running", start=ONE, end=TWO), ["start", "complete"], TWO),
        (written("paused", end=TWO), ["complete"], TWO),
        (written("completed", end=TWO), ["complete"], None),
    ],
)
def test_a_time_that_lies_ahead_is_armed_and_due_if_the_status_allows_it(
    data: dict[str, Any], arms: list[str], due: str | None
) -> None:
    after = armed(data, at=NOON)

    assert after == {**data, "arms": arms, "due": due}


def test_a_time_that_stays_keeps_what_it_has() -> None:
    ahead = armed(written(start=ONE), at=NOON)
    behind = armed(written(start=NOON), at=ONE)

    assert armed({**ahead, "name": "n"}, at=TWO, before=ahead)["arms"] == ["start"]
    assert armed({**behind, "name": "n"}, at=TWO, before=behind)["arms"] == []


def test_a_time_that_is_written_anew_is_armed_anew() -> None:
    before = armed(written(start=ONE), at=NOON)

    assert armed({**before, "scheduledStartAt": None}, at=NOON, before=before)["due"] is None
    assert armed({**before, "scheduledStartAt": TWO}, at=NOON, before=before)["due"] == TWO
    assert armed({**before, "scheduledStartAt": ONE}, at=TWO, before=armed(written(start=TWO), at=NOON))["arms"] == []


@pytest.mark.parametrize(
    ("status", "at", "action"),
    [
        ("draft", "2026-03-01T12:59:59.999Z", None),
        ("draft", ONE, "start"),
        ("draft", TWO, "start"),
        ("running", ONE, None),
        ("running", TWO, "complete"),
        ("paused", TWO, "complete"),
        ("completed", TWO, None),
        ("archived", TWO, None),
    ],
)
def test_an_armed_time_moves_what_its_step_is_legal_for(status: str, at: str, action: str | None) -> None:
    data = armed(written(status, start=ONE, end=TWO), at=NOON)

    assert due_action(data, at=at) == action
