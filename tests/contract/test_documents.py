"""Single documents: written on condition, read back as they were."""

from typing import Any

import pytest

from tests.contract.catalogue import FLAG, FLAGS
from tests.contract.engines import Scale
from togglebox.store.port import ABSENT, Document, StaleWrite, Store, encode

KEY = ("shop", "checkout")


def test_what_was_never_written_is_absent(store: Store) -> None:
    assert store.get(FLAGS, KEY) is None


def test_the_first_write_makes_version_one(store: Store) -> None:
    written = store.put(FLAGS, KEY, {"on": True}, expect=ABSENT)

    assert written == Document(KEY, 1, '{"on":true}')
    assert store.get(FLAGS, KEY) == written


def test_each_write_makes_the_next_version(store: Store) -> None:
    for version in range(4):
        store.put(FLAGS, KEY, {"try": version}, expect=version)

    assert store.get(FLAGS, KEY) == Document(KEY, 4, '{"try":3}')


def test_each_read_sees_the_write_before_it(store: Store) -> None:
    seen: list[Document | None] = [store.get(FLAGS, KEY)]
    written: list[Document | None] = [None]
    for version in range(5):
        written.append(store.put(FLAGS, KEY, {"try": version}, expect=version))
        seen.append(store.get(FLAGS, KEY))
    store.delete(FLAGS, KEY, expect=5)

    assert seen == written
    assert store.get(FLAGS, KEY) is None
    assert store.get_many(FLAGS, [KEY]) == [None]


WRONG = [ABSENT, 1, 2, 4, 5, 13, 30, 2**31, 2**40]
"""What those expect who did not see version 3."""


@pytest.fixture
def third(store: Store) -> Document:
    """Write a document for the third time, and so do others around it."""
    for sort in ("checkou", "checkout", "checkout "):
        for version in range(3):
            store.put(FLAGS, ("shop", sort), {"owner": "ann", "rank": sort, "try": version}, expect=version)
    document = store.get(FLAGS, KEY)
    assert document is not None
    return document


@pytest.mark.parametrize("seen", WRONG)
def test_who_did_not_see_the_last_version_writes_nothing(store: Store, third: Document, seen: int) -> None:
    with pytest.raises(StaleWrite):
        store.put(FLAGS, KEY, {"owner": "bob", "rank": "1", "lost": True}, expect=seen)

    assert store.get(FLAGS, KEY) == third
    assert [document.version for document in store.page(FLAGS, "shop", limit=5).documents] == [3, 3, 3]
    assert len(store.page(FLAGS, "ann", index="GSI1", limit=5).documents) == 3
    assert store.page(FLAGS, "bob", index="GSI1", limit=5).documents == []


@pytest.mark.parametrize("seen", WRONG)
def test_who_did_not_see_the_last_version_deletes_nothing(store: Store, third: Document, seen: int) -> None:
    with pytest.raises(StaleWrite):
        store.delete(FLAGS, KEY, expect=seen)

    assert store.get(FLAGS, KEY) == third
    assert len(store.page(FLAGS, "shop", limit=5).documents) == 3


def test_a_write_touches_its_own_document_only(store: Store, third: Document) -> None:
    before = [document for document in store.page(FLAGS, "shop", limit=5).documents if document.key != KEY]

    fourth = store.put(FLAGS, KEY, {"try": 3}, expect=3)
    assert list(store.page(FLAGS, "shop", limit=5).documents) == [before[0], fourth, before[1]]

    store.delete(FLAGS, KEY, expect=4)
    assert list(store.page(FLAGS, "shop", limit=5).documents) == before


@pytest.mark.parametrize("seen", [1, 2])
def test_what_is_absent_is_not_updated(store: Store, seen: int) -> None:
    with pytest.raises(StaleWrite):
        store.put(FLAGS, KEY, {"lost": True}, expect=seen)

    assert store.get(FLAGS, KEY) is None


@pytest.mark.parametrize("seen", [1, 2, 3])
def test_what_was_deleted_is_not_updated(store: Store, seen: int) -> None:
    store.put(FLAGS, KEY, {}, expect=ABSENT)
    store.put(FLAGS, KEY, {}, expect=1)
    store.delete(FLAGS, KEY, expect=2)

    with pytest.raises(StaleWrite):
        store.put(FLAGS, KEY, {"lost": True}, expect=seen)

    assert store.get(FLAGS, KEY) is None


def test_what_was_deleted_begins_again_at_version_one(store: Store) -> None:
    store.put(FLAGS, KEY, {"life": 1}, expect=ABSENT)
    store.delete(FLAGS, KEY, expect=1)

    assert store.put(FLAGS, KEY, {"life": 2}, expect=ABSENT) == Document(KEY, 1, '{"life":2}')


@pytest.mark.parametrize("seen", [ABSENT, 1])
def test_what_is_absent_is_not_deleted(store: Store, seen: int) -> None:
    with pytest.raises(StaleWrite):
        store.delete(FLAGS, KEY, expect=seen)


def test_many_are_returned_in_the_order_asked_for(store: Store) -> None:
    keys = [(f"partition {number % 7}", f"flag {number}") for number in range(230)]
    written = {key: store.put(FLAGS, key, {"key": key}, expect=ABSENT) for key in keys[:115]}
    asked = [*reversed(keys), *keys[50:170], keys[0], keys[0]]

    assert store.get_many(FLAGS, asked) == [written.get(key) for key in asked]


def test_none_are_asked_for_and_none_returned(store: Store) -> None:
    assert store.get_many(FLAGS, []) == []


def test_many_large_ones_are_returned_whole(store: Store) -> None:
    keys = [("large", f"{number:03}") for number in range(60)]
    for key in keys:
        store.put(FLAGS, key, {"text": f"{key[1]:x>290000}"}, expect=ABSENT)

    assert [document and document.body["text"][-3:] for document in store.get_many(FLAGS, keys)] == [
        key[1] for key in keys
    ]


def test_many_are_deleted_whatever_their_versions(store: Store, scale: Scale) -> None:
    keys = [(f"partition {number % 3}", f"flag {number}") for number in range(scale.keys // 5)]
    store.add_new(FLAGS, [(key, {}) for key in keys])
    store.add_new(FLAG, [(key, {}) for key in keys[:9]])
    store.put(FLAGS, keys[0], {}, expect=1)

    store.delete_many(FLAGS, [*keys[:-3], ("partition 0", "absent"), keys[1], keys[1]])

    assert [document.key for document in store.get_many(FLAGS, keys) if document is not None] == keys[-3:]
    assert None not in store.get_many(FLAG, keys[:9])


def test_none_are_deleted(store: Store) -> None:
    store.delete_many(FLAGS, [])


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ((FLAG, ("a", "b")), (FLAGS, ("a", "b"))),
        ((FLAGS, ("a", "b#c")), (FLAGS, ("a#b", "c"))),
        ((FLAG, ("s#a", "b")), (FLAGS, ("a", "b"))),
        ((FLAGS, ("a", "b")), (FLAGS, ("A", "b"))),
        ((FLAGS, ("a", "b")), (FLAGS, ("a", "b "))),
        ((FLAGS, ("a ", "b")), (FLAGS, ("a", "b"))),
        ((FLAGS, ("a", "é")), (FLAGS, ("a", "e\N{COMBINING ACUTE ACCENT}"))),
        ((FLAGS, ("a", "%")), (FLAGS, ("a", "b"))),
        ((FLAGS, ("a", "1")), (FLAGS, ("a", "01"))),
    ],
)
def test_keys_that_look_alike_do_not_meet(
    store: Store, one: tuple[str, tuple[str, str]], other: tuple[str, tuple[str, str]]
) -> None:
    first = store.put(*one, {"of": "one"}, expect=ABSENT)
    second = store.put(*other, {"of": "other"}, expect=ABSENT)

    assert (store.get(*one), store.get(*other)) == (first, second)
    store.delete(*one, expect=1)
    assert (store.get(*one), store.get(*other)) == (None, second)


def nested(depth: int) -> Any:
    return [{"deeper": nested(depth - 1)}] if depth else "ground"


@pytest.mark.parametrize(
    "value",
    [
        2.0,
        0.1,
        -0.0,
        1e300,
        2**53,
        2**53 + 1,
        2**63,
        -(2**63) - 1,
        10**40,
        True,
        None,
        "",
        "a\0b",
        "quotes ' \" and \\ and \n and \u2028",
        "\U0001f600 e\N{COMBINING ACUTE ACCENT} \ufffd \uffff",
        "NULL",
        "'); DROP TABLE togglebox_flags; --",
        [],
        {},
        {"z": {"y": [1, [2.5, {"x": None}]]}, "a": 1, "": 2, "#": 3},
        {"$set": {"a.b": 1}, "_id": 2, "pk": 3, "version": 4, "body": 5, "ttl": 6, "expires": 7},
        nested(50),
        "2024-02-29T12:00:00Z",
    ],
    ids=lambda value: repr(value)[:60],
)
def test_bodies_come_back_as_they_were(store: Store, value: Any) -> None:
    body = {"z": value, "a": value, "m": [value]}

    store.put(FLAGS, KEY, body, expect=ABSENT)

    stored = store.get(FLAGS, KEY)
    assert stored is not None
    assert stored.text == encode(body)
    assert repr(stored.body) == repr(body)


def test_a_body_is_not_shared_with_the_store(store: Store) -> None:
    body = {"list": [1]}
    store.put(FLAGS, KEY, body, expect=ABSENT)
    body["list"].append(2)

    read = store.get(FLAGS, KEY)
    assert read is not None
    read.body["list"].append(3)

    assert store.get(FLAGS, KEY) == Document(KEY, 1, '{"list":[1]}')
