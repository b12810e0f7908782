"""What a flag may hold: its fields, their rules and their limits."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Final

from togglebox.errors import Invalid
from togglebox.store.port import Body
from togglebox.targeting.limits import check_sizes, key_size

MAX_VALUE: Final = 10_000
"""Characters of a value."""


class FlagType(StrEnum):
    BOOLEAN = "boolean"
    STRING = "string"
    NUMBER = "number"


def check(key: str, data: Body) -> None:
    """
    Check what is to be stored of a flag.

    Raises:
        LimitExceeded: something is too long, or there is too much of it.
        Invalid: a value is not of the flag's type, or the percentages do not sum to 100; a detail for each.
    """
    values = [(name, len(str(data[name])), MAX_VALUE, "characters") for name in ("valueA", "valueB")]
    check_sizes(key_size("flagKey", key), data, values)
    faults = [
        f"{field}: must be a {data['flagType']}, as flagType says"
        for field in ("valueA", "valueB")
        if not _is_of(data[field], FlagType(data["flagType"]))
    ]
    if abs(data["rolloutPercentageA"] + data["rolloutPercentageB"] - 100) > 1e-9:
        faults.append("rolloutPercentageB: must sum to 100 with rolloutPercentageA")
    if faults:
        raise Invalid(*faults)


def complete(sent: Mapping[str, Any]) -> dict[str, Any]:
    """
    Return the rollout percentages among *sent*, with the one that was left out: both sum to 100.

    Clients set A alone; B says the rest.
    """
    share_a, share_b = sent.get("rolloutPercentageA"), sent.get("rolloutPercentageB")
    if share_a is None and share_b is None:
        return {}
    if share_a is None:
        share_a = _rest(share_b)
    if share_b is None:
        share_b = _rest(share_a)
    return {"rolloutPercentageA": share_a, "rolloutPercentageB": share_b}


def _rest(share: Any) -> int | float:
    rest = round(100 - share, 10)
    return int(rest) if rest == int(rest) else rest


def _is_of(value: Any, flag_type: FlagType) -> bool:
    match flag_type:
        case FlagType.BOOLEAN:
            return isinstance(value, bool)
        case FlagType.STRING:
            return isinstance(value, str)
        case FlagType.NUMBER:
            return isinstance(value, int | float) and not isinstance(value, bool)
