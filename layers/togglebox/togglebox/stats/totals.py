"""A total: how often one value of one entity was counted on one day, country by country, up to a fold."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Final, Self

from togglebox.stats.batches import Counter
from togglebox.store.port import ABSENT, Body, Document, Key

_EPOCH: Final = date(1970, 1, 1).toordinal()


@dataclass(frozen=True, slots=True)
class Total:
    """
    The counts of one kind, entity, day and value.

    *counts*: by country, empty where nobody knows: at most 677 of them, so that a document holds 16 kB at most, and
    some hundred bytes as a rule. *fold*: the number of the last fold that it took in. *last_at*: when the last batch
    in it was received. *version* is the stored one.
    """

    key: Key
    version: int = ABSENT
    fold: int = 0
    last_at: datetime | None = None
    counts: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, key: Key, document: Document | None) -> Self:
        if document is None:
            return cls(key)
        body = document.body
        return cls(key, document.version, body["fold"], datetime.fromisoformat(body["at"]), body["counts"])

    def plus(self, added: "Addition", *, fold: int) -> Self:
        """Return the total that has taken in what a fold adds to it."""
        sums = {**self.counts}
        for country, count in added.counts.items():
            sums[country] = sums.get(country, 0) + count
        return replace(self, fold=fold, counts=sums, last_at=later(self.last_at, added.last_at))

    def body(self, *, retention: timedelta) -> Body:
        assert self.last_at is not None
        counts = dict(sorted(self.counts.items()))
        return {
            "fold": self.fold,
            "at": self.last_at.isoformat(),
            "counts": counts,
            "ttl": expiry(_day(self.key), retention),
        }

    def by_counter(self) -> Iterable[tuple[Counter, int]]:
        kind, entity, day, value = self.key[1].split("#", 3)
        return ((Counter(kind, entity, day, value, country), count) for country, count in self.counts.items())


@dataclass(slots=True)
class Addition:
    """What a fold adds to one total: counts by country, and when the last batch with some of them was received."""

    counts: dict[str, int] = field(default_factory=dict)
    last_at: datetime | None = None

    def take(self, country: str, count: int, *, received: datetime) -> None:
        self.counts[country] = self.counts.get(country, 0) + count
        self.last_at = later(self.last_at, received)


def key_of(environment: str, counter: Counter) -> Key:
    """Return the key of the total that a counter belongs to: an entity's lie together, in the order of their days."""
    return environment, f"{counter.kind}#{counter.entity}#{counter.day}#{counter.value}"


def expiry(day: str, retention: timedelta) -> int:
    """Return, in seconds since the epoch, until when the counts of a *day* are kept: from its end on."""
    return (date.fromisoformat(day).toordinal() - _EPOCH + 1) * 86_400 + int(retention.total_seconds())


def later(one: datetime | None, other: datetime | None) -> datetime | None:
    return max(filter(None, (one, other)), default=None)


def expired(key: Key, retention: timedelta, *, at: datetime) -> bool:
    """Tell whether the total at *key* is of a day that is no longer kept."""
    return expiry(_day(key), retention) <= at.timestamp()


def _day(key: Key) -> str:
    return key[1].split("#", 3)[2]
