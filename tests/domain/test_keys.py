"""API keys: none is good and unlisted, and none comes back, wherever somebody stops and whoever is in between."""

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from itertools import count
from typing import Final

import pytest

from tests.api.world import FixedClock, WatchedStore
from togglebox.adapters.memory import MemoryStore
from togglebox.auth.keys import APIKey, Created, Grant, KeyNotFound, Keys, UnknownKey
from togglebox.auth.permissions import Permission, Role
from togglebox.auth.recent import Recent
from togglebox.auth.users import User
from togglebox.store.port import NoAnswer, StoreUnavailable

OWNER: Final = User("ada", "ada@example.com", "Ada", Role.DEVELOPER, "", "", "")
GRANT: Final = Grant("SDK", (Permission.CONFIG_READ,), platforms=("web",))
HOUR: Final = timedelta(hours=1)


class Given:
    """A store, and processes that keep keys in it."""

    def __init__(self) -> None:
        self.clock = FixedClock()
        self.store = WatchedStore(MemoryStore(self.clock.epoch))
        self._numbers = count(1)
        self.keys = self.process()

    def process(self, *, seconds: float = 5) -> Keys:
        return Keys(
            self.store,
            now=self.clock.now,
            new_id=lambda: f"key-{next(self._numbers)}",
            digits=lambda size: f"{next(self._numbers):0{2 * size}x}",
            recent=Recent[APIKey](self.clock.seconds, seconds),
        )

    def good(self) -> set[str]:
        """Return the ids of the keys that open something."""
        return {
            document.body["id"]
            for document in self.store.content().get("key-hashes", ())
            if not APIKey.of(document).has_expired(at=self.clock.now())
        }

    def listed(self) -> set[str]:
        return {key.id for key in self.keys.listed(OWNER.id)}


@pytest.fixture
def given() -> Given:
    return Given()


def revoke(given: Given, old: Created) -> None:
    given.keys.revoke(OWNER.id, old.key.id)


def rotate(given: Given, old: Created) -> None:
    given.keys.rotate(OWNER, old.key.id, grace=HOUR)


def rotate_at_once(given: Given, old: Created) -> None:
    given.keys.rotate(OWNER, old.key.id, grace=timedelta())


def create(given: Given, old: Created) -> None:
    given.keys.create(OWNER, GRANT)


def remove_all(given: Given, old: Created) -> None:
    given.keys.remove_all(OWNER.id)


type Act = Callable[[Given, Created], None]
ACTS: Final[list[Act]] = [create, revoke, rotate, rotate_at_once, remove_all]


@pytest.mark.parametrize("calls", range(12))
@pytest.mark.parametrize("act", ACTS)
def test_wherever_somebody_stops_no_key_is_good_and_unlisted(given: Given, act: Act, calls: int) -> None:
    old = given.keys.create(OWNER, GRANT)
    given.store.fail_after(calls)
    with suppress(StoreUnavailable):
        act(given, old)
    given.store.recover()

    assert given.good() <= given.listed()
    given.keys.remove_all(OWNER.id)
    assert given.store.content() == {}


@pytest.mark.parametrize("calls", range(12))
def test_what_was_half_revoked_can_be_revoked_again(given: Given, calls: int) -> None:
    old = given.keys.create(OWNER, GRANT)
    given.store.fail_after(calls)
    with suppress(StoreUnavailable):
        given.keys.revoke(OWNER.id, old.key.id)
    given.store.recover()

    with suppress(KeyNotFound):
        given.keys.revoke(OWNER.id, old.key.id)

    assert given.good() == given.listed() == set()


@pytest.mark.parametrize("call", ["get keys", "get key-hashes", "put keys", "put key-hashes", "page keys"])
def test_a_key_that_is_revoked_while_it_is_rotated_leaves_no_other(given: Given, call: str) -> None:
    old = given.keys.create(OWNER, GRANT)
    given.store.meanwhile(call, lambda: given.process().revoke(OWNER.id, old.key.id))

    with pytest.raises(KeyNotFound):
        given.keys.rotate(OWNER, old.key.id, grace=HOUR)

    assert given.good() == set()


def test_two_who_rotate_at_once_let_the_old_key_end_when_the_first_says(given: Given) -> None:
    old = given.keys.create(OWNER, GRANT)
    sooner = timedelta(minutes=1)

    def meanwhile() -> None:
        given.store.meanwhile("put key-hashes", lambda: given.process().rotate(OWNER, old.key.id, grace=sooner))

    given.store.meanwhile("put key-hashes", meanwhile)
    given.keys.rotate(OWNER, old.key.id, grace=HOUR)

    given.clock.advance(minutes=1)
    assert old.key.id not in given.good()
    assert len(given.good()) == 2


@pytest.mark.parametrize("call", ["put key-hashes"])
@pytest.mark.parametrize("act", [revoke, rotate_at_once, remove_all])
def test_a_note_of_its_use_brings_no_key_back(given: Given, act: Act, call: str) -> None:
    old = given.keys.create(OWNER, GRANT)
    other = given.process()
    read = other.by_text(old.text)
    given.store.meanwhile(call, lambda: act(given, old))

    other.used(read)

    assert old.key.id not in given.good()
    with pytest.raises(UnknownKey):
        other.by_text(old.text)


def test_a_note_that_comes_after_all_is_still_none(given: Given) -> None:
    old = given.keys.create(OWNER, GRANT)
    other = given.process()
    read = other.by_text(old.text)
    given.keys.revoke(OWNER.id, old.key.id)

    other.used(read)

    assert given.store.content() == {}


def test_a_revocation_without_an_answer_is_not_remembered_as_good(given: Given) -> None:
    old = given.keys.create(OWNER, GRANT)
    given.keys.by_text(old.text)
    delete_many = given.store.delete_many

    def unanswered(collection: str, keys: object) -> None:
        delete_many(collection, keys)  # type: ignore[arg-type]  # as it is handed on
        raise NoAnswer

    given.store.delete_many = unanswered  # type: ignore[method-assign]
    with pytest.raises(NoAnswer):
        given.keys.revoke(OWNER.id, old.key.id)

    with pytest.raises(UnknownKey):
        given.keys.by_text(old.text)


def test_a_permission_that_is_no_more_opens_nothing(given: Given) -> None:
    old = given.keys.create(OWNER, GRANT)
    (document,) = given.store.content()["key-hashes"]
    changed = {**document.body, "permissions": ["config:read", "stats:purge"]}
    given.store.put("key-hashes", document.key, changed, expect=document.version)

    assert given.keys.by_text(old.text).permissions == (Permission.CONFIG_READ,)


def test_texts_are_drawn_with_128_bits_and_stored_as_their_digest(given: Given) -> None:
    drawn: list[int] = []

    def digits(size: int) -> str:
        drawn.append(size)
        return "0123456789abcdef" * (size // 8)

    keys = Keys(
        given.store, now=given.clock.now, new_id=lambda: "k", digits=digits, recent=Recent(given.clock.seconds, 0)
    )
    made = keys.create(OWNER, GRANT)

    assert drawn == [16]
    assert made.text == "tbx_live_0123456789abcdef0123456789abcdef"
    assert made.key.digest == "55bd86e9c74afe8f4f09e5ef04fe6c7c1e5a099b0fbbf0d71af339a9e1e31eb6"
    assert made.text not in repr(given.store.content())
    assert made.text[13:-4] not in repr(given.store.content())
