"""
Replay the vectors through togglebox.evaluation, alone: `python -I replay.py <layer's folder> <folder of vectors>`.

Prints what was answered otherwise than the vectors say, a line each, then how many answers there were. Nothing but the
standard library and that package is imported, so that any Python from 3.11 on can run it.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any


def main(layer: str, vectors: str) -> int:
    sys.path.insert(0, layer)
    answers = wrong = 0
    for name, replay in (
        ("hash", hashes),
        ("reference", reference),
        ("rollout", rollouts),
        ("targeting", decisions),
        ("assignment", assignments),
    ):
        for expected, actual in replay(json.loads(Path(vectors, f"{name}.json").read_text(encoding="utf-8"))):
            answers += 1
            if actual != expected:
                wrong += 1
                print(f"{name}: {expected} was answered by {actual}")
    print(
        f"{answers} answers, {wrong} wrong, {len(strangers())} packages besides: {' '.join(strangers())}".rstrip(": ")
    )
    return 1 if wrong else 0


def hashes(file: Any) -> Iterator[tuple[Any, Any]]:
    from togglebox.evaluation.hashing import BUCKETS, buckets_of, hash_of, prefix_of

    for case in file["cases"]:
        user = case["userId"] if "userId" in case else "".join(map(chr, case["userIdUnits"]))
        prefix = prefix_of(case["key"])
        hashed = hash_of(prefix, user)
        expected = case["hash"], case["bucket"], [case["bucket"], case["bucket"]]
        yield expected, (hashed, hashed % BUCKETS, buckets_of([prefix.state, prefix.state], user))


def reference(file: Any) -> Iterator[tuple[Any, Any]]:
    return hashes({"cases": file["hash"]})


def rollouts(file: Any) -> Iterator[tuple[Any, Any]]:
    from togglebox.evaluation.context import Context
    from togglebox.evaluation.flags import compile_flag

    for case in file["cases"]:
        flag = compile_flag({"rolloutEnabled": True, "enabled": True, **case})
        yield case["servedValue"], flag.decide(Context(case["userId"])).served_value


def decisions(file: Any) -> Iterator[tuple[Any, Any]]:
    from togglebox.evaluation.context import Context
    from togglebox.evaluation.environment import compile_environment
    from togglebox.evaluation.explain import explain_flag
    from togglebox.evaluation.flags import compile_flag

    everything = compile_environment(case["flag"] for case in file["cases"])
    for case in file["cases"]:
        flag = compile_flag(case["flag"])
        for expected in case["decisions"]:
            asked = expected["context"]
            context = Context(asked["userId"], asked.get("country"), asked.get("language"))
            key = case["flag"]["flagKey"]
            decision = key, expected["value"], expected["servedValue"], expected["reason"]
            yield decision, tuple(flag.decide(context))
            yield decision, tuple(everything.decide(context)[key])
            yield decision, tuple(explain_flag(flag, context).decision)


def assignments(file: Any) -> Iterator[tuple[Any, Any]]:
    from togglebox.evaluation.context import Context
    from togglebox.evaluation.experiments import compile_experiment
    from togglebox.evaluation.explain import explain_experiment

    for case in file["cases"]:
        experiment = compile_experiment(case["experiment"])
        for expected in case["assignments"]:
            asked, at = expected["context"], datetime.fromisoformat(expected["at"])
            context = Context(asked["userId"], asked.get("country"), asked.get("language"))
            fields = ("variationKey", "value", "isControl", "reason")
            assignment = (
                None
                if expected["variationKey"] is None
                else (case["experiment"]["experimentKey"], *(expected[field] for field in fields))
            )
            yield assignment, experiment.assign(context, at)
            yield assignment, explain_experiment(experiment, context, at).assignment


def strangers() -> list[str]:
    """Return the packages that are loaded and neither Python's nor this one."""
    roots = {name.partition(".")[0] for name in sys.modules}
    return sorted(roots - sys.stdlib_module_names - {"__main__", "togglebox"})


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
