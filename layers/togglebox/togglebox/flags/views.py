"""What callers see of flags."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from togglebox.evaluation.explain import FlagExplanation
from togglebox.evaluation.flags import Decision
from togglebox.flags.values import FlagType
from togglebox.flags.versions import text_of
from togglebox.journal.record import Head

type Names = tuple[str, str]
REDACTED_AUTHOR = "system@togglebox.dev"


@dataclass(frozen=True, slots=True)
class FlagView:
    """One version of a flag, in its last state."""

    platform: str
    environment: str
    flag_key: str
    name: str
    enabled: bool
    flag_type: FlagType
    value_a: bool | int | float | str
    value_b: bool | int | float | str
    targeting: Mapping[str, Any]
    default_value: str
    rollout_enabled: bool
    rollout_percentage_a: int | float
    rollout_percentage_b: int | float
    version: str
    is_active: bool
    created_by: str
    created_at: str
    updated_at: str
    description: str | None = None

    @classmethod
    def of(cls, head: Head, names: Names, *, active: bool = True, reduced: bool = False) -> Self:
        data = head.data
        return cls(
            platform=names[0],
            environment=names[1],
            flag_key=head.name,
            name=data["name"],
            enabled=data["enabled"],
            flag_type=FlagType(data["flagType"]),
            value_a=data["valueA"],
            value_b=data["valueB"],
            targeting=data["targeting"],
            default_value=data["defaultValue"],
            rollout_enabled=data["rolloutEnabled"],
            rollout_percentage_a=data["rolloutPercentageA"],
            rollout_percentage_b=data["rolloutPercentageB"],
            version=text_of(data["patch"]),
            is_active=active and not head.deleted,
            created_by=REDACTED_AUTHOR if reduced else head.change["author"],
            created_at=data["createdAt"],
            updated_at=head.change["at"],
            description=data["description"],
        )


@dataclass(frozen=True, slots=True)
class EvaluationView:
    """What a flag serves in one context, and why."""

    flag_key: str
    value: bool | float | str
    served_value: str
    reason: str

    @classmethod
    def of(cls, decision: Decision) -> Self:
        return cls(decision.flag_key, decision.value, decision.served_value, decision.reason)


@dataclass(frozen=True, slots=True)
class CheckView:
    """One check on the way to a decision: its name, what it saw, whether it decided."""

    check: str
    saw: Mapping[str, Any]
    decided: bool


@dataclass(frozen=True, slots=True)
class ExplanationView:
    """What a flag serves in one context, and every check on the way there."""

    evaluation: EvaluationView
    checks: list[CheckView]

    @classmethod
    def of(cls, explanation: FlagExplanation) -> Self:
        return cls(EvaluationView.of(explanation.decision), [CheckView(*check) for check in explanation.checks])
