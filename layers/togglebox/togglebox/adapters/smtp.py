"""Mail through an SMTP server (RFC 5321), with TLS by STARTTLS or from the first byte."""

import smtplib
import socket
import ssl
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from email.errors import MessageError
from email.message import EmailMessage
from threading import Timer
from typing import Final, Literal

from togglebox.mail.message import in_ascii, message
from togglebox.mail.port import Mail, MailFailed, MailRefused, Sender

type TLS = Literal["starttls", "implicit", "none"]

TIMEOUT: Final = 10.0
"""Seconds to wait for the server's next word."""

AT_MOST: Final = 25.0
"""Seconds that one mail may take, however slowly the server talks."""

KNOWN_AS: Final = "[127.0.0.1]"
"""What we call ourselves (RFC 5321, section 4.1.3): the name of this machine is nobody's business."""


def tls_of(port: int) -> TLS:
    """Return how TLS begins at a port (RFC 8314, section 3.3)."""
    return "implicit" if port == 465 else "starttls"


class SMTPMailer:
    """
    Sends each mail over a connection of its own.

    The server's certificate is checked against *context*, or else the system's authorities; with *tls* ``none``, for
    a server on this machine, nothing is. *user* is empty where the server asks for none.
    """

    def __init__(
        self,
        host: str,
        port: int,
        *,
        sender: Sender,
        now: Callable[[], datetime],
        tls: TLS,
        user: str = "",
        password: str = "",
        context: ssl.SSLContext | None = None,
        timeout: float = TIMEOUT,
        at_most: float = AT_MOST,
    ) -> None:
        self._host: Final = host
        self._port: Final = port
        self._sender: Final = sender
        self._now: Final = now
        self._tls: Final = tls
        self._user: Final = user
        self._password: Final = password
        self._context = context
        self._timeout: Final = timeout
        self._at_most: Final = at_most

    def send(self, mail: Mail) -> None:
        made = message(mail, self._sender, at=self._now())
        try:
            self._hand_over(made, in_ascii(self._sender.address), in_ascii(mail.address))
        except smtplib.SMTPRecipientsRefused as error:
            ((code, _),) = error.recipients.values()
            raise _failure(code)("The mail server did not take the recipient") from error
        except smtplib.SMTPDataError as error:
            raise _failure(error.smtp_code)("The mail server did not take the mail") from error
        except smtplib.SMTPAuthenticationError as error:
            raise MailFailed("The mail server did not let us in") from error
        except smtplib.SMTPNotSupportedError as error:
            raise MailFailed("The mail server lacks what we need of it") from error
        except (MessageError, UnicodeError) as error:
            raise MailRefused("The mail cannot be written down") from error
        except (smtplib.SMTPException, OSError) as error:
            raise MailFailed("The mail server did not do as asked") from error

    def _hand_over(self, made: EmailMessage, sender: str, recipient: str) -> None:
        first = self._certificates() if self._tls == "implicit" else None
        server = _Conversation(self._host, self._port, first, timeout=self._timeout, at_most=self._at_most)
        try:
            if self._tls == "starttls":
                server.starttls(context=self._certificates())
            if self._user:
                server.login(self._user, self._password)
            server.send_message(made, sender, [recipient])
            with suppress(smtplib.SMTPException, OSError):  # the mail is theirs by now
                server.quit()
        finally:
            server.close()

    def _certificates(self) -> ssl.SSLContext:
        if self._context is None:
            self._context = ssl.create_default_context()
        return self._context


def _failure(code: int) -> type[MailFailed]:
    """Return what a reply means: those from 500 on are final (RFC 5321, section 4.2.1)."""
    return MailRefused if code >= 500 else MailFailed


class _Conversation(smtplib.SMTP):
    """
    A connection that is cut when its time is up: `smtplib` only limits the wait for the next bytes.

    With *first*, it is TLS from the first byte.
    """

    def __init__(self, host: str, port: int, first: ssl.SSLContext | None, *, timeout: float, at_most: float) -> None:
        self._first = first
        self._at_most = at_most
        self._same_line: socket.socket | None = None
        self._alarm: Timer | None = None
        super().__init__(host, port, KNOWN_AS, timeout=timeout)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        line = socket.create_connection((host, port), timeout)
        self._same_line = line.dup()  # wrapping closes the socket that was there
        self._alarm = Timer(self._at_most, self._cut)
        self._alarm.daemon = True
        self._alarm.start()
        if self._first is None:
            return line
        try:
            return self._first.wrap_socket(line, server_hostname=host)
        except BaseException:
            line.close()
            self.close()
            raise

    def _cut(self) -> None:
        line = self._same_line
        if line is not None:
            with suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        super().close()
        if self._alarm is not None:
            self._alarm.cancel()
        if self._same_line is not None:
            self._same_line.close()
