"""
Two writers, readers and the upkeep job, in every interleaving, with crashes, lost answers and late writes.

The product's own code runs; `interleavings` stops it at each store call, `publishing` holds the rules. With
``EXHAUSTIVE=1`` in the environment more may go wrong at once, which takes minutes.
"""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import pytest

from tests.domain.interleavings import Explored, Explorer, Process, Scenario
from tests.domain.publishing import (
    LOGO,
    PROD,
    THEME,
    WEB,
    Desk,
    Place,
    Published,
    Times,
    Work,
    brittle,
    quiet,
    reader,
    upkeep,
    world,
    writer,
)
from togglebox.journal.kinds import ENVIRONMENTS, PLATFORMS
from togglebox.journal.record import Change, Head

EXHAUSTIVE: Final = os.environ.get("EXHAUSTIVE") == "1"

TICK: Final = Times(now=(0.0, 70.0, 400.0), clock=(0.0, 2.0, 4.0))
"""A minute passes, and marks expire; snapshots are not read in full all the same, their clock being slow."""

LATER: Final = Times(now=(0.0, 70.0, 400.0), clock=(0.0, 2.0, 70.0))
"""The same, and in the end snapshots are read in full."""


# -- what writers do ---------------------------------------------------------------------------------------------


def create(name: str = "theme") -> Work:
    return lambda desk, change: desk.create(PROD, name, change)


def update(name: str = "theme") -> Work:
    return lambda desk, change: desk.update(PROD, name, change)


def delete(name: str = "theme") -> Work:
    return lambda desk, change: desk.delete(PROD, name, change)


def create_environment(desk: Desk, change: Change) -> Head:
    return desk.create(WEB, "prod", change, ENVIRONMENTS)


def delete_environment(desk: Desk, change: Change) -> Head:
    return desk.delete(WEB, "prod", change, ENVIRONMENTS)


def create_platform(desk: Desk, change: Change) -> Head:
    return desk.create((), "web", change, PLATFORMS)


def delete_platform(desk: Desk, change: Change) -> None:
    desk.platforms.delete("web", change)


# -- what is explored --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Case:
    """
    A scenario, and how much may go wrong in it; *more* than that in an exhaustive run, which *long* ones are kept for.

    *ticks*: a minute passes at some time; only processes that are *held_up* live on after it.
    """

    processes: Callable[[], Sequence[Process]]
    parameters: tuple[str, ...] = ("theme",)
    places: tuple[Place, ...] = (THEME,)
    ticks: bool = False
    held_up: bool = True
    long: bool = False
    away: bool = False
    quiet: tuple[str, ...] = ("platforms", "environments")
    crashes_faults: tuple[int, int] = (0, 0)
    more: tuple[int, int] = (1, 1)
    lenient: frozenset[int] = frozenset()
    counts: bool = True
    lands_beyond: bool = False


CASES: Final = {
    "two updates, a reader": Case(
        lambda: [writer("w1", update()), writer("w2", update()), reader("r")],
        crashes_faults=(1, 0),
        more=(2, 2),
    ),
    "two updates, one fault, a reader": Case(
        lambda: [writer("w1", update()), writer("w2", update()), reader("r", reads=1)],
        crashes_faults=(0, 1),
        more=(2, 1),
    ),
    "two creations, a reader": Case(
        lambda: [writer("w1", create()), writer("w2", create()), reader("r", warm=False)],
        parameters=(),
        crashes_faults=(1, 0),
        more=(2, 1),
    ),
    "an update, a deletion, a reader": Case(
        lambda: [writer("w1", update()), writer("w2", delete()), reader("r")],
        crashes_faults=(1, 0),
        more=(2, 1),
    ),
    "an update, a deletion and a creation, a reader": Case(
        lambda: [writer("w1", update()), writer("w2", delete(), create()), reader("r", reads=1)],
        crashes_faults=(0, 0),
    ),
    "updates of different parameters, a reader": Case(
        lambda: [writer("w1", update()), writer("w2", update("logo")), reader("r")],
        parameters=("theme", "logo"),
        places=(THEME, LOGO),
        crashes_faults=(1, 0),
        more=(2, 1),
    ),
    "updates of different parameters, a reader of one": Case(
        lambda: [writer("w1", update()), writer("w2", update("logo")), reader("r", only="theme", warm=False)],
        parameters=("theme", "logo"),
        places=(THEME, LOGO),
        crashes_faults=(1, 0),
        more=(1, 1),
    ),
    "two updates, two threads of a reader": Case(
        lambda: [writer("w1", update()), writer("w2", update()), reader("r", reads=1, threads=2)],
        more=(1, 0),
        long=True,
    ),
    "an update, two threads of a reader that reads on": Case(
        lambda: [writer("w1", update()), reader("r", reads=2, threads=2)],
        more=(1, 0),
        long=True,
    ),
    "an update, two threads of a reader": Case(
        lambda: [writer("w1", update()), reader("r", reads=1, threads=2)],
        crashes_faults=(1, 1),
        more=(1, 1),
    ),
    "two updates, a database that is away at times, a reader": Case(
        lambda: [writer("w1", update()), writer("w2", update()), reader("r", reads=1)],
        away=True,
        crashes_faults=(0, 1),
        more=(1, 1),
    ),
    "an update that is held up, upkeep, a reader": Case(
        lambda: [writer("w1", update(), times=TICK), reader("r", times=TICK), upkeep(times=TICK, starts=1)],
        ticks=True,
        crashes_faults=(1, 1),
        more=(2, 2),
    ),
    "an update that is held up, another one, upkeep": Case(
        lambda: [
            writer("w1", update(), times=TICK),
            writer("w2", update(), times=TICK, starts=1),
            upkeep(times=TICK, starts=1),
        ],
        ticks=True,
        crashes_faults=(1, 0),
        more=(2, 1),
    ),
    "two updates that are held up, upkeep": Case(
        lambda: [
            writer("w1", update(), times=TICK),
            writer("w2", update(), times=TICK),
            upkeep(times=TICK, starts=1),
        ],
        ticks=True,
        more=(1, 0),
        long=True,
    ),
    "an update that is held up, two runs of upkeep at once": Case(
        lambda: [
            writer("w1", update(), times=TICK),
            upkeep("u1", times=TICK, starts=1),
            upkeep("u2", times=TICK, starts=1),
        ],
        ticks=True,
        crashes_faults=(1, 1),
        more=(2, 1),
    ),
    "an update, the environment's deletion, a reader": Case(
        lambda: [writer("w1", update()), writer("w2", delete_environment), reader("r")],
        quiet=("platforms",),
        crashes_faults=(1, 0),
        more=(2, 1),
    ),
    "a creation, the environment's deletion and creation, a reader": Case(
        lambda: [writer("w1", create()), writer("w2", delete_environment, create_environment), reader("r", warm=False)],
        parameters=(),
        quiet=("platforms",),
        crashes_faults=(1, 0),
    ),
    "the environment's deletion, its creation and what is created in it, a reader": Case(
        lambda: [writer("w1", delete_environment), writer("w2", create_environment, create()), reader("r")],
        quiet=("platforms",),
        crashes_faults=(1, 0),
        more=(1, 1),
    ),
    "an update, the environment's deletion, both held up, upkeep": Case(
        lambda: [
            writer("w1", update(), times=TICK),
            writer("w2", delete_environment, times=TICK),
            upkeep(times=TICK, starts=1),
        ],
        ticks=True,
        quiet=("platforms",),
        more=(1, 0),
        long=True,
    ),
    "an update, the environment's deletion that ends in the middle, upkeep, a reader": Case(
        lambda: [
            writer("w1", update(), times=TICK),
            writer("w2", delete_environment, times=TICK),
            upkeep(times=TICK, starts=1),
            reader("r", reads=1, times=TICK),
        ],
        ticks=True,
        held_up=False,
        quiet=("platforms",),
        crashes_faults=(2, 0),
        more=(2, 1),
    ),
    "the platform's deletion that ends in the middle, upkeep": Case(
        lambda: [writer("w1", delete_platform, times=TICK), upkeep(times=TICK, starts=1)],
        ticks=True,
        held_up=False,
        quiet=(),
        crashes_faults=(2, 1),
        more=(2, 2),
    ),
    "the platform's deletion that ends in the middle, two runs of upkeep at once": Case(
        lambda: [
            writer("w1", delete_platform, times=TICK),
            upkeep("u1", times=TICK, starts=1),
            upkeep("u2", times=TICK, starts=1),
        ],
        ticks=True,
        held_up=False,
        quiet=(),
        more=(1, 0),
        long=True,
    ),
    "the platform's deletion that is held up, upkeep": Case(
        lambda: [writer("w1", delete_platform, times=TICK), upkeep(times=TICK, starts=1)],
        ticks=True,
        quiet=(),
        more=(0, 0),
        long=True,
    ),
    "the environment's deletion, the platform's deletion, upkeep": Case(
        lambda: [
            writer("w1", delete_environment, times=TICK),
            writer("w2", delete_platform, times=TICK),
            upkeep(times=TICK, starts=1),
        ],
        ticks=True,
        held_up=False,
        quiet=(),
        crashes_faults=(1, 0),
        more=(1, 1),
    ),
    "the platform's deletion, its creation and what is created in it, a reader": Case(
        lambda: [
            writer("w1", delete_platform),
            writer("w2", create_platform, create_environment, create()),
            reader("r"),
        ],
        quiet=(),
        more=(1, 0),
    ),
    "an update, repeated with its key, and at once elsewhere": Case(
        lambda: [writer("w1", update(), update(), claim="k"), writer("w2", update(), claim="k")],
        crashes_faults=(1, 0),
        more=(1, 2),
    ),
    "a creation, repeated with its key, and at once elsewhere": Case(
        lambda: [writer("w1", create(), create(), claim="k"), writer("w2", create(), claim="k")],
        parameters=(),
        crashes_faults=(0, 1),
        away=True,
        more=(1, 1),
    ),
    "a deletion with a key, at once elsewhere, and an update": Case(
        lambda: [writer("w1", delete(), claim="k"), writer("w2", delete(), claim="k"), writer("w3", update())],
        more=(0, 0),
        long=True,
    ),
    "the environment's deletion, repeated with its key": Case(
        lambda: [writer("w1", delete_environment, delete_environment, claim="k"), writer("w2", update())],
        quiet=("platforms",),
        crashes_faults=(0, 1),
        more=(1, 1),
    ),
    "the environment's deletion, its creation, threads of a reader that may be behind": Case(
        lambda: [
            writer("w1", delete_environment, create_environment, create()),
            reader("r", threads=2, max_age=1.0, times=Times(clock=(0.0, 5.0))),
        ],
        quiet=("platforms",),
        lenient=frozenset({1}),
        more=(1, 0),
    ),
}


BEYOND: Final = Case(
    lambda: [
        writer("w1", update(), times=LATER),
        upkeep(times=LATER, starts=1),
        reader("r", reads=1, times=LATER),
    ],
    ticks=True,
    crashes_faults=(0, 1),
    counts=False,
    lands_beyond=True,
)
"""A write lands after its mark was resolved, which no database should do to us."""


def explore(case: Case, crashes_faults: tuple[int, int]) -> Explored:
    processes = case.processes()
    store = world(parameters=case.parameters)
    seconds = TICK.now[:-1] if case.ticks else (0.0,)
    rules = Published(case.places, lenient=case.lenient, counts=case.counts)
    scenario = Scenario(
        store,
        processes,
        seconds=seconds,
        crashes=crashes_faults[0],
        faults=crashes_faults[1],
        away=case.away,
        quiet=quiet(*case.quiet),
        brittle=brittle if case.held_up else lambda call: True,
        lands_beyond=case.lands_beyond,
    )
    return Explorer(scenario, rules, rules.past(store, len(processes))).explore()


@pytest.mark.parametrize("title", [title for title, case in CASES.items() if EXHAUSTIVE or not case.long])
def test_no_interleaving_breaks_what_publishing_promises(title: str, covered: dict[str, Explored]) -> None:
    case = CASES[title]

    explored = covered[title] = explore(case, case.more if EXHAUSTIVE else case.crashes_faults)

    assert explored.ends > len(case.processes())


def test_what_lands_after_its_mark_was_resolved_is_seen_once_snapshots_are_read_in_full() -> None:
    assert explore(BEYOND, BEYOND.crashes_faults).ends > 100
