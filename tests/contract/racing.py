"""Races: threads, or processes each of which opens the store by itself, that begin when all are ready."""

import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from multiprocessing.synchronize import Barrier
from time import time

from tests.contract.catalogue import CONTRACT
from tests.contract.recipes import Recipe
from togglebox.store.port import NoAnswer, Store, StoreUnavailable

RACERS = 8
PATIENCE = 60.0
"""How many seconds a racer waits for the others to be ready."""

type Work[Found] = Callable[[Store, int], Found]
"""What a racer does with the store, and returns; it is told its number, from 0."""


def at_once[Found](count: int, work: Callable[[int], Found]) -> list[Found]:
    """Let *count* threads do their *work*, which is told the number of each; return what each found."""
    start = threading.Barrier(count)

    def run(number: int) -> Found:
        start.wait(PATIENCE)
        return work(number)

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))


def insist[Found](call: Callable[..., Found], *arguments: object, **options: object) -> Found:
    """
    Do the call, again where an engine under load turns it away: which says that nothing was written.

    A write without an answer is not repeated.
    """
    for _ in range(20):
        try:
            return call(*arguments, **options)
        except NoAnswer:
            raise
        except StoreUnavailable:
            continue
    return call(*arguments, **options)


class Processes:
    """Eight processes, started once: they race on one engine after the other."""

    def __init__(self, pool: ProcessPoolExecutor, start: Barrier) -> None:
        self._pool = pool
        self._start = start

    def race[Found](self, recipe: Recipe, work: Work[Found]) -> list[Found]:
        """Let each process do its *work*, which can be pickled; return what each found."""
        self._start.reset()
        runs = [self._pool.submit(_run, recipe, work, number) for number in range(RACERS)]
        found = [run.result() for run in runs]
        assert len({process for process, _ in found}) == RACERS
        return [what for _, what in found]


@contextmanager
def processes() -> Iterator[Processes]:
    context = get_context("spawn")  # whatever threads and connections this process has, the others do not
    start = context.Barrier(RACERS)
    with ProcessPoolExecutor(RACERS, mp_context=context, initializer=_prepare, initargs=(start,)) as pool:
        yield Processes(pool, start)


_start: Barrier | None = None


def _prepare(start: Barrier) -> None:
    global _start  # noqa: PLW0603  # a barrier reaches another process only when that begins
    _start = start


def _run[Found](recipe: Recipe, work: Work[Found], number: int) -> tuple[int, Found]:
    assert _start is not None
    try:
        with recipe.opened(CONTRACT, time) as store:
            _start.wait(PATIENCE)
            return os.getpid(), work(store, number)
    except BaseException:
        _start.abort()
        raise
