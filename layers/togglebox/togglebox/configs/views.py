"""What callers see of parameters."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from togglebox.configs.model import Parameter
from togglebox.configs.values import ValueType


@dataclass(frozen=True, slots=True)
class ParameterView:
    """One version of a parameter; `version` is decimal text, `isActive` tells whether readers get this one."""

    platform: str
    environment: str
    parameter_key: str
    value_type: ValueType
    default_value: str
    created_by: str
    version: str
    is_active: bool
    created_at: str
    description: str | None = None
    parameter_group: str | None = None
    json_schema: Mapping[str, Any] | None = None

    @classmethod
    def of(cls, parameter: Parameter) -> Self:
        return cls(
            platform=parameter.platform,
            environment=parameter.environment,
            parameter_key=parameter.key,
            value_type=parameter.value_type,
            default_value=parameter.default_value,
            created_by=parameter.created_by,
            version=str(parameter.version),
            is_active=parameter.active,
            created_at=parameter.created_at,
            description=parameter.description,
            parameter_group=parameter.group,
            json_schema=parameter.json_schema,
        )


@dataclass(frozen=True, slots=True)
class CountView:
    count: int
