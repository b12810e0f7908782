"""The throttle: as many tries as a limit says in a window, whoever counts at once; the allowance that spends it."""

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Final

import pytest

from tests.api.world import FixedClock, WatchedStore
from togglebox.adapters.memory import MemoryStore
from togglebox.auth import throttle as limits
from togglebox.auth.allowance import Allowance
from togglebox.auth.recent import MOST, Recent
from togglebox.auth.throttle import Limit, Throttle, network
from togglebox.errors import TooManyRequests
from togglebox.store.port import StoreUnavailable

THREE: Final = Limit("three", 3, 60)
OTHER: Final = Limit("other", 3, 60)


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture
def store(clock: FixedClock) -> WatchedStore:
    return WatchedStore(MemoryStore(clock.epoch))


@pytest.fixture
def throttle(store: WatchedStore, clock: FixedClock) -> Throttle:
    return Throttle(store, now=clock.now)


def taken(throttle: Throttle, limit: Limit = THREE, subject: str = "x", *, tries: int = 10) -> int:
    """Return how many of *tries* are let through."""
    through = 0
    for _ in range(tries):
        with suppress(TooManyRequests):
            through += throttle.take(limit, subject)
    return through


def test_the_limits_are_those_that_are_documented() -> None:
    found = {limit.kind: (limit.most, limit.within) for limit in vars(limits).values() if isinstance(limit, Limit)}

    assert found == {
        "credentials": (60, 60),
        "login-here": (5, 900),
        "login-from": (50, 900),
        "login-elsewhere": (100, 3_600),
        "registration": (10, 3_600),
        "reset-from": (20, 3_600),
        "reset-of": (3, 3_600),
    }


def test_a_window_has_so_many_tries_and_the_next_one_has_them_again(throttle: Throttle, clock: FixedClock) -> None:
    assert taken(throttle) == 3
    clock.advance(seconds=59)
    assert taken(throttle) == 0
    clock.advance(seconds=1)
    assert taken(throttle) == 3


def test_limits_and_subjects_do_not_meet(throttle: Throttle) -> None:
    assert taken(throttle) == 3
    assert taken(throttle, subject="y") == 3
    assert taken(throttle, OTHER) == 3


def test_who_is_refused_is_told_when_the_window_ends(throttle: Throttle, clock: FixedClock) -> None:
    clock.advance(seconds=17.5)
    taken(throttle)

    with pytest.raises(TooManyRequests) as refused:
        throttle.take(THREE, "x")
    with pytest.raises(TooManyRequests) as checked:
        throttle.check((OTHER, "x"), (THREE, "x"))

    assert refused.value.retry_after == checked.value.retry_after == 43


def test_all_processes_count_as_one(store: WatchedStore, clock: FixedClock) -> None:
    processes = [Throttle(store, now=clock.now) for _ in range(4)]

    assert sum(taken(process, tries=2) for process in processes) == 3
    with pytest.raises(TooManyRequests):
        Throttle(store, now=clock.now).check((THREE, "x"))


def test_who_counts_at_the_same_time_is_not_forgotten(store: WatchedStore, clock: FixedClock) -> None:
    first, second = Throttle(store, now=clock.now), Throttle(store, now=clock.now)
    store.meanwhile("put attempts", lambda: second.take(THREE, "x"))

    first.take(THREE, "x")

    assert taken(Throttle(store, now=clock.now)) == 1


def test_among_too_many_at_once_the_try_is_refused(store: WatchedStore, throttle: Throttle, clock: FixedClock) -> None:
    busy = Limit("busy", 10_000, 60)
    other = Throttle(store, now=clock.now)

    def overtake() -> None:
        store.meanwhile("put attempts", lambda: None)
        other.take(busy, "x")
        store.meanwhile("put attempts", overtake)

    store.meanwhile("put attempts", overtake)
    with pytest.raises(TooManyRequests) as refused:
        throttle.take(busy, "x")

    assert refused.value.retry_after == 1
    assert len(store.calls) < 100


def test_checking_reads_once_and_uses_nothing_up(store: WatchedStore, throttle: Throttle) -> None:
    for _ in range(5):
        throttle.check((THREE, "x"), (OTHER, "y"))

    assert store.calls == ["get_many attempts"] * 5
    assert store.content() == {}


def test_a_try_costs_a_read_and_a_write_and_a_refusal_nothing(store: WatchedStore, throttle: Throttle) -> None:
    throttle.take(THREE, "x")
    assert store.calls == ["get attempts", "put attempts"]
    taken(throttle)
    store.calls.clear()

    taken(throttle)
    throttle.count(THREE, "x")

    assert store.calls == []


def test_what_is_left_is_given_when_more_is_asked_for(throttle: Throttle) -> None:
    assert throttle.take(THREE, "x", amount=2) == 2
    assert throttle.take(THREE, "x", amount=2) == 1


def test_to_count_refuses_nobody_and_never_counts_past_the_limit(store: WatchedStore, throttle: Throttle) -> None:
    for _ in range(10):
        throttle.count(THREE, "x")

    (document,) = store.content()["attempts"]
    assert document.body["count"] == 3


def test_who_succeeds_has_all_tries_again(throttle: Throttle) -> None:
    taken(throttle)
    throttle.forget(THREE, "x")

    assert taken(throttle) == 3


def test_documents_hold_no_subject_and_expire(store: WatchedStore, throttle: Throttle, clock: FixedClock) -> None:
    throttle.take(THREE, "ada@example.com")

    assert "ada" not in repr(store.content())
    clock.advance(seconds=119)
    assert store.content()
    clock.advance(seconds=2)
    assert not store.content()


def test_a_database_that_is_away_lets_nobody_guess(store: WatchedStore, throttle: Throttle) -> None:
    store.away = True

    for ask in (lambda: throttle.take(THREE, "x"), lambda: throttle.check((THREE, "x"))):
        with pytest.raises(StoreUnavailable):
            ask()


def test_what_is_remembered_is_bounded(throttle: Throttle) -> None:
    one = Limit("one", 1, 60)
    for number in range(limits.MOST_REMEMBERED + 10):
        taken(throttle, one, str(number), tries=2)

    assert len(throttle._used_up) <= limits.MOST_REMEMBERED
    assert taken(throttle, one, "1", tries=2) == 0


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::1", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("unix:", "unix:"),
        ("", ""),
    ],
)
def test_a_network_is_an_ipv4_address_or_what_one_ipv6_customer_gets(address: str, counted: str) -> None:
    assert network(address) == counted


# The allowance of API keys


def spent(allowance: Allowance, tries: int, key: str = "k") -> int:
    through = 0
    for _ in range(tries):
        with suppress(TooManyRequests):
            allowance.spend(key)
            through += 1
    return through


def test_a_key_asks_as_often_as_it_may(throttle: Throttle, clock: FixedClock) -> None:
    allowance = Allowance(throttle, Limit("key", 250, 1.5), now=clock.now)

    assert spent(allowance, 300) == 250
    assert spent(allowance, 10, "another") == 10
    clock.advance(seconds=1.5)
    assert spent(allowance, 300) == 250


def test_the_limit_is_that_of_all_processes_together(store: WatchedStore, clock: FixedClock) -> None:
    limit = Limit("key", 250, 60)
    processes = [Allowance(Throttle(store, now=clock.now), limit, now=clock.now) for _ in range(3)]

    assert sum(spent(process, 100) for process in processes) == 250


def test_the_database_is_asked_once_for_a_hundredth_of_the_limit(
    store: WatchedStore, throttle: Throttle, clock: FixedClock
) -> None:
    allowance = Allowance(throttle, Limit("key", 1_000, 60), now=clock.now)

    spent(allowance, 100)

    assert store.calls == ["get attempts", "put attempts"] * 10


# What was read a moment ago


class Reading:
    """Counts how often it is read, and returns that."""

    def __init__(self) -> None:
        self.times = 0
        self.meanwhile: Callable[[], None] = lambda: None

    def __call__(self) -> int:
        self.times += 1
        self.meanwhile()
        return self.times


def test_what_was_read_is_read_again_after_some_seconds(clock: FixedClock) -> None:
    recent, reading = Recent[int](clock.seconds, 5), Reading()

    assert [recent.get("a", reading) for _ in range(3)] == [1, 1, 1]
    clock.advance(seconds=4.9)
    assert recent.get("a", reading) == 1
    clock.advance(seconds=0.1)
    assert recent.get("a", reading) == 2


def test_what_took_long_to_read_is_as_old_as_when_that_began(clock: FixedClock) -> None:
    recent, reading = Recent[int](clock.seconds, 5), Reading()
    reading.meanwhile = lambda: clock.advance(seconds=4)
    recent.get("a", reading)
    clock.advance(seconds=1)

    assert recent.get("a", reading) == 2


def test_with_no_seconds_everything_is_read(clock: FixedClock) -> None:
    recent, reading = Recent[int](clock.seconds, 0), Reading()

    assert [recent.get("a", reading) for _ in range(3)] == [1, 2, 3]


def test_what_is_not_good_is_read_again(clock: FixedClock) -> None:
    recent, reading = Recent[int](clock.seconds, 5), Reading()
    recent.get("a", reading)

    assert recent.get("a", reading, good=lambda value: value > 1) == 2
    assert recent.get("a", reading) == 2


def test_what_is_changed_while_it_is_read_is_not_kept(clock: FixedClock) -> None:
    recent, reading = Recent[int](clock.seconds, 5), Reading()
    reading.meanwhile = lambda: recent.forget("a")
    recent.get("a", reading)
    reading.meanwhile = lambda: None

    assert recent.get("a", reading) == 2


def test_what_is_renewed_lasts_no_longer(clock: FixedClock) -> None:
    recent, reading = Recent[int](clock.seconds, 5), Reading()
    recent.get("a", reading)
    clock.advance(seconds=4)
    recent.renew("a", 10)
    recent.renew("b", 10)

    assert recent.get("a", reading) == 10
    clock.advance(seconds=1)
    assert recent.get("a", reading) == 2
    assert recent.get("b", reading) == 3


def test_no_more_is_kept_than_there_is_room_for(clock: FixedClock) -> None:
    recent, reading = Recent[int](clock.seconds, 5), Reading()
    for number in range(MOST + 1):
        recent.get(str(number), reading)

    assert recent.get(str(MOST), reading) == MOST + 1
    assert recent.get("0", reading) == MOST + 2


def test_windows_follow_each_other_without_a_gap() -> None:
    limit, at = Limit("x", 1, 1.5), datetime(2026, 3, 1, tzinfo=UTC)

    for step in range(100):
        moment = at + timedelta(milliseconds=50 * step)
        window = limit.window(moment)
        assert limit.ends(window) - 1.5 <= moment.timestamp() < limit.ends(window)
