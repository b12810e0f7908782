"""Which variation of an experiment a user sees, or why none."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

from togglebox.evaluation.context import Context
from togglebox.evaluation.hashing import BUCKETS, buckets_below, hash_of, prefix_of

ASSIGNED: Final = "Assigned via consistent hash"

NOT_RUNNING: Final = "Experiment is not running"
NOT_STARTED: Final = "Experiment has not started yet"
ENDED: Final = "Experiment has ended"
EXCLUDED: Final = "User is in force exclude list"
NOT_TARGETED: Final = "User is not in the target audience"


class Assignment(NamedTuple):
    """The variation that a user sees. *value* is the experiment's own object: to be read, not changed."""

    experiment_key: str
    variation_key: str
    value: Any
    is_control: bool
    reason: str


class CompiledExperiment:
    """An experiment, ready to assign; made by `compile_experiment`, never changed, and each assignment with it."""

    __slots__ = (
        "allocation",
        "assignments",
        "countries",
        "ends_at",
        "excluded",
        "included",
        "key",
        "prefix",
        "starts_at",
        "status",
        "thresholds",
    )

    def __init__(self, experiment: Mapping[str, Any]) -> None:
        self.key: str = experiment["experimentKey"]
        self.status: str = experiment.get("status", "draft")
        self.starts_at = _instant(experiment.get("scheduledStartAt"))
        self.ends_at = _instant(experiment.get("scheduledEndAt"))

        targeting = experiment.get("targeting") or {}
        self.excluded = frozenset[str](targeting.get("forceExcludeUsers") or ())
        self.included = frozenset[str](targeting.get("forceIncludeUsers") or ())
        self.countries: dict[str, frozenset[str]] = {}
        for target in targeting.get("countries") or ():
            languages = frozenset(language["language"].upper() for language in target.get("languages") or ())
            self.countries.setdefault(target["country"].upper(), languages)

        self.prefix = prefix_of((experiment.get("bucketing") or {}).get("salt", self.key))
        self.allocation = tuple(
            (share["variationKey"], float(share["percentage"])) for share in experiment["trafficAllocation"]
        )
        self.thresholds = _thresholds([percentage for _, percentage in self.allocation])
        self.assignments = _assignments(self.key, experiment["variations"], [key for key, _ in self.allocation])

    def assign(self, context: Context, at: datetime) -> Assignment | None:
        """Return the variation that the user sees at that time, or ``None`` if none: `refusal` says why."""
        if self.refusal(context, at) is not None:
            return None
        return self.assignments[bisect_right(self.thresholds, hash_of(self.prefix, context.user_id) % BUCKETS)]

    def refusal(self, context: Context, at: datetime) -> str | None:
        """Return why the user takes no part at that time (aware), or ``None`` if they do. Not on the wire."""
        if self.status != "running":
            return NOT_RUNNING
        if self.starts_at is not None and at < self.starts_at:
            return NOT_STARTED
        if self.ends_at is not None and at > self.ends_at:
            return ENDED
        if context.user_id in self.excluded:
            return EXCLUDED
        if self.countries and context.user_id not in self.included:
            languages = self.countries.get((context.country or "").upper())
            if languages is None or (languages and (context.language or "").upper() not in languages):
                return NOT_TARGETED
        return None


def compile_experiment(experiment: Mapping[str, Any]) -> CompiledExperiment:
    """
    Prepare an experiment, given as it stands on the wire.

    Unknown fields are ignored. ``bucketing.salt``, where a server has it, is hashed instead of the key. An allocation
    that names no variation, or sums to less than 100, leaves its users to the last variation.

    Raises:
        KeyError, ValueError: it has no ``experimentKey``, no ``variations``, no ``trafficAllocation``, or a time that
            is none.
    """
    return CompiledExperiment(experiment)


def _instant(text: str | None) -> datetime | None:
    if not text:
        return None
    instant = datetime.fromisoformat(text)
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)


def _thresholds(percentages: list[float]) -> list[int]:
    """Return, for each share, the first bucket that is not its own or an earlier one's."""
    thresholds: list[int] = []
    cumulative = 0.0
    for percentage in percentages:
        cumulative += percentage
        thresholds.append(max(buckets_below(cumulative), thresholds[-1] if thresholds else 0))
    return thresholds


def _assignments(key: str, variations: list[Mapping[str, Any]], shares: list[str]) -> tuple[Assignment, ...]:
    """Return the assignment of each share, and behind them that of users whom no share takes."""
    if not variations:
        raise ValueError(f"Experiment {key} has no variations")
    by_key: dict[str, Assignment] = {}
    for variation in variations:
        by_key.setdefault(
            variation["key"],
            Assignment(key, variation["key"], variation.get("value"), bool(variation.get("isControl")), ASSIGNED),
        )
    last = variations[-1]
    fallback = Assignment(key, last["key"], last.get("value"), bool(last.get("isControl")), ASSIGNED)
    return (*(by_key.get(share, fallback) for share in shares), fallback)
