"""Smart pagination: token style, offset style, or the complete list, as the request asks."""

import hashlib
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from togglebox.edge.request import Request
from togglebox.edge.response import FromView, Listing
from togglebox.errors import Invalid, Malformed
from togglebox.journal.record import Head
from togglebox.snapshot import View

MAX_PAGE: Final = 100
DEFAULT_PAGE: Final = 20
TOKEN_VERSION: Final = b"\x01"
WHOLE_NUMBER: Final = re.compile(r"0|[1-9][0-9]{0,14}")


@dataclass(frozen=True, slots=True)
class Paging:
    """
    Which part of a list is asked for.

    *limit* is ``None`` for all of it. *after* is the key that the token names, *offset* how many to leave out; one of
    them counts. *by_token*: the request came in token style; *cursors*: the
    answer is in both styles. *list_id* ties tokens to one list on one engine.
    """

    list_id: str
    limit: int | None = None
    offset: int = 0
    after: str | None = None
    by_token: bool = False
    cursors: bool = False

    @property
    def part(self) -> tuple[Any, ...]:
        """What tells this part of the list from others."""
        return self.list_id, self.limit, self.offset, self.after, self.by_token

    def token(self, key: str) -> str:
        """Return the token of the page that follows *key*: opaque, versioned, bound to this list."""
        content = key.encode()
        return urlsafe_b64encode(TOKEN_VERSION + _seal(self.list_id, content) + content).decode().rstrip("=")

    def meta(self, *, total: int, start: int, count: int, last: str | None) -> dict[str, Any]:
        """
        Return what the answer says about the page: *count* items from place *start* of *total*, ending with key *last*.

        Offset style also names the next token, so that a client can go on in token style.
        """
        if self.limit is None:
            return {"total": total}
        more = start + count < total
        following = {"nextToken": self.token(last)} if more and last is not None else {}
        if self.cursors and following:
            following["nextCursor"] = following["nextToken"]
        if self.by_token and not self.cursors:
            return {**following, "hasMore": more}
        page = start // self.limit + 1
        pages = -(-total // self.limit)
        return {
            "page": page,
            "perPage": self.limit,
            "total": total,
            "totalPages": pages,
            "hasNext": more,
            "hasPrev": start > 0,
            **following,
            "hasMore": more,
        }


def paging(request: Request[Any], *, cursors: bool = False) -> Paging:
    """
    Read which part of the list the request asks for.

    ``nextToken`` (also an empty one) chooses token style; ``page``, ``perPage``, ``limit`` or ``offset`` offset style,
    where ``limit`` and ``offset`` win; none of them the complete list. Pages hold 20 items unless told, at most 100.
    With *cursors* the answer says everything in both styles, as clients of flags and experiments read either.

    Raises:
        Invalid: a number is none, or out of range.
        Malformed: the token is broken, or of another list or engine.
    """
    list_id = request.list_id
    given = request.parameters
    if not given:
        return Paging(list_id, cursors=cursors)
    limit = _number(given, "limit", DEFAULT_PAGE, least=1)
    offset = _number(given, "offset", 0, least=0)
    page = _number(given, "page", 1, least=1)
    per_page = min(_number(given, "perPage", DEFAULT_PAGE, least=1), MAX_PAGE)
    if "nextToken" in given:
        after = _opened(list_id, given["nextToken"]) if given["nextToken"] else None
        size = min(limit, MAX_PAGE) if "limit" in given else per_page
        return Paging(list_id, size, after=after, by_token=True, cursors=cursors)
    if "limit" in given or "offset" in given:
        return Paging(list_id, min(limit, MAX_PAGE), offset=offset, cursors=cursors)
    if "page" in given or "perPage" in given:
        return Paging(list_id, per_page, offset=(page - 1) * per_page, cursors=cursors)
    return Paging(list_id, cursors=cursors)


type Only = tuple[str | None, Callable[[Head], bool]]
"""A filter: its name, and whether it takes an entity."""


def paged[T](
    view: View, asked: Paging, show: Callable[[Head], T], *, reduced: bool = False, only: Only | None = None
) -> FromView[list[T]]:
    """
    Answer with the part of *view* that is asked for, each entity as *show* shows it.

    *only* filters the list; *reduced* answers are kept apart from full ones.
    """
    name = ("page", *asked.part, only and only[0])
    return FromView(view, name, partial(_page, view.living, asked, show, only), reduced=reduced)


def _page[T](living: Sequence[Head], asked: Paging, show: Callable[[Head], T], only: Only | None) -> Listing[list[T]]:
    listed = living if only is None else tuple(filter(only[1], living))
    start = asked.offset if asked.after is None else bisect_right(listed, asked.after, key=lambda head: head.name)
    part = listed[start:] if asked.limit is None else listed[start : start + asked.limit]
    last = part[-1].name if part else None
    return Listing(
        [show(head) for head in part], asked.meta(total=len(listed), start=start, count=len(part), last=last)
    )


def newest_first[T](asked: Paging, total: int, read: Callable[[int, int], list[T]]) -> Listing[list[T]]:
    """
    Answer with a part of a list that counts down from *total* to 1; ``read(skip, limit)`` gives it.

    Raises:
        Malformed: the token names no number.
    """
    if asked.after is None:
        start = asked.offset
    elif WHOLE_NUMBER.fullmatch(asked.after):
        start = max(total + 1 - int(asked.after), 0)
    else:
        raise Malformed("Invalid pagination token")
    part = read(start, total if asked.limit is None else asked.limit) if start < total else []
    last = str(total + 1 - start - len(part)) if part else None
    return Listing(part, asked.meta(total=total, start=start, count=len(part), last=last))


def onward(request: Request[Any]) -> Paging:
    """
    Read which page of a list is asked for that nobody can count: 20 items unless told, at most 100, by token only.

    Raises:
        Invalid: a number is none, or the list is asked for by numbers of pages or items.
        Malformed: the token is broken, or of another list or engine.
    """
    by_number = [
        f"{name}: pages of this list follow each other by nextToken only"
        for name in NUMBERED
        if name in request.parameters
    ]
    if by_number:
        raise Invalid(*by_number)
    limit = min(_number(request.parameters, "limit", DEFAULT_PAGE, least=1), MAX_PAGE)
    token = request.query("nextToken")
    return Paging(request.list_id, limit, after=_opened(request.list_id, token) if token else None, by_token=True)


NUMBERED: Final = ("offset", "page", "perPage")


def _number(given: Any, name: str, default: int, *, least: int) -> int:
    text = given.get(name)
    if text is None:
        return default
    if not WHOLE_NUMBER.fullmatch(text) or int(text) < least:
        raise Invalid(f"{name}: must be a whole number from {least} up")
    return int(text)


def _opened(list_id: str, token: str) -> str:
    try:
        content = urlsafe_b64decode(token + "=" * (-len(token) % 4))
        version, seal, key = content[:1], content[1:9], content[9:]
        if version == TOKEN_VERSION and seal == _seal(list_id, key):
            return key.decode()
    except (Base64Error, ValueError):
        pass
    raise Malformed("Invalid pagination token")


def _seal(list_id: str, key: bytes) -> bytes:
    """Tell tokens of other lists and broken ones apart; not a secret, since the key alone opens nothing."""
    return hashlib.sha256(list_id.encode() + b"\0" + key).digest()[:8]
