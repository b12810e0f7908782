"""A document whose time is over is absent for every method, whether its engine has removed it or not."""

import pytest

from tests.contract.catalogue import FLAGS, START, TOKENS
from tests.contract.conftest import FixedClock
from tests.contract.engines import SWEEP
from tests.contract.walk import scanned, sorts, walk
from togglebox.store.port import ABSENT, Document, Page, StaleWrite, Store
from togglebox.wiring import sweep_of

KEY = ("ann", "token")


@pytest.fixture
def expired(store: Store, clock: FixedClock) -> Store:
    """Give a store with one document, version 3, that has expired."""
    for version in range(3):
        store.put(TOKENS, KEY, {"owner": "ann", "rank": "1", "ttl": START + 60}, expect=version)
    clock.now = START + 60
    return store


def test_a_document_lives_until_its_time(store: Store, clock: FixedClock) -> None:
    document = store.put(TOKENS, KEY, {"ttl": START + 60}, expect=ABSENT)

    clock.now = START + 59.999
    assert store.get(TOKENS, KEY) == document
    clock.now = START + 60
    assert store.get(TOKENS, KEY) is None


def test_a_document_without_a_time_does_not_expire(store: Store, clock: FixedClock) -> None:
    document = store.put(TOKENS, KEY, {}, expect=ABSENT)
    clock.now = START * 2

    assert store.get(TOKENS, KEY) == document
    assert store.put(TOKENS, KEY, {}, expect=1).version == 2


def test_in_other_collections_the_field_means_nothing(store: Store, clock: FixedClock) -> None:
    document = store.put(FLAGS, KEY, {"ttl": START - 1}, expect=ABSENT)
    clock.now = START * 2

    assert store.get(FLAGS, KEY) == document


def test_no_read_returns_it(expired: Store) -> None:
    assert expired.get(TOKENS, KEY) is None
    assert expired.get_many(TOKENS, [KEY]) == [None]
    assert expired.page(TOKENS, "ann", limit=5).documents == []
    assert expired.page(TOKENS, "ann", limit=5, index="GSI2").documents == []
    assert expired.scan(TOKENS, limit=5) == Page([], None)


def test_its_version_is_no_longer_seen(expired: Store) -> None:
    with pytest.raises(StaleWrite):
        expired.put(TOKENS, KEY, {"ttl": START + 600}, expect=3)
    with pytest.raises(StaleWrite):
        expired.delete(TOKENS, KEY, expect=3)

    assert expired.get(TOKENS, KEY) is None


def test_its_place_is_free(expired: Store) -> None:
    document = expired.put(TOKENS, KEY, {"ttl": START + 600}, expect=ABSENT)

    assert document == Document(KEY, 1, f'{{"ttl":{START + 600}}}')
    assert expired.get(TOKENS, KEY) == document
    assert expired.page(TOKENS, "ann", limit=5, index="GSI2").documents == []


def test_its_place_is_taken_once(expired: Store) -> None:
    expired.put(TOKENS, KEY, {"ttl": START + 600}, expect=ABSENT)

    with pytest.raises(StaleWrite):
        expired.put(TOKENS, KEY, {"ttl": START + 900}, expect=ABSENT)


def test_who_takes_its_place_may_stay(expired: Store, clock: FixedClock) -> None:
    document = expired.put(TOKENS, KEY, {}, expect=ABSENT)
    clock.now = START * 2

    assert expired.get(TOKENS, KEY) == document


def test_what_others_hold_in_its_place_may_be_restored(expired: Store) -> None:
    document = Document(KEY, 9, f'{{"ttl":{START + 600}}}')

    assert expired.restore(TOKENS, [document]) == [True]
    assert expired.restore(TOKENS, [document]) == [False]
    assert expired.get(TOKENS, KEY) == document
    assert expired.page(TOKENS, "ann", limit=5, index="GSI2").documents == []


@pytest.mark.parametrize("count", [1, 30])
def test_what_comes_too_late_is_taken_and_never_seen(store: Store, count: int) -> None:
    late = [(("ann", f"{number}"), {"owner": "ann", "rank": "1", "ttl": START - 1}) for number in range(count)]
    documents = [Document(key, 3, f'{{"ttl":{START}}}') for key, _ in late]

    for _ in range(2):  # it is in nobody's way
        assert store.add_new(TOKENS, late) == [True] * count
        assert store.restore(TOKENS, documents) == [True] * count

    assert store.get_many(TOKENS, [key for key, _ in late]) == [None] * count
    assert store.page(TOKENS, "ann", limit=5) == store.page(TOKENS, "bob", limit=5)
    assert store.page(TOKENS, "ann", limit=5, index="GSI2").documents == []
    assert store.scan(TOKENS, limit=5) == Page([], None)


def test_nothing_follows_where_only_expired_ones_do(store: Store, clock: FixedClock) -> None:
    bodies = {"a": {}, "b": {}, "c": {"ttl": START + 1}, "d": {"ttl": START + 1}}
    store.add_new(TOKENS, [(("ann", key), {"owner": "ann", "rank": key, **body}) for key, body in bodies.items()])
    clock.now = START + 1

    assert store.page(TOKENS, "ann", limit=2).next is None
    assert store.page(TOKENS, "ann", limit=2, index="GSI2").next is None
    assert store.scan(TOKENS, limit=2).next is None
    assert sorts(list(store.page(TOKENS, "ann", limit=1, reverse=True).documents)) == ["b"]


@pytest.mark.needs(SWEEP)
def test_sweeping_removes_what_has_expired_and_nothing_else(store: Store, clock: FixedClock) -> None:
    sweep = sweep_of(store)
    store.add_new(FLAGS, [(KEY, {"ttl": START - 1})])
    living = [(("ann", "for ever"), {}), (("ann", "for long"), {"ttl": START + 3})]
    store.add_new(TOKENS, [*living, *((("ann", f"{number}"), {"ttl": START + 1}) for number in range(10))])
    store.add_new(TOKENS, [(("bob", "revived"), {"ttl": START + 1})])
    clock.now = START + 2
    revived = store.put(TOKENS, ("bob", "revived"), {"ttl": START + 3}, expect=ABSENT)
    before = store.scan(TOKENS, limit=20)

    assert [sweep(0), sweep(4), sweep(4), sweep(4), sweep(4)] == [0, 4, 4, 2, 0]

    assert len(before.documents) == 3
    assert store.scan(TOKENS, limit=20) == before
    assert store.get(TOKENS, ("bob", "revived")) == revived
    assert store.get(FLAGS, KEY) is not None
    clock.now = START + 3
    assert sweep(100) == 2


def test_it_is_deleted_in_bulk_without_a_word(expired: Store) -> None:
    expired.delete_many(TOKENS, [KEY])

    assert expired.get(TOKENS, KEY) is None


def test_a_life_is_prolonged_by_writing(store: Store, clock: FixedClock) -> None:
    store.put(TOKENS, KEY, {"ttl": START + 60}, expect=ABSENT)
    document = store.put(TOKENS, KEY, {"ttl": START + 600}, expect=1)
    clock.now = START + 61

    assert store.get(TOKENS, KEY) == document


@pytest.mark.parametrize("limit", [1, 3, 10])
def test_pages_are_filled_with_what_lives(store: Store, clock: FixedClock, limit: int) -> None:
    living = {f"{number:03}" for number in range(0, 150, 13)}
    store.add_new(
        TOKENS,
        [
            (
                ("ann", f"{number:03}"),
                {"owner": "bob", "rank": f"{number:03}", "ttl": START + (99 if f"{number:03}" in living else 1)},
            )
            for number in range(150)
        ],
    )
    clock.now = START + 2

    assert sorts(walk(store, TOKENS, "ann", limit=limit)) == sorted(living)
    assert sorts(walk(store, TOKENS, "ann", limit=limit, reverse=True)) == sorted(living, reverse=True)
    assert sorts(walk(store, TOKENS, "bob", limit=limit, index="GSI2")) == sorted(living)


def test_a_scan_passes_over_what_has_expired(store: Store, clock: FixedClock) -> None:
    store.add_new(TOKENS, [(("ann", f"{number}"), {"ttl": START + 1 + number % 3}) for number in range(30)])
    clock.now = START + 2

    seen = scanned(store, TOKENS, limit=4)

    assert sorted(int(key) for key in sorts(seen)) == [number for number in range(30) if number % 3 == 2]
