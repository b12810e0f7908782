"""Pages: in the order of the keys' UTF-8 bytes, complete, and resumed where they ended."""

from functools import cache
from itertools import product
from random import Random

import pytest

from tests.contract.catalogue import FLAG, FLAGS
from tests.contract.engines import Scale
from tests.contract.walk import pages, sorts, walk
from togglebox.store.port import ABSENT, Page, Store

PIECES = [
    *"aAzZ09-_%~.,;:'\"\\#/*?{}[]()+=&<>|^`$@!\x01\x7f\t\n",
    *(
        "ä",
        "é",
        "e\N{COMBINING ACUTE ACCENT}",
        "ß",
        "İ",
        "\N{LATIN SMALL LETTER DOTLESS I}",
        "ﬀ",
        "Ω",
        "я",
        "א",
        "中",
        "\u200b",
        "\ue000",
    ),
    *("\ufffd", "\uffff", "\U00010000", "\U0001f600", "\U0001f468\u200d\U0001f469", "\U0010ffff"),
    *("a ", " a", "a  ", "--", "..", "NULL", "a%", "a_", "1e3", "0x1"),
]


@cache
def keys(count: int) -> list[str]:
    """Return so many different sort keys, in no order."""
    both = [left + right for left, right in product(PIECES, PIECES)]
    return Random(7).sample(sorted({*PIECES, *both}), count)


@pytest.mark.needs("order by bytes")
def test_pages_are_in_the_order_of_utf_8_bytes(store: Store, scale: Scale) -> None:
    written = keys(scale.keys)
    store.add_new(FLAGS, [(("shop", key), {}) for key in written])

    assert sorts(walk(store, FLAGS, "shop", limit=97)) == sorted(written, key=str.encode)


@pytest.mark.needs("order by bytes")
def test_pages_walk_backwards_too(store: Store, scale: Scale) -> None:
    written = keys(scale.keys)
    store.add_new(FLAGS, [(("shop", key), {}) for key in written])

    assert sorts(walk(store, FLAGS, "shop", limit=101, reverse=True)) == sorted(written, key=str.encode, reverse=True)


def test_a_page_holds_whole_documents(store: Store) -> None:
    first = store.put(FLAGS, ("shop", "a"), {"n": 1}, expect=ABSENT)
    store.put(FLAGS, ("shop", "b"), {"n": 1}, expect=ABSENT)
    second = store.put(FLAGS, ("shop", "b"), {"n": 2}, expect=1)

    assert list(store.page(FLAGS, "shop", limit=5).documents) == [first, second]


def test_an_empty_partition_has_an_empty_page(store: Store) -> None:
    assert walk(store, FLAGS, "shop", limit=5) == []


@pytest.mark.parametrize("limit", [1, 2, 3, 4, 6, 7, 12, 13])
@pytest.mark.parametrize("reverse", [False, True])
def test_the_next_page_is_announced_exactly_when_something_follows(store: Store, limit: int, *, reverse: bool) -> None:
    written = [f"{number:02}" for number in range(12)]
    store.add_new(FLAGS, [(("shop", key), {}) for key in written])

    assert sorts(walk(store, FLAGS, "shop", limit=limit, reverse=reverse)) == sorted(written, reverse=reverse)


def test_next_is_the_last_sort_key(store: Store) -> None:
    store.add_new(FLAGS, [(("shop", key), {}) for key in "abc"])

    assert store.page(FLAGS, "shop", limit=2).next == "b"
    assert store.page(FLAGS, "shop", limit=2, reverse=True).next == "b"


@pytest.mark.parametrize("reverse", [False, True])
def test_a_walk_goes_on_although_its_last_document_was_deleted(store: Store, *, reverse: bool) -> None:
    store.add_new(FLAGS, [(("shop", key), {}) for key in "abcdefg"])
    first = store.page(FLAGS, "shop", limit=3, reverse=reverse)
    store.delete_many(FLAGS, [document.key for document in first.documents])

    rest = store.page(FLAGS, "shop", limit=9, after=first.next, reverse=reverse)

    assert sorts(list(rest.documents)) == list("dcba" if reverse else "defg")


@pytest.mark.parametrize("reverse", [False, True])
def test_a_long_walk_misses_nothing_while_others_delete_and_write(store: Store, scale: Scale, *, reverse: bool) -> None:
    written = [f"{number:05}" for number in range(scale.keys // 5)]
    store.add_new(FLAGS, [(("shop", key), {}) for key in written])

    seen: list[str] = []
    for page in pages(lambda after: store.page(FLAGS, "shop", limit=41, after=after, reverse=reverse), limit=41):
        seen += sorts(list(page.documents))
        store.delete_many(FLAGS, [document.key for document in page.documents])
        last = page.documents[-1].key
        store.put(FLAGS, last, {"came": "back"}, expect=ABSENT)  # behind the walk: it is not seen again

    assert seen == sorted(written, reverse=reverse)


@pytest.mark.parametrize("after", ["Z", "aa", "c", "d#", "zz"])
@pytest.mark.parametrize("reverse", [False, True])
def test_a_walk_goes_on_after_any_key(store: Store, after: str, *, reverse: bool) -> None:
    written = ["a", "b", "c", "d", "e"]
    store.add_new(FLAGS, [(("shop", key), {}) for key in written])

    page = store.page(FLAGS, "shop", limit=9, after=after, reverse=reverse)

    follow = [key for key in written if (key < after if reverse else key > after)]
    assert sorts(list(page.documents)) == sorted(follow, reverse=reverse)


BOUNDS = [None, "", "Z", "b", "bb", "d", "e", "zz", "\U0010ffff"]


@pytest.mark.parametrize("low", BOUNDS)
@pytest.mark.parametrize("high", BOUNDS)
def test_bounds_include_the_low_and_exclude_the_high(store: Store, low: str | None, high: str | None) -> None:
    written = ["a", "b", "b#", "bb", "c", "d", "e"]
    store.add_new(FLAGS, [(("shop", key), {}) for key in written])
    within = [key for key in written if (low or "") <= key and (high is None or key < high)]

    for limit, reverse in product((1, 2, 9), (False, True)):
        walked = walk(store, FLAGS, "shop", limit=limit, reverse=reverse, low=low, high=high)
        assert sorts(walked) == sorted(within, reverse=reverse)


@pytest.mark.parametrize("after", ["Z", "a", "b", "bb", "c", "d", "e", "zz"])
@pytest.mark.parametrize("reverse", [False, True])
def test_bounds_hold_wherever_a_walk_goes_on(store: Store, after: str, *, reverse: bool) -> None:
    written = ["a", "b", "bb", "c", "d", "e"]
    store.add_new(FLAGS, [(("shop", key), {}) for key in written])

    page = store.page(FLAGS, "shop", limit=9, after=after, reverse=reverse, low="b", high="d")

    follow = [key for key in ["b", "bb", "c"] if (key < after if reverse else key > after)]
    assert page == Page(page.documents, None)
    assert sorts(list(page.documents)) == sorted(follow, reverse=reverse)


@pytest.mark.parametrize(
    ("partition", "neighbour"),
    [
        ("a", "b"),
        ("a", "a#"),
        ("a#b", "a"),
        ("shop", "shop "),
        ("shop", "Shop"),
        ("a", "a%"),
        ("_", "x"),
        ("é", "e\u0301"),
    ],
)
def test_partitions_do_not_leak(store: Store, partition: str, neighbour: str) -> None:
    store.add_new(FLAGS, [((partition, "mine"), {}), ((neighbour, "theirs"), {})])
    store.add_new(FLAG, [((partition, "another collection's"), {}), ((f"s#{partition}", "disguised"), {})])

    assert sorts(walk(store, FLAGS, partition, limit=1)) == ["mine"]
    assert sorts(walk(store, FLAGS, neighbour, limit=1)) == ["theirs"]
    assert sorts(walk(store, FLAG, partition, limit=1)) == ["another collection's"]


def test_pages_of_large_documents_are_full(store: Store) -> None:
    written = [f"{number:02}" for number in range(15)]
    for key in written:
        store.put(FLAGS, ("shop", key), {"text": "x" * 290_000}, expect=ABSENT)

    assert sorts(walk(store, FLAGS, "shop", limit=10)) == written
    assert sorts(walk(store, FLAGS, "shop", limit=15, reverse=True)) == written[::-1]
