"""A mail server on the loopback address (aiosmtpd), as strict as those of providers."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any, Final

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tests.engines.certificate import server_side
from tests.engines.process import free_port

USER: Final = "mailer"
PASSWORD: Final = "Postage4stamps"


@dataclass(frozen=True, slots=True)
class Received:
    """One mail as the server took it: the *sender* and *recipients* of the envelope, and what is in it."""

    sender: str
    recipients: Sequence[str]
    content: bytes
    encrypted: bool
    user: str | None

    @property
    def message(self) -> EmailMessage:
        return message_from_bytes(self.content, policy=default)

    def part(self, subtype: str) -> str:
        """Return the body that is ``plain`` or ``html``, decoded."""
        body = self.message.get_body((subtype,))
        assert body is not None
        text: str = body.get_content()
        return text.replace("\r\n", "\n")


class MailServer:
    """
    Takes mails, and keeps what it took in *received*.

    *replies* are what it says in place of its own words to the next ``RCPT`` or ``DATA``, spelled ``RCPT``, ``DATA``.
    """

    def __init__(self) -> None:
        self.received: list[Received] = []
        self.replies: list[tuple[str, str]] = []
        self.port = 0

    async def handle_RCPT(  # noqa: N802  # aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: Sequence[str]
    ) -> str:
        said = self._said("RCPT")
        if said is None:
            envelope.rcpt_tos.append(address)
        return said or "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        said = self._said("DATA")
        if said is None:
            content = envelope.content
            assert isinstance(content, bytes)
            assert server.transport is not None
            encrypted = server.transport.get_extra_info("sslcontext") is not None
            known: Any = session.auth_data
            user = known.login.decode() if isinstance(known, LoginPassword) else None
            self.received.append(Received(envelope.mail_from or "", envelope.rcpt_tos, content, encrypted, user))
        return said or "250 OK"

    def _said(self, command: str) -> str | None:
        if self.replies and self.replies[0][0] == command:
            return self.replies.pop(0)[1]
        return None


@contextmanager
def mail_server(
    certificate: Path | None = None,
    *,
    first_byte: bool = False,
    signing_in: bool = False,
    port: int = 0,
    utf8: bool = False,
) -> Iterator[MailServer]:
    """
    Run a server on a free *port* until the block ends.

    With a *certificate* it takes nothing before STARTTLS, or speaks TLS from the *first byte*; *signing_in*: only from
    `USER` with `PASSWORD`; *utf8*: also to addresses in other scripts (RFC 6531).
    """
    server = MailServer()
    context = None if certificate is None else server_side(certificate)

    class Running(Controller):
        def factory(self) -> SMTP:
            made = SMTP(
                server,
                enable_SMTPUTF8=utf8,
                tls_context=None if first_byte else context,
                require_starttls=context is not None and not first_byte,
                auth_required=signing_in,
                authenticator=_authenticated,
                loop=self.loop,
            )
            if first_byte:  # of which it does not know: it would ask for STARTTLS before any password
                made._auth_require_tls = False
            return made

    running = Running(server, "127.0.0.1", port or free_port(), ssl_context=context if first_byte else None)
    running.start()
    server.port = running.port
    try:
        yield server
    finally:
        running.stop()


def _authenticated(server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
    right = isinstance(data, LoginPassword) and (data.login, data.password) == (USER.encode(), PASSWORD.encode())
    return AuthResult(success=right, handled=False, auth_data=data)
