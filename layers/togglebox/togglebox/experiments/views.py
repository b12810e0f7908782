"""What callers see of experiments."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from togglebox.evaluation.experiments import Assignment
from togglebox.experiments.lifecycle import Status
from togglebox.journal.record import Head

type Names = tuple[str, str]
REDACTED_AUTHOR = "system@togglebox.dev"


@dataclass(frozen=True, slots=True)
class ExperimentView:
    """An experiment as it stands."""

    platform: str
    environment: str
    experiment_key: str
    name: str
    hypothesis: str
    status: Status
    variations: Sequence[Mapping[str, Any]]
    control_variation: str
    traffic_allocation: Sequence[Mapping[str, Any]]
    targeting: Mapping[str, Any]
    primary_metric: Mapping[str, Any]
    confidence_level: float
    version: str
    is_active: bool
    created_by: str
    created_at: str
    updated_at: str
    description: str | None = None
    started_at: str | None = None
    completed_at: str | None = None
    scheduled_start_at: str | None = None
    scheduled_end_at: str | None = None
    secondary_metrics: Sequence[Mapping[str, Any]] | None = None
    minimum_detectable_effect: float | None = None
    minimum_sample_size: int | None = None
    winner: str | None = None

    @classmethod
    def of(cls, head: Head, names: Names, *, reduced: bool = False) -> Self:
        data = head.data
        return cls(
            platform=names[0],
            environment=names[1],
            experiment_key=head.name,
            name=data["name"],
            hypothesis="" if reduced else data["hypothesis"],
            status=Status(data["status"]),
            variations=data["variations"],
            control_variation=data["controlVariation"],
            traffic_allocation=data["trafficAllocation"],
            targeting=data["targeting"],
            primary_metric=data["primaryMetric"],
            confidence_level=data["confidenceLevel"],
            version="1.0.0",
            is_active=not head.deleted,
            created_by=REDACTED_AUTHOR if reduced else data["createdBy"],
            created_at=data["createdAt"],
            updated_at=head.change["at"],
            description=data["description"],
            started_at=data["startedAt"],
            completed_at=data["completedAt"],
            scheduled_start_at=data["scheduledStartAt"],
            scheduled_end_at=data["scheduledEndAt"],
            secondary_metrics=data["secondaryMetrics"],
            minimum_detectable_effect=data["minimumDetectableEffect"],
            minimum_sample_size=data["minimumSampleSize"],
            winner=data["winner"],
        )


@dataclass(frozen=True, slots=True)
class AssignmentView:
    """The variation that a user is in."""

    experiment_key: str
    variation_key: str
    value: Any
    is_control: bool
    reason: str


def assignment_view(key: str, assignment: Assignment | None) -> "AssignmentView | NoAssignmentView":
    """Return what callers see of an assignment, or of none."""
    if assignment is None:
        return NoAssignmentView(key)
    return AssignmentView(key, assignment.variation_key, assignment.value, assignment.is_control, assignment.reason)


@dataclass(frozen=True, slots=True)
class NoAssignmentView:
    """The experiment does not take this user, or not now."""

    experiment_key: str
    assigned: bool = False
    reason: str = "User not eligible for experiment"
