"""Mail by SMTP: real conversations with a server that is as strict as providers are."""

import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from socket import create_server, socket
from typing import Any

import pytest

from tests.adapters.mails import AT, LINK, MAIL, SENDER
from tests.engines.certificate import self_signed
from tests.engines.mail import PASSWORD, USER, mail_server
from tests.engines.process import free_port
from togglebox.adapters.smtp import SMTPMailer
from togglebox.mail.port import MailFailed, MailRefused, Sender


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return self_signed(tmp_path_factory.mktemp("smtp"))


def mailer(port: int, certificate: Path | None = None, **changes: Any) -> SMTPMailer:
    trusted = None if certificate is None else ssl.create_default_context(cafile=certificate)
    given = {"sender": SENDER, "now": lambda: AT, "tls": "starttls", "context": trusted, "timeout": 5.0}
    return SMTPMailer("127.0.0.1", port, **{**given, **changes})


def signed_in(port: int, certificate: Path, **changes: Any) -> SMTPMailer:
    return mailer(port, certificate, **{"user": USER, "password": PASSWORD, **changes})


def test_a_mail_arrives_encrypted_from_whoever_signed_in_as_text_and_as_html(certificate: Path) -> None:
    with mail_server(certificate, signing_in=True) as server:
        signed_in(server.port, certificate).send(MAIL)

    (received,) = server.received
    assert (received.sender, received.recipients) == (SENDER.address, ["ada@example.com"])
    assert (received.encrypted, received.user) == (True, USER)
    assert received.part("plain").splitlines() == MAIL.text.splitlines()
    assert received.part("html").splitlines() == MAIL.html.splitlines()
    assert {name: str(value) for name, value in received.message.items() if name != "Content-Type"} == {
        "From": "ToggleBox <noreply@togglebox.example>",
        "To": "Ada <ada@example.com>",
        "Subject": "Reset your password",
        "Date": "Sun, 01 Mar 2026 12:00:00 +0000",
        "Message-ID": "<mail-1.1@togglebox.example>",
        "Auto-Submitted": "auto-generated",
        "MIME-Version": "1.0",
    }


def test_tls_may_begin_with_the_first_byte(certificate: Path) -> None:
    with mail_server(certificate, first_byte=True, signing_in=True) as server:
        signed_in(server.port, certificate, tls="implicit").send(MAIL)

    (received,) = server.received
    assert (received.user, LINK in received.part("plain")) == (USER, True)


def test_a_server_on_this_machine_may_do_without(certificate: Path) -> None:
    with mail_server() as server:
        mailer(server.port, tls="none").send(MAIL)

    assert [received.encrypted for received in server.received] == [False]


def test_two_mails_are_two_conversations(certificate: Path) -> None:
    with mail_server(certificate) as server:
        sending = mailer(server.port, certificate)
        sending.send(MAIL)
        sending.send(replace(MAIL, id="mail-2.1"))

    assert len({received.message["Message-ID"] for received in server.received}) == 2


# TLS, or nothing


@pytest.mark.parametrize("user", ["", USER])
def test_without_tls_nothing_is_said(certificate: Path, user: str) -> None:
    with mail_server() as server, pytest.raises(MailFailed, match="lacks what we need"):
        signed_in(server.port, certificate, user=user).send(MAIL)

    assert server.received == []


def test_a_certificate_that_nobody_vouches_for_is_refused(certificate: Path) -> None:
    with mail_server(certificate, signing_in=True) as server, pytest.raises(MailFailed) as failed:
        signed_in(server.port, certificate, context=None).send(MAIL)

    assert isinstance(failed.value.__cause__, ssl.SSLCertVerificationError)
    assert server.received == []


@pytest.mark.parametrize("tls", ["starttls", "implicit"])
def test_a_certificate_for_another_name_is_refused(certificate: Path, tls: Any) -> None:
    trusted = ssl.create_default_context(cafile=certificate)
    with mail_server(certificate, first_byte=tls == "implicit") as server, pytest.raises(MailFailed) as failed:
        SMTPMailer("localhost", server.port, sender=SENDER, now=lambda: AT, tls=tls, context=trusted).send(MAIL)

    assert isinstance(failed.value.__cause__, ssl.SSLCertVerificationError)
    assert server.received == []


# What servers refuse


def test_a_wrong_password_fails_without_being_told(certificate: Path) -> None:
    with mail_server(certificate, signing_in=True) as server, pytest.raises(MailFailed, match="did not let us in") as e:
        signed_in(server.port, certificate, password="Wrong4stamps").send(MAIL)

    assert type(e.value) is MailFailed  # an operator can put it right: the mail is tried again
    assert "stamps" not in repr(e.value)
    assert server.received == []


def test_a_server_that_asks_for_a_password_takes_nothing_without(certificate: Path) -> None:
    with mail_server(certificate, signing_in=True) as server, pytest.raises(MailFailed):
        mailer(server.port, certificate).send(MAIL)

    assert server.received == []


@pytest.mark.parametrize(
    ("command", "reply", "final"),
    [
        ("RCPT", "550 5.1.1 No such user here", True),
        ("RCPT", "553 5.1.3 Bad address", True),
        ("RCPT", "450 4.2.1 Mailbox busy", False),
        ("RCPT", "421 4.3.2 Shutting down", False),
        ("DATA", "554 5.7.1 Looks like spam", True),
        ("DATA", "452 4.3.1 Disk full", False),
    ],
)
def test_what_is_refused_for_good_is_told_from_what_is_refused_for_now(
    certificate: Path, command: str, reply: str, *, final: bool
) -> None:
    with mail_server(certificate) as server:
        server.replies.append((command, reply))
        with pytest.raises(MailFailed) as failed:
            mailer(server.port, certificate).send(MAIL)

    assert isinstance(failed.value, MailRefused) is final
    assert "ada" not in repr(failed.value)
    assert server.received == []


# Servers that are away, or do not end


def test_a_server_that_is_not_there_fails() -> None:
    with pytest.raises(MailFailed):
        mailer(free_port()).send(MAIL)


def test_a_server_that_says_nothing_is_given_up() -> None:
    began = time.monotonic()
    with talking(b"", pause=30) as port, pytest.raises(MailFailed):
        mailer(port, timeout=0.2).send(MAIL)

    assert time.monotonic() - began < 15


@pytest.mark.parametrize("tls", ["none", "implicit"])
def test_a_server_that_talks_on_and_on_is_cut_short(tls: Any) -> None:
    began = time.monotonic()
    words = b"220-wait\r\n" if tls == "none" else b"\x16\x03\x03\x40\x00"
    with talking(words, pause=0.05) as port, pytest.raises(MailFailed):
        mailer(port, tls=tls, at_most=0.5).send(MAIL)

    assert time.monotonic() - began < 15


def test_a_server_that_hangs_up_fails() -> None:
    with talking(b"220 here\r\n", pause=0, times=1) as port, pytest.raises(MailFailed):
        mailer(port).send(MAIL)


# What stands in headers


@pytest.mark.parametrize(
    "name",
    [
        "Ada\r\nBcc: everybody@example.com",
        "Ada\nSubject: Spam",
        "Ada\r\n\r\nClick here",
        "\r\n",
        "Ada\rX",
        "A\x00da",
        "Ada\u2028Eve",
        "\u202eadA",
    ],
)
def test_a_name_that_would_end_a_header_is_not_sent(certificate: Path, name: str) -> None:
    with mail_server(certificate) as server:
        for changed in (replace(MAIL, name=name), replace(MAIL, subject=name), replace(MAIL, id=name)):
            with pytest.raises(MailRefused):
                mailer(server.port, certificate).send(changed)
        with pytest.raises(MailRefused):
            mailer(server.port, certificate, sender=Sender(SENDER.address, name)).send(MAIL)

    assert server.received == []


@pytest.mark.parametrize(
    "address",
    ["ada@example.com\r\nBcc: everybody@example.com", "ada@example.com>\r\nDATA", "ada", "", "a b@example.com",
     "ada@example.com, eve@example.com", "ada@example.com> <eve@example.com", "ada@" + "x" * 64 + ".com", "ada@.com"],
)  # fmt: skip
def test_an_address_that_is_none_is_not_sent_to(certificate: Path, address: str) -> None:
    with mail_server(certificate) as server, pytest.raises(MailRefused):
        mailer(server.port, certificate).send(replace(MAIL, address=address))

    assert server.received == []


@pytest.mark.parametrize(
    "name", ["Jürgen Groß", "Ада Лавлейс", "愛子", 'Ada "the Countess" Lovelace', "Lovelace, Ada", "A" * 100, "🦉 Owl",
             "Ada <eve@example.com>", "=?utf-8?q?Ada?="]
)  # fmt: skip
def test_any_name_arrives_as_it_is_and_is_only_a_name(certificate: Path, name: str) -> None:
    with mail_server(certificate) as server:
        mailer(server.port, certificate).send(replace(MAIL, name=name))

    (received,) = server.received
    (to,) = received.message["To"].addresses
    assert to.addr_spec == "ada@example.com"
    assert received.recipients == ["ada@example.com"]
    received.content.split(b"\r\n\r\n")[0].decode("ascii")
    if "=?" not in name:
        assert to.display_name == name


def test_a_domain_in_another_script_is_spelled_as_name_servers_know_it(certificate: Path) -> None:
    with mail_server(certificate) as server:
        mailer(server.port, certificate).send(replace(MAIL, address="ada@bücher.example"))

    (received,) = server.received
    assert received.recipients == ["ada@xn--bcher-kva.example"]


def test_an_address_in_another_script_needs_a_server_that_takes_it(certificate: Path) -> None:
    mail = replace(MAIL, address="ада@example.com")
    with mail_server(certificate) as server, pytest.raises(MailFailed):
        mailer(server.port, certificate).send(mail)
    with mail_server(certificate, utf8=True) as international:
        mailer(international.port, certificate).send(mail)

    assert server.received == []
    assert [received.recipients for received in international.received] == [["ада@example.com"]]


@contextmanager
def talking(words: bytes, *, pause: float, times: int = 100_000) -> Iterator[int]:
    """Run a server that says *words* again and again, and give its port."""
    over = threading.Event()

    def serve(listener: socket) -> None:
        with suppress(OSError), listener.accept()[0] as line:
            for _ in range(times):
                line.sendall(words)
                if over.wait(pause):
                    return

    with create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, args=(listener,))
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            over.set()
            thread.join()
