"""Public reads and decisions over HTTP on SQLite, beside an empty handler in the same server."""

import sys

sys.path[0] += "/.."  # this folder itself would hide the standard library's `http`

import argparse
import os
import platform
import sqlite3
import subprocess
import tempfile
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from importlib.metadata import version

from bench._running import TOGGLEBOX, Load, Running, running

ENVIRONMENT = "/api/v1/platforms/web/environments/production"
BUDGET = 25.0
"""µs of the server's processor time, set where an empty handler took `FLOOR`: other machines compare the multiple."""
FLOOR = 10.6
EVALUATE_BUDGET = 35.0
BULK_BUDGET = 150.0
"""Of a hundred flags; the seed has fewer."""
USER = "userId=550e8400-e29b-41d4-a716-446655440000&country=DE&language=de"
BODY = '{"userId":"550e8400-e29b-41d4-a716-446655440000","country":"DE"}'
IDLE, LOADED = 80, 120
CONNECTIONS = (1, 16, 64)
JUDGED_AT = 16


@dataclass(frozen=True, slots=True)
class Case:
    """A row of the table: what is asked of which server."""

    title: str
    server: Running
    target: str
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    budget: float | None = None
    body: str = ""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=2, help="for each measurement (2)")
    parser.add_argument("--rounds", type=int, default=3, help="of which the one that cost least is shown (3)")
    asked = parser.parse_args()

    print(
        f"granian {version('granian')}, Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, "
        f"{os.cpu_count()} cores; {asked.seconds:g} s each, the best of {asked.rounds}.\n"
        "The load comes from one Python process on the same machine, which is busy at some 40,000 requests a second:\n"
        "rates near that are its own, and latencies include it. Compare with the empty handler, not with other tools.\n"
    )
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        settings = {"DB_TYPE": "sqlite", "SQLITE_FILE": f"{folder}/togglebox.db", "LOG_LEVEL": "info"}
        for command in ("migrate", "seed"):
            subprocess.run([TOGGLEBOX, command], env={**os.environ, **settings}, stdout=subprocess.DEVNULL, check=True)
        empty = stack.enter_context(running([sys.executable, "-m", "bench._empty"]))
        server = stack.enter_context(running([TOGGLEBOX, "serve", "--port"], settings))
        idle = server.megabytes()
        tag = server.get(f"{ENVIRONMENT}/configs/list")["etag"]
        cases = [
            Case("empty handler", empty, "/"),
            Case("configs", server, f"{ENVIRONMENT}/configs", budget=BUDGET),
            Case("configs/list", server, f"{ENVIRONMENT}/configs/list", budget=BUDGET),
            Case(
                "configs/list, 304",
                server,
                f"{ENVIRONMENT}/configs/list",
                status=304,
                headers={"If-None-Match": tag},
                budget=BUDGET,
            ),
            Case("configs/{key}", server, f"{ENVIRONMENT}/configs/welcomeMessage"),
            Case("evaluate", server, f"{ENVIRONMENT}/flags/new-search/evaluate?{USER}", budget=EVALUATE_BUDGET),
            Case("evaluate, bulk", server, f"{ENVIRONMENT}/flags/evaluate", body=BODY, budget=BULK_BUDGET),
            Case("assign", server, f"{ENVIRONMENT}/experiments/checkout-button/assign?{USER}"),
        ]
        measured = measure(cases, seconds=asked.seconds, rounds=asked.rounds)
        loaded = server.megabytes()

    show(cases, measured)
    print(f"\nmemory of the server: {idle:.0f} MB idle (budget {IDLE}), {loaded:.0f} MB loaded (budget {LOADED})")


def measure(cases: list[Case], *, seconds: float, rounds: int) -> dict[tuple[str, int], Load]:
    """Go round all cases so often, so that a busy minute of the machine hits none of them alone."""
    best: dict[tuple[str, int], Load] = {}
    for _ in range(rounds):
        for connections in CONNECTIONS:
            for case in cases:
                load = case.server.load(
                    case.target,
                    connections=connections,
                    seconds=seconds,
                    headers=case.headers,
                    status=case.status,
                    body=case.body,
                )
                key = case.title, connections
                best[key] = min(best.get(key, load), load, key=lambda load: load.cpu)
    return best


def show(cases: list[Case], measured: Mapping[tuple[str, int], Load]) -> None:
    titles = f"{'asked':<18} {'connections':>11} {'req/s':>8} {'p50 ms':>7} {'p99 ms':>7} {'CPU µs':>7} {'x empty':>8}"
    print(f"{titles}  budget")
    for connections in CONNECTIONS:
        floor = measured["empty handler", connections].cpu
        for case in cases:
            load = measured[case.title, connections]
            verdict = ""
            if case.budget is not None and connections == JUDGED_AT:
                multiple = case.budget / FLOOR
                verdict = (
                    f"{case.budget:g} µs: {'kept' if load.cpu <= case.budget else 'over'}; "
                    f"{multiple:.1f} x empty: {'kept' if load.cpu / floor <= multiple else 'over'}"
                )
            print(
                f"{case.title:<18} {connections:>11} {load.rate:>8,.0f} {load.p50:>7.2f} {load.p99:>7.2f} "
                f"{load.cpu:>7.1f} {load.cpu / floor:>8.2f}  {verdict}".rstrip()
            )


if __name__ == "__main__":
    main()
