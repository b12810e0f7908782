"""Scans see everything of one collection once, and nothing else."""

import pytest

from tests.contract.catalogue import FLAG, FLAGS
from tests.contract.walk import scanned
from togglebox.store.port import ABSENT, Document, Key, Page, Store


def keys_of(documents: list[Document]) -> list[Key]:
    return [document.key for document in documents]


def test_an_empty_collection_has_an_empty_page(store: Store) -> None:
    assert store.scan(FLAGS, limit=5) == Page([], None)


@pytest.mark.parametrize("limit", [1, 7, 30, 31, 1_000])
def test_everything_is_seen_once(store: Store, limit: int) -> None:
    keys = [(f"shop {number % 7}", f"{number}") for number in range(30)]
    store.add_new(FLAGS, [(key, {}) for key in keys])
    store.add_new(FLAG, [(key, {}) for key in keys])

    walked = scanned(store, FLAGS, limit=limit)

    assert sorted(keys_of(walked)) == sorted(keys)
    assert scanned(store, FLAGS, limit=limit) == walked


def test_names_that_look_like_other_collections_do_not_leak(store: Store) -> None:
    mine = [("a", "b"), ("s#a", "b"), ("#", "#"), ("flags#a", "b"), ("\U0010ffff", "b"), ("$", "b")]
    store.add_new(FLAG, [(key, {}) for key in mine])
    store.add_new(FLAGS, [(("a", "theirs"), {}), (("\U0010ffff", "theirs"), {})])

    assert sorted(keys_of(scanned(store, FLAG, limit=2))) == sorted(mine)


def test_a_scan_holds_whole_documents(store: Store) -> None:
    store.put(FLAGS, ("shop", "a"), {"n": 1}, expect=ABSENT)
    document = store.put(FLAGS, ("shop", "a"), {"n": 2.0}, expect=1)

    assert store.scan(FLAGS, limit=5) == Page([document], None)


def test_a_scan_goes_on_although_its_last_document_was_deleted(store: Store) -> None:
    keys = [(f"shop {number}", "a") for number in range(20)]
    store.add_new(FLAGS, [(key, {}) for key in keys])
    first = store.scan(FLAGS, limit=8)
    store.delete_many(FLAGS, [document.key for document in first.documents])

    rest = store.scan(FLAGS, limit=50, after=first.next)

    seen = [document.key for document in (*first.documents, *rest.documents)]
    assert sorted(seen) == sorted(keys)
