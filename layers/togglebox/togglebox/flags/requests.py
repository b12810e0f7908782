"""What callers send about flags."""

import math
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, ConfigDict, Field, WithJsonSchema
from pydantic.alias_generators import to_camel

from togglebox.errors import Invalid
from togglebox.flags.values import FlagType, complete
from togglebox.targeting.requests import FreeText, Key, Letters, Part, Percentage, Sent, Text
from togglebox.text import PLAIN_SENTENCE


def _scalar(value: Any) -> Any:
    if isinstance(value, str):
        if "\0" in value:
            raise ValueError(PLAIN_SENTENCE)
    elif not isinstance(value, bool | int | float):
        raise ValueError("must be true, false, a number or a string")  # noqa: TRY004  # pydantic's word for a fault
    elif not _is_double(value):
        raise ValueError("must be a number that fits a double (IEEE 754)")
    return value


def _is_double(value: float) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:  # of a whole number, which Python reads at any length
        return False


type Value = Annotated[
    Any,
    AfterValidator(_scalar),
    WithJsonSchema({"anyOf": [{"type": name} for name in ("boolean", "number", "string")]}),
]
type Side = Literal["A", "B"]


class LanguageRule(Part):
    language: Letters
    serve_value: Side


class CountryRule(Part):
    country: Letters
    serve_value: Side
    languages: list[LanguageRule] = Field(default_factory=list)


class FlagTargeting(Part):
    """Whom to serve what: the first country that matches decides, force lists before it, exclusion before inclusion."""

    countries: list[CountryRule] = Field(default_factory=list)
    force_include_users: list[Text] = Field(default_factory=list)
    force_exclude_users: list[Text] = Field(default_factory=list)


class NewFlag(Sent):
    """A flag to create; a string or number flag needs both values."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "flagKey": "delivery-promise",
                    "name": "Delivery promise",
                    "description": "What the product page says about delivery",
                    "enabled": True,
                    "flagType": "string",
                    "valueA": "Tomorrow at your door",
                    "valueB": "Delivered in 2 to 3 days",
                    "targeting": {
                        "countries": [
                            {
                                "country": "DE",
                                "serveValue": "A",
                                "languages": [{"language": "en", "serveValue": "B"}],
                            }
                        ],
                        "forceIncludeUsers": ["tester-1"],
                        "forceExcludeUsers": [],
                    },
                    "defaultValue": "B",
                    "rolloutEnabled": True,
                    "rolloutPercentageA": 12.5,
                    "rolloutPercentageB": 87.5,
                }
            ]
        }
    )

    flag_key: Key
    name: Text
    description: FreeText | None = None
    enabled: bool = False
    flag_type: FlagType = FlagType.BOOLEAN
    value_a: Value = True
    value_b: Value = False
    targeting: FlagTargeting = FlagTargeting()
    default_value: Side = "B"
    rollout_enabled: bool = False
    rollout_percentage_a: Percentage = 100
    rollout_percentage_b: Percentage = 0

    def data(self) -> dict[str, Any]:
        """
        Return what is stored of it: all fields but the key, by their names on the wire.

        Raises:
            Invalid: a string or number flag comes without one of its values.
        """
        if self.flag_type is not FlagType.BOOLEAN:
            missing = [
                f"{to_camel(name)}: Required" for name in ("value_a", "value_b") if name not in self.model_fields_set
            ]
            if missing:
                raise Invalid(*missing)
        sent = complete(self.changes())
        return {**self.model_dump(mode="json", by_alias=True, exclude={"flag_key"}), **sent}


class FlagPatch(Sent):
    """What is to change of a flag; what is absent stays, `targeting` is replaced as a whole."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "description": "One page instead of three steps",
                    "targeting": {"countries": [{"country": "AT", "serveValue": "A"}]},
                }
            ]
        }
    )

    name: Text = ""
    description: FreeText | None = None
    enabled: bool = False
    value_a: Value = True
    value_b: Value = False
    targeting: FlagTargeting = FlagTargeting()
    default_value: Side = "B"
    rollout_enabled: bool = False
    rollout_percentage_a: Percentage = 100
    rollout_percentage_b: Percentage = 0


class Toggle(Sent):
    model_config = ConfigDict(json_schema_extra={"examples": [{"enabled": True}]})

    enabled: bool


class Rollout(Sent):
    """Who gets value A where targeting decides nothing; of two percentages, the one left out is the rest to 100."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"rolloutEnabled": True, "rolloutPercentageA": 25}]})

    rollout_enabled: bool = False
    rollout_percentage_a: Percentage = 100
    rollout_percentage_b: Percentage = 0


class FlagRollback(Sent):
    """The version to go back to; `include` names what of the switches comes back too."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"version": "1.0.0", "include": ["rollout"]}]})

    version: Annotated[str, Field(pattern=r"^1\.0\.(0|[1-9][0-9]{0,8})$")]
    include: list[Literal["enabled", "rollout"]] = Field(default_factory=list)
