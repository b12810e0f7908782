"""What callers send about experiments."""

import json
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, AwareDatetime, BeforeValidator, Field, PlainSerializer

from togglebox.journal.record import iso
from togglebox.targeting.requests import Key, Letters, Part, Percentage, Sent, Sparse, Text


def _moment(value: Any) -> Any:
    """Take times as text with an offset; strict mode would only take them from JSON as they are."""
    return datetime.fromisoformat(value) if isinstance(value, str) else value


def _finite(value: Any) -> Any:
    try:
        json.dumps(value, allow_nan=False, ensure_ascii=False)
    except (ValueError, RecursionError):
        raise ValueError("must be plain JSON with finite numbers") from None
    return value


type VariationKey = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[a-z][a-z0-9_]*$")]
type Label = Annotated[str, Field(min_length=1, max_length=200)]
type Anything = Annotated[Any, AfterValidator(_finite)]
type Moment = Annotated[
    AwareDatetime,
    BeforeValidator(_moment),
    PlainSerializer(lambda moment: iso(moment.astimezone(UTC)), return_type=str),
]
type Email = Annotated[str, Field(min_length=3, max_length=255, pattern=r"^[^@\s]+@[^@\s]+$")]


class MetricType(StrEnum):
    CONVERSION = "conversion"
    COUNT = "count"
    SUM = "sum"
    AVERAGE = "average"


class Variation(Sparse):
    key: VariationKey
    name: Label
    value: Anything = None
    is_control: bool = False


class Share(Part):
    variation_key: Text
    percentage: Percentage


class Language(Part):
    language: Letters


class Country(Part):
    country: Letters
    languages: list[Language] = Field(default_factory=list)


class Targeting(Part):
    """Who takes part: everybody, or those of the countries named; force lists before that."""

    countries: list[Country] = Field(default_factory=list)
    force_include_users: list[Text] = Field(default_factory=list)
    force_exclude_users: list[Text] = Field(default_factory=list)


class Metric(Sparse):
    id: Label
    name: Label
    event_name: Label
    metric_type: MetricType
    success_direction: Literal["increase", "decrease"]
    value_property: Label | None = None


type Variations = Annotated[list[Variation], Field(min_length=2)]
type Allocation = Annotated[list[Share], Field(min_length=2)]
type Confidence = Annotated[float, Field(ge=0.8, le=0.99)]
type Effect = Annotated[float, Field(ge=0.01, le=1)]
type Sample = Annotated[int, Field(ge=1, le=10**12)]


class NewExperiment(Sent):
    """An experiment to create, as a draft."""

    experiment_key: Key
    name: Text
    hypothesis: Text
    description: str | None = None
    variations: Variations
    control_variation: Text
    traffic_allocation: Allocation
    targeting: Targeting = Targeting()
    primary_metric: Metric
    secondary_metrics: list[Metric] | None = None
    confidence_level: Confidence = 0.95
    minimum_detectable_effect: Effect | None = None
    minimum_sample_size: Sample | None = None
    scheduled_start_at: Moment | None = None
    scheduled_end_at: Moment | None = None

    def data(self) -> dict[str, Any]:
        """Return what is stored of it: all fields but the key, by their names on the wire."""
        return self.model_dump(mode="json", by_alias=True, exclude={"experiment_key"})


class ExperimentPatch(Sent):
    """What is to change of a draft; what is absent stays, ``null`` clears."""

    name: Text = ""
    hypothesis: str = ""
    description: str | None = None
    variations: Variations = Field(default_factory=list)
    control_variation: Text = ""
    traffic_allocation: Allocation = Field(default_factory=list)
    targeting: Targeting = Targeting()
    primary_metric: Metric | None = None
    secondary_metrics: list[Metric] | None = None
    confidence_level: Confidence = 0.95
    minimum_detectable_effect: Effect | None = None
    minimum_sample_size: Sample | None = None
    scheduled_start_at: Moment | None = None
    scheduled_end_at: Moment | None = None


class Traffic(Sent):
    traffic_allocation: Allocation


class Start(Sent):
    started_by: Email | None = None


class Verdict(Sent):
    """How an experiment ends: with the variation that won, if one did."""

    completed_by: Email | None = None
    winner: Text | None = None
