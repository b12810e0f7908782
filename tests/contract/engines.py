"""The engines that keep the Store port's promises: a line for each, with what it can do, and in what time."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Final

import pytest
from _pytest.mark import ParameterSet


@dataclass(frozen=True, slots=True)
class Scale:
    """
    How much of the contract an engine does in a fair time, and what it cannot do.

    A race is run by eight writers, each with so many *increments*. A test that is marked to need what an engine is
    *unable* to do runs on all others.
    """

    runs_on: str
    """The server or runtime, by its name in `tests.engines`."""
    keys: int = 2_500
    """How many documents a long list holds."""
    increments: int = 200
    calls_to_tell_new: int = 1
    """How many calls it takes to add documents and learn which of them were there, if some were."""
    unable: AbstractSet[str] = frozenset()


ORDER_BY_BYTES: Final = "order by bytes"
RACES: Final = "races"
PROCESSES: Final = "other processes"
SWEEP: Final = "sweep"
CALLS: Final = "calls to a driver"

_DYNAMODB_LOCAL: Final = Scale("dynamodb", keys=300, increments=10, unable={SWEEP})

ENGINES: Final = {
    "memory": Scale("memory", unable={PROCESSES, SWEEP, CALLS}),
    "sqlite": Scale("sqlite"),
    "postgresql": Scale("postgresql"),
    "postgresql15": Scale("postgresql15"),
    "mysql": Scale("mysql", calls_to_tell_new=2),  # has no RETURNING that all its versions know
    "mariadb10": Scale("mariadb10", calls_to_tell_new=2),
    "mongodb": Scale("mongodb", unable={ORDER_BY_BYTES}),  # mongo-java-server compares strings as UTF-16
    "ferretdb": Scale("ferretdb", keys=300, unable={RACES}),  # loses updates that come at once
    "d1": Scale("d1", keys=250, increments=10, unable={CALLS}),  # the calls are made where no test can count them
    "d1_http": Scale("sqlite", keys=300, increments=10),  # a server of ours plays Cloudflare's API, on SQLite
    "signed_dynamodb": _DYNAMODB_LOCAL,
    "boto3_dynamodb": _DYNAMODB_LOCAL,
}
"""Under the name of each: `conftest` has its recipe in the fixture ``<name>_recipe``."""


def able(needs: AbstractSet[str]) -> list[ParameterSet]:
    """Return, as parameters, the engines that can do all that a test *needs*."""
    return [
        pytest.param(name, marks=pytest.mark.engine(scale.runs_on))
        for name, scale in ENGINES.items()
        if not needs & scale.unable
    ]
