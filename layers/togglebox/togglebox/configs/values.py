"""The values of parameters: stored as text, checked against their type and schema, typed for readers."""

import json
import math
import re
from enum import StrEnum
from typing import Any, Final

from togglebox.errors import Invalid

MAX_DEPTH: Final = 64
NUMBER: Final = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?")
"""A number in JSON's grammar (RFC 8259, section 6)."""

MAX_NUMBER: Final = 400
"""Characters of a number; the longest finite double in full has 309 digits before the point."""


class ValueType(StrEnum):
    STRING = "string"
    NUMBER = "number"
    BOOLEAN = "boolean"
    JSON = "json"


def typed(value_type: ValueType, text: str) -> Any:
    """
    Return what readers get for a value stored as *text*.

    Raises:
        Invalid: the text is no value of that type; the detail names ``defaultValue``.
    """
    match value_type:
        case ValueType.STRING:
            return text
        case ValueType.BOOLEAN:
            if text not in ("true", "false"):
                raise Invalid("defaultValue: must be true or false for a boolean")
            return text == "true"
        case ValueType.NUMBER:
            if len(text) > MAX_NUMBER or not NUMBER.fullmatch(text) or not math.isfinite(float(text)):
                raise Invalid("defaultValue: must be a finite number, as JSON writes it")
            return json.loads(text)
        case ValueType.JSON:
            return _document(text)


def conform(value: Any, schema: dict[str, Any]) -> None:
    """
    Check a typed value against a JSON Schema (draft 2020-12).

    Raises:
        Invalid: it does not conform; a detail for each of the first ten faults.
    """
    from jsonschema import Draft202012Validator
    from referencing.exceptions import Unresolvable

    try:
        faults = sorted(Draft202012Validator(schema).iter_errors(value), key=lambda fault: list(map(str, fault.path)))
    except (re.error, RecursionError, Unresolvable):
        raise Invalid("jsonSchema: holds a pattern or a $ref that cannot be followed") from None
    if faults:
        raise Invalid(*(f"defaultValue: {_where(fault)}{fault.message[:200]}" for fault in faults[:10]))


def check_schema(schema: dict[str, Any]) -> None:
    """
    Check that a parameter's ``jsonSchema`` is a schema of draft 2020-12 which refers to nothing outside itself.

    Raises:
        Invalid: it is not; the detail names ``jsonSchema``.
    """
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import SchemaError

    if any(not reference.startswith("#") for reference in _references(schema)):
        raise Invalid("jsonSchema: $ref may only point into the schema itself")
    try:
        Draft202012Validator.check_schema(schema)
    except SchemaError as fault:
        raise Invalid(f"jsonSchema: {_where(fault)}{fault.message[:200]}") from None


def _document(text: str) -> Any:
    try:
        value = json.loads(text, parse_constant=_refuse)
        if _depth(value) > MAX_DEPTH:
            raise Invalid(f"defaultValue: must not be nested more than {MAX_DEPTH} levels deep")
        json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
    except (ValueError, RecursionError):
        raise Invalid("defaultValue: must be valid JSON") from None
    return value


def _refuse(constant: str) -> Any:
    raise ValueError(constant)


def _depth(value: Any) -> int:
    depth, level = 0, [value]
    while level := [
        inner
        for outer in level
        for inner in (outer.values() if isinstance(outer, dict) else outer if isinstance(outer, list) else ())
    ]:
        depth += 1
    return depth


def _references(schema: Any) -> list[str]:
    if isinstance(schema, dict):
        own = [value for name, value in schema.items() if name in ("$ref", "$dynamicRef") and isinstance(value, str)]
        return own + [reference for value in schema.values() for reference in _references(value)]
    if isinstance(schema, list):
        return [reference for value in schema for reference in _references(value)]
    return []


def _where(fault: Any) -> str:
    path = ".".join(map(str, fault.path))
    return f"{path}: " if path else ""
