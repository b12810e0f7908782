"""What a flag decides for a user: the first check that matches wins."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, Literal, NamedTuple

from togglebox.evaluation.context import Context
from togglebox.evaluation.hashing import BUCKETS, buckets_below, hash_of, prefix_of

DISABLED: Final = "Flag is disabled - serving default value"
EXCLUDED: Final = "User is in force exclude list - serving valueB"
INCLUDED: Final = "User is in force include list - serving valueA"
LANGUAGE: Final = "Matched country and language targeting"
COUNTRY: Final = "Matched country targeting"
ROLLOUT: Final = "Assigned via percentage rollout"
DEFAULT: Final = "No targeting matched - serving default value"


class Decision(NamedTuple):
    """What a flag serves: the value, which of its two that is, and the sentence that says why."""

    flag_key: str
    value: bool | float | str
    served_value: Literal["A", "B"]
    reason: str


class CountryTarget(NamedTuple):
    """What a targeted country gets, and what its targeted languages (in capitals) get instead."""

    decision: Decision
    languages: Mapping[str, Decision]


class CompiledFlag:
    """
    A flag, ready to decide; made by `compile_flag`, never changed.

    The few decisions that a flag can take are made beforehand: each is one object for the life of the compiled flag, so
    a caller may keep what it derives from one (a serialised body) beside it.
    """

    __slots__ = (
        "above",
        "below",
        "countries",
        "default",
        "enabled",
        "excluded",
        "included",
        "key",
        "off",
        "on_exclude",
        "on_include",
        "percentage",
        "prefix",
        "rollout",
        "targeted",
        "threshold",
        "untargeted",
    )

    def __init__(self, flag: Mapping[str, Any]) -> None:
        self.key: str = flag["flagKey"]
        values = {"A": flag.get("valueA", True), "B": flag.get("valueB", False)}

        def serve(served: str, reason: str) -> Decision:
            which: Literal["A", "B"] = "A" if served == "A" else "B"
            return Decision(self.key, values[which], which, reason)

        self.enabled = bool(flag.get("enabled", False))
        self.off = serve("B", DISABLED)

        targeting = flag.get("targeting") or {}
        self.excluded = frozenset[str](targeting.get("forceExcludeUsers") or ())
        self.included = frozenset[str](targeting.get("forceIncludeUsers") or ())
        self.on_exclude = serve("B", EXCLUDED)
        self.on_include = serve("A", INCLUDED)
        self.countries: Mapping[str, CountryTarget] = _countries(targeting.get("countries") or (), serve)
        self.targeted = self.enabled and bool(self.excluded or self.included or self.countries)

        self.rollout = bool(flag.get("rolloutEnabled", False))
        self.percentage: float = flag.get("rolloutPercentageA", 100)
        self.threshold = buckets_below(self.percentage)
        self.prefix = prefix_of((flag.get("bucketing") or {}).get("salt", self.key))
        self.below = serve("A", ROLLOUT)
        self.above = serve("B", ROLLOUT)
        self.default = serve(flag.get("defaultValue", "B"), DEFAULT)
        self.untargeted = self._untargeted()

    def decide(self, context: Context) -> Decision:
        """Return what the flag serves in *context*."""
        decision = self.decide_without_hash(context) if self.targeted else self.untargeted
        if decision is not None:
            return decision
        return self.below if hash_of(self.prefix, context.user_id) % BUCKETS < self.threshold else self.above

    def decide_without_hash(self, context: Context) -> Decision | None:
        """Return the decision, or ``None`` if the bucket takes it: `below` if it is below `threshold`, else `above`."""
        if self.targeted:
            if context.user_id in self.excluded:
                return self.on_exclude
            if context.user_id in self.included:
                return self.on_include
            if self.countries and context.country:
                target = self.countries.get(context.country.upper())
                if target is not None:
                    return target.languages.get((context.language or "").upper(), target.decision)
        return self.untargeted

    def _untargeted(self) -> Decision | None:
        """Return the decision for who is not targeted, or ``None`` if it is different for different users."""
        if not self.enabled:
            return self.off
        if not self.rollout:
            return self.default
        return {0: self.above, BUCKETS: self.below}.get(self.threshold)


def compile_flag(flag: Mapping[str, Any]) -> CompiledFlag:
    """
    Prepare a flag, given as it stands on the wire.

    Absent fields have the wire's defaults, unknown ones are ignored. ``bucketing.salt``, where a server has it, is
    hashed instead of the key.

    Raises:
        KeyError: it has no ``flagKey``.
    """
    return CompiledFlag(flag)


def _countries(
    targets: Iterable[Mapping[str, Any]], serve: Callable[[str, str], Decision]
) -> Mapping[str, CountryTarget]:
    countries: dict[str, CountryTarget] = {}
    for target in targets:
        languages: dict[str, Decision] = {}
        for language in target.get("languages") or ():
            languages.setdefault(language["language"].upper(), serve(language["serveValue"], LANGUAGE))
        countries.setdefault(target["country"].upper(), CountryTarget(serve(target["serveValue"], COUNTRY), languages))
    return countries
