"""
Evaluation a second time: slow, literal, one sentence of the rules after the other.

It shares no code with the product, on purpose: where the two disagree, one of them misread the rules.
"""

from collections.abc import Mapping, Sequence
from typing import Any

type Json = Mapping[str, Any]


def units(text: str) -> list[int]:
    """Return a text's UTF-16 code units, from the definition in RFC 2781, section 2.1."""
    found = []
    for character in text:
        code_point = ord(character)
        if code_point < 0x10000:
            found.append(code_point)
        else:
            found.append(0xD800 + (code_point - 0x10000) // 0x400)
            found.append(0xDC00 + (code_point - 0x10000) % 0x400)
    return found


def hashed(key: Sequence[int], user: Sequence[int]) -> int:
    h = 5381
    for unit in [*key, ord(":"), *user]:
        h = ((h * 33) % 2**32) ^ unit
    h = h ^ (h // 2**16)
    h = (h * 0x85EBCA6B) % 2**32
    h = h ^ (h // 2**13)
    h = (h * 0xC2B2AE35) % 2**32
    return h ^ (h // 2**16)


def bucket(key: str, user: str) -> int:
    return hashed(units(key), units(user)) % 10000


def decided(flag: Json, context: Json) -> Json:
    served, reason = _decided(flag, context)
    return {"servedValue": served, "value": flag["value" + served], "reason": reason}


def _decided(flag: Json, context: Json) -> tuple[str, str]:
    targeting = flag["targeting"]
    if not flag["enabled"]:
        return "B", "Flag is disabled - serving default value"
    if context["userId"] in targeting["forceExcludeUsers"]:
        return "B", "User is in force exclude list - serving valueB"
    if context["userId"] in targeting["forceIncludeUsers"]:
        return "A", "User is in force include list - serving valueA"
    country = _first(targeting["countries"], "country", context.get("country"))
    if country is not None:
        language = _first(country.get("languages", []), "language", context.get("language"))
        if language is not None:
            return language["serveValue"], "Matched country and language targeting"
        return country["serveValue"], "Matched country targeting"
    if flag["rolloutEnabled"]:
        percentage = bucket(flag["flagKey"], context["userId"]) / 100
        return "A" if percentage < flag["rolloutPercentageA"] else "B", "Assigned via percentage rollout"
    return flag["defaultValue"], "No targeting matched - serving default value"


def assigned(experiment: Json, context: Json, at: str) -> Json:
    """Return the assignment; times are texts of one form, whose order is that of the times."""
    if not _takes_part(experiment, context, at):
        return {"variationKey": None}
    percentage = bucket(experiment["experimentKey"], context["userId"]) / 100
    variation = _variation(experiment, percentage)
    return {
        "variationKey": variation["key"],
        "value": variation["value"],
        "isControl": variation["isControl"],
        "reason": "Assigned via consistent hash",
    }


def _takes_part(experiment: Json, context: Json, at: str) -> bool:
    targeting = experiment["targeting"]
    if experiment["status"] != "running":
        return False
    if "scheduledStartAt" in experiment and experiment["scheduledStartAt"] > at:
        return False
    if "scheduledEndAt" in experiment and experiment["scheduledEndAt"] < at:
        return False
    if context["userId"] in targeting["forceExcludeUsers"]:
        return False
    if context["userId"] in targeting["forceIncludeUsers"]:
        return True
    if not targeting["countries"]:
        return True
    country = _first(targeting["countries"], "country", context.get("country"))
    if country is None:
        return False
    if not country.get("languages", []):
        return True
    return _first(country["languages"], "language", context.get("language")) is not None


def _variation(experiment: Json, percentage: float) -> Json:
    cumulative = 0.0
    for share in experiment["trafficAllocation"]:
        cumulative += share["percentage"]
        if percentage < cumulative:
            for variation in experiment["variations"]:
                if variation["key"] == share["variationKey"]:
                    found: Json = variation
                    return found
            break
    last: Json = experiment["variations"][-1]
    return last


def _first(entries: Sequence[Json], field: str, code: str | None) -> Json | None:
    for entry in entries:
        if code is not None and entry[field].lower() == code.lower():
            return entry
    return None


LIFECYCLE = """
status     update  traffic  start    pause   resume   complete   archive   delete
draft      yes     yes      running  -       -        -          -         yes
running    -       yes      -        paused  -        completed  -         -
paused     -       yes      -        -       running  completed  -         yes
completed  -       -        -        -       -        -          archived  yes
archived   -       -        -        -       -        -          -         yes
"""


def step(status: str, step: str) -> str:
    """Return what the table says of a step from a status."""
    head, *rows = [line.split() for line in LIFECYCLE.split("\n") if line]
    (row,) = [row for row in rows if row[0] == status]
    return row[head.index(step)]
