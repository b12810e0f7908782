"""Batches: counts that arrive together under one id, and the documents that keep them until they are folded."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import batched
from typing import Any, Final, NamedTuple

from togglebox.errors import LimitExceeded
from togglebox.store.port import Body, Document

MAX_COUNTERS: Final = 1_000
"""How many counters a document holds: at most 282 bytes each, so that all fit in 300,000."""

MAX_COUNT: Final = 1_000_000_000
"""How often a batch may count the same."""

TOMBSTONES_LAST: Final = timedelta(days=8)
"""How long a batch that was folded is known. Events are taken up to 7 days late, so nobody sends one again later."""


class Counter(NamedTuple):
    """
    What is counted.

    *kind*: what happened, as ``flag-evaluations``: 1 to 32 lower-case letters and hyphens. *entity*: the id of the life
    that it happened to, at most 64 characters. *day*: the UTC day, as ``2026-03-01``. *value*: which of its values or
    variations, at most 128 letters, digits and ``_ . : # / -``, or empty. *country*: two upper-case letters, or empty
    where nobody knows.
    """

    kind: str
    entity: str
    day: str
    value: str = ""
    country: str = ""


@dataclass(frozen=True, slots=True)
class Batch:
    """
    *counts* that were received *at* a time, and that count once for each *id* and environment.

    *id*: 1 to 64 printable ASCII characters other than ``#``. Who sends the same id again sends the same counts again.
    A batch of more than 1,000 counters is kept in parts, cut in one order, and part *n* from the second on has the id
    ``<id>#<n>``: they are folded each for itself.
    """

    id: str
    at: datetime
    counts: Mapping[Counter, int]

    def check(self) -> None:
        """
        Check what every part relies on.

        Raises:
            LimitExceeded: naming the fault, which is the caller's: a client's events were checked before.
        """
        if not _ID.fullmatch(self.id):
            raise LimitExceeded("A batch's id has 1 to 64 printable ASCII characters, and no #")
        tomorrow = f"{self.at.astimezone(UTC) + timedelta(days=1):%Y-%m-%d}"
        for counter, count in self.counts.items():
            if not _COUNTER.fullmatch("\n".join(counter)) or not _is_day(counter.day):
                raise LimitExceeded(f"Nothing is counted under {counter!r}")
            if counter.day > tomorrow:
                raise LimitExceeded(f"Nothing is counted for {counter.day}, which is after tomorrow")
            if not 1 <= count <= MAX_COUNT:
                raise LimitExceeded(f"A batch counts the same 1 to {MAX_COUNT:,} times, not {count:,}")

    def parts(self) -> Iterator[tuple[str, Body]]:
        """Yield the id and the body of each document that the batch is kept in, at least one."""
        at = self.at.astimezone(UTC).isoformat()
        counters = sorted(self.counts)
        for number, some in enumerate(batched(counters, MAX_COUNTERS, strict=False) if counters else [()], 1):
            counts = nested({counter: self.counts[counter] for counter in some})
            yield (self.id if number == 1 else f"{self.id}#{number}"), {"at": at, "counts": counts}


type Nested = Mapping[str, Mapping[str, Mapping[str, Mapping[str, Mapping[str, int]]]]]
"""Counts by kind, entity, day, value and country: each name is written once, however many counters share it."""


def nested(counts: Mapping[Counter, int]) -> Nested:
    tree: dict[str, Any] = {}
    for (kind, entity, day, value, country), count in counts.items():
        values = tree.setdefault(kind, {}).setdefault(entity, {}).setdefault(day, {})
        values.setdefault(value, {})[country] = count
    return tree


def is_unfolded(document: Document | None) -> bool:
    """Tell whether a document holds a batch that is to be folded; else it is a tombstone, or expired already."""
    return document is not None and "counts" in document.body


def counts_of(document: Document) -> Iterator[tuple[Counter, int]]:
    """Yield what a batch that is to be folded counts."""
    for kind, entities in document.body["counts"].items():
        for entity, days in entities.items():
            for day, values in days.items():
                for value, countries in values.items():
                    for country, count in countries.items():
                        yield Counter(kind, entity, day, value, country), count


def tombstone(at: datetime) -> Body:
    """Return what is left of a batch that was folded *at* a time: that it was."""
    return {"ttl": int((at + TOMBSTONES_LAST).timestamp())}


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


_ID: Final = re.compile(r"[!-\"$-~]{1,64}")
_COUNTER: Final = re.compile(
    r"[a-z-]{1,32}\n[A-Za-z0-9_.:-]{1,64}\n[0-9-]{10}\n[A-Za-z0-9_.:#/-]{0,128}\n(?:[A-Z]{2})?"
)
