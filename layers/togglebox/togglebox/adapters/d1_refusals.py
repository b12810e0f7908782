"""What D1 says when it fails, in Cloudflare's words, and what that means in ours: nothing of it leaves the adapters."""

import re
from collections.abc import Mapping
from typing import Final, NamedTuple

from togglebox.store.port import NoAnswer, StoreUnavailable

BUSY: Final = "The database is busy"
UNAVAILABLE: Final = "The database is not available"


class Refusal(NamedTuple):
    """What is told instead of D1's words, and after how many seconds it is worth another try."""

    sentence: str
    retry_after: int = 1


REFUSALS: Final[Mapping[str, Refusal]] = {
    "no such table": Refusal("The database is not set up: a table is missing"),
    "no such column": Refusal("The database is not set up: a column is missing"),
    "has no column named": Refusal("The database is not set up: a column is missing"),
    "is overloaded": Refusal(BUSY, retry_after=2),
    "too many api requests": Refusal("This request asks the database too often"),
    "maximum db size": Refusal("The database is full", retry_after=60),
    "maximum account storage": Refusal("The database is full", retry_after=60),
    "sqlite_full": Refusal("The database is full", retry_after=60),
    "free tier daily row": Refusal("The database has done what its plan allows in a day", retry_after=3_600),
    "d1_type_error": Refusal(UNAVAILABLE),
}
"""
What a statement was refused with, in letters of any case; so it was not carried out, nor was the rest of its batch.

See https://developers.cloudflare.com/d1/observability/debug-d1/ and the page on limits beside it.
"""

_CODE: Final = re.compile(r"\bsqlite_(?!ioerr|nomem|interrupt)[a-z]+")
"""SQLite names its error: the statement was rolled back, unless it is one of those that may come at the commit."""


def told(words: str, *, writing: bool) -> StoreUnavailable:
    """
    Return our error for D1's *words*.

    A write may have happened unless they say that it was refused: so it is with a lost connection, with a database
    that was reset or moved at that moment, with a time-out, and with whatever D1 may say that we do not know.
    """
    said = words.lower()
    for mark, refusal in REFUSALS.items():
        if mark in said:
            return StoreUnavailable(refusal.sentence, retry_after=refusal.retry_after)
    return NoAnswer() if writing and not _CODE.search(said) else StoreUnavailable()
