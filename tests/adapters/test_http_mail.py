"""Mail through a provider's HTTP API: what is posted, and what its answers mean."""

import json
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from tests.adapters.loopback import CUT, loopback, ok
from tests.adapters.mails import MAIL, SENDER
from tests.engines.certificate import self_signed, server_side
from tests.engines.process import free_port
from togglebox.adapters.http_mail import HTTPMailer, over_sockets
from togglebox.mail.port import MailFailed, MailRefused

TOKEN = "key_5up3rSecret"


def mailer(origin: str) -> HTTPMailer:
    return HTTPMailer(f"{origin}/v1/emails", TOKEN, sender=SENDER, send=over_sockets(time.monotonic))


def test_a_mail_is_posted_with_the_token() -> None:
    with loopback(ok(b'{"id":"1"}')) as server:
        mailer(server.origin).send(MAIL)

    (request,) = server.requests
    assert request.head.startswith("POST /v1/emails HTTP/1.1\r\n")
    assert f"authorization: Bearer {TOKEN}" in request.head
    assert "idempotency-key: mail-1.1" in request.head
    assert json.loads(request.body) == {
        "from": "ToggleBox <noreply@togglebox.example>",
        "to": ["Ada <ada@example.com>"],
        "subject": MAIL.subject,
        "text": MAIL.text,
        "html": MAIL.html,
    }


@pytest.mark.parametrize(
    ("status", "final"),
    [("400 Bad Request", True), ("422 Unprocessable Content", True), ("401 Unauthorized", False),
     ("403 Forbidden", False), ("429 Too Many Requests", False), ("500 Internal Server Error", False),
     ("302 Found", False), ("404 Not Found", False)],
)  # fmt: skip
def test_any_status_but_success_is_a_failure(status: str, *, final: bool) -> None:
    location = f"Location: http://127.0.0.1:{free_port()}/"
    with loopback(ok(f"no {TOKEN}".encode(), location, status=status)) as server, pytest.raises(MailFailed) as failed:
        mailer(server.origin).send(MAIL)

    assert isinstance(failed.value, MailRefused) is final
    assert str(failed.value) == f"The mail provider answered with status {status[:3]}"
    assert len(server.requests) == 1


def test_a_provider_that_does_not_answer_fails() -> None:
    with loopback(CUT) as server, pytest.raises(MailFailed):
        mailer(server.origin).send(MAIL)
    with pytest.raises(MailFailed):
        mailer(f"http://127.0.0.1:{free_port()}").send(MAIL)


def test_the_token_is_told_only_to_whom_the_certificate_names(tmp_path: Path) -> None:
    with (
        loopback(ok(b"{}"), tls=server_side(self_signed(tmp_path))) as server,
        pytest.raises(MailFailed),
    ):
        mailer(server.origin).send(MAIL)

    assert server.requests == []


def test_somebody_else_may_post_it() -> None:
    posted: list[tuple[str, Mapping[str, str], bytes]] = []

    def send(url: str, headers: Mapping[str, str], body: bytes) -> int:
        posted.append((url, headers, body))
        return 202

    HTTPMailer("https://mail.example/send", TOKEN, sender=SENDER, send=send).send(MAIL)

    ((url, headers, body),) = posted
    assert (url, headers["authorization"]) == ("https://mail.example/send", f"Bearer {TOKEN}")
    assert json.loads(body)["text"] == MAIL.text


@pytest.mark.parametrize(
    ("name", "address"),
    [("Ada\r\nBcc: x@example.com", MAIL.address), ("Ada", "ada@example.com>, <eve@example.com"), ("", "nobody")],
)
def test_what_is_no_name_or_no_address_is_not_posted(name: str, address: str) -> None:
    with loopback() as server, pytest.raises(MailRefused):
        mailer(server.origin).send(replace(MAIL, name=name, address=address))

    assert server.requests == []
