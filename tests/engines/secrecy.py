"""What tests keep secret, and a watch over all that is logged meanwhile: none of it may turn up there."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from togglebox.auth.passwords import fault
from togglebox.settings import SECRET

SHAPES: Final = re.compile(
    r"\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]{20,}"  # tokens of sessions
    r"|\btbx_(?:live|test)_[0-9a-f]{32}\b"  # API keys
    r"|\b[0-9a-f]{64}\b"  # tokens that reset passwords
)
"""What secrets of ours look like, unless a person or an operator chose them."""

FIELDS: Final = frozenset({"password", "currentPassword", "newPassword"})


class Watch:
    """Gathers the secrets that requests, answers and settings hold, and the lines that are logged meanwhile."""

    def __init__(self) -> None:
        self._chosen: set[str] = set()
        self._made: set[str] = set()
        self._lines: list[str] = []

    def settings(self, variables: Mapping[str, str]) -> None:
        """Keep what operators hand over as secret."""
        self._chosen |= {value for name, value in variables.items() if SECRET.search(name) and len(value) >= 8}

    def call(self, headers: Mapping[str, str], body: bytes, answer: bytes) -> None:
        """Keep the secrets of a request and its answer: passwords that could be some, tokens, and keys."""
        for text in (*headers.values(), body.decode(errors="replace"), answer.decode(errors="replace")):
            self._made.update(SHAPES.findall(text))
        if b"assword" in body:
            self._chosen |= {value for value in _fields(body) if fault(value) is None}

    def mail(self, text: str) -> None:
        self._made.update(SHAPES.findall(text))

    def line(self, line: str) -> None:
        self._lines.append(line)

    def leaked(self, text: str) -> set[str]:
        """Return the secrets so far that turn up in *text*."""
        return self._made.intersection(SHAPES.findall(text)) | {secret for secret in self._chosen if secret in text}

    def check(self) -> None:
        """Look through the lines since the last time."""
        text = "\n".join(self._lines)
        self._lines.clear()
        leaked = self.leaked(text)
        assert not leaked, f"secrets in the log: {leaked}"


WATCH: Final = Watch()
"""The one of this run."""


def _fields(body: bytes) -> Iterator[str]:
    try:
        sent: Any = json.loads(body)
    except (ValueError, RecursionError):
        return
    if isinstance(sent, dict):
        yield from (value for name, value in sent.items() if name in FIELDS and isinstance(value, str))
