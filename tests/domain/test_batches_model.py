"""
A sender who repeats himself, two folders and a reader, in every interleaving, with crashes and lost answers.

The product's own code runs; `interleavings` stops it at each store call, `counting` holds the rules. An index that lags
needs no scenario of its own: everybody asks it first, so that anything may happen before its answer is used. With
``EXHAUSTIVE=1`` in the environment more may go wrong at once, which takes minutes.
"""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import pytest

from tests.domain.counting import CountedOnce, folder, reader, sender, world
from tests.domain.interleavings import Explored, Explorer, Process, Scenario

EXHAUSTIVE: Final = os.environ.get("EXHAUSTIVE") == "1"


@dataclass(frozen=True, slots=True)
class Case:
    """
    Processes, the batches that are stored before they begin, and how much may go wrong in it.

    An exhaustive run lets *more* go wrong, and has the *long* ones.
    """

    processes: Callable[[], Sequence[Process]]
    stored: tuple[str, ...] = ("first",)
    crashes_faults: tuple[int, int] = (0, 0)
    more: tuple[int, int] = (1, 1)
    long: bool = False


CASES: Final = {
    "counts: two folders": Case(
        lambda: [folder("f1", folds=2), folder("f2", folds=2)],
        stored=("first", "second"),
        crashes_faults=(1, 1),
        more=(2, 2),
    ),
    "counts: a batch sent again, two folders": Case(
        lambda: [sender("s", "second", "second", "first"), folder("f1"), folder("f2", folds=2)],
        crashes_faults=(1, 0),
        more=(2, 1),
    ),
    "counts: a batch sent by two, two folders": Case(
        lambda: [sender("s1", "second"), sender("s2", "second"), folder("f1"), folder("f2")],
        more=(1, 1),
    ),
    "counts: two folders, a reader": Case(
        lambda: [folder("f1"), folder("f2"), reader("r")],
        stored=("first", "second"),
        crashes_faults=(1, 0),
        more=(2, 1),
    ),
    "counts: one batch a fold, two folders, a reader": Case(
        lambda: [folder("f1", folds=2, limit=1), folder("f2", limit=1), reader("r")],
        stored=("first", "third"),
        crashes_faults=(0, 0),
        more=(1, 1),
    ),
    "counts: a batch sent again, a folder, a reader that reads on": Case(
        lambda: [sender("s", "second", "second"), folder("f1", folds=2), reader("r", reads=2)],
        crashes_faults=(0, 1),
        more=(1, 1),
    ),
    "counts: a batch sent again, two folders, a reader": Case(
        lambda: [sender("s", "second", "second"), folder("f1"), folder("f2"), reader("r")],
        more=(1, 0),
        long=True,
    ),
}


def explore(case: Case, crashes_faults: tuple[int, int]) -> Explored:
    crashes, faults = crashes_faults
    scenario = Scenario(world(*case.stored), case.processes(), seconds=(0.0,), crashes=crashes, faults=faults)
    rules = CountedOnce()
    return Explorer(scenario, rules, rules.past(*case.stored)).explore()


@pytest.mark.parametrize("title", [title for title, case in CASES.items() if EXHAUSTIVE or not case.long])
def test_no_interleaving_counts_a_batch_other_than_once(title: str, covered: dict[str, Explored]) -> None:
    case = CASES[title]

    explored = covered[title] = explore(case, case.more if EXHAUSTIVE else case.crashes_faults)

    assert explored.ends > len(case.processes())
