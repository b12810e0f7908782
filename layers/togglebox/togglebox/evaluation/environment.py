"""All flags of an environment, decided for one user at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from togglebox.evaluation.context import Context
from togglebox.evaluation.flags import CompiledFlag, Decision, compile_flag
from togglebox.evaluation.hashing import buckets_of


class CompiledEnvironment:
    """The flags of an environment by key, in the order given; made by `compile_environment`, never changed."""

    __slots__ = ("_hashed", "_targeted", "_untargeted", "flags")

    def __init__(self, flags: Iterable[Mapping[str, Any]]) -> None:
        self.flags: Mapping[str, CompiledFlag] = {flag["flagKey"]: compile_flag(flag) for flag in flags}
        every = self.flags.values()
        self._untargeted = {flag.key: flag.untargeted or flag.above for flag in every}
        self._targeted = [flag for flag in every if flag.targeted]
        self._hashed = [flag for flag in every if not flag.targeted and flag.untargeted is None]

    def decide(self, context: Context, keys: Iterable[str] | None = None) -> dict[str, Decision]:
        """
        Return what each flag serves in *context*, by key: all of them, or those of *keys* that there are.

        The decisions are those of `CompiledFlag.decide`; only the hashes are computed together.
        """
        if keys is None:
            decisions, targeted, hashed = dict(self._untargeted), self._targeted, list(self._hashed)
        else:
            targeted = [self.flags[key] for key in keys if key in self.flags]
            decisions, hashed = {}, []
        for flag in targeted:
            decision = flag.decide_without_hash(context)
            if decision is None:
                decision = flag.above
                hashed.append(flag)
            decisions[flag.key] = decision
        for flag, bucket in zip(
            hashed, buckets_of([flag.prefix.state for flag in hashed], context.user_id), strict=True
        ):
            if bucket < flag.threshold:
                decisions[flag.key] = flag.below
        return decisions


def compile_environment(
    flags: Iterable[Mapping[str, Any]],
    segments: Mapping[str, Any] = {},
) -> CompiledEnvironment:
    """Prepare the flags of an environment, given as they stand on the wire. *segments* have no effect yet."""
    del segments
    return CompiledEnvironment(flags)
