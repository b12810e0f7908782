"""The lifecycle of an experiment: the table's legal steps, and its refused rest."""

from itertools import product

import pytest

from togglebox.experiments.lifecycle import EDITS, TRANSITIONS, Action, Edit, IllegalTransition, Lifecycle, Status

AT = "2026-03-01T12:00:00.000Z"
BEFORE = "2026-02-01T00:00:00.000Z"
STARTED = Lifecycle(Status.RUNNING, started_at=BEFORE)


@pytest.mark.parametrize(
    ("lifecycle", "action", "reached"),
    [
        (Lifecycle(), Action.START, Lifecycle(Status.RUNNING, started_at=AT)),
        (STARTED, Action.PAUSE, Lifecycle(Status.PAUSED, started_at=BEFORE)),
        (Lifecycle(Status.PAUSED, BEFORE), Action.RESUME, STARTED),
        (STARTED, Action.COMPLETE, Lifecycle(Status.COMPLETED, BEFORE, completed_at=AT)),
        (Lifecycle(Status.PAUSED, BEFORE), Action.COMPLETE, Lifecycle(Status.COMPLETED, BEFORE, AT)),
        (
            Lifecycle(Status.COMPLETED, BEFORE, BEFORE),
            Action.ARCHIVE,
            Lifecycle(Status.ARCHIVED, BEFORE, BEFORE),
        ),
    ],
)
def test_a_legal_step_moves_on_and_stamps_its_time(lifecycle: Lifecycle, action: Action, reached: Lifecycle) -> None:
    assert lifecycle.after(action, at=AT) == reached


@pytest.mark.parametrize(
    ("action", "status"), [pair for pair in product(Action, Status) if pair[1] not in TRANSITIONS[pair[0]]]
)
def test_any_other_step_is_refused(action: Action, status: Status) -> None:
    lifecycle = Lifecycle(status, BEFORE)

    with pytest.raises(IllegalTransition, match=f"^Cannot {action} experiment in {status} status$") as refused:
        lifecycle.after(action, at=AT)

    allowed = [other.value for other in Action if status in TRANSITIONS[other]]
    assert refused.value.details == ({"status": status.value, "allowed": allowed},)


@pytest.mark.parametrize(("edit", "status"), list(product(Edit, Status)))
def test_an_edit_is_allowed_where_the_table_says_so(edit: Edit, status: Status) -> None:
    lifecycle = Lifecycle(status)

    if status in EDITS[edit]:
        lifecycle.check(edit)
    else:
        with pytest.raises(IllegalTransition):
            lifecycle.check(edit)


def test_whatever_is_done_an_experiment_runs_once() -> None:
    """No path of the table leads back to a draft, or from the end to anywhere but the archive."""
    reached = {(before, after) for moves in TRANSITIONS.values() for before, after in moves.items()}

    assert Status.DRAFT not in {after for _, after in reached}
    assert {after for before, after in reached if before is Status.COMPLETED} == {Status.ARCHIVED}
    assert not [before for before, _ in reached if before is Status.ARCHIVED]
