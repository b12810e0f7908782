"""A parameter: one remote config of an environment, in one of its versions."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from togglebox.configs.schemas import check_schema, conform
from togglebox.configs.values import ValueType, typed
from togglebox.journal.record import Head, Stamp
from togglebox.store.port import Body


@dataclass(frozen=True, slots=True)
class Parameter:
    """
    One version of a parameter; *version* counts from 1 in each life of the key and is never used again.

    *active*: this is the version that readers get. *created_by* and *created_at* are the version's.
    """

    platform: str
    environment: str
    key: str
    version: int
    value_type: ValueType
    default_value: str
    description: str | None
    group: str | None
    json_schema: Mapping[str, Any] | None
    created_by: str
    created_at: str
    active: bool
    stamp: Stamp

    @classmethod
    def of(cls, head: Head, names: tuple[str, str], *, active: bool = True) -> Self:
        data = head.data
        return cls(
            platform=names[0],
            environment=names[1],
            key=head.name,
            version=head.number,
            value_type=ValueType(data["valueType"]),
            default_value=data["defaultValue"],
            description=data["description"],
            group=data["parameterGroup"],
            json_schema=data["jsonSchema"],
            created_by=head.change["author"],
            created_at=head.change["at"],
            active=active and not head.deleted,
            stamp=head.stamp,
        )


def value_of(data: Body) -> Any:
    """Return the typed value that a parameter's stored *data* holds."""
    return typed(ValueType(data["valueType"]), data["defaultValue"])


def check(data: Body) -> None:
    """
    Check what is to be stored: the value is one of its type, and conforms to its schema.

    Raises:
        Invalid: a detail for each fault.
    """
    value = value_of(data)
    if data["jsonSchema"] is not None:
        check_schema(data["jsonSchema"])
        conform(value, data["jsonSchema"])
