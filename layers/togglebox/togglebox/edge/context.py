"""The context that a caller asks to be evaluated in: from the query, or from a body of the same fields."""

import re
from collections.abc import Mapping
from typing import Any, Final

from togglebox.errors import Invalid
from togglebox.evaluation.context import Context

MAX_USER_BYTES: Final = 512
LETTERS: Final = re.compile(r"[A-Za-z]{2}")
TRACK: Final = frozenset({"true", "false"})


def context_of(sent: Mapping[str, Any]) -> Context:
    """
    Read ``userId`` (1 to 512 bytes), ``country`` and ``language`` (two ASCII letters each, or absent).

    Also check ``track``, which only a query holds as text.

    Raises:
        Invalid: a detail for each that is missing or no such thing.
    """
    faults = []
    user_id, country, language = sent.get("userId"), sent.get("country"), sent.get("language")
    if not user_id:
        faults.append("userId: Required")
    elif not _is_storable(user_id):
        faults.append(f"userId: must have at most {MAX_USER_BYTES} bytes, and no U+0000")
    if country is not None and not LETTERS.fullmatch(country):
        faults.append("country: must be two letters, as ISO 3166-1 has them")
    if language is not None and not LETTERS.fullmatch(language):
        faults.append("language: must be two letters, as ISO 639-1 has them")
    if sent.get("track", "true") not in TRACK:
        faults.append("track: must be true or false")
    if faults:
        raise Invalid(*faults)
    return Context(str(user_id), country, language)


def _is_storable(user_id: str) -> bool:
    try:
        return len(user_id.encode()) <= MAX_USER_BYTES and "\0" not in user_id
    except UnicodeEncodeError:
        return False
