"""Users: one address for one person, always an administrator, whoever writes at once and wherever somebody stops."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count, product
from typing import Any, Final

import pytest

from tests.api.world import WatchedStore
from tests.domain.interleavings import Call, Event, Explored, Explorer, ForkedStore, Plan, Process, Rules, Run, Scenario
from togglebox.adapters.memory import MemoryStore
from togglebox.auth.permissions import Role
from togglebox.auth.users import MOST_SESSIONS, EmailTaken, LastAdmin, OwnRole, Session, User, UserNotFound, Users
from togglebox.errors import ToggleBoxError
from togglebox.store.port import StoreUnavailable

AT: Final = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
SPELLINGS: Final = ("ada@example.com", "ADA@example.com", " Ada@Example.COM", "\uff41da@example.com")
"""One address; the last is in full-width letters."""


def users_on(store: Any, *, at: datetime = AT, prefix: str = "") -> Users:
    numbers = count(1)
    return Users(store, now=lambda: at, new_id=lambda: f"{prefix}{next(numbers)}")


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore(AT.timestamp)


@pytest.fixture
def users(store: MemoryStore) -> Users:
    return users_on(store)


def made(users: Users, name: str, role: Role = Role.VIEWER) -> User:
    return users.create(email=f"{name}@example.com", name=name, role=role, password="bcrypt:x")


def content(store: MemoryStore) -> Any:
    return {name: store.scan(name, limit=1_000).documents for name in ("users", "emails", "directory")}


# One by one


def test_a_user_is_found_by_id_and_by_every_spelling_of_the_address(users: Users) -> None:
    ada = made(users, "ada")

    assert users.get(ada.id) == ada
    assert [users.find(spelled) for spelled in SPELLINGS] == [ada] * len(SPELLINGS)
    assert users.find("grace@example.com") is None


@pytest.mark.parametrize("spelled", SPELLINGS)
def test_an_address_belongs_to_one_user_however_it_is_spelled(users: Users, store: MemoryStore, spelled: str) -> None:
    made(users, "ada")
    before = content(store)

    with pytest.raises(EmailTaken):
        users.create(email=spelled, name="Another", role=Role.VIEWER, password="bcrypt:y")

    assert content(store) == before


def test_the_address_of_a_deleted_user_is_free_at_once(users: Users) -> None:
    users.delete(made(users, "ada").id)

    again = made(users, "ada")

    assert users.find("ada@example.com") == again


def test_nothing_is_kept_of_a_deleted_user(users: Users, store: MemoryStore) -> None:
    made(users, "grace")
    before = content(store)

    users.delete(made(users, "ada").id)

    assert content(store) == before


def test_what_is_not_there_is_not_found(users: Users) -> None:
    asked: Sequence[Callable[[], object]] = (
        lambda: users.get("x"),
        lambda: users.delete("x"),
        lambda: users.set_role("x", Role.ADMIN, by="y"),
        lambda: users.change("x", lambda user: user),
    )
    for ask in asked:
        with pytest.raises(UserNotFound):
            ask()


def test_users_are_listed_from_the_oldest_and_by_role(store: MemoryStore) -> None:
    named = [made(users_on(store, at=AT - timedelta(hours=hours), prefix=f"{hours}"), f"u{hours}") for hours in (1, 3)]
    boss = made(users_on(store, at=AT - timedelta(hours=2), prefix="b"), "boss", Role.ADMIN)

    assert users_on(store).listed() == [named[1], boss, named[0]]
    assert users_on(store).listed(role=Role.ADMIN) == [boss]


def test_another_role_ends_all_sessions(users: Users) -> None:
    ada = made(users, "ada")
    users.change(ada.id, lambda user: user.signed_in(session("1"), at=AT))

    assert users.set_role(ada.id, Role.VIEWER, by="x").sessions == (session("1"),)
    assert users.set_role(ada.id, Role.DEVELOPER, by="x").sessions == ()
    assert users.get(ada.id).role is Role.DEVELOPER


def test_nobody_takes_the_own_administration_away(users: Users, store: MemoryStore) -> None:
    ada, _ = made(users, "ada", Role.ADMIN), made(users, "grace", Role.ADMIN)
    before = content(store)

    with pytest.raises(OwnRole):
        users.set_role(ada.id, Role.VIEWER, by=ada.id)

    assert content(store) == before


@pytest.mark.parametrize("end", ["demote", "delete"])
def test_the_last_administrator_stays(users: Users, store: MemoryStore, end: str) -> None:
    ada, grace = made(users, "ada", Role.ADMIN), made(users, "grace", Role.ADMIN)
    users.set_role(grace.id, Role.DEVELOPER, by=ada.id)
    before = content(store)

    with pytest.raises(LastAdmin, match=f"Cannot {end} the last admin user"):
        ENDINGS[end](users, ada.id)

    assert content(store) == before


@pytest.mark.parametrize("first", ["demote", "delete"])
def test_who_is_promoted_again_counts_again(users: Users, first: str) -> None:
    ada, grace = made(users, "ada", Role.ADMIN), made(users, "grace", Role.ADMIN)
    users.set_role(grace.id, Role.VIEWER, by=ada.id)
    users.set_role(grace.id, Role.ADMIN, by=ada.id)

    ENDINGS[first](users, ada.id)

    assert [user.id for user in users.listed(role=Role.ADMIN)] == [grace.id]


def test_who_is_an_administrator_already_stays_as_they_are(users: Users, store: MemoryStore) -> None:
    ada = made(users, "ada", Role.ADMIN)
    users.change(ada.id, lambda user: user.signed_in(session("1"), at=AT))
    before = content(store)

    users.set_role(ada.id, Role.ADMIN, by="x")

    assert content(store) == before


def test_a_promotion_that_was_cut_short_is_finished_by_the_next() -> None:
    store = two_admins(ada="unlisted")
    users = users_on(store)

    users.set_role("ada1", Role.ADMIN, by="x")
    users.delete("grace1")

    assert [user.id for user in users.listed()] == ["ada1"]


def session(sid: str, *, expires: int = int(AT.timestamp()) + 60) -> Session:
    return Session(sid, "2026-03-01T12:00:00.000Z", expires, "0" * 32, "tests")


def test_a_user_has_at_most_fifty_sessions_of_which_the_newest_stay(users: Users) -> None:
    ada = made(users, "ada")
    for number in range(MOST_SESSIONS + 3):
        ada = ada.signed_in(session(str(number)), at=AT)

    assert [each.id for each in ada.sessions] == [str(number) for number in range(3, MOST_SESSIONS + 3)]


def test_sessions_that_ended_are_not_there_and_go_with_the_next(users: Users) -> None:
    ada = made(users, "ada").signed_in(session("1", expires=int(AT.timestamp()) + 1), at=AT)
    later = AT + timedelta(seconds=1)

    assert (ada.session("1", at=AT) is None, ada.session("1", at=later)) == (False, None)
    assert [each.id for each in ada.signed_in(session("2"), at=later).sessions] == ["2"]


def test_another_password_ends_sessions_and_resets(users: Users) -> None:
    ada = replace(made(users, "ada"), sessions=(session("1"),)).with_password("bcrypt:new")

    assert (ada.password, ada.sessions, ada.reset) == ("bcrypt:new", (), None)


# All at once: every order of their store calls, and every place where one may stop

type Work = Callable[[Users], object]


def demote(users: Users, user_id: str) -> object:
    return users.set_role(user_id, Role.DEVELOPER, by="somebody")


def delete(users: Users, user_id: str) -> object:
    return users.delete(user_id)


def promote(users: Users, user_id: str) -> object:
    return users.set_role(user_id, Role.ADMIN, by="somebody")


ENDINGS: Final[dict[str, Callable[[Users, str], object]]] = {"demote": demote, "delete": delete}
CHANGES: Final = {**ENDINGS, "promote": promote}


def process(name: str, work: Work, *, starts: int = 0) -> Process:
    def program(run: Run) -> Plan:
        def act() -> None:
            numbers = count(1)
            store: Any = run.store  # all of the port that users ask for
            users = Users(store, now=lambda: AT, new_id=lambda: f"{name}{next(numbers)}")
            try:
                done = work(users)
            except ToggleBoxError as error:
                run.report("told", type(error).__name__)
            else:
                run.report("told", done)

        return Plan([act])

    return Process(name, program, starts=starts)


type Told = tuple[object, ...]
"""What creators were told so far: the new user, or the name of an error."""


class NoRules:
    """Rules that say nothing yet."""

    def landed(self, ghost: Told, call: Call, store: ForkedStore) -> Told:
        return ghost

    def begins(self, ghost: Told, process: int, thread: int) -> Told:
        return ghost

    def reported(self, ghost: Told, process: int, event: Event) -> Told:
        return ghost

    def readable(self, store: ForkedStore) -> None: ...

    def whole(self, ghost: Told, store: ForkedStore) -> None: ...

    def settled(self, store: ForkedStore) -> ForkedStore:
        return store

    def finally_(self, ghost: Told, store: ForkedStore) -> None: ...

    def sees(self, last: Any, store: ForkedStore) -> None: ...


class AlwaysAnAdministrator(NoRules):
    """At any step, the directory lists somebody, and nobody who is no administrator."""

    def readable(self, store: ForkedStore) -> None:
        directory = store.get("directory", ("all", "admins"))
        assert directory is not None
        admins = {user.id for user in Users(store, now=lambda: AT, new_id=str).listed(role=Role.ADMIN)}
        assert directory.body["ids"], "the directory lists nobody"
        assert set(directory.body["ids"]) <= admins, (
            f"the directory lists {directory.body['ids']}, of whom {admins} are"
        )


def two_admins(*, ada: str = "an admin") -> ForkedStore:
    """Return a store with two, of whom *ada* may be ``unlisted``, as if a promotion had stopped, or ``a viewer``."""
    store = ForkedStore(AT.timestamp)
    for name in ("ada", "grace"):
        users_on(store, prefix=name).create(
            email=f"{name}@example.com", name=name, role=Role.ADMIN, password="bcrypt:x"
        )
    if ada == "a viewer":
        demote(users_on(store), "ada1")
    if ada == "unlisted":
        store.put("directory", ("all", "admins"), {"schema": 1, "ids": ["grace1"], "left": []}, expect=2)
    return store


PAIRS: Final = [
    ((first, ada), (second, whom))
    for (first, ada), (second, whom) in product(product(CHANGES, ["ada1"]), product(CHANGES, ["ada1", "grace1"]))
]


@pytest.mark.parametrize(("first", "second"), PAIRS, ids="-".join)
def test_two_who_change_administrators_at_once_leave_one(first: tuple[str, str], second: tuple[str, str]) -> None:
    explored = explore({"first": first, "second": second}, crashes=2, faults=1, away=True)

    assert explored.ends > 1


@pytest.mark.parametrize("was", ["an admin", "unlisted", "a viewer"])
@pytest.mark.parametrize("end", ENDINGS)
@pytest.mark.parametrize("other", ENDINGS)
def test_one_who_promotes_while_another_ends_that_leaves_no_name_behind(was: str, end: str, other: str) -> None:
    work = {"promotes": ("promote", "ada1"), "ends": (end, "ada1"), "other": (other, "grace1")}

    explored = explore(work, two_admins(ada=was), crashes=1)

    assert explored.ends > 1


def explore(work: dict[str, tuple[str, str]], store: ForkedStore | None = None, **options: Any) -> Explored:
    """Let everybody make a change (what, to whom) at once."""
    processes = [
        process(name, partial(lambda users, change, whom: CHANGES[change](users, whom), change=change, whom=whom))
        for name, (change, whom) in work.items()
    ]
    return Explorer(
        Scenario(store or two_admins(), processes, seconds=(0.0,), **options), AlwaysAnAdministrator(), ()
    ).explore()


class OneForAnAddress(NoRules):
    """Whoever was told to have created the account has it, and nobody else was told so."""

    def __init__(self, *, stopped: bool) -> None:
        self._stopped = stopped

    def reported(self, ghost: Told, process: int, event: Event) -> Told:
        return (*ghost, event.facts)

    def finally_(self, ghost: Told, store: ForkedStore) -> None:
        created = [told for told in ghost if isinstance(told, User)]
        found = users_on(store).find(SPELLINGS[0])
        assert len(created) <= 1, f"{len(created)} were told that they have the address"
        assert not created or found == created[0], f"{created[0]} has the address, and {found} is found"
        if not self._stopped:
            assert users_on(store).listed() == created, "there is a user whom nobody created"


def creators(*spellings: str) -> list[Process]:
    return [
        process(str(number), partial(lambda users, email: users.create(**NEW, email=email), email=email))
        for number, email in enumerate(spellings)
    ]


NEW: Final[dict[str, Any]] = {"name": "Ada", "role": Role.VIEWER, "password": "bcrypt:x"}


@pytest.mark.parametrize(
    ("spellings", "options"),
    [
        (SPELLINGS[:3], {}),
        (SPELLINGS[2:], {}),
        (SPELLINGS[:2], {"crashes": 1}),
        (SPELLINGS[:2], {"faults": 1, "away": True}),
    ],
    ids=["three", "two", "one dies", "one gets no answer"],
)
def test_of_all_who_register_an_address_at_once_one_has_it(spellings: Sequence[str], options: dict[str, Any]) -> None:
    rules: Rules[Told] = OneForAnAddress(stopped=bool(options))
    scenario = Scenario(ForkedStore(AT.timestamp), creators(*spellings), seconds=(0.0,), **options)

    explored = Explorer(scenario, rules, ()).explore()

    assert explored.ends > 1


@pytest.mark.parametrize("calls", range(4))
def test_whose_registration_stopped_anywhere_registers_again(calls: int) -> None:
    store = WatchedStore(MemoryStore(AT.timestamp))
    store.fail_after(calls)
    with suppress(StoreUnavailable):
        users_on(store, prefix="a").create(**NEW, email="ada@example.com")
    store.recover()

    later = users_on(store, prefix="b")
    if later.find("ada@example.com") is None:
        later.create(**NEW, email="ada@example.com")

    found = later.find("ada@example.com")
    assert later.listed() == [found]


@pytest.mark.parametrize("calls", range(6))
def test_a_deletion_that_stopped_anywhere_is_finished_by_the_next(calls: int) -> None:
    store = WatchedStore(two_admins())
    users = users_on(store)
    store.fail_after(calls)
    with suppress(StoreUnavailable):
        users.delete("ada1")
    store.recover()

    with suppress(UserNotFound):
        users.delete("ada1")

    assert [user.id for user in users.listed()] == ["grace1"]
    again = users.create(**NEW, email="ADA@example.com")
    assert users.find("ada@example.com") == again
    with pytest.raises(LastAdmin):
        users.delete("grace1")
