"""Adding what is not there yet, in bulk: each document counts as new once, whoever brings it."""

import pytest

from tests.contract.catalogue import FLAGS, START, TOKENS
from tests.contract.conftest import FixedClock
from togglebox.store.port import ABSENT, Document, Store


def test_those_not_there_are_new(store: Store) -> None:
    store.put(FLAGS, ("shop", "b"), {"mine": True}, expect=ABSENT)

    new = store.add_new(FLAGS, [(("shop", key), {"key": key}) for key in "abc"])

    assert new == [True, False, True]
    assert store.get_many(FLAGS, [("shop", key) for key in "abc"]) == [
        Document(("shop", "a"), 1, '{"key":"a"}'),
        Document(("shop", "b"), 1, '{"mine":true}'),
        Document(("shop", "c"), 1, '{"key":"c"}'),
    ]


@pytest.mark.parametrize("count", [0, 1, 2, 25, 26, 51])
def test_any_number_may_be_added(store: Store, count: int) -> None:
    documents = [((f"shop {number % 4}", f"{number}"), {"n": number}) for number in range(count)]

    assert store.add_new(FLAGS, documents) == [True] * count
    assert store.add_new(FLAGS, documents) == [False] * count


def test_documents_may_come_from_a_generator(store: Store) -> None:
    assert store.add_new(FLAGS, ((("shop", key), {}) for key in "ab")) == [True, True]


@pytest.mark.parametrize("count", [2, 60])
def test_of_equal_keys_the_first_is_new(store: Store, count: int) -> None:
    new = store.add_new(FLAGS, [(("shop", "a"), {"n": number}) for number in range(count)])

    assert new == [True] + [False] * (count - 1)
    assert store.get(FLAGS, ("shop", "a")) == Document(("shop", "a"), 1, '{"n":0}')


def test_what_is_restored_keeps_its_version_and_its_text(store: Store) -> None:
    store.put(FLAGS, ("shop", "b"), {"mine": True}, expect=ABSENT)
    away = [Document(("shop", key), 7, f'{{"b":{number},"a":2.0}}') for number, key in enumerate("abc")]

    assert store.restore(FLAGS, away) == [True, False, True]
    assert store.restore(FLAGS, away) == [False, False, False]
    assert store.get_many(FLAGS, [("shop", key) for key in "abc"]) == [
        away[0],
        Document(("shop", "b"), 1, '{"mine":true}'),
        away[2],
    ]
    assert store.put(FLAGS, ("shop", "a"), {}, expect=7).version == 8


def test_what_is_added_is_listed(store: Store) -> None:
    store.add_new(FLAGS, [(("shop", key), {"owner": "ann", "rank": key}) for key in "ab"])

    assert [document.key[1] for document in store.page(FLAGS, "ann", index="GSI1", limit=5).documents] == ["a", "b"]


@pytest.mark.parametrize("count", [1, 30])
def test_an_expired_one_is_replaced_and_new(store: Store, clock: FixedClock, count: int) -> None:
    keys = [("shop", f"{number}") for number in range(count)]
    store.add_new(TOKENS, [(key, {"try": 1, "ttl": START + 10 + number % 2}) for number, key in enumerate(keys)])
    clock.now = START + 10.5

    new = store.add_new(TOKENS, [(key, {"try": 2, "ttl": START + 99, "owner": "ann", "rank": key[1]}) for key in keys])

    assert new == [number % 2 == 0 for number in range(count)]
    tries = [document and document.body["try"] for document in store.get_many(TOKENS, keys)]
    assert tries == [2 if number % 2 == 0 else 1 for number in range(count)]
    assert len(store.page(TOKENS, "ann", index="GSI2", limit=99).documents) == sum(new)
