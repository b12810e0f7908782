"""Pages: whatever the size, they make up the list; tokens open the list that gave them, and no other."""

from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from togglebox.edge.pagination import Paging, newest_first, paging
from togglebox.edge.request import Request
from togglebox.errors import Invalid, Malformed


class Asked:
    """What a request asks of the application."""

    engine = "memory"
    public_max_age = 0.0
    evaluation_max_age = 0.0

    def now(self) -> datetime:
        return datetime(2026, 3, 1, tzinfo=UTC)

    def new_id(self) -> str:
        return "id"


def asked(query: str, *, target: str = "/list", engine: str = "memory") -> Request[Any]:
    app = Asked()
    app.engine = engine
    return Request(
        "GET",
        target,
        path={},
        query_string=query,
        headers={},
        client="127.0.0.1",
        area="public",
        read=lambda most: b"",
        app=app,
        id="request-1",
        max_body=0,
    )


def versions(total: int, query: str) -> tuple[list[int], Any]:
    """Return a page of the numbers from *total* down to 1, and its meta."""
    page = newest_first(paging(asked(query)), total, lambda skip, limit: list(range(total - skip, 0, -1))[:limit])
    return page.data, page.meta


@given(total=st.integers(0, 250), limit=st.integers(1, 120))
def test_token_pages_make_up_the_list(total: int, limit: int) -> None:
    walked: list[int] = []
    token = ""
    while True:
        data, meta = versions(total, f"nextToken={token}&limit={limit}")
        walked += data
        assert len(data) <= min(limit, 100)
        assert ("nextToken" in meta) == meta["hasMore"] == (len(walked) < total)
        if not meta["hasMore"]:
            break
        token = meta["nextToken"]

    assert walked == list(range(total, 0, -1))


@given(total=st.integers(0, 250), per_page=st.integers(1, 120))
def test_offset_pages_make_up_the_list(total: int, per_page: int) -> None:
    size = min(per_page, 100)
    pages = [versions(total, f"page={number}&perPage={per_page}") for number in range(1, total // size + 2)]

    assert [number for data, _ in pages for number in data] == list(range(total, 0, -1))
    for number, (_, meta) in enumerate(pages, 1):
        assert (meta["page"], meta["perPage"], meta["total"]) == (number, size, total)
        assert meta["totalPages"] == -(-total // size)
        assert meta["hasPrev"] == (number > 1)
        assert meta["hasNext"] == meta["hasMore"] == (number * size < total)


@given(total=st.integers(0, 60), offset=st.integers(0, 80), limit=st.integers(1, 80))
def test_an_offset_may_lie_between_pages(total: int, offset: int, limit: int) -> None:
    data, meta = versions(total, f"offset={offset}&limit={limit}")

    assert data == list(range(total, 0, -1))[offset : offset + limit]
    assert meta["hasMore"] == (offset + limit < total)


@given(st.integers(0, 300))
def test_without_parameters_the_list_is_whole(total: int) -> None:
    assert versions(total, "") == (list(range(total, 0, -1)), {"total": total})


@given(key=st.text(st.characters(exclude_categories=["Cs"])))
def test_a_token_opens_what_it_was_made_of(key: str) -> None:
    token = paging(asked("nextToken=")).token(key)

    assert paging(asked(f"nextToken={token}")).after == key
    assert quote(token, safe="") == token


@pytest.mark.parametrize(
    "there",
    [asked("nextToken=", target="/other"), asked("nextToken=", engine="sqlite"), asked("nextToken=", target="/list/")],
    ids=["list", "engine", "path"],
)
def test_a_token_of_elsewhere_opens_nothing(there: Request[Any]) -> None:
    token = paging(there).token("key")

    with pytest.raises(Malformed, match="Invalid pagination token"):
        paging(asked(f"nextToken={token}"))


@given(st.text(min_size=1) | st.binary(min_size=1).map(lambda content: content.decode("latin-1")))
def test_no_other_text_is_a_token(text: str) -> None:
    with pytest.raises((Malformed, Invalid)):
        paging(asked(f"nextToken={quote(text, errors='replace')}&limit=x"))
    with pytest.raises(Malformed):
        paging(asked(f"nextToken={quote(text, errors='replace')}"))


@given(st.integers(0, 50), st.integers(0, 255))
def test_a_token_with_another_byte_opens_nothing_else(place: int, byte: int) -> None:
    token = paging(asked("nextToken=")).token("checkout")
    other = token[: place % len(token)] + chr(byte) + token[place % len(token) + 1 :]

    try:
        opened = paging(asked(f"nextToken={quote(other)}")).after
    except Malformed:
        return
    assert opened == "checkout"


def test_different_parts_are_told_apart() -> None:
    parts = [
        Paging("list"),
        Paging("other"),
        Paging("list", 20),
        Paging("list", 20, offset=20),
        Paging("list", 20, by_token=True),
        Paging("list", 20, after="a", by_token=True),
    ]

    assert len({paging.part for paging in parts}) == len(parts)
