"""
Microseconds for one decision, one assignment, a hundred flags at once: ours beside other engines, in one process.

    bench/evaluate.py [--alone]

The others are installed below .tools at the first run, with the versions named here; --alone leaves them out. What is
compared takes turns, round by round, so that a busy machine slows all alike: read the ratios, not the microseconds.
"""

import json
import subprocess
import sys
import timeit
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from statistics import median
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "layers" / "togglebox"))

from togglebox.evaluation.context import Context  # noqa: E402
from togglebox.evaluation.environment import compile_environment  # noqa: E402
from togglebox.evaluation.experiments import compile_experiment  # noqa: E402
from togglebox.evaluation.flags import compile_flag  # noqa: E402
from togglebox.evaluation.hashing import MASK, prefix_of  # noqa: E402

RIVALS: Final = ROOT / ".tools" / "rivals"
PINS: Final = ("eppo-server-sdk==4.4.1", "flagsmith-flag-engine==11.1.1", "growthbook==4.0.0", "mmh3==5.3.1")
ROUNDS: Final = 40
SECONDS: Final = 0.002
"""For how long a call is repeated in each round."""

USER: Final = "550e8400-e29b-41d4-a716-446655440000"
AT: Final = datetime(2026, 3, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Case:
    """A statement to time, with the names that it uses; *budget* in microseconds, where we promise one."""

    name: str
    statement: str
    names: Mapping[str, Any]
    budget: float | None = None


def main() -> int:
    if "--alone" not in sys.argv and Path(sys.prefix) != RIVALS:
        python = _with_rivals()
        if python is not None:
            return subprocess.run([python, __file__], check=False).returncode
    cases, missing = [*_floors(), *_ours()], []
    for name, rival in (("eppo", _eppo), ("flagsmith", _flagsmith), ("growthbook", _growthbook), ("mmh3", _mmh3)):
        try:
            cases += rival()
        except ImportError:
            missing.append(name)
    _print(_timed(cases))
    if missing:
        print(f"Not there: {', '.join(missing)}.")
    return 0


def _with_rivals() -> Path | None:
    """Return the Python that has them, made if need be, or ``None`` if that fails."""
    python, made = RIVALS / "bin" / "python", RIVALS / ".made"
    if made.is_file() and made.read_text(encoding="utf-8").split() == list(PINS):
        return python
    uv = str(ROOT / "infra" / "tools" / "uv.sh")
    try:
        subprocess.run([uv, "venv", "--quiet", "--clear", "--python", sys.executable, str(RIVALS)], check=True)
        subprocess.run([uv, "pip", "install", "--quiet", "--python", str(python), *PINS], check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        print(f"The other engines cannot be installed, so ours run alone: {error}", file=sys.stderr)
        return None
    made.write_text("\n".join(PINS), encoding="utf-8")
    return python


def _timed(cases: list[Case]) -> Iterator[tuple[Case, float, float]]:
    """Yield each case with the best and the median of its rounds, in microseconds."""
    timers = [timeit.Timer(case.statement, globals=dict(case.names)) for case in cases]
    counts = [max(1, int(SECONDS / (min(timer.repeat(5, 20)) / 20))) for timer in timers]
    rounds = [
        [timer.timeit(count) / count * 1e6 for timer, count in zip(timers, counts, strict=True)] for _ in range(ROUNDS)
    ]
    for number, case in enumerate(cases):
        seen = [each[number] for each in rounds]
        yield case, min(seen), median(seen)


def _print(timed: Iterator[tuple[Case, float, float]]) -> None:
    print(f"Python {sys.version.split()[0]}; µs, best and median of {ROUNDS} rounds; ratio to the plain loop\n")
    print(f"{'':<58} {'best':>7} {'median':>7} {'budget':>7} {'ratio':>7}")
    floor = None
    for case, best, middle in timed:
        floor = floor or best
        budget = "" if case.budget is None else f"{case.budget:g}"
        print(f"{case.name:<58} {best:>7.2f} {middle:>7.2f} {budget:>7} {best / floor:>7.2f}")


def _floors() -> Iterator[Case]:
    def plain(state: int, user: str) -> int:
        for unit in user.encode():
            state = state * 33 ^ unit
        state &= MASK
        state = (state ^ state >> 16) * 0x85EBCA6B & MASK
        state = (state ^ state >> 13) * 0xC2B2AE35 & MASK
        return state ^ state >> 16

    yield Case(
        "floor: the hash alone, as a plain loop",
        "plain(state, user)",
        {"plain": plain, "state": prefix_of("dark-mode").state, "user": USER},
    )


def _ours() -> Iterator[Case]:
    german = {"country": "DE", "serveValue": "A", "languages": [{"language": "de", "serveValue": "A"}]}
    lists = {"countries": [german], "forceIncludeUsers": ["ann"], "forceExcludeUsers": ["bob"]}
    rollout = {"rolloutEnabled": True, "rolloutPercentageA": 50}
    context = Context(USER, "US", "en")
    names: dict[str, Any] = {"Context": Context, "user": USER, "context": context}

    def decided(case: str, asked: Context, budget: float | None = None, **fields: Any) -> Case:
        return Case(f"flag: {case}", "flag.decide(context)", {"flag": _flag(**fields), "context": asked}, budget)

    yield decided("off", context, enabled=False)
    yield decided("forced", Context("ann"), targeting=lists, **rollout)
    yield decided("country and language", Context(USER, "de", "DE"), targeting=lists, **rollout)
    yield decided("rollout, 36 characters", context, 2.5, **rollout)
    yield decided("rollout, 36 characters, behind lists and countries", context, targeting=lists, **rollout)
    yield Case(
        "flag: the same, with making the context",
        'flag.decide(Context(user, "US", "en"))',
        {**names, "flag": _flag(targeting=lists, **rollout)},
    )
    yield decided("rollout, 36 characters of Japanese", Context("\u65e5\u672c\u8a9e" * 12), **rollout)

    for variations in (2, 10):
        yield Case(
            f"experiment: {variations} variations, within its schedule",
            "experiment.assign(context, at)",
            {**names, "at": AT, "experiment": _experiment(variations)},
            3.5,
        )

    flags = [_wire(f"flag-{number}", **rollout) for number in range(100)]
    behind = [{**flag, "targeting": lists} for flag in flags]
    mixed = [
        {**flag, **({}, {"enabled": False}, {"targeting": lists}, {"rolloutEnabled": False})[number % 4]}
        for number, flag in enumerate(flags)
    ]
    for case, given, budget in (
        ("all with a rollout", flags, 50),
        ("a quarter each off, by default, targeted, rolled out", mixed, None),
        ("all with lists, countries and a rollout", behind, None),
    ):
        environment = compile_environment(given)
        yield Case(f"100 flags: {case}", "decide(context)", {**names, "decide": environment.decide}, budget)
    yield Case(
        "100 flags: all with a rollout, one after the other",
        "[flag.decide(context) for flag in flags]",
        {**names, "flags": [compile_flag(flag) for flag in flags]},
    )


def _wire(key: str, **fields: Any) -> dict[str, Any]:
    lists: dict[str, list[Any]] = {"countries": [], "forceIncludeUsers": [], "forceExcludeUsers": []}
    return {"flagKey": key, "enabled": True, "defaultValue": "B", "targeting": lists, **fields}


def _flag(**fields: Any) -> Any:
    return compile_flag(_wire("dark-mode", **fields))


def _experiment(variations: int) -> Any:
    return compile_experiment(
        {
            "experimentKey": "checkout-test",
            "status": "running",
            "scheduledStartAt": "2026-01-01T00:00:00.000Z",
            "scheduledEndAt": "2026-12-31T00:00:00.000Z",
            "variations": [{"key": f"v{number}", "value": number} for number in range(variations)],
            "trafficAllocation": [
                {"variationKey": f"v{number}", "percentage": 100 / variations} for number in range(variations)
            ],
        }
    )


# The others, each with one boolean flag that half of the users get.


def _mmh3() -> list[Case]:
    mmh3 = import_module("mmh3")

    text = f"dark-mode:{USER}"
    return [Case("floor: MurmurHash3 in C (mmh3)", "hashed(text)", {"hashed": mmh3.hash, "text": text})]


def _eppo() -> list[Case]:
    eppo_client = import_module("eppo_client")

    def flag(key: str) -> dict[str, Any]:
        half = [{"salt": key, "ranges": [{"start": 0, "end": 5000}]}]
        splits = [{"variationKey": "on", "shards": half}, {"variationKey": "off", "shards": []}]
        return {
            "key": key,
            "enabled": True,
            "variationType": "BOOLEAN",
            "variations": {"on": {"key": "on", "value": True}, "off": {"key": "off", "value": False}},
            "allocations": [{"key": "half", "rules": [], "splits": splits, "doLog": False}],
            "totalShards": 10000,
        }

    keys = [f"flag-{number}" for number in range(100)]
    configuration = {
        "createdAt": "2026-01-01T00:00:00.000Z",
        "format": "SERVER",
        "environment": {"name": "bench"},
        "flags": {key: flag(key) for key in keys},
    }
    client = eppo_client.init(
        eppo_client.ClientConfig(
            api_key="bench",
            base_url="http://127.0.0.1:9",
            assignment_logger=eppo_client.AssignmentLogger(),
            poll_interval_seconds=None,
            initial_configuration=eppo_client.Configuration(flags_configuration=json.dumps(configuration).encode()),
        )
    )
    ask: Callable[..., bool] = client.get_boolean_assignment
    served = {ask("flag-0", f"user-{number}", {}, False) for number in range(50)}  # noqa: FBT003 (their signature)
    assert served == {True, False}
    names = {"ask": ask, "user": USER, "keys": keys, "nothing": {}}
    return [
        Case("Eppo (Rust): one flag", 'ask("flag-0", user, nothing, False)', names),
        Case("Eppo (Rust): 100 flags", "[ask(key, user, nothing, False) for key in keys]", names),
    ]


def _flagsmith() -> list[Case]:
    decide = import_module("flag_engine.engine").get_evaluation_result

    def context(flags: int, user: str) -> dict[str, Any]:
        variants = [{"value": "on", "weight": 50, "priority": 1}]
        return {
            "environment": {"key": "bench", "name": "bench"},
            "identity": {"identifier": user, "key": f"bench_{user}"},
            "features": {
                f"flag-{number}": {
                    "key": str(number),
                    "name": f"flag-{number}",
                    "enabled": True,
                    "value": "off",
                    "variants": variants,
                }
                for number in range(flags)
            },
        }

    served = {decide(context(1, f"user-{number}"))["flags"]["flag-0"]["value"] for number in range(50)}
    assert served == {"on", "off"}
    return [
        Case(
            f"Flagsmith's engine: {'one flag' if count == 1 else f'{count} flags'}",
            "list(decide(context)['flags'].values())",
            {"decide": decide, "context": context(count, USER)},
        )
        for count in (1, 100)
    ]


def _growthbook() -> list[Case]:
    growthbook = import_module("growthbook").GrowthBook

    keys = [f"flag-{number}" for number in range(100)]
    rules = [{"force": True, "coverage": 0.5, "hashAttribute": "id", "hashVersion": 2}]
    features = {key: {"defaultValue": False, "rules": [{**rules[0], "seed": key}]} for key in keys}
    served = {growthbook(attributes={"id": f"user-{n}"}, features=features).is_on("flag-0") for n in range(50)}
    assert served == {True, False}
    names = {"ask": growthbook(attributes={"id": USER}, features=features).eval_feature, "keys": keys}
    return [
        Case("GrowthBook: one flag", 'ask("flag-0")', names),
        Case("GrowthBook: 100 flags", "[ask(key) for key in keys]", names),
    ]


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        sys.exit(main())
