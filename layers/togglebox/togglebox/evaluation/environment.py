"""All flags of an environment, decided for one user at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from togglebox.evaluation.context import Context
from togglebox.evaluation.flags import CompiledFlag, Decision, compile_flag
from togglebox.evaluation.hashing import Prefix, buckets_of


class CompiledEnvironment:
    """The flags of an environment by key, in the order given; made by `compile_environment`, never changed."""

    __slots__ = ("flags",)

    def __init__(self, flags: Iterable[Mapping[str, Any]]) -> None:
        self.flags: Mapping[str, CompiledFlag] = {flag["flagKey"]: compile_flag(flag) for flag in flags}

    def decide(self, context: Context, keys: Iterable[str] | None = None) -> dict[str, Decision]:
        """
        Return what each flag serves in *context*, by key: all of them, or those of *keys* that there are.

        The decisions are those of `CompiledFlag.decide`; the hashes are computed together.
        """
        flags = self.flags.values() if keys is None else [self.flags[key] for key in keys if key in self.flags]
        decisions: dict[str, Decision] = {}
        hashed: list[CompiledFlag] = []
        prefixes: list[Prefix] = []
        for flag in flags:
            decision = flag.decide_without_hash(context)
            if decision is None:
                assert flag.prefix is not None
                hashed.append(flag)
                prefixes.append(flag.prefix)
                decision = flag.above  # keeps the place
            decisions[flag.key] = decision
        for flag, bucket in zip(hashed, buckets_of(prefixes, context.user_id), strict=True):
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
