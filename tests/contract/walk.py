"""Walking through all pages of a list, and what is true of any such walk."""

from collections.abc import Callable, Iterator
from typing import Any, Final

from togglebox.store.port import Document, Page, Store

MOST_PAGES: Final = 200
"""More than any list of a test has: a walk in a circle ends, too."""


def walk(store: Store, collection: str, partition: str, *, limit: int, **options: Any) -> list[Document]:
    """Return the documents of all pages of a partition, or an index."""
    ask = lambda after: store.page(collection, partition, limit=limit, after=after, **options)  # noqa: E731
    return [document for page in pages(ask, limit=limit) for document in page.documents]


def scanned(store: Store, collection: str, *, limit: int) -> list[Document]:
    """Return the documents of all pages of a collection."""
    ask = lambda after: store.scan(collection, limit=limit, after=after)  # noqa: E731
    return [document for page in pages(ask, limit=limit) for document in page.documents]


def pages(ask: Callable[[str | None], Page], *, limit: int) -> Iterator[Page]:
    """Yield all pages: each but the last is full, only the last has no next, and none follows in vain."""
    after = None
    for _ in range(MOST_PAGES):
        page = ask(after)
        yield page
        if page.next is None:
            assert len(page.documents) <= limit
            assert page.documents or after is None
            return
        assert len(page.documents) == limit
        after = page.next
    raise AssertionError(f"a list has more than {MOST_PAGES} pages")


def sorts(documents: list[Document]) -> list[str]:
    return [document.key[1] for document in documents]
