"""The kinds of entities that are published: where their heads and journals lie, and how many there may be."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Kind:
    """
    A kind of entity.

    *tier* names it, and its revision in the manifest of the scope that it lies in; *heads* and *journal* are
    collections; *most* is how many live entities one scope may hold, *most_bytes* how large their list may be.
    """

    tier: str
    heads: str
    journal: str
    plural: str
    most: int
    most_bytes: int = 4_000_000


KINDS: Final[Mapping[str, Kind]] = {
    kind.tier: kind
    for kind in (
        Kind("platforms", heads="platforms", journal="platform-journal", plural="platforms", most=10_000),
        Kind("environments", heads="environments", journal="environment-journal", plural="environments", most=1_000),
        Kind("configs", heads="parameters", journal="parameter-journal", plural="parameters", most=2_000),
        Kind("flags", heads="flags", journal="flag-journal", plural="flags", most=2_000),
        Kind("experiments", heads="experiments", journal="experiment-journal", plural="experiments", most=500),
    )
}

PLATFORMS: Final = KINDS["platforms"]
ENVIRONMENTS: Final = KINDS["environments"]
PARAMETERS: Final = KINDS["configs"]
FLAGS: Final = KINDS["flags"]
EXPERIMENTS: Final = KINDS["experiments"]

IN_ENVIRONMENTS: Final = (PARAMETERS, FLAGS, EXPERIMENTS)
"""What lies in an environment, and is swept when it is deleted."""

ACCOUNTS: Final = "account-journal"
"""Where changes to accounts are recorded, which no heads belong to."""
