"""Accounts on every engine: one owner for an address, an administrator always, and no key that comes back."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from itertools import count
from threading import Barrier
from typing import Final

import pytest

from tests.contract.catalogue import START
from togglebox.auth.keys import Grant, Keys, UnknownKey
from togglebox.auth.permissions import Permission, Role
from togglebox.auth.recent import Recent
from togglebox.auth.users import EmailTaken, LastAdmin, User, Users
from togglebox.errors import Conflict
from togglebox.store.port import Store

SPELLINGS: Final = ("grace@example.com", "GRACE@example.com", " Grace@Example.com", "\uff47race@example.com")


@pytest.fixture
def users(catalogued_store: Store) -> Users:
    ids = count(1)
    return Users(catalogued_store, now=now, new_id=lambda: f"user-{next(ids)}", recent=Recent(lambda: 0.0, 0))


def now() -> datetime:
    return datetime.fromtimestamp(START, UTC)


def at_once[T](*calls: Callable[[], T]) -> list[T | None]:
    """Run *calls* at once; ``None`` is for those that are refused."""
    start = Barrier(len(calls))

    def run(call: Callable[[], T]) -> T | None:
        start.wait()
        try:
            return call()
        except (Conflict, LastAdmin):
            return None

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


@pytest.mark.needs("races")
def test_of_all_who_register_an_address_at_once_one_has_it(users: Users) -> None:
    def register(email: str) -> Callable[[], User]:
        return lambda: users.create(email=email, name="Grace", role=Role.VIEWER, password="bcrypt:x")

    (winner,) = [user for user in at_once(*map(register, SPELLINGS)) if user is not None]

    assert [found and found.id for found in map(users.find, SPELLINGS)] == [winner.id] * len(SPELLINGS)
    assert [user.id for user in users.listed()] == [winner.id]
    with pytest.raises(EmailTaken):
        register(SPELLINGS[0])()


@pytest.mark.needs("races")
def test_of_two_administrators_who_demote_each_other_one_remains(users: Users) -> None:
    ann, ben = (
        users.create(email=f"{name}@example.com", name=name, role=Role.ADMIN, password="bcrypt:x")
        for name in ("ann", "ben")
    )

    told = at_once(
        lambda: users.set_role(ann.id, Role.VIEWER, by=ben.id), lambda: users.set_role(ben.id, Role.VIEWER, by=ann.id)
    )

    assert told.count(None) == 1
    assert len(users.listed(role=Role.ADMIN)) == 1


def test_a_revoked_key_is_not_revived_by_its_last_use(catalogued_store: Store, users: Users) -> None:
    ids = count(1)
    keys = Keys(
        catalogued_store,
        now=now,
        new_id=lambda: f"key-{next(ids)}",
        digits=lambda most: f"{next(ids):032x}",
        recent=Recent(lambda: 0.0, 0),
    )
    owner = users.create(email="ann@example.com", name="Ann", role=Role.ADMIN, password="bcrypt:x")
    created = keys.create(owner, Grant("sdk", (Permission.CONFIG_READ,)))
    known = keys.by_text(created.text)

    keys.revoke(owner.id, created.key.id)
    keys.used(known)

    with pytest.raises(UnknownKey):
        keys.by_text(created.text)
    assert keys.listed(owner.id) == []
