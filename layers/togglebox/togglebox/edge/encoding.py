"""From views to the wire's JSON: fields in camelCase, an unset one left out."""

from collections.abc import Mapping, Sequence
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import datetime
from typing import Any, Final

from togglebox.journal.record import iso

type Plan = tuple[tuple[str, str, bool], ...]
"""Of a dataclass, for each field: its name, its name on the wire, whether ``None`` is left out."""

_PLANS: dict[type, Plan] = {}
_PLAIN: Final = frozenset({str, int, float, bool, type(None)})


def to_wire(value: Any) -> Any:
    """
    Return *value* (views, and lists and mappings of them) as plain JSON values.

    A field that is ``None`` is left out if ``None`` is its default, else written as ``null``: clients of the wire
    tell absent from null.
    """
    kind = type(value)
    if kind in _PLAIN:
        return value
    plan = _PLANS.get(kind) or (_plan(kind) if is_dataclass(kind) else None)
    if plan is not None:
        found = ((wire, getattr(value, name), optional) for name, wire, optional in plan)
        return {wire: to_wire(inner) for wire, inner, optional in found if not (optional and inner is None)}
    if isinstance(value, str | int | float):
        return value
    if isinstance(value, Mapping):
        return {key: to_wire(inner) for key, inner in value.items()}
    if isinstance(value, Sequence):
        return [to_wire(inner) for inner in value]
    if isinstance(value, datetime):
        return iso(value)
    raise TypeError(f"{type(value).__name__} has no form on the wire")


def camel(name: str) -> str:
    """Return a field's name on the wire: ``created_at`` is ``createdAt``."""
    first, *rest = name.split("_")
    return first + "".join(map(str.capitalize, rest))


def _plan(view: type) -> Plan:
    def entry(field: Field[Any]) -> tuple[str, str, bool]:
        return field.name, camel(field.name), field.default is None and field.default is not MISSING

    plan = _PLANS[view] = tuple(map(entry, fields(view)))
    return plan
