"""What our mails say: the texts in `templates/`, filled in."""

import html
import re
from functools import cache
from pathlib import Path
from string import Template
from typing import Final, NamedTuple

TEMPLATES: Final = Path(__file__).with_name("templates")
NAME: Final = re.compile(r"(?=.{1,60}$)[^\W\d_]+\.?([ '\u2019-]{1,2}[^\W\d_]+\.?){0,5}")
"""A name that is nothing else: strangers who register somebody else's address choose what its mails begin with."""


class Letter(NamedTuple):
    """What a mail says, both ways."""

    subject: str
    text: str
    html: str


def reset(*, name: str | None, link: str, minutes: int) -> Letter:
    """Return what leads whoever forgot the password to *link*, good for *minutes*."""
    return _letter("reset", "Reset your ToggleBox password", greeting=_greeting(name), link=link, minutes=str(minutes))


def welcome(*, name: str | None, email: str, link: str) -> Letter:
    """Return what tells somebody about the new account, and where to sign in."""
    return _letter("welcome", "Welcome to ToggleBox", greeting=_greeting(name), email=email, link=link)


def plain_name(name: str | None) -> str:
    """Return *name* if it can be nothing but one, else an empty string: no address, no sentence, no second header."""
    return name if name and NAME.fullmatch(name) else ""


def _greeting(name: str | None) -> str:
    known = plain_name(name)
    return f"Hello {known}," if known else "Hello,"


def _letter(which: str, subject: str, **values: str) -> Letter:
    return Letter(
        subject,
        _template(f"{which}.txt").substitute(values),
        _template(f"{which}.html").substitute({key: html.escape(value) for key, value in values.items()}),
    )


@cache
def _template(file: str) -> Template:
    return Template((TEMPLATES / file).read_text("utf-8"))
