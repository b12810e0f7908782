"""Delivery: the job that turns what waits in the outbox into mails."""

import json
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from typing import Final

from togglebox.auth.outbox import Entry, Outbox
from togglebox.auth.resets import LIFE, Resets
from togglebox.auth.throttle import RESETS_OF, Throttle
from togglebox.auth.users import User, UserNotFound, Users
from togglebox.errors import TooManyRequests, Unavailable
from togglebox.mail.letters import Letter, plain_name, reset, welcome
from togglebox.mail.port import Mail, Mailer, MailRefused

BEGIN_WITHIN: Final = 20.0
"""Seconds of a run after which no further mail is begun: the next run goes on."""

FAILURES: Final = 3
"""After so many in a row the provider is left alone until the next run."""


class Delivery:
    """
    Sends what is due, with what *mailer* makes; links lead to *app_url*.

    Only here does it show whether somebody has the address that a reset was asked for, long after the answer. What is
    logged names neither addresses nor tokens.
    """

    def __init__(
        self,
        outbox: Outbox,
        users: Users,
        resets: Resets,
        throttle: Throttle,
        mailer: Callable[[], Mailer],
        *,
        app_url: str,
        now: Callable[[], datetime],
    ) -> None:
        self._outbox: Final = outbox
        self._users: Final = users
        self._resets: Final = resets
        self._throttle: Final = throttle
        self._mailer: Final = mailer
        self._app_url: Final = app_url
        self._now: Final = now

    def run(self, log: Callable[[str], None]) -> Counter[str]:
        """Send what is due; return how many were sent, and what became of the others."""
        done: Counter[str] = Counter()
        began = self._now()
        failures = 0
        for entry in self._outbox.due():
            if failures == FAILURES or (self._now() - began).total_seconds() >= BEGIN_WITHIN:
                break
            mine = self._outbox.claim(entry)
            if mine is None:
                continue
            outcome = self._deliver(mine, log)
            failures = failures + 1 if outcome == "failed" else 0
            done[outcome] += 1
        return done

    def _deliver(self, entry: Entry, log: Callable[[str], None]) -> str:
        try:
            mail = self._mail(entry)
            if mail is not None:
                self._mailer().send(mail)
        except Unavailable:
            raise  # the database: what is claimed will be due again
        except MailRefused as error:
            self._outbox.remove(entry)
            _tell(log, entry, error, "refused")
            return "refused"
        except Exception as error:  # noqa: BLE001  # whatever a library raises may quote the address in its text
            again = self._outbox.postpone(entry)
            _tell(log, entry, error, "failed" if again else "given up")
            return "failed" if again else "given up"
        self._outbox.remove(entry)
        return "not wanted" if mail is None else "sent"

    def _mail(self, entry: Entry) -> Mail | None:
        """Return what *entry* stands for by now, ``None`` if nobody is to get it."""
        if entry.kind == "reset":
            user = self._users.find(entry.about)
            letter = None if user is None else self._reset(user, entry)
        else:
            user = self._user(entry.about)
            letter = None if user is None else self._welcome(user)
        if user is None or letter is None:
            return None
        return Mail(f"{entry.id}.{entry.tries}", user.email, plain_name(user.name), *letter)

    def _reset(self, user: User, entry: Entry) -> Letter | None:
        try:
            if entry.tries == 1:
                self._throttle.take(RESETS_OF, user.id)
            token = self._resets.open(user)
        except (TooManyRequests, UserNotFound):
            return None
        return reset(name=user.name, link=f"{self._app_url}/password-reset/verify/{token}", minutes=LIFE // 60)

    def _welcome(self, user: User) -> Letter:
        return welcome(name=user.name, email=user.email, link=f"{self._app_url}/login")

    def _user(self, user_id: str) -> User | None:
        try:
            return self._users.get(user_id)
        except UserNotFound:
            return None


def _tell(log: Callable[[str], None], entry: Entry, error: Exception, outcome: str) -> None:
    """Log that a mail did not leave: what is said of it is ours, or the name of a class."""
    cause = error.__cause__ or error
    line = {
        "level": "warn" if outcome == "failed" else "error",
        "mail": entry.id,
        "kind": entry.kind,
        "try": entry.tries,
        "outcome": outcome,
        "cause": type(cause).__name__,
    }
    log(json.dumps(line))
