"""What travels, what lies under what, and in which order an import writes it."""

from collections.abc import Mapping, Sequence
from typing import Final

from togglebox.journal.scopes import ROOT
from togglebox.store.catalogue import COLLECTIONS
from togglebox.store.port import Key

type Parents = Mapping[str, str | None]

LIES_UNDER: Final[Parents] = {
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
}
"""
For each collection that travels, the collection of heads whose ids are its partitions.

``None`` is for what belongs to no platform: it is in the export of a whole store only.
"""

TRAVELS: Final[Sequence[str]] = tuple(name for name, collection in COLLECTIONS.items() if not collection.passing)
"""The collections of an export, in their order."""

ROOT_MANIFEST: Final[Key] = (ROOT, "#")

VISIBLE: Final = frozenset({"platforms", "manifests"})
"""What makes readers find the rest, and is therefore written last."""


def below(heads: str, parents: Parents = LIES_UNDER) -> Sequence[str]:
    """Return the collections whose partitions are the ids of these *heads*, heads before their journals."""
    return tuple(name for name, parent in parents.items() if parent == heads)


def named(collection: str, key: Key) -> str:
    """Return how a sentence names a document: what belongs to no platform may have a key that is nobody's business."""
    if LIES_UNDER.get(collection) is None:
        return f"a document in {collection}"
    return f"{collection} {key[1]!r} (below {key[0]})"
