"""Indexes: other orders, with those documents only that qualify."""

from itertools import product

import pytest

from tests.contract.catalogue import FLAG, FLAGS
from tests.contract.engines import Scale
from tests.contract.walk import sorts, walk
from togglebox.store.port import ABSENT, Store


@pytest.mark.needs("order by bytes")
def test_an_index_has_an_order_of_its_own(store: Store) -> None:
    ranks = {"a": "3", "b": "1", "c": "\U0001f600", "d": "\ufffd", "e": "2"}
    store.add_new(FLAGS, [((f"shop {key}", key), {"owner": "ann", "rank": rank}) for key, rank in ranks.items()])

    for limit in (1, 2, 5):
        assert sorts(walk(store, FLAGS, "ann", index="GSI1", limit=limit)) == ["b", "e", "a", "d", "c"]
        assert sorts(walk(store, FLAGS, "ann", index="GSI1", limit=limit, reverse=True)) == ["c", "d", "a", "e", "b"]


def test_an_index_holds_whole_documents(store: Store) -> None:
    document = store.put(FLAGS, ("shop", "a"), {"owner": "ann", "rank": "1", "more": [1.0]}, expect=ABSENT)

    assert list(store.page(FLAGS, "ann", index="GSI1", limit=5).documents) == [document]


def test_only_what_qualifies_is_listed(store: Store) -> None:
    store.add_new(
        FLAGS,
        [
            (("shop", "nobody's"), {}),
            (("shop", "ann's"), {"owner": "ann", "rank": "1"}),
            (("shop", "bob's"), {"owner": "bob", "rank": "1"}),
            (("shop", "red"), {"colour": "ann"}),
        ],
    )

    assert sorts(walk(store, FLAGS, "ann", index="GSI1", limit=5)) == ["ann's"]
    assert sorts(walk(store, FLAGS, "bob", index="GSI1", limit=5)) == ["bob's"]
    assert sorts(walk(store, FLAGS, "ann", index="GSI3", limit=5)) == ["red"]


def test_an_entry_follows_its_document(store: Store) -> None:
    key = ("shop", "a")
    store.put(FLAGS, key, {"owner": "ann", "rank": "1"}, expect=ABSENT)
    store.put(FLAGS, key, {"owner": "bob", "rank": "1"}, expect=1)

    assert walk(store, FLAGS, "ann", index="GSI1", limit=5) == []
    assert sorts(walk(store, FLAGS, "bob", index="GSI1", limit=5)) == ["a"]

    store.put(FLAGS, key, {"rank": "1"}, expect=2)
    assert walk(store, FLAGS, "bob", index="GSI1", limit=5) == []

    store.put(FLAGS, key, {"owner": "bob", "rank": "2"}, expect=3)
    assert sorts(walk(store, FLAGS, "bob", index="GSI1", limit=5)) == ["a"]

    store.delete(FLAGS, key, expect=4)
    assert walk(store, FLAGS, "bob", index="GSI1", limit=5) == []


def test_a_document_may_stand_in_several_indexes(store: Store) -> None:
    store.put(FLAGS, ("shop", "a"), {"owner": "ann", "rank": "1", "colour": "red"}, expect=ABSENT)

    assert sorts(walk(store, FLAGS, "ann", index="GSI1", limit=5)) == ["a"]
    assert sorts(walk(store, FLAGS, "red", index="GSI3", limit=5)) == ["a"]


def test_ties_are_walked_through_once_each(store: Store) -> None:
    keys = [(f"shop {number % 3}", f"{number:02}") for number in range(24)]
    store.add_new(FLAGS, [(key, {"colour": "red"}) for key in keys])

    for limit, reverse in product((1, 5, 8, 24), (False, True)):
        walked = walk(store, FLAGS, "red", index="GSI3", limit=limit, reverse=reverse)
        assert sorted(document.key for document in walked) == sorted(keys)


@pytest.mark.parametrize("reverse", [False, True])
def test_a_walk_among_ties_goes_on_although_its_last_document_was_deleted(store: Store, *, reverse: bool) -> None:
    keys = [(f"shop {number % 3}", f"{number:02}") for number in range(12)]
    store.add_new(FLAGS, [(key, {"colour": "red"}) for key in keys])
    first = store.page(FLAGS, "red", index="GSI3", limit=5, reverse=reverse)
    store.delete_many(FLAGS, [document.key for document in first.documents])

    rest = store.page(FLAGS, "red", index="GSI3", limit=12, after=first.next, reverse=reverse)

    assert rest.next is None
    assert sorted(document.key for document in (*first.documents, *rest.documents)) == sorted(keys)


BOUNDS = [None, "1", "2", "25", "4", "9"]


@pytest.mark.parametrize("low", BOUNDS)
@pytest.mark.parametrize("high", BOUNDS)
def test_bounds_are_those_of_the_index(store: Store, low: str | None, high: str | None) -> None:
    ranks = ["1", "2", "2", "3", "4", "4"]
    store.add_new(
        FLAGS, [(("shop", f"{9 - number}"), {"owner": "ann", "rank": rank}) for number, rank in enumerate(ranks)]
    )
    within = [rank for rank in ranks if (low or "") <= rank and (high is None or rank < high)]

    for limit, reverse in product((1, 2, 9), (False, True)):
        walked = walk(store, FLAGS, "ann", index="GSI1", limit=limit, reverse=reverse, low=low, high=high)
        assert [document.body["rank"] for document in walked] == sorted(within, reverse=reverse)


@pytest.mark.parametrize("reverse", [False, True])
def test_a_walk_goes_on_although_its_last_document_left_the_index(store: Store, *, reverse: bool) -> None:
    store.add_new(FLAGS, [(("shop", rank), {"owner": "ann", "rank": rank}) for rank in "123456"])
    first = store.page(FLAGS, "ann", index="GSI1", limit=3, reverse=reverse)
    last = first.documents[-1].key
    store.put(FLAGS, last, {}, expect=1)
    store.delete(FLAGS, last, expect=2)

    rest = store.page(FLAGS, "ann", index="GSI1", limit=9, after=first.next, reverse=reverse)

    assert sorts(list(rest.documents)) == list("321" if reverse else "456")


def test_a_walk_goes_on_within_narrower_bounds(store: Store) -> None:
    store.add_new(FLAGS, [(("shop", rank), {"owner": "ann", "rank": rank}) for rank in "123456"])
    at_three = store.page(FLAGS, "ann", index="GSI1", limit=3).next

    def follow(*, reverse: bool, low: str, high: str) -> list[str]:
        page = store.page(FLAGS, "ann", index="GSI1", limit=9, after=at_three, reverse=reverse, low=low, high=high)
        assert page.next is None
        return sorts(list(page.documents))

    assert follow(reverse=False, low="2", high="5") == ["4"]
    assert follow(reverse=False, low="4", high="6") == ["4", "5"]
    assert follow(reverse=False, low="1", high="3") == []
    assert follow(reverse=True, low="2", high="5") == ["2"]
    assert follow(reverse=True, low="1", high="2") == ["1"]
    assert follow(reverse=True, low="4", high="6") == []


@pytest.mark.parametrize(
    ("partition", "neighbour"), [("ann", "bob"), ("ann", "ann#"), ("a#b", "a"), ("ann", "ann "), ("ann", "Ann")]
)
def test_partitions_of_an_index_do_not_leak(store: Store, partition: str, neighbour: str) -> None:
    store.add_new(
        FLAGS,
        [
            (("shop", "mine"), {"owner": partition, "rank": "1"}),
            (("shop", "theirs"), {"owner": neighbour, "rank": "1"}),
        ],
    )
    store.add_new(
        FLAG,
        [
            (("shop", "another collection's"), {"owner": partition, "rank": "1"}),
            (("shop", "disguised"), {"owner": f"s#{partition}", "rank": "1"}),
        ],
    )

    assert sorts(walk(store, FLAGS, partition, index="GSI1", limit=1)) == ["mine"]
    assert sorts(walk(store, FLAG, partition, index="GSI1", limit=1)) == ["another collection's"]


def test_a_list_of_an_index_may_be_long(store: Store, scale: Scale) -> None:
    ranks = [f"{number * 7_919 % 100_003:06}" for number in range(scale.keys)]
    store.add_new(FLAGS, [((f"shop {rank[-1]}", rank), {"owner": "ann", "rank": rank}) for rank in ranks])

    assert sorts(walk(store, FLAGS, "ann", index="GSI1", limit=88)) == sorted(ranks)
