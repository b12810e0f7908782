"""A document whose time is over is absent for every method, whether its engine has removed it or not."""

import pytest

from tests.contract.catalogue import FLAGS, START, TOKENS
from tests.contract.conftest import FixedClock
from tests.contract.walk import sorts, walk
from togglebox.store.port import ABSENT, Document, Page, StaleWrite, Store

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

    seen: list[Document] = []
    after = None
    while True:
        page = store.scan(TOKENS, limit=4, after=after)
        seen += page.documents
        if (after := page.next) is None:
            break

    assert sorted(int(key) for key in sorts(seen)) == [number for number in range(30) if number % 3 == 2]
