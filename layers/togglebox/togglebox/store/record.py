"""What an engine stores beside a document's text: spelled partitions, index entries, expiry; and how cursors read."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

from togglebox.errors import LimitExceeded, Malformed
from togglebox.store.catalogue import Collection
from togglebox.store.port import Body, Key, check_key, encode


@dataclass(frozen=True, slots=True)
class Record:
    """A document that may be stored: checked, encoded, and with the places where indexes list it."""

    key: Key
    text: str
    expires: int | None
    entries: Mapping[str, Key]

    @classmethod
    def of(cls, collection: Collection, key: Key, body: Body) -> Record:
        """
        Check and encode *body*, and ask the collection where its indexes list it.

        Raises:
            LimitExceeded: key, body or an index entry are larger than any engine takes.
            ValueError: the body is not JSON (see `encode`).
        """
        check_key(key)
        text = encode(body)
        entries = {}
        for index, keys in collection.indexes.items():
            entry = keys(key, body)
            if entry is not None:
                check_key(entry)
                entries[index] = entry
        return cls(key, text, body.get("ttl") if collection.ttl else None, entries)


def spelled(collection: str, partition: str) -> str:
    """Return the partition as the table holds it; names of collections hold no ``#``, so none can be mistaken."""
    return f"{collection}#{partition}"


def unspelled(partition: str) -> str:
    """Return the partition as the collection knows it."""
    return partition.partition("#")[2]


def storable(*parts: str) -> bool:
    """Tell whether these can be parts of a key: what no engine can hold is absent for reads, and no error."""
    try:
        check_key(parts)
    except LimitExceeded:
        return False
    return True


def check_range(after: str | None, low: str | None, high: str | None) -> None:
    """
    Refuse what no engine can compare a sort key with.

    Raises:
        Malformed: *after* is no sort key; it came from a caller's page token.
        LimitExceeded: *low* or *high* is none.
    """
    if after is not None and not storable(after):
        raise Malformed(_BROKEN)
    for bound in (low, high):
        if bound:
            check_key((bound, bound))


def cursor(*parts: str) -> str:
    """Return the opaque cursor that `parts_of` reads again."""
    return json.dumps(parts, ensure_ascii=False, separators=(",", ":"))


def parts_of(cursor: str, count: int) -> tuple[str, ...]:
    """
    Return the *count* keys that make up an opaque cursor.

    Raises:
        Malformed: it is not one of ours.
    """
    # What is nested deeply must not reach the decoder: in a Worker it would overflow the stack, and end the Worker.
    if not _STRINGS.fullmatch(cursor):
        raise Malformed(_BROKEN)
    try:
        parts = json.loads(cursor)
    except ValueError:
        raise Malformed(_BROKEN) from None
    if len(parts) != count or not all(storable(part) for part in parts):
        raise Malformed(_BROKEN)
    return tuple(parts)


_BROKEN = "The page token is broken"

_STRING = r'"[^"\\]*(?:\\.[^"\\]*)*"'
_STRINGS = re.compile(rf"\[{_STRING}(?:,{_STRING})*\]")
"""A JSON array of strings, and of nothing else."""
