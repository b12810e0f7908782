"""The audit: all changes, whatever they were made to, newest first; and the record of changes to accounts."""

import re
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal, Self

from togglebox.errors import Invalid, Malformed, ToggleBoxError, Unavailable
from togglebox.journal.kinds import ACCOUNTS, ENVIRONMENTS, EXPERIMENTS, FLAGS, PARAMETERS, PLATFORMS
from togglebox.journal.record import SCHEMA, Change, iso
from togglebox.store.catalogue import by_time
from togglebox.store.port import ABSENT, Body, Document, StaleWrite, Store, StoreUnavailable

KINDS: Final[Mapping[str, str]] = {
    "platform": PLATFORMS.journal,
    "environment": ENVIRONMENTS.journal,
    "parameter": PARAMETERS.journal,
    "flag": FLAGS.journal,
    "experiment": EXPERIMENTS.journal,
    "user": ACCOUNTS,
    "apiKey": ACCOUNTS,
}
"""What a change can be made to, and the journal that it stands in."""

NAMES: Final = {journal: kind for kind, journal in KINDS.items() if journal != ACCOUNTS}

READS: Final = 100
"""Reads for one page at most: six journals in each of the fifteen months that 400 days touch."""

CHUNK: Final = 25
CLOCKS: Final = timedelta(minutes=5)
"""How far another writer's clock may be ahead."""

POSITION: Final = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])(~|-[!-~]{1,300})")


@dataclass(frozen=True, slots=True)
class Entry:
    """
    One change.

    *names* are those of platform, environment and entity, as far as there are any; of accounts, only the last.
    *details* say what became of an account; *unsure*: whoever made the change did not come back to say so.
    """

    position: str
    kind: str
    entity: str | None
    names: Sequence[str]
    change: Mapping[str, Any]
    details: Mapping[str, Any] = field(default_factory=dict)
    unsure: bool = False

    @classmethod
    def of(cls, journal: str, document: Document) -> Self:
        body = document.body
        position = by_time(document.key, body)[1]
        if journal == ACCOUNTS:
            return cls(
                position,
                body["kind"],
                body["entity"],
                body["names"],
                body["change"],
                details=body["details"],
                unsure=not body["done"],
            )
        return cls(position, NAMES[journal], body["id"], body["names"], body["change"])

    @property
    def key(self) -> str | None:
        return self.names[-1] if self.names else None

    @property
    def platform(self) -> str | None:
        return self.names[0] if self.kind not in ("user", "apiKey") else None

    @property
    def environment(self) -> str | None:
        return self.names[1] if len(self.names) > 1 else None


@dataclass(frozen=True, slots=True)
class Wanted:
    """
    Which changes: by whom (*actor*, whatever the case), to what, where, and when: ``since <= at < until``.

    ``None`` is any; *since* and *until* are spelled as changes spell their times.
    """

    actor: str | None = None
    kind: str | None = None
    key: str | None = None
    platform: str | None = None
    environment: str | None = None
    since: str | None = None
    until: str | None = None

    @classmethod
    def asked(cls, query: Callable[[str], str | None]) -> Self:
        """
        Read what a query asks for; *query* gives the parameter of a name.

        Raises:
            Invalid: a detail for each parameter that asks for nothing there could be.
        """
        texts = {name: query(name) for name in ("actor", "kind", "key", "platform", "environment")}
        times = {name: query(name) for name in ("from", "to")}
        faults = [f"{name}: must not be empty" for name, text in texts.items() if text == ""]
        if texts["kind"] and texts["kind"] not in KINDS:
            faults.append("kind: must be one of " + ", ".join(KINDS))
        moments = {name: _moment(text) for name, text in times.items() if text is not None}
        faults += [f"{name}: {_MOMENT}" for name, moment in moments.items() if moment is None]
        if faults:
            raise Invalid(*faults)
        return cls(**texts, since=moments.get("from"), until=moments.get("to"))

    @property
    def journals(self) -> Sequence[str]:
        """The journals that can hold such changes."""
        if self.kind is not None:
            return (KINDS[self.kind],)
        found = dict.fromkeys(KINDS.values())
        if self.platform is not None or self.environment is not None:
            del found[ACCOUNTS]
        return tuple(found)

    def takes(self, entry: Entry) -> bool:
        return (
            (self.actor is None or entry.change["author"].casefold() == self.actor.casefold())
            and self.kind in (None, entry.kind)
            and self.key in (None, entry.key)
            and self.platform in (None, entry.platform)
            and self.environment in (None, entry.environment)
        )


@dataclass(frozen=True, slots=True)
class Found:
    """A page of the audit, and the position below which the next one begins, ``None`` where nothing follows."""

    entries: Sequence[Entry]
    next: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryView:
    """
    One change as callers see it: *actor* did *action* to what *kind*, *platform*, *environment* and *key* say.

    *outcome* is ``unknown`` where nobody came back to say whether a change to an account was made, else ``done``.
    """

    id: str
    at: str
    actor: str
    action: str
    outcome: Literal["done", "unknown"]
    kind: str
    key: str | None = None
    platform: str | None = None
    environment: str | None = None
    entity_id: str | None = None
    details: dict[str, Any] | None = None
    comment: str | None = None
    source: str | None = None
    request_id: str | None = None
    change_set: str | None = None

    @classmethod
    def of(cls, entry: Entry) -> Self:
        record = entry.change
        return cls(
            id=record["id"],
            at=record["at"],
            actor=record["author"],
            action=record["action"],
            outcome="unknown" if entry.unsure else "done",
            kind=entry.kind,
            key=entry.key,
            platform=entry.platform,
            environment=entry.environment,
            entity_id=entry.entity,
            details=dict(entry.details) or None,
            comment=record.get("comment"),
            source=record.get("source"),
            request_id=record.get("requestId"),
            change_set=record.get("set"),
        )


@dataclass(slots=True)
class Pending:
    """A change to an account that is being made: whoever makes it says what it is made to, once that is known."""

    entity: str | None = None
    name: str | None = None


class Audit:
    """
    Reads all journals at once, by the time of the changes, and keeps the one of accounts.

    A journal's index may lag, and whoever publishes copies to the journal after publishing: a change shows within
    moments, that of a writer who died within two minutes.
    """

    def __init__(self, store: Store, *, now: Callable[[], datetime], retention: timedelta) -> None:
        self._store: Final = store
        self._now: Final = now
        self._retention: Final = retention

    def page(self, wanted: Wanted, *, before: str | None, limit: int) -> Found:
        """
        Return up to *limit* of the changes that are *wanted*, newest first, below the position *before*.

        After `READS` reads it stops, however few it found, and says where to go on.

        Raises:
            Malformed: *before* is no position.
        """
        if before is not None and not POSITION.fullmatch(before):
            raise Malformed("Invalid pagination token")
        top = iso(self._now() + CLOCKS)
        high = min(top, before or top, wanted.until or top)
        low = max(iso(self._now() - self._retention), wanted.since or "")
        left = READS
        found: list[Entry] = []
        while high > low:
            month = high[:7]
            sources = [_Source(self._store, journal, month, low=low, high=high) for journal in wanted.journals]
            while True:
                for source in sources:
                    if source.is_dry:
                        if left == 0:
                            return Found(found, high)
                        left -= 1
                        source.read()
                standing = [source for source in sources if source.entries]
                if not standing:
                    break
                entry = max(standing, key=lambda source: source.entries[0].position).entries.popleft()
                if wanted.takes(entry):
                    if len(found) == limit:
                        return Found(found, found[-1].position)
                    found.append(entry)
                high = entry.position
            high = _month_before(month) + "~"
        return Found(found, None)

    @contextmanager
    def recorded(self, change: Change, kind: str, pending: Pending, **details: Any) -> Iterator[None]:
        """
        Write down the change to an account that the block makes, by whom and of which *kind*.

        It is written before, so that nothing happens unrecorded, and completed after. What was refused is taken out
        again; what the database went away over, or the process, may have happened, and stays as unsure.
        """
        key = (change.id, "#")
        body: Body = {
            "schema": SCHEMA,
            "kind": kind,
            "entity": pending.entity,
            "names": [pending.name] if pending.name else [],
            "change": change.record(previous=None),
            "details": details,
            "done": False,
        }
        self._store.put(ACCOUNTS, key, body, expect=ABSENT)
        try:
            yield
        except Unavailable:
            raise
        except ToggleBoxError:
            with suppress(StoreUnavailable, StaleWrite):
                self._store.delete(ACCOUNTS, key, expect=1)
            raise
        done = {**body, "entity": pending.entity, "names": [pending.name] if pending.name else [], "done": True}
        with suppress(StoreUnavailable, StaleWrite):
            self._store.put(ACCOUNTS, key, done, expect=1)


class _Source:
    """One journal in one month, read a chunk at a time, newest first."""

    def __init__(self, store: Store, journal: str, month: str, *, low: str, high: str) -> None:
        self.entries: deque[Entry] = deque()
        self._store = store
        self._journal = journal
        self._month = month
        self._low = low
        self._high = high
        self._ended = False

    @property
    def is_dry(self) -> bool:
        """Whether there may be more than what has been read, and taken."""
        return not self.entries and not self._ended

    def read(self) -> None:
        page = self._store.page(
            self._journal, self._month, index="GSI1", reverse=True, low=self._low, high=self._high, limit=CHUNK
        )
        self.entries.extend(Entry.of(self._journal, document) for document in page.documents)
        self._ended = page.next is None
        if self.entries:
            self._high = self.entries[-1].position


_MOMENT: Final = "must be a date, or a time with its offset (+ is spelled %2B), as 2026-01-31T09:30:00Z"


def _moment(text: str) -> str | None:
    """Return a time as changes spell theirs; a date is its first moment in UTC. ``None``: it is neither."""
    try:
        moment = datetime.fromisoformat(text.replace(":60", ":59"))  # a leap second (RFC 3339) is none to Python
        if len(text) == len("2026-01-31"):
            moment = moment.replace(tzinfo=UTC)
        return None if moment.utcoffset() is None else iso(moment.astimezone(UTC))
    except OverflowError:
        return text[:4]  # within hours of the first or the last year, which is all that matters
    except ValueError:
        return None


def _month_before(month: str) -> str:
    year, number = int(month[:4]), int(month[5:])
    return f"{year:04d}-{number - 1:02d}" if number > 1 else f"{year - 1:04d}-12"
