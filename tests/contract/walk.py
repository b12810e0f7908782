"""Walking through all pages of a list, and what is true of any such walk."""

from typing import Any

from togglebox.store.port import Document, Store


def walk(store: Store, collection: str, partition: str, *, limit: int, **options: Any) -> list[Document]:
    """Return the documents of all pages: each but the last is full, only the last has no next, none follows in vain."""
    documents: list[Document] = []
    after = None
    while True:
        page = store.page(collection, partition, limit=limit, after=after, **options)
        documents += page.documents
        if page.next is None:
            assert len(page.documents) <= limit
            assert page.documents or after is None
            return documents
        assert len(page.documents) == limit
        after = page.next


def sorts(documents: list[Document]) -> list[str]:
    return [document.key[1] for document in documents]
