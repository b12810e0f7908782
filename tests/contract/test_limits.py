"""What no engine can hold is refused by all alike, before anything is sent; for reads it is simply absent."""

import string
from random import Random

import pytest

from tests.contract.catalogue import FLAGS
from tests.contract.walk import walk
from togglebox.errors import LimitExceeded, Malformed
from togglebox.store.port import ABSENT, MAX_BODY_BYTES, Page, StaleWrite, Store

KEY = ("shop", "checkout")

IMPOSSIBLE = [
    "",
    "\0",
    "nul\0inside",
    "\ud800",
    "surrogate \udfff alone",
    "x" * 1_025,
    "é" * 513,
    "\U0001f600" * 257,
]
NAMES = ["empty", "NUL", "NUL inside", "surrogate", "surrogate inside", "long", "long in bytes", "long emoji"]

impossible = pytest.mark.parametrize("part", IMPOSSIBLE, ids=NAMES)


@impossible
def test_an_impossible_key_is_not_written(store: Store, part: str) -> None:
    for key in ((part, "sort"), ("partition", part)):
        with pytest.raises(LimitExceeded):
            store.put(FLAGS, key, {}, expect=ABSENT)
        with pytest.raises(LimitExceeded):
            store.add_new(FLAGS, [(KEY, {}), (key, {})])

    assert store.scan(FLAGS, limit=10) == Page([], None)


@impossible
def test_an_impossible_key_is_absent(store: Store, part: str) -> None:
    other = store.put(FLAGS, KEY, {}, expect=ABSENT)
    for key in ((part, "sort"), ("partition", part)):
        assert store.get(FLAGS, key) is None
        assert store.get_many(FLAGS, [key, KEY]) == [None, other]
        with pytest.raises(StaleWrite):
            store.delete(FLAGS, key, expect=1)
        store.delete_many(FLAGS, [key])

    assert list(store.page(FLAGS, part, limit=5).documents) == []
    assert store.get(FLAGS, KEY) == other


@impossible
def test_an_impossible_key_of_an_index_is_not_written(store: Store, part: str) -> None:
    for entry in ({"owner": part, "rank": "1"}, {"owner": "ann", "rank": part}):
        with pytest.raises((LimitExceeded, ValueError)):  # a body with a lone surrogate is no JSON
            store.put(FLAGS, KEY, entry, expect=ABSENT)

    assert store.get(FLAGS, KEY) is None


@impossible
def test_an_impossible_place_to_go_on_is_a_broken_token(store: Store, part: str) -> None:
    with pytest.raises(Malformed):
        store.page(FLAGS, "shop", limit=5, after=part)


@pytest.mark.parametrize(
    "token", ["", "x", "{}", "[]", '["a"]', '["a","b",3]', '["a","b",""]', '["a","b","\\ud800"]', "[" * 100_000]
)
def test_a_token_that_is_not_ours_is_broken(store: Store, token: str) -> None:
    with pytest.raises(Malformed):
        store.page(FLAGS, "ann", limit=5, index="GSI1", after=token)
    with pytest.raises(Malformed):
        store.scan(FLAGS, limit=5, after=token)


def of_1024_bytes(letters: str, number: int) -> str:
    """Return a key that no engine can compress, of letters that have as many bytes each."""
    return "".join(Random(number).choices(letters, k=1_024 // len(letters[0].encode())))


ASCII = string.ascii_letters + string.digits
TWO_BYTES = "".join(map(chr, range(0x100, 0x700)))
FOUR_BYTES = "".join(map(chr, range(0x10000, 0x14000)))


@pytest.mark.parametrize("letters", [ASCII, TWO_BYTES, FOUR_BYTES], ids=["ASCII", "two bytes", "four bytes"])
def test_a_key_may_have_1024_bytes_in_each_part_and_in_those_of_each_index(store: Store, letters: str) -> None:
    partition, owner, colour, *sorts = (of_1024_bytes(letters, number) for number in range(9))
    sorts.sort(key=str.encode)
    written = [
        store.put(FLAGS, (partition, sort), {"owner": owner, "rank": rank, "colour": colour}, expect=ABSENT)
        for sort, rank in zip(sorts, reversed(sorts), strict=True)
    ]

    assert store.get_many(FLAGS, [document.key for document in written]) == written
    for limit in (1, 4, 6):
        for reverse in (False, True):
            assert walk(store, FLAGS, partition, limit=limit, reverse=reverse) == written[:: -1 if reverse else 1]
            by_rank = walk(store, FLAGS, owner, limit=limit, index="GSI1", reverse=reverse)
            assert by_rank == written[:: 1 if reverse else -1]
            assert len(walk(store, FLAGS, colour, limit=limit, index="GSI3", reverse=reverse)) == len(written)
    store.put(FLAGS, written[0].key, {}, expect=1)
    store.delete(FLAGS, written[1].key, expect=1)
    store.delete_many(FLAGS, [written[2].key])
    assert store.add_new(FLAGS, [(document.key, {}) for document in written]) == [False, True, True] + [False] * 3


@pytest.mark.parametrize("letter", ["x", "é", "\U0001f600", '"'], ids=["ASCII", "two bytes", "four bytes", "escaped"])
def test_a_body_has_at_most_300000_bytes(store: Store, letter: str) -> None:
    size = len(letter.encode()) if letter != '"' else 2
    room = MAX_BODY_BYTES - len('{"text":""}')
    text = letter * (room // size) + "x" * (room % size)
    document = store.put(FLAGS, KEY, {"text": text}, expect=ABSENT)

    with pytest.raises(LimitExceeded, match="at most 300,000 bytes; this one would have 300,001"):
        store.put(FLAGS, KEY, {"text": text + "x"}, expect=1)
    with pytest.raises(LimitExceeded):
        store.add_new(FLAGS, [(("shop", "new"), {}), (("shop", "large"), {"text": text + "x"})])

    assert store.get(FLAGS, KEY) == document
    assert store.get(FLAGS, ("shop", "new")) is None


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-1e400"), "\ud800", {"\udc00": 1}], ids=repr)
def test_what_is_not_json_is_not_written(store: Store, value: object) -> None:
    with pytest.raises(ValueError, match=r"(?i)json|surrogates"):
        store.put(FLAGS, KEY, {"value": value}, expect=ABSENT)

    assert store.get(FLAGS, KEY) is None
