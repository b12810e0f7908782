"""The mail port: what is sent, and what providers promise about it."""

from dataclasses import dataclass
from typing import Protocol


class MailFailed(Exception):
    """The provider did not take the mail, or it is not known that it did; it may be sent again."""


class MailRefused(MailFailed):
    """The provider will never take this mail: there is no such recipient, say."""


@dataclass(frozen=True, slots=True)
class Mail:
    """
    One mail to one person, as text and as HTML that says the same.

    *id* is unique to this attempt to send it: two attempts may say different things. *name* is what the recipient is
    called, or empty.
    """

    id: str
    address: str
    name: str
    subject: str
    text: str
    html: str


@dataclass(frozen=True, slots=True)
class Sender:
    """Who mails come from."""

    address: str
    name: str


class Mailer(Protocol):
    """What every provider promises."""

    def send(self, mail: Mail) -> None:
        """
        Hand *mail* over, within a bounded time.

        No error tells the address, the mail's content, or how to sign in at the provider.

        Raises:
            MailRefused: it will never be taken.
            MailFailed: it was not taken, or nobody knows.
        """
