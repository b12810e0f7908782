"""Where users fall: the hash in its fast forms is the hash in its plain one, and it is even."""

import math
from collections import Counter
from collections.abc import Callable
from random import Random
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.domain.given_evaluation import ANY_TEXT, PERCENTAGES
from tests.vectors import literal
from togglebox.evaluation.hashing import BUCKETS, LONGEST, buckets_below, buckets_of, hash_of, prefix_of

PERCENTILE: float = 148.23
"""Chi-square with 99 degrees of freedom is above this once in a thousand even samples (NIST handbook, 1.3.6.7.4)."""


def oracle(key: str, user: str) -> int:
    return literal.hashed(literal.units(key), literal.units(user))


@settings(max_examples=1000, deadline=None)
@given(ANY_TEXT, ANY_TEXT)
def test_any_text_hashes_as_in_the_plain_loop(key: str, user: str) -> None:
    assert hash_of(prefix_of(key), user) == oracle(key, user)


@settings(max_examples=300, deadline=None)
@given(st.text(st.characters(max_codepoint=127), max_size=40), st.integers(LONGEST - 3, LONGEST + 3))
def test_long_users_hash_as_in_the_plain_loop(start: str, length: int) -> None:
    user = start.ljust(length, "x")

    assert hash_of(prefix_of("dark-mode"), user) == oracle("dark-mode", user)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.text(max_size=10), max_size=30), ANY_TEXT)
def test_many_keys_at_once_hash_as_each_alone(keys: list[str], user: str) -> None:
    states = [prefix_of(key).state for key in keys]

    assert buckets_of(states, user) == [oracle(key, user) % BUCKETS for key in keys]


def test_the_halves_of_a_surrogate_pair_are_the_pair() -> None:
    assert hash_of(prefix_of("k"), "\ud83d\ude00") == hash_of(prefix_of("k"), "\U0001f600") == 3171918103


def test_a_user_of_ten_thousand_bytes_has_a_bucket() -> None:
    user = "x" * 10_000

    assert buckets_of([prefix_of("k").state], user) == [oracle("k", user) % BUCKETS]
    assert hash_of(prefix_of("k"), user) == oracle("k", user)


def test_every_hundredth_of_a_percent_is_one_bucket() -> None:
    assert [buckets_below(bucket / 100) for bucket in range(BUCKETS + 1)] == list(range(BUCKETS + 1))


@given(PERCENTAGES | st.floats())
def test_as_many_buckets_are_below_a_percentage_as_compare_so(percentage: float) -> None:
    assert buckets_below(percentage) == sum(bucket / 100 < percentage for bucket in range(BUCKETS))


@given(st.integers(0, BUCKETS - 1))
def test_a_percentage_right_beside_a_bucket_is_told_from_it(bucket: int) -> None:
    here = bucket / 100

    assert buckets_below(math.nextafter(here, -1)) == bucket
    assert buckets_below(here) == bucket
    assert buckets_below(math.nextafter(here, 101)) == bucket + 1


USERS: dict[str, Callable[[int], str]] = {
    "sequential": lambda number: f"user-{number}",
    "numbers": str,
    "UUIDs": lambda number: str(UUID(int=Random(number).getrandbits(128), version=4)),
    "e-mail addresses": lambda number: f"{('anna', 'ben', 'carla', 'dirk')[number % 4]}.{number // 4}@example.com",
}


@pytest.mark.parametrize("kind", USERS)
@pytest.mark.parametrize("key", ["dark-mode", "checkout-test", "a"])
def test_users_fall_evenly(kind: str, key: str) -> None:
    """Over 100 classes of buckets; the users are the same in every run, so chance has no part in it."""
    prefix, count = prefix_of(key), 20_000

    seen = Counter(hash_of(prefix, USERS[kind](number)) % BUCKETS // 100 for number in range(count))

    expected = count / 100
    assert sum((seen[each] - expected) ** 2 / expected for each in range(100)) < PERCENTILE
