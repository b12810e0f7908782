"""What travels, what lies under what, and in which order an import writes it."""

from collections.abc import Mapping, Sequence
from typing import Final

from togglebox.journal.scopes import ROOT
from togglebox.store.catalogue import COLLECTIONS
from togglebox.store.port import Key

LIES_UNDER: Final[Mapping[str, str | None]] = {
    "platforms": ROOT,
    "platform-journal": "platforms",
    "environments": "platforms",
    "environment-journal": "environments",
    "manifests": "platforms",
    "parameters": "environments",
    "parameter-journal": "parameters",
    "flags": "environments",
    "flag-journal": "flags",
    "experiments": "environments",
    "experiment-journal": "experiments",
    "folds": "environments",
    "batches": "environments",
    "totals": "environments",
    "users": None,
    "emails": None,
    "directory": None,
    "account-journal": None,
    "keys": None,
    "key-hashes": None,
}
"""
For each collection that travels, the collection of heads whose ids are its partitions.

``None`` is for what belongs to no platform: it is in the export of a whole store only.
"""

TRAVELS: Final[Sequence[str]] = tuple(name for name, collection in COLLECTIONS.items() if not collection.passing)
"""The collections of an export, in their order."""

FOLDS: Final = "folds"
BATCHES: Final = "batches"
COUNTED: Final[Sequence[str]] = (FOLDS, BATCHES, "totals")
"""How often things were evaluated; read in this order, they fit if the fold's document is the same afterwards."""

ROOT_MANIFEST: Final[Key] = (ROOT, "#")

LAST: Final = frozenset({"platforms", "manifests", FOLDS, BATCHES})
"""What readers find the rest by, and what upkeep sets to work on: written last."""


def below(heads: str) -> Sequence[str]:
    """Return the collections whose partitions are the ids of these *heads*, in the catalogue's order."""
    return tuple(name for name in TRAVELS if LIES_UNDER.get(name) == heads)


def named(collection: str, key: Key) -> str:
    """Return how a sentence names a document: what belongs to no platform may have a key that is nobody's business."""
    if LIES_UNDER.get(collection) is None:
        return f"a document in {collection}"
    return f"{collection} {key[1]!r} (below {key[0]})"
