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

    A race is run by *writers* at once, each with so many *increments*: processes of their own, or threads where no
    other process can reach the store. Tests that are marked to need what an engine is *unable* to do run on all others.
    """

    runs_on: str
    """The server or runtime, by its name in `tests.engines`."""
    keys: int = 2_500
    """How many documents a long list holds."""
    writers: int = 8
    increments: int = 200
    processes: bool = True
    unable: AbstractSet[str] = frozenset()


ORDER_BY_BYTES: Final = "order by bytes"
RACES: Final = "races"

_DYNAMODB_LOCAL: Final = Scale("dynamodb", keys=300, increments=10)

ENGINES: Final = {
    "memory": Scale("memory", processes=False),
    "sqlite": Scale("sqlite"),
    "postgresql": Scale("postgresql"),
    "postgresql15": Scale("postgresql15"),
    "mysql": Scale("mysql"),
    "mariadb10": Scale("mariadb10"),
    "mongodb": Scale("mongodb", unable={ORDER_BY_BYTES}),  # mongo-java-server compares strings as UTF-16
    "ferretdb": Scale("ferretdb", keys=300, unable={RACES}),  # loses updates that come at once
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
