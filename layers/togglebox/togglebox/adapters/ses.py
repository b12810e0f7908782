"""Mail through Amazon SES, version 2 of its API: `SendEmail` with the whole message."""

from collections.abc import Callable
from datetime import datetime
from email.errors import MessageError
from functools import cached_property
from typing import Any, Final

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from togglebox.mail.message import in_ascii, message
from togglebox.mail.port import Mail, MailFailed, MailRefused, Sender

CONNECT_TIMEOUT: Final = 2
READ_TIMEOUT: Final = 10

FINAL: Final = frozenset({"BadRequestException"})
"""Errors that the same mail will meet again. Others an operator can put right, such as a sender not verified yet."""


class SESMailer:
    """Sends through SES in *region*; a mail is tried once, because one whose answer is lost may have left."""

    def __init__(self, region: str, *, sender: Sender, now: Callable[[], datetime]) -> None:
        self._region: Final = region
        self._sender: Final = sender
        self._now: Final = now

    def send(self, mail: Mail) -> None:
        made = message(mail, self._sender, at=self._now())
        try:
            self._client.send_email(
                FromEmailAddress=in_ascii(self._sender.address),
                Destination={"ToAddresses": [in_ascii(mail.address)]},
                Content={"Raw": {"Data": made.as_bytes()}},
            )
        except ClientError as error:
            code = error.response.get("Error", {}).get("Code", "")
            raise (MailRefused if code in FINAL else MailFailed)("SES did not take the mail") from error
        except BotoCoreError as error:
            raise MailFailed("SES did not answer") from error
        except (MessageError, UnicodeError) as error:
            raise MailRefused("The mail cannot be written down") from error

    @cached_property
    def _client(self) -> Any:
        limits = Config(
            connect_timeout=CONNECT_TIMEOUT,
            read_timeout=READ_TIMEOUT,
            retries={"total_max_attempts": 1, "mode": "standard"},
        )
        return boto3.Session().client("sesv2", region_name=self._region, config=limits)
