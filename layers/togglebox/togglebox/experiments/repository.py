"""The experiments of the environments, as they are stored and as the public reads them."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from togglebox.errors import Conflict, NotFound, Refused
from togglebox.evaluation.experiments import CompiledExperiment, compile_experiment
from togglebox.experiments import schedule
from togglebox.experiments.lifecycle import Action, Edit, Status
from togglebox.experiments.values import check, check_traffic, lifecycle_of, stored
from togglebox.journal.history import ChangeView, change_between
from togglebox.journal.kinds import EXPERIMENTS
from togglebox.journal.publish import Edit as Begun
from togglebox.journal.publish import Journal
from togglebox.journal.record import Change, Head
from togglebox.snapshot import Shown, Snapshots, View
from togglebox.store.port import Body, StaleWrite

type Names = tuple[str, str]
"""(platform, environment)"""

FIELDS: Final = (
    "name",
    "hypothesis",
    "description",
    "status",
    "variations",
    "controlVariation",
    "trafficAllocation",
    "targeting",
    "primaryMetric",
    "secondaryMetrics",
    "confidenceLevel",
    "minimumDetectableEffect",
    "minimumSampleSize",
    "scheduledStartAt",
    "scheduledEndAt",
    "winner",
    "startedBy",
    "completedBy",
)

ACTORS: Final[Mapping[Action, str]] = {Action.START: "startedBy", Action.COMPLETE: "completedBy"}
"""The field that keeps who did it, as the caller of an open system says."""


class ExperimentExists(Conflict):
    def __init__(self, key: str, names: Names) -> None:
        super().__init__(f"Experiment {key} already exists in {names[0]}/{names[1]}")


class ExperimentNotFound(NotFound):
    def __init__(self) -> None:
        super().__init__("Experiment not found")


class Experiments:
    """The experiments. Every change raises what `Journal.publish` raises, and `NotFound` for an unknown environment."""

    def __init__(self, journal: Journal, snapshots: Snapshots) -> None:
        self._journal = journal
        self._snapshots = snapshots

    def view(self, names: Names, *, max_age: float = 0.0) -> View:
        """Return the snapshot of an environment's experiments; empty if there is no such environment."""
        return self._snapshots.view(names, EXPERIMENTS, max_age=max_age)

    def shown(self, names: Names, key: str, *, max_age: float = 0.0, running: bool = False) -> Shown:
        """
        Return an experiment as the snapshot shows it; *running*: only if it runs.

        Raises:
            ExperimentNotFound: there is none.
        """
        shown = self._snapshots.item(names, EXPERIMENTS, key, max_age=max_age)
        if shown is None or (running and shown.head.data["status"] != Status.RUNNING):
            raise ExperimentNotFound
        return shown

    def compiled(self, names: Names, key: str, *, max_age: float = 0.0) -> CompiledExperiment:
        """
        Return an experiment, ready to assign users; compiled once while the snapshot lasts.

        Raises:
            ExperimentNotFound: there is none.
        """
        view, head = self.shown(names, key, max_age=max_age)
        made = view.rules.get(key)
        if not isinstance(made, CompiledExperiment):
            made = view.rules[key] = compile_experiment({**head.data, "experimentKey": key})
        return made

    def last(self, names: Names, key: str) -> Head:
        """
        Return what was last published under *key*, also the tombstone of a deleted experiment.

        Raises:
            ExperimentNotFound: nothing was.
        """
        head = self._journal.last(names, EXPERIMENTS, key)
        if head is None:
            raise ExperimentNotFound
        return head

    def history(self, head: Head, *, skip: int, limit: int) -> list[ChangeView]:
        """Return up to *limit* changes of the life that *head* is the last of, newest first, leaving out *skip*."""
        states = self._journal.walk(EXPERIMENTS, head, skip=skip, limit=limit + 1)
        return [
            change_between(previous, state, fields=FIELDS, version="1.0.0")
            for state, previous in zip(states, [*states[1:], None], strict=True)
        ][:limit]

    def create(self, names: Names, key: str, sent: Body, change: Change) -> Head:
        """
        Create an experiment as a draft.

        Raises:
            Invalid, LimitExceeded: see `check`.
            ExperimentExists: the key is taken.
        """
        data = {
            **sent,
            "status": Status.DRAFT.value,
            "startedAt": None,
            "completedAt": None,
            "startedBy": None,
            "completedBy": None,
            "winner": None,
            "createdBy": change.author,
            "createdAt": change.at,
            "place": names,
            "bucketing": {"hash": 1, "salt": key, "unit": "userId"},
        }
        check(key, data)
        edit = self._journal.begin(names, EXPERIMENTS, key, change)
        if edit.earlier is not None:
            return edit.earlier
        if edit.living is not None:
            raise ExperimentExists(key, names)
        try:
            return self._journal.publish(edit, schedule.armed(data, at=change.at))
        except StaleWrite:
            raise ExperimentExists(key, names) from None

    def update(self, names: Names, key: str, changes: Mapping[str, Any], change: Change) -> Head:
        """
        Change a draft.

        Raises:
            ExperimentNotFound, IllegalTransition, Invalid, LimitExceeded: see `check`.
        """
        edit = self._begin(names, key, change)
        if edit.earlier is not None:
            return edit.earlier
        head = self._living(edit)
        lifecycle_of(head.data).check(Edit.UPDATE)
        data = {**head.data, **changes}
        check(key, data)
        return self._journal.publish(edit, schedule.armed(data, at=change.at, before=head.data))

    def set_traffic(self, names: Names, key: str, allocation: Sequence[Mapping[str, Any]], change: Change) -> Head:
        """
        Change how users are shared out; each such change is a segment that the analysis tells apart.

        Raises:
            ExperimentNotFound, IllegalTransition, Refused, Invalid: see `check_traffic`.
        """
        edit = self._begin(names, key, change)
        if edit.earlier is not None:
            return edit.earlier
        head = self._living(edit)
        lifecycle_of(head.data).check(Edit.TRAFFIC)
        check_traffic(allocation, [variation["key"] for variation in head.data["variations"]])
        return self._journal.publish(edit, {**head.data, "trafficAllocation": allocation})

    def move(
        self,
        names: Names,
        key: str,
        action: Action,
        change: Change,
        *,
        winner: str | None = None,
        actor: str | None = None,
    ) -> Head:
        """
        Move an experiment on in its lifecycle; *actor* is kept as who started or completed it, else the author is.

        Raises:
            ExperimentNotFound, IllegalTransition: see `TRANSITIONS`.
            Refused: *winner* is none of its variations.
        """
        edit = self._begin(names, key, change)
        if edit.earlier is not None:
            return edit.earlier
        head = self._living(edit)
        moved = lifecycle_of(head.data).after(action, at=change.at)
        if winner is not None and winner not in {variation["key"] for variation in head.data["variations"]}:
            raise Refused(f"Unknown variation key: {winner}")
        data = {**head.data, **stored(moved)}
        if action in ACTORS:
            data[ACTORS[action]] = actor or change.author
        if action is Action.COMPLETE:
            data["winner"] = winner
        return self._journal.publish(edit, schedule.armed(data, at=change.at, before=head.data))

    def delete(self, names: Names, key: str, change: Change) -> None:
        """
        Delete an experiment that does not run.

        Raises:
            ExperimentNotFound, IllegalTransition: it runs.
        """
        edit = self._begin(names, key, change)
        if edit.earlier is None:
            head = self._living(edit)
            lifecycle_of(head.data).check(Edit.DELETE)
            self._journal.publish(edit, head.data, deleted=True)

    def scheduled(self, *, at: str, limit: int) -> Iterator[tuple[Names, Head, Action]]:
        """Yield up to *limit* experiments whose time has come by *at*, and what it is the time for."""
        high = f"{at}$"  # sorts behind what is due at this very time, which goes on with a `#`
        for head in self._journal.listed(EXPERIMENTS, "GSI3", "scheduled", high=high, limit=limit):
            action = schedule.due_action(head.data, at=at)
            if action is not None:
                yield (*head.data["place"],), head, action

    def _begin(self, names: Names, key: str, change: Change) -> Begun:
        edit = self._journal.begin(names, EXPERIMENTS, key, change)
        if edit.earlier is None and edit.living is None:
            raise ExperimentNotFound
        return edit

    def _living(self, edit: Begun) -> Head:
        assert edit.living is not None, "`_begin` has looked"
        return edit.living
