"""What callers send about experiments."""

import json
from enum import StrEnum
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field

from togglebox.moment import Moment
from togglebox.targeting.requests import FreeText, Key, Letters, Part, Percentage, Sent, Sparse, Text
from togglebox.text import PLAIN, PLAIN_SENTENCE


def _plain(value: Any) -> Any:
    try:
        text = json.dumps(value, allow_nan=False, ensure_ascii=False)
    except (ValueError, RecursionError):
        raise ValueError("must be plain JSON with finite numbers") from None
    if r"\u0000" in text.replace(r"\\", ""):
        raise ValueError(PLAIN_SENTENCE)
    return value


def _whole(value: Any) -> Any:
    """Take 13.0 for 13, as JSON Schema does: JSON knows one kind of number."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


type VariationKey = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[a-z][a-z0-9_]*$")]
type VariationName = Annotated[str, Field(min_length=1, max_length=100, pattern=PLAIN)]
"""What is meant to be the key of a variation."""
type Label = Annotated[str, Field(min_length=1, max_length=200, pattern=PLAIN)]
type Anything = Annotated[Any, AfterValidator(_plain)]
type Email = Annotated[str, Field(min_length=3, max_length=255, pattern=r"^[^@\s\u0000]+@[^@\s\u0000]+$")]


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
    variation_key: VariationName
    percentage: Percentage


class Language(Part):
    language: Letters


class Country(Part):
    country: Letters
    languages: list[Language] = Field(default_factory=list)


class Audience(Part):
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
type Sample = Annotated[int, Field(ge=1, le=10**12), BeforeValidator(_whole)]


class NewExperiment(Sent):
    """An experiment to create, as a draft."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "experimentKey": "free-returns",
                    "name": "Free returns",
                    "hypothesis": "Who may send it back for free orders more",
                    "variations": [
                        {"key": "control", "name": "As it is", "isControl": True},
                        {"key": "badge", "name": "A badge", "value": {"text": "Free returns", "days": 30}},
                    ],
                    "controlVariation": "control",
                    "trafficAllocation": [
                        {"variationKey": "control", "percentage": 50},
                        {"variationKey": "badge", "percentage": 50},
                    ],
                    "targeting": {"countries": [{"country": "DE", "languages": [{"language": "de"}]}]},
                    "primaryMetric": {
                        "id": "orders",
                        "name": "Orders",
                        "eventName": "order_placed",
                        "metricType": "conversion",
                        "successDirection": "increase",
                    },
                    "scheduledEndAt": "2026-03-01T00:00:00Z",
                }
            ]
        }
    )

    experiment_key: Key
    name: Text
    hypothesis: Text
    description: FreeText | None = None
    variations: Variations
    control_variation: VariationName
    traffic_allocation: Allocation
    targeting: Audience = Audience()
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

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"hypothesis": "Fewer steps, more orders", "scheduledStartAt": "2026-02-01T06:00:00+01:00"}]
        }
    )

    name: Text = ""
    hypothesis: FreeText = ""
    description: FreeText | None = None
    variations: Variations = Field(default_factory=list)
    control_variation: VariationName = ""
    traffic_allocation: Allocation = Field(default_factory=list)
    targeting: Audience = Audience()
    primary_metric: Metric = Field(default_factory=Metric.model_construct)
    secondary_metrics: list[Metric] | None = None
    confidence_level: Confidence = 0.95
    minimum_detectable_effect: Effect | None = None
    minimum_sample_size: Sample | None = None
    scheduled_start_at: Moment | None = None
    scheduled_end_at: Moment | None = None


class Traffic(Sent):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "trafficAllocation": [
                        {"variationKey": "control", "percentage": 20},
                        {"variationKey": "green", "percentage": 80},
                    ]
                }
            ]
        }
    )

    traffic_allocation: Allocation


class Start(Sent):
    """Who starts it, where the network and no account says who calls."""

    MAY_BE_ABSENT: ClassVar = True

    model_config = ConfigDict(json_schema_extra={"examples": [{"startedBy": "ann@example.com"}]})

    started_by: Email | None = None


class Verdict(Sent):
    """How an experiment ends: with the variation that won, if one did."""

    MAY_BE_ABSENT: ClassVar = True

    model_config = ConfigDict(json_schema_extra={"examples": [{"completedBy": "ann@example.com", "winner": "green"}]})

    completed_by: Email | None = None
    winner: VariationName | None = None
