"""Why a flag or an experiment answers as it does: the checks in their order, what each saw, and which one decided."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from togglebox.evaluation import experiments
from togglebox.evaluation.context import Context
from togglebox.evaluation.experiments import ASSIGNED, Assignment, CompiledExperiment
from togglebox.evaluation.flags import CompiledFlag, Decision
from togglebox.evaluation.hashing import BUCKETS, hash_of


class Check(NamedTuple):
    """One check: its name, what it saw (JSON), and whether it decided. None follows the one that did."""

    check: str
    saw: Mapping[str, Any]
    decided: bool


class FlagExplanation(NamedTuple):
    decision: Decision
    checks: tuple[Check, ...]


class ExperimentExplanation(NamedTuple):
    """*assignment* is ``None`` if the user takes no part; *reason* says why in either case."""

    assignment: Assignment | None
    reason: str
    checks: tuple[Check, ...]


def explain_flag(flag: CompiledFlag, context: Context) -> FlagExplanation:
    """Return what `CompiledFlag.decide` returns, and how it comes about."""
    checks: list[Check] = []
    for check, saw, decision in _flag_checks(flag, context):
        checks.append(Check(check, saw, decided=decision is not None))
        if decision is not None:
            return FlagExplanation(decision, tuple(checks))
    raise AssertionError("the last check decides")


def explain_experiment(experiment: CompiledExperiment, context: Context, at: datetime) -> ExperimentExplanation:
    """
    Return what `CompiledExperiment.assign` and `CompiledExperiment.refusal` return, and how it comes about.

    A user who is forced in is not asked for country and language: those checks are not there.
    """
    checks: list[Check] = []
    for check, saw, refusal in _experiment_checks(experiment, context, at):
        checks.append(Check(check, saw, decided=refusal is not None))
        if refusal is not None:
            return ExperimentExplanation(None, refusal, tuple(checks))
    bucket = hash_of(experiment.prefix, context.user_id) % BUCKETS
    share = sum(threshold <= bucket for threshold in experiment.thresholds)
    assignment = experiment.assignments[share]
    saw = {
        **_place(bucket),
        "trafficAllocation": [
            {"variationKey": key, "percentage": percentage} for key, percentage in experiment.allocation
        ],
        "variationKey": assignment.variation_key,
    }
    return ExperimentExplanation(assignment, ASSIGNED, (*checks, Check("trafficAllocation", saw, decided=True)))


def _flag_checks(flag: CompiledFlag, context: Context) -> Iterator[tuple[str, Mapping[str, Any], Decision | None]]:
    """Yield each check of a flag in its order: its name, what it sees, the decision if it takes one."""
    yield "enabled", {"enabled": flag.enabled}, None if flag.enabled else flag.off

    user = context.user_id
    excluded, included = user in flag.excluded, user in flag.included
    yield "forceExcludeUsers", {"userId": user, "listed": excluded}, flag.on_exclude if excluded else None
    yield "forceIncludeUsers", {"userId": user, "listed": included}, flag.on_include if included else None

    target = flag.countries.get((context.country or "").upper())
    by_language = None if target is None else target.languages.get((context.language or "").upper())
    saw = {"country": context.country, "targeted": target is not None}
    yield "language", {**saw, "language": context.language, "languageTargeted": by_language is not None}, by_language
    yield "country", saw, None if target is None else target.decision

    if flag.rollout:
        bucket = hash_of(flag.prefix, user) % BUCKETS
        rollout = {"rolloutEnabled": True, **_place(bucket), "rolloutPercentageA": flag.percentage}
        yield "rollout", rollout, flag.below if bucket < flag.threshold else flag.above
    yield "rollout", {"rolloutEnabled": False}, None
    yield "defaultValue", {"defaultValue": flag.default.served_value}, flag.default


def _experiment_checks(
    experiment: CompiledExperiment, context: Context, at: datetime
) -> Iterator[tuple[str, Mapping[str, Any], str | None]]:
    """Yield each check of an experiment in its order: its name, what it sees, the reason if it refuses."""
    status, starts_at, ends_at = experiment.status, experiment.starts_at, experiment.ends_at
    early = starts_at is not None and at < starts_at
    late = ends_at is not None and at > ends_at
    yield "status", {"status": status}, None if status == "running" else experiments.NOT_RUNNING
    yield "scheduledStartAt", _times(starts_at, at), experiments.NOT_STARTED if early else None
    yield "scheduledEndAt", _times(ends_at, at), experiments.ENDED if late else None

    user = context.user_id
    excluded, included = user in experiment.excluded, user in experiment.included
    yield "forceExcludeUsers", {"userId": user, "listed": excluded}, experiments.EXCLUDED if excluded else None
    yield "forceIncludeUsers", {"userId": user, "listed": included}, None
    if included or not experiment.countries:
        return

    languages = experiment.countries.get((context.country or "").upper())
    missed = None if languages is not None else experiments.NOT_TARGETED
    yield "country", {"country": context.country, "targeted": languages is not None}, missed
    if languages:
        spoken = (context.language or "").upper() in languages
        saw = {"language": context.language, "languageTargeted": spoken}
        yield "language", saw, None if spoken else experiments.NOT_TARGETED


def _place(bucket: int) -> Mapping[str, Any]:
    return {"bucket": bucket, "percentage": bucket / 100}


def _times(scheduled: datetime | None, at: datetime) -> Mapping[str, Any]:
    return {"scheduled": scheduled and scheduled.isoformat(), "at": at.isoformat()}
