"""The outbox: what is to be mailed, as documents that a job takes one by one, so that no request waits for a mail."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Literal, Self

from togglebox.errors import Unavailable
from togglebox.store.port import ABSENT, Body, Document, Key, StaleWrite, Store

type Kind = Literal["reset", "welcome"]

PARTITION: Final = "mail"
PAGE: Final = 100
PAGES: Final = 10
"""So many pages are looked through at once; what is beyond comes to the front as the others leave."""

CLAIMED: Final = 120
"""Seconds that a job has for one mail: longer than any provider may take, and than a Lambda function of ours lives."""

PAUSES: Final = (60, 300, 900, 3_600, 14_400)
"""Seconds between two attempts; the last is repeated."""

LIFE: Final = 86_400
"""Seconds after which nobody wants the mail any more."""


class NoMail(Unavailable):
    def __init__(self) -> None:
        super().__init__("No mails are sent here: the operator has to set MAIL_PROVIDER", retry_after=3_600)


@dataclass(frozen=True, slots=True)
class Entry:
    """
    A mail that is to be sent: a ``reset`` about an address, or a ``welcome`` about a user's id.

    *due*, *created* and *claimed* (until when a job has it) are in epoch seconds; *tries* counts those begun.
    """

    id: str
    kind: Kind
    about: str
    due: float
    created: float
    claimed: float = 0.0
    tries: int = 0
    version: int = ABSENT

    @classmethod
    def of(cls, document: Document) -> Self:
        body = document.body
        due, _, entry_id = document.key[1].partition("#")
        return cls(
            id=entry_id,
            kind=body["kind"],
            about=body["about"],
            due=int(due) / 1_000,
            created=body["created"],
            claimed=body["claimed"],
            tries=body["tries"],
            version=document.version,
        )

    @property
    def key(self) -> Key:
        return PARTITION, f"{_sortable(self.due)}#{self.id}"

    @property
    def body(self) -> Body:
        return {
            "schema": 1,
            "kind": self.kind,
            "about": self.about,
            "created": self.created,
            "claimed": self.claimed,
            "tries": self.tries,
            "ttl": int(self.created) + LIFE + CLAIMED,
        }


class Outbox:
    """
    Mails that wait, the first due first. *mail_waits* hears of each new one; nothing is taken unless *enabled*.

    Every mail is sent at least once, or given up after a day. It is sent twice only where a job stops between handing
    it over and removing it here, or takes longer than `CLAIMED` seconds, so that another believes it dead.
    """

    def __init__(
        self,
        store: Store,
        *,
        enabled: bool,
        now: Callable[[], datetime],
        new_id: Callable[[], str],
        mail_waits: Callable[[], None] = lambda: None,
    ) -> None:
        self._store: Final = store
        self._enabled: Final = enabled
        self._now: Final = now
        self._new_id: Final = new_id
        self._mail_waits: Final = mail_waits

    def add(self, kind: Kind, about: str) -> None:
        """
        Have a mail sent; one write, whatever it is about.

        Raises:
            NoMail: this deployment sends none.
        """
        if not self._enabled:
            raise NoMail
        now = self._now().timestamp()
        entry = Entry(self._new_id(), kind, about, due=now, created=now)
        self._store.put("outbox", entry.key, entry.body, expect=ABSENT)
        self._mail_waits()

    def due(self) -> Iterator[Entry]:
        """Yield what is to be sent now, and is nobody else's."""
        now = self._now().timestamp()
        after = None
        for _ in range(PAGES):
            page = self._store.page("outbox", PARTITION, limit=PAGE, after=after, high=_sortable(now + 0.001))
            yield from (entry for entry in map(Entry.of, page.documents) if entry.claimed <= now)
            after = page.next
            if after is None:
                return

    def claim(self, entry: Entry) -> Entry | None:
        """Return *entry* as one's own, for a while, or ``None`` if somebody else was faster."""
        mine = replace(entry, claimed=self._now().timestamp() + CLAIMED, tries=entry.tries + 1)
        try:
            document = self._store.put("outbox", entry.key, mine.body, expect=entry.version)
        except StaleWrite:
            return None
        return replace(mine, version=document.version)

    def remove(self, entry: Entry) -> None:
        """Forget a mail that was sent, or that nobody is to get."""
        with suppress(StaleWrite):  # another job took it meanwhile, and will send it again
            self._store.delete("outbox", entry.key, expect=entry.version)

    def postpone(self, entry: Entry) -> bool:
        """Let *entry* wait for its next attempt; ``False``: it waited too long, and is given up."""
        now = self._now().timestamp()
        due = now + PAUSES[min(entry.tries, len(PAUSES)) - 1]
        again = due < entry.created + LIFE
        if again:
            later = replace(entry, due=due, claimed=0.0, version=ABSENT)
            with suppress(StaleWrite):  # it waits there already
                self._store.put("outbox", later.key, later.body, expect=ABSENT)
        self.remove(entry)  # last, so that whoever stops in between loses nothing
        return again


def _sortable(seconds: float) -> str:
    return f"{round(seconds * 1_000):015d}"
