"""The audit: who changed what, on every platform and to accounts, newest first."""

from collections.abc import Callable, Mapping
from typing import Any, Final

import pytest

from tests.api.client import INTERNAL, Client, Headers
from tests.api.given import (
    EDIT_CONFIGS,
    EDIT_PLATFORMS,
    PLATFORMS,
    a_change,
    a_flag,
    a_flag_change,
    a_parameter,
    a_platform,
    an_action,
    an_experiment,
)
from tests.api.world import SECRET, World
from togglebox.auth.permissions import Role

AUDIT: Final = f"{INTERNAL}/audit"
USERS: Final = f"{INTERNAL}/users"
NO_MOMENT: Final = "must be a date, or a time with its offset (+ is spelled %2B), as 2026-01-31T09:30:00Z"
SHOWN: Final = ("actor", "kind", "action", "key", "entityId", "details", "outcome")
KEYS: Final = f"{INTERNAL}/api-keys"

type Deploy = Callable[[dict[str, str]], World]


@pytest.fixture
def people(deploy: Deploy) -> World:
    """Give a deployment that asks everybody who they are."""
    return deploy({"ENABLE_AUTHENTICATION": "true", "JWT_SECRET": SECRET})


def told(client: Client, query: str = "", headers: Headers | None = None) -> list[tuple[str, ...]]:
    """Return what the audit answers: of each change the kind, the way to it, and what was done."""
    return [
        tuple(
            entry[name] for name in ("kind", "platform", "environment", "key", "action") if entry.get(name) is not None
        )
        for entry in client.get(f"{AUDIT}?limit=100&{query}", headers or {}).data
    ]


@pytest.mark.journey
def test_all_changes_are_listed_with_their_names_newest_first(prod: Client) -> None:
    a_parameter(prod)
    a_flag(prod)
    an_experiment(prod)
    an_action(prod, "start")
    a_change(prod)
    assert prod.delete(f"{EDIT_CONFIGS}/color").status == 204

    found = prod.get(f"{AUDIT}?limit=100").data
    assert [entry["at"] for entry in found] == sorted((entry["at"] for entry in found), reverse=True)
    assert set(told(prod)) >= {
        ("parameter", "web", "prod", "color", "delete"),
        ("parameter", "web", "prod", "color", "update"),
        ("experiment", "web", "prod", "checkout", "start"),
        ("experiment", "web", "prod", "checkout", "create"),
        ("flag", "web", "prod", "dark", "create"),
        ("parameter", "web", "prod", "color", "create"),
        ("environment", "web", "prod", "prod", "create"),
        ("platform", "web", "web", "create"),
    }


@pytest.mark.journey
@pytest.mark.parametrize("limit", [1, 2, 3])
def test_pages_follow_each_other_without_gap_or_repetition(prod: Client, limit: int) -> None:
    for key in ("a", "b", "c"):
        a_parameter(prod, key)
    whole = prod.get(f"{AUDIT}?limit=5").data

    paged: list[Any] = []
    token = ""
    for _ in range(5):
        page = prod.get(f"{AUDIT}?limit={limit}&nextToken={token}")
        paged += page.data
        assert page.meta["hasMore"] == ("nextToken" in page.meta)
        token = page.meta.get("nextToken", "")
        if not token:
            break

    assert paged[:5] == whole[: len(paged[:5])]
    assert len({entry["id"] for entry in paged}) == len(paged) >= 5


def test_a_page_between_changes_stays_where_it_was(shop: World) -> None:
    a_parameter(shop.client, "a")
    page = shop.client.get(f"{AUDIT}?limit=1")
    shop.clock.advance(seconds=1)
    a_parameter(shop.client, "b")

    following = shop.client.get(f"{AUDIT}?limit=1&nextToken={page.meta['nextToken']}")

    assert [entry["key"] for entry in page.data + following.data] == ["a", "prod"]


@pytest.mark.parametrize(
    ("query", "keys"),
    [
        ("kind=parameter", ["color"]),
        ("kind=flag", ["dark", "dark"]),
        ("kind=flag&key=dark", ["dark", "dark"]),
        ("key=web", ["web"]),
        ("platform=app", ["app"]),
        ("platform=web&environment=prod", ["color", "dark", "dark", "prod"]),
        ("environment=nope", []),
        ("kind=user", []),
        ("actor=nobody@example.com", []),
        ("actor=SYSTEM@togglebox.dev&kind=platform", ["app", "web"]),
        ("platform=web&kind=user", []),
    ],
)
def test_filters_leave_what_all_of_them_name(shop: World, query: str, keys: list[str]) -> None:
    a_flag(shop.client)
    shop.clock.advance(seconds=1)
    a_flag_change(shop.client)
    shop.clock.advance(seconds=1)
    a_parameter(shop.client)
    shop.clock.advance(seconds=1)
    a_platform(shop.client, "app")

    assert [entry["key"] for entry in shop.client.get(f"{AUDIT}?{query}").data] == keys


def test_time_is_a_filter_that_includes_its_beginning_and_not_its_end(world: World) -> None:
    for name in ("a", "b", "c"):
        a_platform(world.client, name)
        world.clock.advance(days=20)

    def named(query: str) -> list[str]:
        return [entry["key"] for entry in world.client.get(f"{AUDIT}?{query}").data]

    assert named("from=2026-03-21T12:00:00Z") == ["c", "b"]
    assert named("to=2026-03-21T12:00:00Z") == ["a"]
    assert named("from=2026-03-21T14:00:00%2B02:00&to=2026-04-01") == ["b"]
    assert named("from=2026-03-02&to=2026-03-20") == []
    assert named("from=0001-01-01T00:00:00%2B10:00&to=9999-12-31T23:59:60-10:00") == ["c", "b", "a"]


def test_changes_of_many_months_stand_in_one_list(world: World) -> None:
    names = [f"p{number}" for number in range(13)]
    for name in names:
        a_platform(world.client, name)
        world.clock.advance(days=30)

    found = world.client.get(AUDIT)

    assert [entry["key"] for entry in found.data] == names[::-1]
    assert found.meta == {"hasMore": False}


def test_an_entry_says_who_did_what_when_and_why(shop: World) -> None:
    headers = {"X-Change-Comment": "Christmas", "X-Request-ID": "trace-1"}
    created = a_parameter(shop.client)
    shop.clock.advance(seconds=90)
    a_change(shop.client, headers=headers)

    entry = shop.client.get(f"{AUDIT}?limit=1").data[0]

    assert entry == {
        "id": entry["id"],
        "at": "2026-03-01T12:01:30.000Z",
        "actor": "system@togglebox.dev",
        "action": "update",
        "outcome": "done",
        "kind": "parameter",
        "key": "color",
        "platform": "web",
        "environment": "prod",
        "entityId": entry["entityId"],
        "comment": "Christmas",
        "source": "api",
        "requestId": "trace-1",
    }
    assert created.status == 201


def test_a_name_that_lives_again_keeps_what_was_before(world: World) -> None:
    a_platform(world.client)
    world.clock.advance(seconds=1)
    world.client.delete(f"{EDIT_PLATFORMS}/web")
    world.clock.advance(seconds=1)
    a_platform(world.client)

    found = world.client.get(f"{AUDIT}?platform=web").data

    assert [entry["action"] for entry in found] == ["create", "delete", "create"]
    assert found[0]["entityId"] != found[1]["entityId"] == found[2]["entityId"]


@pytest.mark.parametrize(
    ("query", "detail"),
    [
        ("kind=flags", "kind: must be one of platform, environment, parameter, flag, experiment, user, apiKey"),
        ("actor=", "actor: must not be empty"),
        ("key=", "key: must not be empty"),
        ("from=yesterday", f"from: {NO_MOMENT}"),
        ("to=2026-01-31T09:30:00", f"to: {NO_MOMENT}"),
        ("from=2026-01-31T09:30:61Z", f"from: {NO_MOMENT}"),
        ("limit=0", "limit: must be a whole number from 1 up"),
        ("limit=x", "limit: must be a whole number from 1 up"),
        ("page=2", "page: pages of this list follow each other by nextToken only"),
        ("offset=20", "offset: pages of this list follow each other by nextToken only"),
    ],
)  # fmt: skip
def test_what_cannot_be_asked_for_is_refused(shop: World, query: str, detail: str) -> None:
    assert shop.client.get(f"{AUDIT}?{query}").refusal == (422, "VALIDATION_FAILED", [detail])


def test_tokens_of_other_lists_and_broken_ones_are_refused(shop: World) -> None:
    a_flag(shop.client)
    a_platform(shop.client, "app")
    other = shop.client.get(f"{PLATFORMS}?limit=1&nextToken=")

    for token in (other.meta["nextToken"], "x", "%00", "AQ"):
        refused = shop.client.get(f"{AUDIT}?nextToken={token}")
        assert (refused.status, refused.error) == (400, "Invalid pagination token")


# Accounts


def accounts_told(world: World, headers: Headers, query: str = "") -> list[Mapping[str, Any]]:
    found = world.client.get(f"{AUDIT}?{query}", headers).data
    return [{name: entry[name] for name in SHOWN if name in entry} for entry in found]


def test_what_becomes_of_people_is_listed(people: World) -> None:
    admin = people.sign_in(Role.ADMIN, "ada@example.com")
    new = {"email": "Joan@example.com", "name": "Joan", "password": "Correct4Horse", "role": "viewer"}
    joan = people.client.post(USERS, new, admin.headers).data["id"]
    people.clock.advance(seconds=1)
    assert people.client.patch(f"{USERS}/{joan}/role", {"role": "developer"}, admin.headers).status == 200
    people.clock.advance(seconds=1)
    assert people.client.delete(f"{USERS}/{joan}", admin.headers).status == 200

    by_ada = {"actor": "ada@example.com", "kind": "user", "key": "Joan@example.com", "entityId": joan}
    assert accounts_told(people, admin.headers) == [
        {**by_ada, "action": "delete", "outcome": "done"},
        {**by_ada, "action": "set role", "details": {"role": "developer"}, "outcome": "done"},
        {**by_ada, "action": "create", "details": {"role": "viewer"}, "outcome": "done"},
    ]


def test_what_becomes_of_api_keys_is_listed_without_them(people: World) -> None:
    admin = people.sign_in(Role.ADMIN)
    joan = people.sign_in(Role.DEVELOPER, "joan@example.com")
    created = people.client.post(KEYS, {"name": "ci", "permissions": ["config:read"]}, joan.headers).data
    people.clock.advance(seconds=1)
    rotated = people.client.post(f"{KEYS}/{created['id']}/rotate", {}, joan.headers).data
    people.clock.advance(seconds=1)
    assert people.client.delete(f"{KEYS}/{rotated['id']}", joan.headers).status == 200

    found = people.client.get(f"{AUDIT}?kind=apiKey&actor=joan@example.com", admin.headers)

    assert [(entry["action"], entry["key"], entry["entityId"]) for entry in found.data] == [
        ("revoke", "ci", rotated["id"]),
        ("rotate", "ci", created["id"]),
        ("create", "ci", created["id"]),
    ]
    assert not [secret for secret in (created["key"], rotated["key"]) if secret.encode() in found.body]


def test_what_was_refused_is_not_listed(people: World) -> None:
    admin = people.sign_in(Role.ADMIN)
    viewer = people.sign_in(Role.VIEWER)
    taken = {"email": viewer.email, "name": "Joan", "password": "Correct4Horse", "role": "viewer"}

    assert people.client.post(USERS, taken, admin.headers).status == 409
    assert people.client.patch(f"{USERS}/{admin.id}/role", {"role": "viewer"}, admin.headers).status in (400, 403)
    assert people.client.delete(f"{USERS}/{admin.id}", admin.headers).status == 400
    assert people.client.patch(f"{USERS}/nobody/role", {"role": "viewer"}, admin.headers).status == 404
    assert people.client.delete(f"{USERS}/nobody", admin.headers).status == 404
    assert people.client.delete(f"{USERS}/{admin.id}", viewer.headers).status == 403
    assert people.client.delete(f"{KEYS}/nothing", admin.headers).status == 404

    assert accounts_told(people, admin.headers) == []
    assert "account-journal" not in people.store.content()


def test_nothing_happens_to_an_account_that_cannot_be_recorded(people: World) -> None:
    admin = people.sign_in(Role.ADMIN)
    viewer = people.sign_in(Role.VIEWER)

    def end() -> None:
        people.store.fail_after(0)

    people.store.meanwhile("put account-journal", end)
    assert people.client.delete(f"{USERS}/{viewer.id}", admin.headers).status == 503
    people.store.recover()

    assert people.client.get(f"{USERS}/{viewer.id}", admin.headers).status == 200


def test_a_change_that_got_no_answer_is_listed_as_unknown(people: World) -> None:
    admin = people.sign_in(Role.ADMIN)
    viewer = people.sign_in(Role.VIEWER)

    def go_mute() -> None:
        people.store.mute = True

    people.store.meanwhile("put users", go_mute)
    assert people.client.patch(f"{USERS}/{viewer.id}/role", {"role": "developer"}, admin.headers).status == 503
    people.store.mute = False

    (entry,) = accounts_told(people, admin.headers)
    assert (entry["action"], entry["entityId"], entry["outcome"]) == ("set role", viewer.id, "unknown")


def test_only_administrators_read_the_audit(people: World) -> None:
    expected = {Role.ADMIN: 200, Role.DEVELOPER: 403, Role.VIEWER: 403}

    assert people.client.get(AUDIT).status == 401
    assert {role: people.client.get(AUDIT, people.sign_in(role).headers).status for role in Role} == expected


def test_who_asked_is_the_actor(people: World) -> None:
    admin = people.sign_in(Role.ADMIN, "ada@example.com")
    assert people.client.post(EDIT_PLATFORMS, {"name": "web"}, admin.headers).status == 201

    assert [entry["actor"] for entry in people.client.get(f"{AUDIT}?actor=ADA@example.com", admin.headers).data] == [
        "ada@example.com"
    ]


def test_a_change_that_was_made_by_half_is_listed_as_unknown(people: World) -> None:
    admin = people.sign_in(Role.ADMIN)
    viewer = people.sign_in(Role.VIEWER)

    people.store.meanwhile("page keys", lambda: people.store.fail_after(0))
    assert people.client.delete(f"{USERS}/{viewer.id}", admin.headers).status == 503
    people.store.recover()

    (entry,) = accounts_told(people, admin.headers)
    assert (entry["action"], entry["entityId"], entry["outcome"]) == ("delete", viewer.id, "unknown")


def test_a_full_page_reads_each_journal_once(shop: World) -> None:
    with shop.counted() as calls:
        found = shop.client.get(f"{AUDIT}?limit=1")

    assert len(found.data) == 1
    assert sorted(calls) == [
        f"page {kind}-journal" for kind in ("account", "environment", "experiment", "flag", "parameter", "platform")
    ]


def test_a_page_that_is_not_full_looks_through_all_that_is_kept(shop: World) -> None:
    with shop.counted() as calls:
        found = shop.client.get(AUDIT)

    assert found.meta == {"hasMore": False}
    assert len(calls) == 6 * 15
