"""The catalogue: ten tables, the collections that lie in them, their indexes and their time to live."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from togglebox.store.port import Body, Key

type IndexKeys = Callable[[Key, Body], Key | None]
"""Where an index lists a document: (partition, sort), or ``None`` for not at all."""

INDEXES: Final = ("GSI1", "GSI2", "GSI3")
"""The named indexes that every table has; a collection uses those that it declares."""

TABLES: Final = (
    "users",
    "api-keys",
    "password-resets",
    "platforms",
    "environments",
    "configs",
    "remote-configs",
    "flags",
    "experiments",
    "stats",
)
"""Base names; engines prefix them with ``togglebox-`` and the deployment's own prefix."""

TABLES_WITH_TTL: Final = frozenset({"password-resets", "environments", "stats"})


@dataclass(frozen=True, slots=True)
class Collection:
    """
    Documents of one sort, and the table that they share with others.

    In the table, partitions are spelled ``<collection>#<partition>`` (also those of the indexes), so that
    collections never meet.
    """

    name: str
    table: str
    indexes: Mapping[str, IndexKeys] = field(default_factory=dict)
    ttl: bool = False


def by_time(key: Key, body: Body) -> Key:
    """List a journal entry under the month of its change: the audit reads newest first, month by month."""
    at: str = body["change"]["at"]
    return at[:7], f"{at}#{key[0]}#{key[1]}"


def by_deletion(key: Key, body: Body) -> Key | None:
    """List a head only once it is a tombstone, by the time of the deletion: what upkeep removes later."""
    return ("tombstones", f"{body['change']['at']}#{key[0]}#{key[1]}") if body["deleted"] else None


def by_upkeep(key: Key, body: Body) -> Key | None:
    """
    List a manifest only while upkeep has work with it.

    ``due``: a mark stands, a purge is to be repeated, or what lay under a dead life is not swept yet.
    ``tombstones``: deleted and swept, by the time of the deletion.
    """
    if body["marks"] or body["unswept"] or any(purge for *_, purge in body["recent"]):
        return "due", f"{key[0]}#{key[1]}"
    return ("tombstones", f"{body['closed']}#{key[0]}#{key[1]}") if body["closed"] else None


def by_schedule(key: Key, body: Body) -> Key | None:
    """List an experiment that is to start or to end by itself, by the time when."""
    due = None if body["deleted"] else body["data"]["due"]
    return ("scheduled", f"{due}#{key[0]}#{key[1]}") if due else None


_JOURNAL: Final = {"GSI1": by_time}
_HEADS: Final = {"GSI2": by_deletion}

COLLECTIONS: Final[Mapping[str, Collection]] = {
    collection.name: collection
    for collection in (
        Collection("platforms", table="platforms", indexes=_HEADS),
        Collection("platform-journal", table="platforms", indexes=_JOURNAL),
        Collection("environments", table="environments", indexes=_HEADS),
        Collection("environment-journal", table="environments", indexes=_JOURNAL),
        Collection("manifests", table="environments", indexes={"GSI3": by_upkeep}),
        Collection("claims", table="environments", ttl=True),
        Collection("parameters", table="remote-configs", indexes=_HEADS),
        Collection("parameter-journal", table="configs", indexes=_JOURNAL),
        Collection("flags", table="flags", indexes=_HEADS),
        Collection("flag-journal", table="flags", indexes=_JOURNAL),
        Collection("experiments", table="experiments", indexes={**_HEADS, "GSI3": by_schedule}),
        Collection("experiment-journal", table="experiments", indexes=_JOURNAL),
    )
}
