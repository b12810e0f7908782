"""The mail that tests send, and a provider that keeps what it was handed."""

from datetime import UTC, datetime
from typing import Final

from togglebox.mail.port import Mail, Sender

AT: Final = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
SENDER: Final = Sender("noreply@togglebox.example", "ToggleBox")
LINK: Final = f"https://flags.example/password-reset/verify/{'0123456789abcdef' * 4}"
MAIL: Final = Mail(
    "mail-1.1",
    "ada@example.com",
    "Ada",
    "Reset your password",
    f"Hello Ada,\n\n{LINK}\n",
    f'<p>Hello Ada,</p><p><a href="{LINK}">{LINK}</a></p>\n',
)
