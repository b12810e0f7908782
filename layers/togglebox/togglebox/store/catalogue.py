"""The catalogue: ten tables, the collections that lie in them, their indexes and their time to live."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final
from zlib import crc32

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
class View:
    """
    How those who query an SQL database by hand see a collection's heads: only those that live, with real columns.

    *key* is what the sort key is called; *parents* are the collections of the heads above, from the top: their names
    come first. *fields* are the columns that follow: their names, and where each stands in the body.
    """

    name: str
    key: str
    parents: Sequence[str]
    fields: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Collection:
    """
    Documents of one sort, and the table that they share with others.

    In the table, partitions are spelled ``<collection>#<partition>`` (also those of the indexes), so that
    collections never meet. What is *passing* is of no use elsewhere, and stays out of exports.
    """

    name: str
    table: str
    indexes: Mapping[str, IndexKeys] = field(default_factory=dict)
    ttl: bool = False
    view: View | None = None
    passing: bool = False


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


UNFOLDED_SHARDS: Final = tuple(f"unfolded-{number}" for number in range(8))
"""What lists the batches of counts that are not folded: a partition of DynamoDB's index takes 1,000 writes a second."""


def unfolded_shard(environment: str) -> str:
    """Return the shard that lists an environment's batches."""
    return UNFOLDED_SHARDS[crc32(environment.encode()) % len(UNFOLDED_SHARDS)]


def by_environment(key: Key, body: Body) -> Key | None:
    """List a batch of counts until it is folded, environment by environment."""
    return (unfolded_shard(key[0]), f"{key[0]}#{key[1]}") if "counts" in body else None


def by_unfinished(key: Key, body: Body) -> Key | None:
    """List the environments whose last fold is not finished: its folder is at work, or died."""
    return ("unfinished", key[0]) if body.get("batches") else None


_JOURNAL: Final = {"GSI1": by_time}
_HEADS: Final = {"GSI2": by_deletion}

_CHANGED: Final = {
    "created_at": "data.createdAt",
    "changed_at": "change.at",
    "changed_by": "change.author",
    "change_comment": "change.comment",
}
PLATFORMS_VIEW: Final = View("platforms_view", "platform", (), {"description": "data.description", **_CHANGED})
ENVIRONMENTS_VIEW: Final = View(
    "environments_view", "environment", ("platforms",), {"description": "data.description", **_CHANGED}
)
CONFIGS_VIEW: Final = View(
    "configs_view",
    "parameter_key",
    ("platforms", "environments"),
    {
        "value_type": "data.valueType",
        "default_value": "data.defaultValue",
        "description": "data.description",
        "parameter_group": "data.parameterGroup",
        **_CHANGED,
    },
)
FLAGS_VIEW: Final = View(
    "flags_view",
    "flag_key",
    ("platforms", "environments"),
    {
        "name": "data.name",
        "description": "data.description",
        "enabled": "data.enabled",
        "flag_type": "data.flagType",
        "value_a": "data.valueA",
        "value_b": "data.valueB",
        "default_value": "data.defaultValue",
        "rollout_enabled": "data.rolloutEnabled",
        "rollout_percentage_a": "data.rolloutPercentageA",
        "rollout_percentage_b": "data.rolloutPercentageB",
        **_CHANGED,
    },
)
EXPERIMENTS_VIEW: Final = View(
    "experiments_view",
    "experiment_key",
    ("platforms", "environments"),
    {
        "name": "data.name",
        "hypothesis": "data.hypothesis",
        "description": "data.description",
        "status": "data.status",
        "control_variation": "data.controlVariation",
        "primary_metric": "data.primaryMetric.id",
        "winner": "data.winner",
        "scheduled_start_at": "data.scheduledStartAt",
        "scheduled_end_at": "data.scheduledEndAt",
        "started_at": "data.startedAt",
        "completed_at": "data.completedAt",
        **_CHANGED,
    },
)

COLLECTIONS: Final[Mapping[str, Collection]] = {
    collection.name: collection
    for collection in (
        Collection("users", table="users"),
        Collection("emails", table="users"),
        Collection("directory", table="users"),
        Collection("account-journal", table="users", indexes=_JOURNAL),
        Collection("keys", table="api-keys"),
        Collection("key-hashes", table="api-keys"),
        Collection("resets", table="password-resets", ttl=True, passing=True),
        Collection("outbox", table="password-resets", ttl=True, passing=True),
        Collection("attempts", table="password-resets", ttl=True, passing=True),
        Collection("platforms", table="platforms", indexes=_HEADS, view=PLATFORMS_VIEW),
        Collection("platform-journal", table="platforms", indexes=_JOURNAL),
        Collection("environments", table="environments", indexes=_HEADS, view=ENVIRONMENTS_VIEW),
        Collection("environment-journal", table="environments", indexes=_JOURNAL),
        Collection("manifests", table="environments", indexes={"GSI3": by_upkeep}),
        Collection("claims", table="environments", ttl=True, passing=True),
        Collection("parameters", table="remote-configs", indexes=_HEADS, view=CONFIGS_VIEW),
        Collection("parameter-journal", table="configs", indexes=_JOURNAL),
        Collection("flags", table="flags", indexes=_HEADS, view=FLAGS_VIEW),
        Collection("flag-journal", table="flags", indexes=_JOURNAL),
        Collection(
            "experiments",
            table="experiments",
            indexes={**_HEADS, "GSI3": by_schedule},
            view=EXPERIMENTS_VIEW,
        ),
        Collection("experiment-journal", table="experiments", indexes=_JOURNAL),
        Collection("folds", table="stats", indexes={"GSI3": by_unfinished}),
        Collection("batches", table="stats", indexes={"GSI3": by_environment}, ttl=True),
        Collection("totals", table="stats", ttl=True),
    )
}
