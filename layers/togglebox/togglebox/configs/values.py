"""The values of parameters: stored as text, checked against their type, typed for readers."""

import json
import math
import re
from enum import StrEnum
from typing import Any, Final

from togglebox.errors import Invalid

MAX_DEPTH: Final = 64
"""How deep objects and lists may be nested: readers in any language parse that."""

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


def _document(text: str) -> Any:
    try:
        value = json.loads(text, parse_constant=_refuse)
        if depth_of(value) > MAX_DEPTH:
            raise Invalid(f"defaultValue: must not be nested more than {MAX_DEPTH} levels deep")
        json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
    except (ValueError, RecursionError):
        raise Invalid("defaultValue: must be valid JSON") from None
    return value


def _refuse(constant: str) -> Any:
    raise ValueError(constant)


def depth_of(value: Any) -> int:
    """Return how many levels of objects and lists lie inside *value*."""
    depth, level = 0, [value]
    while level := [
        inner
        for outer in level
        for inner in (outer.values() if isinstance(outer, dict) else outer if isinstance(outer, list) else ())
    ]:
        depth += 1
    return depth
