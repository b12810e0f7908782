"""Mail through Amazon SES, as moto answers in its place, and what becomes of errors."""

import json
from collections.abc import Iterator
from dataclasses import replace
from email import message_from_string
from email.policy import default

import boto3
import pytest
from moto import mock_aws
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.ses.models import RawMessage, ses_backends

from tests.adapters.loopback import CUT, Reply, loopback, ok
from tests.adapters.mails import AT, LINK, MAIL, SENDER
from togglebox.adapters.ses import SESMailer
from togglebox.mail.port import MailFailed, MailRefused

REGION = "eu-central-1"


@pytest.fixture
def ses() -> Iterator[None]:
    with mock_aws():
        yield


def mailer() -> SESMailer:
    return SESMailer(REGION, sender=SENDER, now=lambda: AT)


def sent() -> list[RawMessage]:
    messages: list[RawMessage] = ses_backends[DEFAULT_ACCOUNT_ID][REGION].sent_messages
    return messages


def test_a_mail_is_sent_whole(ses: None) -> None:
    boto3.client("ses", region_name=REGION).verify_email_identity(EmailAddress=SENDER.address)

    mailer().send(replace(MAIL, name="Ädä"))

    (raw,) = sent()
    message = message_from_string(raw.raw_data, policy=default)
    assert raw.source == SENDER.address
    assert "ada@example.com" in raw.destinations
    assert (str(message["From"]), str(message["To"])) == (f"ToggleBox <{SENDER.address}>", "Ädä <ada@example.com>")
    assert message["Subject"] == MAIL.subject
    for kind in ("plain", "html"):
        body = message.get_body((kind,))
        assert body is not None
        assert LINK in body.get_content()


def test_a_sender_that_is_not_verified_yet_fails_for_now(ses: None) -> None:
    with pytest.raises(MailFailed) as failed:
        mailer().send(MAIL)

    assert type(failed.value) is MailFailed
    assert SENDER.address not in str(failed.value)
    assert sent() == []


def test_a_name_that_would_end_a_header_is_not_sent(ses: None) -> None:
    boto3.client("ses", region_name=REGION).verify_email_identity(EmailAddress=SENDER.address)

    with pytest.raises(MailRefused):
        mailer().send(replace(MAIL, name="Ada\r\nBcc: everybody@example.com"))

    assert sent() == []


@pytest.mark.parametrize(
    ("status", "code", "final"),
    [
        ("400 Bad Request", "BadRequestException", True),
        ("400 Bad Request", "MessageRejected", False),
        ("429 Too Many Requests", "TooManyRequestsException", False),
        ("403 Forbidden", "AccessDeniedException", False),
        ("500 Internal Server Error", "InternalFailure", False),
    ],
)
def test_what_is_refused_for_good_is_told_from_what_is_refused_for_now(
    monkeypatch: pytest.MonkeyPatch, status: str, code: str, *, final: bool
) -> None:
    refusal = ok(json.dumps({"message": "no"}).encode(), f"x-amzn-errortype: {code}", status=status)
    with loopback(Reply(refusal, close=True)) as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL_SESV2", server.origin)
        with pytest.raises(MailFailed) as failed:
            mailer().send(MAIL)

    assert isinstance(failed.value, MailRefused) is final
    assert len(server.requests) == 1  # one whose answer was lost may have left


def test_a_service_that_does_not_answer_fails_once(monkeypatch: pytest.MonkeyPatch) -> None:
    with loopback(CUT) as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL_SESV2", server.origin)
        with pytest.raises(MailFailed):
            mailer().send(MAIL)

    assert len(server.requests) == 1
