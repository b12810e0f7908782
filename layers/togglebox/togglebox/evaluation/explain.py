"""Why a flag or an experiment answers as it does: the checks in their order, what each saw, and which one decided."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from togglebox.evaluation.context import Context
from togglebox.evaluation.experiments import Assignment, CompiledExperiment
from togglebox.evaluation.flags import CompiledFlag, Decision


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
    raise NotImplementedError


def explain_experiment(experiment: CompiledExperiment, context: Context, at: datetime) -> ExperimentExplanation:
    """Return what `CompiledExperiment.assign` and `CompiledExperiment.refusal` return, and how it comes about."""
    raise NotImplementedError
