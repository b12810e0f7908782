"""Mail into a file."""

import stat
from dataclasses import replace
from pathlib import Path

import pytest

from tests.adapters.mails import AT, LINK, MAIL, SENDER
from togglebox.adapters.file_mail import FileMailer
from togglebox.mail.port import MailFailed


def mailer(file: Path) -> FileMailer:
    return FileMailer(str(file), sender=SENDER, now=lambda: AT)


def test_mails_follow_each_other_with_links_that_can_be_clicked(tmp_path: Path) -> None:
    file = tmp_path / "new" / "mail.txt"
    mailer(file).send(replace(MAIL, name="Ädä"))
    mailer(file).send(replace(MAIL, name="", address="eve@example.com"))

    lines = file.read_text("utf-8").splitlines()
    assert [line for line in lines if line.startswith("To: ")] == ["To: Ädä <ada@example.com>", "To: eve@example.com"]
    assert lines.count(LINK) == 2
    assert lines[:4] == [
        "Date: 2026-03-01 12:00:00",
        "From: ToggleBox <noreply@togglebox.example>",
        "To: Ädä <ada@example.com>",
        "Subject: Reset your password",
    ]


def test_only_its_owner_reads_it(tmp_path: Path) -> None:
    mailer(tmp_path / "mail.txt").send(MAIL)

    assert stat.S_IMODE((tmp_path / "mail.txt").stat().st_mode) == 0o600


def test_a_file_that_cannot_be_written_is_a_failure(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    for file in (tmp_path, tmp_path / "file" / "mail.txt"):
        with pytest.raises(MailFailed, match=r"^The file for mails cannot be written$"):
            mailer(file).send(MAIL)
