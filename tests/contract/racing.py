"""What the processes of a race do: each opens the store by itself, and begins when all are ready."""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from multiprocessing.synchronize import Barrier
from time import time

from tests.contract.catalogue import CONTRACT
from tests.contract.recipes import Recipe
from togglebox.store.port import ABSENT, Document, Key, StaleWrite, Store

PATIENCE = 60.0
"""How many seconds a process waits for the others to be ready."""
MOST_TRIES = 10_000

_ready: list[Barrier] = []


def processes(count: int) -> ProcessPoolExecutor:
    """Return so many processes, each of which does one thing at a time in the races to come."""
    context = get_context("spawn")
    return ProcessPoolExecutor(count, mp_context=context, initializer=_ready.append, initargs=(context.Barrier(count),))


def race[Found](
    pool: ProcessPoolExecutor, recipe: Recipe, count: int, work: Callable[[Store, int], Found]
) -> list[Found]:
    """Let *count* processes do their *work* at once, which is told the number of each; return what each found."""
    runs = [pool.submit(_run, recipe, work, number) for number in range(count)]
    found = [run.result() for run in runs]
    assert len({process for process, _ in found}) == count
    return [what for _, what in found]


def _run[Found](recipe: Recipe, work: Callable[[Store, int], Found], number: int) -> tuple[int, Found]:
    with recipe.opened(CONTRACT, time) as store:
        _ready[0].wait(PATIENCE)
        return os.getpid(), work(store, number)
