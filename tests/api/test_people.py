"""Profiles, and the management of users by those who may."""

from typing import Any, Final

import pytest

from tests.api.client import INTERNAL, PUBLIC
from tests.api.test_sessions import ADA, AUTH, LOGIN, ME, Deploy, registered, signed_in
from tests.api.world import PASSWORD, SECRET, World
from togglebox.auth.permissions import Role

MOUNTS: Final = [f"{PUBLIC}/users", f"{INTERNAL}/users"]
NEW: Final = {"name": "Grace", "email": "grace@example.com", "password": "Compiler1952"}


@pytest.fixture
def people(deploy: Deploy) -> World:
    return deploy({"JWT_SECRET": SECRET, "ENABLE_AUTHENTICATION": "true"})


# Oneself


def test_a_person_sees_and_changes_the_own_name(people: World) -> None:
    ada = people.sign_in(Role.VIEWER)
    before = people.client.get(ME, ada.headers).data
    people.clock.advance(seconds=5)

    changed = people.client.patch(ME, {"name": "Ada L."}, ada.headers).data

    assert before == {
        "id": ada.id,
        "name": "Viewer",
        "email": ada.email,
        "role": "viewer",
        "createdAt": "2026-03-01T12:00:00.000Z",
        "updatedAt": "2026-03-01T12:00:00.000Z",
    }
    assert changed == {**before, "name": "Ada L.", "updatedAt": "2026-03-01T12:00:05.000Z"}
    assert people.client.get(ME, ada.headers).data == changed


def test_to_change_nothing_writes_nothing(people: World) -> None:
    ada = people.sign_in(Role.VIEWER)
    before = people.store.content()

    assert people.client.patch(ME, {}, ada.headers).status == 200
    assert people.store.content() == before


@pytest.mark.parametrize(
    "body",
    [{"role": "admin"}, {"email": "x@example.com"}, {"name": ""}, {"name": None}, {"name": "a\nb"}, {"name": ["x"]},
     {"name": "x" * 101}, {"name": "x", "id": "y"}, {"password": "Another5Horse"}, {"sessions": []}],
)  # fmt: skip
def test_a_person_changes_nothing_else(people: World, body: dict[str, Any]) -> None:
    ada = people.sign_in(Role.VIEWER)
    before = people.store.content()

    status, code, details = people.client.patch(ME, body, ada.headers).refusal

    assert (status, code) == (422, "VALIDATION_FAILED")
    assert [set(detail) for detail in details] == [{"field", "message"}]
    assert people.store.content() == before


# The own password


def test_another_password_ends_all_sessions_and_is_the_one_to_sign_in_with(people: World) -> None:
    ada = people.sign_in(Role.VIEWER, "ada@example.com")
    there = signed_in(people)

    changed = people.client.post(
        f"{ME}/password", {"currentPassword": PASSWORD, "newPassword": "Another5Horse"}, ada.headers
    )

    assert (changed.status, changed.json["message"]) == (200, "Password changed successfully")
    assert {people.client.get(ME, headers).status for headers in (ada.headers, there)} == {401}
    assert people.client.post(f"{AUTH}/login", LOGIN).error == "Invalid email or password"
    assert people.client.post(f"{AUTH}/login", {**LOGIN, "password": "Another5Horse"}).status == 200


def test_who_does_not_know_the_password_changes_none(people: World) -> None:
    ada = people.sign_in(Role.VIEWER)
    before = people.store.content()["users"]

    refused = people.client.post(
        f"{ME}/password", {"currentPassword": "Wrong4Horse", "newPassword": "Another5Horse"}, ada.headers
    )

    assert refused.refusal == (401, "UNAUTHORIZED", [])
    assert refused.error == "Current password is incorrect"
    assert people.store.content()["users"] == before


def test_of_two_who_change_the_password_at_once_one_does(people: World) -> None:
    ada = people.sign_in(Role.VIEWER, "ada@example.com")

    def change(new: str) -> int:
        body = {"currentPassword": PASSWORD, "newPassword": new}
        return people.client.post(f"{ME}/password", body, ada.headers).status

    people.store.meanwhile("put users", lambda: change("Faster5Horse"))

    assert change("Slower5Horse") == 401
    assert people.client.post(f"{AUTH}/login", {**LOGIN, "password": "Faster5Horse"}).status == 200


@pytest.mark.parametrize(
    ("new", "message"),
    [
        ("Short1x", "must have at least 8 characters"),
        ("Password123", "is one of the commonest passwords: choose another"),
        ("aB3" + "x" * 70, "must have at most 72 bytes in UTF-8, which accents and other scripts fill faster"),
    ],
)
def test_a_bad_new_password_is_told(people: World, new: str, message: str) -> None:
    ada = people.sign_in(Role.VIEWER)

    refused = people.client.post(f"{ME}/password", {"currentPassword": PASSWORD, "newPassword": new}, ada.headers)

    assert refused.refusal == (422, "VALIDATION_FAILED", [{"field": "newPassword", "message": message}])


# Everybody


@pytest.mark.parametrize("role", [Role.VIEWER, Role.DEVELOPER])
@pytest.mark.parametrize("mount", MOUNTS)
def test_only_who_may_manages_users(people: World, mount: str, role: Role) -> None:
    headers = people.sign_in(role).headers
    whom = people.sign_in(Role.VIEWER).id
    before = people.store.content()

    answers = [
        people.client.get(mount, headers),
        people.client.get(f"{mount}/{whom}", headers),
        people.client.patch(f"{mount}/{whom}/role", {"role": "admin"}, headers),
        people.client.delete(f"{mount}/{whom}", headers),
        people.client.post(f"{INTERNAL}/users", NEW, headers),
    ]

    assert [answer.error for answer in answers] == ["Insufficient permissions"] * 5
    assert people.store.content() == before


def test_users_are_managed_where_authentication_is_off_by_administrators_only(deploy: Deploy) -> None:
    people = deploy({"JWT_SECRET": SECRET})
    admin, viewer = people.sign_in(Role.ADMIN), people.sign_in(Role.VIEWER)

    assert people.client.get(MOUNTS[0]).status == 401
    assert people.client.get(MOUNTS[1]).status == 401
    assert people.client.get(MOUNTS[1], viewer.headers).status == 403
    assert people.client.get(MOUNTS[1], admin.headers).status == 200


@pytest.mark.parametrize("mount", MOUNTS)
def test_users_are_listed_in_pages_from_the_oldest(people: World, mount: str) -> None:
    admin = people.sign_in(Role.ADMIN)
    others = []
    for _ in range(3):
        people.clock.advance(seconds=1)
        others.append(people.sign_in(Role.VIEWER).id)

    whole = people.client.get(mount, admin.headers)
    page = people.client.get(f"{mount}?limit=2&offset=1&role=viewer", admin.headers)
    beyond = people.client.get(f"{mount}?limit=1000&offset=9", admin.headers)

    assert ([user["id"] for user in whole.data], whole.meta) == (
        [admin.id, *others],
        {"total": 4, "limit": 20, "offset": 0},
    )
    assert ([user["id"] for user in page.data], page.meta) == (others[1:], {"total": 3, "limit": 2, "offset": 1})
    assert (beyond.data, beyond.meta) == ([], {"total": 4, "limit": 100, "offset": 9})
    assert all(set(user) == {"id", "name", "email", "role", "createdAt", "updatedAt"} for user in whole.data)


@pytest.mark.parametrize("query", ["limit=0", "limit=x", "offset=-1", "role=owner", "role=", "role=admin'--"])
def test_a_bad_query_is_told_by_field(people: World, query: str) -> None:
    admin = people.sign_in(Role.ADMIN)

    status, code, (detail,) = people.client.get(f"{MOUNTS[0]}?{query}", admin.headers).refusal

    assert (status, code, detail["field"]) == (422, "VALIDATION_FAILED", query.partition("=")[0])


@pytest.mark.parametrize("mount", MOUNTS)
def test_a_user_is_shown_and_an_unknown_one_is_not_found(people: World, mount: str) -> None:
    admin = people.sign_in(Role.ADMIN)

    assert people.client.get(f"{mount}/{admin.id}", admin.headers).data["email"] == admin.email
    for answer in (
        people.client.get(f"{mount}/nobody", admin.headers),
        people.client.patch(f"{mount}/nobody/role", {"role": "viewer"}, admin.headers),
        people.client.delete(f"{mount}/nobody", admin.headers),
    ):
        assert answer.refusal == (404, "NOT_FOUND", [])
        assert answer.error == "User not found"


def test_an_id_that_nobody_could_have_is_told_by_field(people: World) -> None:
    admin = people.sign_in(Role.ADMIN)

    status, _, details = people.client.get(f"{MOUNTS[0]}/x'%20OR%201=1", admin.headers).refusal

    assert (status, details[0]["field"]) == (422, "user")


@pytest.mark.parametrize(
    ("sent", "role"), [({}, "viewer"), ({"role": "developer"}, "developer"), ({"role": "admin"}, "admin")]
)
def test_an_administrator_gives_others_accounts(people: World, sent: dict[str, str], role: str) -> None:
    admin = people.sign_in(Role.ADMIN)

    created = people.client.post(f"{INTERNAL}/users", {**NEW, **sent}, admin.headers)

    assert (created.status, created.data["role"]) == (201, role)
    login = people.client.post(f"{AUTH}/login", {"email": NEW["email"], "password": NEW["password"]})
    assert login.data["user"]["id"] == created.data["id"]


def test_a_second_account_for_an_address_is_refused(people: World) -> None:
    admin = people.sign_in(Role.ADMIN)
    people.client.post(f"{INTERNAL}/users", NEW, admin.headers)
    before = people.store.content()

    refused = people.client.post(f"{INTERNAL}/users", {**NEW, "email": "GRACE@example.com"}, admin.headers)

    assert (refused.status, refused.error) == (409, "User with this email already exists")
    assert people.store.content() == before


@pytest.mark.parametrize("changes", [{"role": "owner"}, {"role": None}, {"role": ["admin"]}, {"id": "x"}])
def test_a_bad_account_is_refused(people: World, changes: dict[str, Any]) -> None:
    admin = people.sign_in(Role.ADMIN)
    before = people.store.content()

    status, _, details = people.client.post(f"{INTERNAL}/users", {**NEW, **changes}, admin.headers).refusal

    assert (status, [detail["field"].partition(".")[0] for detail in details]) == (422, list(changes))
    assert people.store.content() == before


@pytest.mark.parametrize("mount", MOUNTS)
def test_another_role_counts_at_once_and_ends_sessions(people: World, mount: str) -> None:
    admin, grace = people.sign_in(Role.ADMIN), people.sign_in(Role.VIEWER, "grace@example.com")

    changed = people.client.patch(f"{mount}/{grace.id}/role", {"role": "admin"}, admin.headers)

    assert changed.data["role"] == "admin"
    assert people.client.get(ME, grace.headers).status == 401
    again = signed_in(people, email="grace@example.com")
    assert people.client.get(mount, again).status == 200
    people.client.patch(f"{mount}/{grace.id}/role", {"role": "viewer"}, admin.headers)
    assert people.client.get(mount, again).status == 401


@pytest.mark.parametrize("body", [{}, {"role": ""}, {"role": "owner"}, {"role": "Admin"}, {"role": "admin "}])
def test_a_role_that_is_none_is_refused(people: World, body: dict[str, str]) -> None:
    admin, grace = people.sign_in(Role.ADMIN), people.sign_in(Role.VIEWER)

    refused = people.client.patch(f"{MOUNTS[0]}/{grace.id}/role", body, admin.headers)

    assert refused.status == 400
    assert refused.error == "Invalid role. Must be admin, developer, or viewer"


@pytest.mark.parametrize("mount", MOUNTS)
def test_administrators_do_not_demote_themselves(people: World, mount: str) -> None:
    admin, _ = people.sign_in(Role.ADMIN), people.sign_in(Role.ADMIN)

    refused = people.client.patch(f"{mount}/{admin.id}/role", {"role": "viewer"}, admin.headers)

    assert refused.refusal == (403, "FORBIDDEN", [])
    assert refused.error == "Cannot demote yourself. Ask another admin to change your role."


def test_the_last_administrator_is_neither_demoted_nor_deleted(people: World) -> None:
    admin, second = people.sign_in(Role.ADMIN), people.sign_in(Role.ADMIN)
    stolen = second.headers
    document = people.store.get("directory", ("all", "admins"))
    assert document is not None
    people.store.put("directory", document.key, {**document.body, "ids": [admin.id]}, expect=document.version)

    demoted = people.client.patch(f"{MOUNTS[0]}/{admin.id}/role", {"role": "viewer"}, stolen)
    deleted = people.client.delete(f"{MOUNTS[0]}/{admin.id}", admin.headers)

    assert (demoted.status, demoted.error) == (
        400,
        "Cannot demote the last admin user. Promote another user to admin first.",
    )
    assert (deleted.status, deleted.error) == (
        400,
        "Cannot delete the last admin user. Promote another user to admin first.",
    )
    assert people.client.get(ME, admin.headers).data["role"] == "admin"


@pytest.mark.parametrize("mount", MOUNTS)
def test_a_deleted_user_is_nobody_at_once_and_the_address_is_free(people: World, mount: str) -> None:
    admin, grace = people.sign_in(Role.ADMIN), people.sign_in(Role.DEVELOPER, "grace@example.com")

    deleted = people.client.delete(f"{mount}/{grace.id}", admin.headers)

    assert (deleted.status, deleted.json["message"]) == (200, "User deleted successfully")
    assert people.client.get(ME, grace.headers).status in (401, 404)
    assert people.client.post(f"{AUTH}/login", {"email": "grace@example.com", "password": PASSWORD}).status == 401
    assert people.client.post(f"{INTERNAL}/users", NEW, admin.headers).status == 201


def test_administrators_may_delete_themselves_if_others_are_left(people: World) -> None:
    admin, _ = people.sign_in(Role.ADMIN), people.sign_in(Role.ADMIN)

    assert people.client.delete(f"{MOUNTS[0]}/{admin.id}", admin.headers).status == 200


def test_nothing_about_a_person_may_be_kept_by_caches(people: World) -> None:
    admin = people.sign_in(Role.ADMIN)

    for path in (ME, f"{ME}/sessions", *MOUNTS, f"{MOUNTS[0]}/{admin.id}"):
        answer = people.client.get(path, admin.headers)
        assert answer.headers["cache-control"] == "no-store"
        assert "etag" not in answer.headers
        assert b"bcrypt" not in answer.body


def test_accounts_work_where_authentication_is_off(deploy: Deploy) -> None:
    people = deploy({"JWT_SECRET": SECRET})
    registered(people)

    assert people.client.get(ME, signed_in(people)).data["email"] == ADA["email"]
