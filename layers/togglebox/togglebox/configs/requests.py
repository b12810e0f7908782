"""What callers send about parameters."""

import json
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from togglebox.configs.values import ValueType
from togglebox.text import PLAIN, PLAIN_SENTENCE

MAX_SCHEMA: int = 10_000


def _storable(schema: dict[str, Any]) -> dict[str, Any]:
    try:
        text = json.dumps(schema, ensure_ascii=False, allow_nan=False)
        size = len(text.encode())
    except (ValueError, RecursionError):
        raise ValueError("must be plain JSON with finite numbers") from None
    if r"\u0000" in text.replace(r"\\", ""):
        raise ValueError(PLAIN_SENTENCE)
    if size > MAX_SCHEMA:
        raise ValueError(f"must have at most {MAX_SCHEMA:,} bytes; it has {size:,}")
    return schema


type Key = Annotated[str, Field(min_length=1, max_length=256, pattern=r"^[a-zA-Z][a-zA-Z0-9_-]*$")]
type Value = Annotated[str, Field(max_length=10_000, pattern=PLAIN)]
type Description = Annotated[str, Field(max_length=500, pattern=PLAIN)]
type Group = Annotated[str, Field(max_length=100, pattern=PLAIN)]
type Schema = Annotated[dict[str, Any], AfterValidator(_storable)]
"""A JSON Schema of draft 2020-12, at most 10,000 bytes."""


class NewParameter(BaseModel):
    """A parameter to create; `defaultValue` is text, whatever the type."""

    model_config = ConfigDict(
        extra="forbid",
        strict=True,
        alias_generator=to_camel,
        json_schema_extra={
            "examples": [
                {
                    "parameterKey": "free-shipping-from",
                    "valueType": "number",
                    "defaultValue": "49.90",
                    "description": "Orders from this amount on are sent for free",
                    "parameterGroup": "checkout",
                    "jsonSchema": {"type": "number", "minimum": 0},
                }
            ]
        },
    )

    parameter_key: Key
    value_type: ValueType
    default_value: Value
    description: Description | None = None
    parameter_group: Group | None = None
    json_schema: Schema | None = None

    def data(self) -> dict[str, Any]:
        """Return what is stored of it: all fields but the key, by their names on the wire."""
        return self.model_dump(mode="json", by_alias=True, exclude={"parameter_key"})


class ParameterPatch(BaseModel):
    """What is to change of a parameter; what is absent stays, ``null`` clears."""

    model_config = ConfigDict(
        extra="forbid",
        strict=True,
        alias_generator=to_camel,
        json_schema_extra={"examples": [{"defaultValue": "dark", "description": None}]},
    )

    value_type: ValueType = ValueType.STRING
    default_value: Value = ""
    description: Description | None = None
    parameter_group: Group | None = None
    json_schema: Schema | None = None

    def changes(self) -> dict[str, Any]:
        """Return the fields that were sent, by their names on the wire."""
        return self.model_dump(mode="json", by_alias=True, exclude_unset=True)


class Rollback(BaseModel):
    """The version to go back to, in decimal digits."""

    model_config = ConfigDict(
        extra="forbid", strict=True, alias_generator=to_camel, json_schema_extra={"examples": [{"version": "1"}]}
    )

    version: Annotated[str, Field(pattern=r"^[0-9]{1,12}$")]
