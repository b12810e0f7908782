"""What callers send about flags."""

from typing import Annotated, Any, Literal

from pydantic import Field
from pydantic.alias_generators import to_camel

from togglebox.errors import Invalid
from togglebox.flags.values import FlagType, complete
from togglebox.targeting.requests import Key, Letters, Part, Percentage, Sent, Text

type Value = bool | int | Annotated[float, Field(allow_inf_nan=False)] | str
type Side = Literal["A", "B"]


class LanguageRule(Part):
    language: Letters
    serve_value: Side


class CountryRule(Part):
    country: Letters
    serve_value: Side
    languages: list[LanguageRule] = Field(default_factory=list)


class Targeting(Part):
    """Whom to serve what: the first country that matches decides, force lists before it, exclusion before inclusion."""

    countries: list[CountryRule] = Field(default_factory=list)
    force_include_users: list[Text] = Field(default_factory=list)
    force_exclude_users: list[Text] = Field(default_factory=list)


class NewFlag(Sent):
    """A flag to create; a string or number flag needs both values."""

    flag_key: Key
    name: Text
    description: str | None = None
    enabled: bool = False
    flag_type: FlagType = FlagType.BOOLEAN
    value_a: Value = True
    value_b: Value = False
    targeting: Targeting = Targeting()
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

    name: Text = ""
    description: str | None = None
    enabled: bool = False
    value_a: Value = True
    value_b: Value = False
    targeting: Targeting = Targeting()
    default_value: Side = "B"
    rollout_enabled: bool = False
    rollout_percentage_a: Percentage = 100
    rollout_percentage_b: Percentage = 0


class Toggle(Sent):
    enabled: bool


class Rollout(Sent):
    rollout_enabled: bool = False
    rollout_percentage_a: Percentage = 100
    rollout_percentage_b: Percentage = 0


class FlagRollback(Sent):
    """The version to go back to; `include` names what of the switches comes back too."""

    version: Annotated[str, Field(pattern=r"^1\.0\.(0|[1-9][0-9]{0,8})$")]
    include: list[Literal["enabled", "rollout"]] = Field(default_factory=list)
