"""
The first call of each built function, over an empty function's in the same runtime: imports, settings, client, work.

The emulator starts the runtime at the first call, so that the call as a whole is what can be measured. It speaks plain
HTTP to an emulated database: on Lambda, making a TLS context comes on top, and the network. Where other work keeps the
machine busy, only the processor's column tells something.
"""

import json
import sys
import time
from argparse import ArgumentParser
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, NamedTuple

ROOT: Final = Path(__file__).resolve().parents[1]
sys.path[0] = str(ROOT)  # this folder itself would hide the standard library's `http`

import routes  # noqa: E402
from infra.examples import example  # noqa: E402
from infra.rendering.events import event_of  # noqa: E402
from infra.rendering.template import function_name  # noqa: E402
from tests.engines.dynamodb import dynamodb_local  # noqa: E402
from tests.engines.lambda_runtime import BUILT, Function, functions, running, seeded  # noqa: E402
from togglebox.edge.aws import is_public  # noqa: E402
from togglebox.edge.endpoint import Endpoint  # noqa: E402

BUDGET: Final = 100.0
"""Milliseconds that a public function that reads may take over an empty one."""


class Start(NamedTuple):
    """What a first call takes, in milliseconds: on the clock, and of the runtime's processor time."""

    clock: float
    processor: float


def main() -> None:
    """Print the table."""
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("functions", nargs="*", help="logical ids; all if none is given")
    parser.add_argument("--runs", type=int, default=5, help="how often each is started; the best counts (5)")
    asked = parser.parse_args()
    chosen = [end for end in routes.ENDPOINTS if not asked.functions or function_name(end.name) in asked.functions]

    starts: dict[str, list[Start]] = {function_name(endpoint.name): [] for endpoint in chosen}
    nothing = []
    with dynamodb_local() as dynamodb, seeded(dynamodb, "bench-") as variables, empty_function() as empty:
        for _ in range(asked.runs):
            nothing.append(first_call(empty, variables, {}))
            for endpoint in sorted(chosen, key=lambda endpoint: endpoint.method == "DELETE"):
                name = function_name(endpoint.name)
                starts[name].append(first_call(functions()[name], variables, event_of(example(endpoint))))
    report(chosen, {name: best(several) for name, several in starts.items()}, best(nothing), asked.runs)


def report(chosen: Sequence[Endpoint], starts: Mapping[str, Start], empty: Start, runs: int) -> None:
    compiled = "with" if any(BUILT.glob("ToggleBoxLayer/python/togglebox/__pycache__/*.pyc")) else "WITHOUT"
    print(
        f"Milliseconds of a first call, best of {runs}, {compiled} .pyc files. "
        f"An empty function: {empty.clock:.0f}, of which {empty.processor:.0f} on the processor."
    )
    print(f"{'function':<22} {'reached by':<12} {'first call':>10} {'over empty':>10} {'processor':>10} {'budget':>7}")
    for endpoint in chosen:
        name = function_name(endpoint.name)
        over = starts[name].clock - empty.clock
        public = is_public(endpoint)
        print(
            f"{name:<22} {'public' if public else 'management':<12} {starts[name].clock:>10.0f} {over:>10.0f} "
            f"{starts[name].processor - empty.processor:>10.0f} {f'{BUDGET:.0f}' if public else '':>7}"
            f"{'  over' if public and over > BUDGET else ''}"
        )


def best(starts: Sequence[Start]) -> Start:
    """Return the smallest of each: what else the machine does can only add to them."""
    return Start(min(start.clock for start in starts), min(start.processor for start in starts))


def first_call(function: Function, variables: Mapping[str, str], event: Mapping[str, Any]) -> Start:
    """Start *function* and return what its first call takes; refusals count as well as answers."""
    with running(function, variables) as started:
        began = time.perf_counter()
        answer = started.invoke(event)
        took = time.perf_counter() - began
        processor = started.processor_time()
    if not isinstance(answer, dict) or answer.get("statusCode", 500) >= 500:
        raise SystemExit(f"{function.name} answered {json.dumps(answer)}")
    return Start(took * 1_000, processor * 1_000)


@contextmanager
def empty_function() -> Iterator[Function]:
    """Give a function that does nothing, with the same layers."""
    with TemporaryDirectory() as folder:
        (Path(folder) / "empty.py").write_text("def handler(event, context):\n    return {'statusCode': 204}\n")
        yield replace(functions()["ListPlatforms"], name="Empty", code=Path(folder), handler="empty.handler")


if __name__ == "__main__":
    main()
