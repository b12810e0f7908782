"""Mail into a file, for whoever develops: what would have been sent, to be read and clicked on."""

import os
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Final

from togglebox.mail.port import Mail, MailFailed, Sender


class FileMailer:
    """Appends the text of each mail to *file*, which only its owner may read: links in it are as good as passwords."""

    def __init__(self, file: str, *, sender: Sender, now: Callable[[], datetime]) -> None:
        self._file: Final = Path(file)
        self._sender: Final = sender
        self._now: Final = now

    def send(self, mail: Mail) -> None:
        lines = (
            f"Date: {self._now():%Y-%m-%d %H:%M:%S}",
            f"From: {self._sender.name} <{self._sender.address}>",
            f"To: {mail.name} <{mail.address}>" if mail.name else f"To: {mail.address}",
            f"Subject: {mail.subject}",
            "",
            mail.text,
            "-" * 72,
            "",
        )
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(self._file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            with os.fdopen(descriptor, "ab") as file:
                file.write("\n".join(lines).encode())
        except OSError as error:
            raise MailFailed("The file for mails cannot be written") from error
