"""The JSON Schemas of parameters (draft 2020-12): checked whole when they are written, and values against them."""

import re
from collections.abc import Iterator, Mapping
from fractions import Fraction
from functools import cache
from graphlib import CycleError, TopologicalSorter
from itertools import islice
from typing import Any, Final

from togglebox.configs.values import MAX_DEPTH, depth_of
from togglebox.errors import Invalid

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
MAX_FAULTS: Final = 10
MAX_FAULT: Final = 300
"""Characters of what is told of one fault."""

BY_NAME: Final = ("$defs", "definitions", "properties", "patternProperties", "dependentSchemas")
IN_LISTS: Final = ("allOf", "anyOf", "oneOf", "prefixItems")
ALONE: Final = (
    "items", "contains", "additionalProperties", "propertyNames", "not", "if", "then", "else",
    "unevaluatedItems", "unevaluatedProperties", "contentSchema",
)  # fmt: skip
"""The keywords that hold further schemas (JSON Schema 2020-12 core, sections 8.2.4, 10 and 11)."""

REFERENCES: Final = ("$ref", "$dynamicRef")


def check_schema(schema: Mapping[str, Any]) -> None:
    """
    Check that a parameter's ``jsonSchema`` is a schema of draft 2020-12 that refers to nothing outside itself.

    Raises:
        Invalid: it is not; the detail names ``jsonSchema``.
    """
    if depth_of(schema) > MAX_DEPTH:
        raise Invalid(f"jsonSchema: must not be nested more than {MAX_DEPTH} levels deep")
    root = _alone(schema)
    _check_form(schema)
    parts = {id(part): part for part in _parts(root)}

    waiting = list(parts.values())
    leads: dict[int, set[int]] = {}
    while waiting:
        part = waiting.pop()
        _check_part(part, root)
        leads[id(part)] = {id(other) for other in _beside(part)}
        for reference in (part[keyword] for keyword in REFERENCES if keyword in part):
            target = _target(root, reference)
            leads[id(part)].add(id(target))
            if isinstance(target, dict) and id(target) not in parts:
                _check_form(target)
                found = {id(part): part for part in _parts(target) if id(part) not in parts}
                parts |= found
                waiting += found.values()
    try:
        TopologicalSorter(leads).prepare()
    except CycleError:
        raise Invalid("jsonSchema: holds a $ref that leads back to itself") from None


def conform(value: Any, schema: Mapping[str, Any]) -> None:
    """
    Check a typed value against a JSON Schema that `check_schema` has let pass.

    Raises:
        Invalid: it does not conform; a detail for each of the first ten faults.
    """
    try:
        faults = list(islice(_validator()(_alone(schema)).iter_errors(value), MAX_FAULTS))
    except RecursionError:
        raise Invalid("jsonSchema: leads too deep for this value") from None
    if faults:
        raise Invalid(*(f"defaultValue: {_told(fault)}" for fault in faults))


def _alone(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return the schema without the name that it has elsewhere, against which references would be resolved."""
    return {keyword: value for keyword, value in schema.items() if keyword not in ("$id", "$schema")}


def _check_form(schema: Mapping[str, Any]) -> None:
    """Check a schema against the metaschema; formats are not part of that."""
    from jsonschema import Draft202012Validator, FormatChecker
    from jsonschema.exceptions import SchemaError

    if schema.get("$schema", DIALECT) != DIALECT:
        raise Invalid(f"jsonSchema: $schema must be {DIALECT}")
    try:
        Draft202012Validator.check_schema(schema, format_checker=FormatChecker(()))
    except SchemaError as fault:
        raise Invalid(f"jsonSchema: {_told(fault)}") from None


def _check_part(part: Mapping[str, Any], root: Mapping[str, Any]) -> None:
    """Check what the metaschema does not: names, and regular expressions."""
    if part is not root and not part.keys().isdisjoint(("$id", "$schema")):
        raise Invalid("jsonSchema: $id and $schema may only stand at the top")
    for pattern in (*([part["pattern"]] if "pattern" in part else ()), *part.get("patternProperties", ())):
        try:
            re.compile(pattern)
        except (re.error, OverflowError, RecursionError):
            raise Invalid(f"jsonSchema: {pattern[:100]!r} is not a regular expression") from None


def _target(root: Mapping[str, Any], reference: str) -> Any:
    """Return the schema that *reference* names."""
    from referencing import Registry
    from referencing.exceptions import Unresolvable
    from referencing.jsonschema import DRAFT202012

    if not reference.startswith("#"):
        raise Invalid("jsonSchema: $ref may only point into the schema itself")
    resource = DRAFT202012.create_resource(root)
    try:
        target: Any = Registry[Any]().resolver_with_root(resource).lookup(reference).contents
    except (Unresolvable, ValueError, TypeError):
        target = None
    if not isinstance(target, dict | bool):
        raise Invalid(f"jsonSchema: {reference[:100]!r} names no schema in it")
    return target


def _parts(schema: Any) -> Iterator[dict[str, Any]]:
    """Yield the schema and those that it holds, as far as they are objects."""
    if not isinstance(schema, dict):
        return
    yield schema
    for keyword, value in schema.items():
        if keyword in BY_NAME:
            inner = list(value.values())
        elif keyword in IN_LISTS:
            inner = value
        elif keyword in ALONE:
            inner = [value]
        else:
            continue
        for part in inner:
            yield from _parts(part)


def _beside(part: Mapping[str, Any]) -> Iterator[Any]:
    """Yield the schemas that *part* applies to the very value that it is applied to itself."""
    for keyword in ("allOf", "anyOf", "oneOf"):
        yield from part.get(keyword, ())
    for keyword in ("not", "if", "then", "else"):
        if keyword in part:
            yield part[keyword]
    yield from part.get("dependentSchemas", {}).values()


@cache
def _validator() -> Any:
    """Return the validator class of the draft, with arithmetic that is exact and never overflows."""
    from jsonschema import Draft202012Validator
    from jsonschema.validators import extend

    return extend(Draft202012Validator, {"multipleOf": _multiple_of})  # type: ignore[no-untyped-call]


def _multiple_of(validator: Any, factor: float, value: Any, schema: Any) -> Iterator[Exception]:
    from jsonschema import ValidationError

    if validator.is_type(value, "number") and Fraction(repr(value)) % Fraction(repr(factor)):
        yield ValidationError(f"{value!r} is not a multiple of {factor!r}")


def _told(fault: Any) -> str:
    path = ".".join(map(str, fault.path))
    told = f"{path}: {fault.message}" if path else str(fault.message)
    return told if len(told) <= MAX_FAULT else told[:MAX_FAULT] + "…"
