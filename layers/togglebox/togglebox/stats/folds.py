"""A fold: the batches of an environment that are taken into its totals together, named before the first total moves."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Self

from togglebox.store.port import ABSENT, Body, Document, Key

SORT: Final = "last"


@dataclass(frozen=True, slots=True)
class Fold:
    """
    The last fold of an environment: its *number*, when it began, and the ids of the *batches* that it takes in.

    No *batches*: it is finished, or there was none yet. *version* is the stored one.
    """

    environment: str
    version: int = ABSENT
    number: int = 0
    at: datetime | None = None
    batches: tuple[str, ...] = ()

    @classmethod
    def of(cls, environment: str, document: Document | None) -> Self:
        if document is None:
            return cls(environment)
        body = document.body
        at = datetime.fromisoformat(body["at"])
        return cls(environment, document.version, body["fold"], at, tuple(body["batches"]))

    @property
    def key(self) -> Key:
        return self.environment, SORT

    @property
    def keys(self) -> list[Key]:
        """The keys of its batches."""
        return [(self.environment, batch) for batch in self.batches]

    def next(self, batches: Iterable[str], *, at: datetime) -> Self:
        """
        Return the fold to be put in this one's place.

        Numbers are milliseconds since the epoch, or one more than the last. So they grow even if this document was
        lost, or is older than the totals, in a copy: none takes a new fold for one that it has taken in.
        """
        number = max(self.number + 1, int(at.timestamp() * 1_000))
        return type(self)(self.environment, self.version, number, at, tuple(batches))

    def finished(self) -> Self:
        return type(self)(self.environment, self.version, self.number, self.at)

    def body(self) -> Body:
        assert self.at is not None
        return {"fold": self.number, "at": self.at.isoformat(), "batches": self.batches}
