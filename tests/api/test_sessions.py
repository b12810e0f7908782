"""Registering, signing in and out, and what a session is good for."""

import json
from collections.abc import Callable, Mapping
from typing import Any, Final

import jwt
import pytest

from tests.api.client import PUBLIC, Headers
from tests.api.world import PASSWORD, SECRET, CountingHasher, World
from togglebox.auth.permissions import Role

AUTH: Final = f"{PUBLIC}/auth"
ME: Final = f"{PUBLIC}/users/me"
ADA: Final = {"name": "Ada", "email": "Ada@example.com", "password": PASSWORD}
LOGIN: Final = {"email": "ada@example.com", "password": PASSWORD}

type Deploy = Callable[[dict[str, str]], World]


@pytest.fixture
def people(deploy: Deploy) -> World:
    """Give a deployment where there can be accounts, though nothing asks for them."""
    return deploy({"JWT_SECRET": SECRET})


def registered(world: World, **changes: Any) -> Any:
    return world.client.post(f"{AUTH}/register", {**ADA, **changes}).data


def signed_in(world: World, **changes: Any) -> Headers:
    return bearing(world.client.post(f"{AUTH}/login", {**LOGIN, **changes}).data["token"])


def bearing(token: str) -> Headers:
    return {"Authorization": f"Bearer {token}"}


def claims(token: str) -> Mapping[str, Any]:
    return jwt.decode(token, options={"verify_signature": False})


# Registering


def test_who_registers_may_only_read(people: World) -> None:
    answer = people.client.post(f"{AUTH}/register", ADA)

    assert answer.status == 201
    assert answer.headers["cache-control"] == "no-store"
    assert answer.data == {
        "id": answer.data["id"],
        "name": "Ada",
        "email": "Ada@example.com",
        "role": "viewer",
        "createdAt": "2026-03-01T12:00:00.000Z",
        "updatedAt": "2026-03-01T12:00:00.000Z",
    }


def test_a_role_that_comes_along_is_ignored(people: World) -> None:
    assert registered(people, role="admin", permissions=["user:manage"], isSuperAdmin=True)["role"] == "viewer"


@pytest.mark.parametrize("email", ["ada@example.com", "ADA@EXAMPLE.COM", " ada@example.com ", "\uff41da@example.com"])
def test_an_address_is_registered_once_however_it_is_spelled(people: World, email: str) -> None:
    registered(people)
    before = people.store.lasting()

    refused = people.client.post(f"{AUTH}/register", {**ADA, "email": email})

    assert refused.refusal == (409, "CONFLICT", [])
    assert refused.error == "User with this email already exists"
    assert people.store.lasting() == before


@pytest.mark.parametrize("settings", [{"ALLOW_REGISTRATION": "false"}, {"ENABLE_AUTHENTICATION": "true"}])
def test_where_registration_is_closed_nobody_registers(deploy: Deploy, settings: dict[str, str]) -> None:
    world = deploy({"JWT_SECRET": SECRET, **settings})

    refused = world.client.post(f"{AUTH}/register", ADA)

    assert refused.refusal == (403, "FORBIDDEN", [])
    assert refused.error == "Registration is closed here: ask an administrator for an account"
    assert world.store.content() == {}


def test_registration_can_be_open_where_authentication_is_on(deploy: Deploy) -> None:
    world = deploy({"JWT_SECRET": SECRET, "ENABLE_AUTHENTICATION": "true", "ALLOW_REGISTRATION": "true"})

    assert registered(world)["role"] == "viewer"


BAD_BODIES: Final = [
    pytest.param({"name": ""}, "name", id="no name"),
    pytest.param({"name": "   "}, "name", id="blank name"),
    pytest.param({"name": "x" * 101}, "name", id="long name"),
    pytest.param({"name": "Ada\r\nBcc: all@example.com"}, "name", id="a header in the name"),
    pytest.param({"name": "Ada\u2028"}, "name", id="a line separator in the name"),
    pytest.param({"name": "Ada\0"}, "name", id="U+0000 in the name"),
    pytest.param({"name": {"$gt": ""}}, "name", id="an operator as the name"),
    pytest.param({"name": None}, "name", id="null as the name"),
    pytest.param({"email": "ada"}, "email", id="no address"),
    pytest.param({"email": "a@b@example.com"}, "email", id="two at signs"),
    pytest.param({"email": "a\uff20b@example.com"}, "email", id="two at signs, one full-width"),
    pytest.param({"email": "a@b\r\nBcc: all@example.com"}, "email", id="a header in the address"),
    pytest.param({"email": "ada@example.com\n"}, "email", id="a line break after the address"),
    pytest.param({"email": "<ada@example.com>"}, "email", id="angle brackets"),
    pytest.param({"email": "ada@example.com, all@example.com"}, "email", id="two addresses"),
    pytest.param({"email": "ada@-.com"}, "email", id="no domain"),
    pytest.param({"email": f"{'x' * 65}@example.com"}, "email", id="long local part"),
    pytest.param({"email": f"x@{'x.' * 130}com"}, "email", id="long domain"),
    pytest.param({"email": "x@" + "\ufdfa" * 60}, "email", id="what grows when composed"),
    pytest.param({"email": {"$ne": ""}}, "email", id="an operator as the address"),
    pytest.param({"email": ["ada@example.com"]}, "email", id="a list as the address"),
    pytest.param({"password": "short1A"}, "password", id="short password"),
    pytest.param({"password": "aB3" + "x" * 70}, "password", id="73 bytes"),
    pytest.param({"password": "Password1"}, "password", id="common password"),
    pytest.param({"password": {"$regex": ".*"}}, "password", id="an operator as the password"),
]


@pytest.mark.parametrize(("changes", "field"), BAD_BODIES)
def test_a_bad_registration_is_told_by_field_and_changes_nothing(
    people: World, changes: dict[str, Any], field: str
) -> None:
    refused = people.client.post(f"{AUTH}/register", {**ADA, **changes})

    status, code, details = refused.refusal
    assert (status, code) == (422, "VALIDATION_FAILED")
    assert [set(detail) for detail in details] == [{"field", "message"}]
    assert details[0]["field"] == field
    assert people.store.content() == {}
    assert not any(
        isinstance(value, str) and len(value) > 5 and value in refused.body.decode() for value in changes.values()
    )


def test_what_is_missing_is_told_by_field(people: World) -> None:
    refused = people.client.post(f"{AUTH}/register", {})

    assert refused.refusal[2] == [{"field": name, "message": "Required"} for name in ("name", "email", "password")]


def test_injections_are_texts_like_others(people: World) -> None:
    name, email = "Robert'); DROP TABLE users;--", "o'hara+{$ne}@example.com"
    registered(people, name=name, email=email)

    data = people.client.post(f"{AUTH}/login", {"email": email, "password": PASSWORD}).data

    assert (data["user"]["name"], data["user"]["email"]) == (name, email)


# Signing in


def test_who_signs_in_gets_a_token_with_the_claims_that_clients_know(people: World) -> None:
    user = registered(people)

    data = people.client.post(f"{AUTH}/login", LOGIN).data

    assert data["user"] == {**user, "updatedAt": data["user"]["updatedAt"]}
    assert claims(data["token"]) == {
        "id": user["id"],
        "email": "Ada@example.com",
        "role": "viewer",
        "sid": claims(data["token"])["sid"],
        "iat": int(people.clock.epoch()),
        "exp": int(people.clock.epoch()) + 86_400,
        "iss": "config-service",
        "aud": "config-service-api",
    }


@pytest.mark.parametrize(
    "wrong",
    [
        {"password": PASSWORD + "x"},
        {"password": PASSWORD.lower()},
        {"password": "x" * 1_000},
        {"password": "' OR '1'='1"},
        {"email": "grace@example.com"},
        {"email": "%@example.com"},
    ],
)
def test_a_wrong_login_does_not_tell_what_is_wrong(people: World, wrong: dict[str, str]) -> None:
    registered(people)
    before = people.store.content()

    refused = people.client.post(f"{AUTH}/login", {**LOGIN, **wrong})

    assert refused.refusal == (401, "UNAUTHORIZED", [])
    assert refused.error == "Invalid email or password"
    assert people.store.content()["users"] == before["users"]


@pytest.mark.parametrize("stored", ["", "bcrypt:", "pbkdf2-sha256:6:100000:00:00", "argon2:x", "$2b$04$x"])
def test_a_password_of_an_unknown_scheme_is_a_wrong_one(people: World, stored: str) -> None:
    user = registered(people)
    set_password(people, user["id"], stored)

    assert people.client.post(f"{AUTH}/login", LOGIN).error == "Invalid email or password"
    assert people.hasher.calls[-1:] == ["verify"]


def set_password(world: World, user_id: str, stored: str) -> None:
    document = world.store.get("users", ("all", user_id))
    assert document is not None
    world.store.put("users", document.key, {**document.body, "password": stored}, expect=document.version)


def test_a_login_does_the_same_work_for_known_and_unknown_addresses(people: World) -> None:
    registered(people)
    work = []
    for email in ("ada@example.com", "grace@example.com"):
        people.hasher.calls.clear()
        with people.counted() as calls:
            refused = people.client.post(f"{AUTH}/login", {"email": email, "password": "Wrong4Horse"})
        work.append((calls, [*people.hasher.calls], refused.error, {**refused.headers, "x-request-id": ""}))

    assert work[0] == work[1]
    assert work[0][1] == ["verify"]


def test_a_login_reads_three_times_at_most_and_writes_the_session(people: World) -> None:
    registered(people)
    people.hasher.calls.clear()

    with people.counted() as calls:
        people.client.post(f"{AUTH}/login", LOGIN)

    assert [call for call in calls if "attempts" not in call] == ["get emails", "get users", "put users"]
    assert people.hasher.calls == ["verify"]


def test_a_login_hashes_anew_once_the_cost_has_grown(people: World) -> None:
    user = registered(people)
    set_password(people, user["id"], CountingHasher(4).hash(PASSWORD))
    people.hasher = CountingHasher(5)
    grown = people.process()

    first = grown.post(f"{AUTH}/login", LOGIN)

    document = people.store.get("users", ("all", user["id"]))
    assert document is not None
    assert document.body["password"].startswith("bcrypt:$2b$05$")
    assert first.status == grown.post(f"{AUTH}/login", LOGIN).status == 200
    assert people.hasher.calls == ["verify", "hash", "verify"]


def test_a_login_that_was_overtaken_by_another_password_begins_no_session(people: World) -> None:
    user = registered(people)
    people.store.meanwhile("put users", lambda: set_password(people, user["id"], CountingHasher().hash("Other5Horse")))

    refused = people.client.post(f"{AUTH}/login", LOGIN)

    assert refused.error == "Invalid email or password"
    assert people.app.accounts.users.get(user["id"]).sessions == ()


def test_a_login_that_was_overtaken_by_another_login_begins_a_session_all_the_same(people: World) -> None:
    user = registered(people)
    people.store.meanwhile("put users", lambda: signed_in(people))

    headers = signed_in(people)

    assert len(people.app.accounts.users.get(user["id"]).sessions) == 2
    assert people.client.get(ME, headers).status == 200


@pytest.mark.parametrize("body", [{}, {"email": "ada@example.com"}, {"password": PASSWORD}, {**LOGIN, "email": "ada"}])
def test_a_login_without_address_and_password_is_refused_by_field(people: World, body: dict[str, str]) -> None:
    status, code, details = people.client.post(f"{AUTH}/login", body).refusal

    assert (status, code) == (422, "VALIDATION_FAILED")
    assert all(set(detail) == {"field", "message"} for detail in details)


# What a session is good for, and until when


def test_a_session_can_be_refreshed_and_the_token_says_the_role_of_now(people: World) -> None:
    registered(people)
    headers = signed_in(people)
    people.clock.advance(hours=23)

    data = people.client.post(f"{AUTH}/refresh", headers=headers).data

    assert set(data) == {"user", "token"}
    assert claims(data["token"])["sid"] == claims(headers["Authorization"].split()[1])["sid"]
    people.clock.advance(hours=23)
    assert people.client.get(ME, bearing(data["token"])).status == 200
    assert people.client.get(ME, headers).error == "Invalid or expired JWT token"


def test_a_refreshed_session_began_when_it_began(people: World) -> None:
    registered(people)
    headers = signed_in(people)
    people.clock.advance(hours=1)
    people.client.post(f"{AUTH}/refresh", headers=headers)

    (session,) = people.client.get(f"{ME}/sessions", headers).data

    assert (session["createdAt"], session["expiresAt"]) == ("2026-03-01T12:00:00.000Z", "2026-03-02T13:00:00.000Z")


def test_a_session_that_ended_while_it_was_refreshed_stays_ended(people: World) -> None:
    user = registered(people)
    headers = signed_in(people)
    people.clock.advance(seconds=1)
    people.store.meanwhile("put users", lambda: people.client.post(f"{AUTH}/logout", headers=headers))

    refused = people.client.post(f"{AUTH}/refresh", headers=headers)

    assert refused.refusal == (401, "UNAUTHORIZED", [])
    assert people.app.accounts.users.get(user["id"]).sessions == ()


def test_sessions_that_ended_are_not_listed(people: World) -> None:
    registered(people)
    signed_in(people)
    people.clock.advance(hours=1)
    headers = signed_in(people)
    people.clock.advance(hours=23)

    assert [session["current"] for session in people.client.get(f"{ME}/sessions", headers).data] == [True]


def test_what_a_client_calls_itself_is_kept_as_one_printable_line(people: World) -> None:
    registered(people)
    token = people.client.post(f"{AUTH}/login", LOGIN, {"User-Agent": "a\x07b\u2028c"}).data["token"]

    assert people.client.get(f"{ME}/sessions", bearing(token)).data[0]["agent"] == "abc"


def test_a_session_ends_with_its_time(people: World) -> None:
    registered(people)
    headers = signed_in(people)
    people.clock.advance(hours=24)

    assert people.client.get(ME, headers).refusal == (401, "UNAUTHORIZED", [])


def test_signing_out_ends_the_session_that_asks_and_no_other(people: World) -> None:
    registered(people)
    here, there = signed_in(people), signed_in(people)

    out = people.client.post(f"{AUTH}/logout", headers=here)

    assert (out.status, out.json["message"]) == (200, "Logged out successfully")
    assert people.client.get(ME, here).error == "Invalid or expired JWT token"
    assert people.client.get(ME, there).status == 200
    assert people.client.post(f"{AUTH}/refresh", headers=here).status == 401


def test_signing_out_everywhere_ends_all_sessions_of_this_person_only(people: World) -> None:
    registered(people)
    here, there, grace = signed_in(people), signed_in(people), people.sign_in(Role.VIEWER)

    out = people.client.post(f"{AUTH}/logout-all", headers=here)

    assert (out.status, out.json["message"]) == (200, "Logged out everywhere")
    assert {people.client.get(ME, headers).status for headers in (here, there)} == {401}
    assert people.client.get(ME, grace.headers).status == 200


def test_sessions_are_listed_with_the_one_that_asks(people: World) -> None:
    registered(people)
    first = signed_in(people)
    people.clock.advance(minutes=5)
    second = people.client.post(f"{AUTH}/login", LOGIN, {"User-Agent": "Phone/1.0 " + "x" * 300}).data["token"]

    listed = people.client.get(f"{ME}/sessions", first).data

    assert [session["current"] for session in listed] == [True, False]
    assert [session["id"] for session in listed] == [
        claims(first["Authorization"].split()[1])["sid"],
        claims(second)["sid"],
    ]
    assert listed[1] == {
        "id": claims(second)["sid"],
        "createdAt": "2026-03-01T12:05:00.000Z",
        "expiresAt": "2026-03-02T12:05:00.000Z",
        "agent": ("Phone/1.0 " + "x" * 300)[:120],
        "current": False,
    }


@pytest.mark.parametrize("route", ["POST auth/refresh", "POST auth/logout", "POST auth/logout-all", "GET users/me",
                                   "PATCH users/me", "POST users/me/password", "GET users/me/sessions"])  # fmt: skip
def test_what_people_do_needs_a_person(people: World, route: str) -> None:
    method, path = route.split(" ")
    refused = people.client.send(method, f"{PUBLIC}/{path}", {} if method == "PATCH" else None)

    assert refused.refusal == (401, "UNAUTHORIZED", [])
    assert refused.error == "Authentication required. Provide valid Bearer token or X-API-Key header"


def test_without_a_secret_there_are_no_accounts(world: World) -> None:
    for method, path, body in (
        ("POST", "auth/register", ADA),
        ("POST", "auth/login", LOGIN),
        ("POST", "auth/refresh", None),
        ("GET", "users/me", None),
        ("GET", "users", None),
    ):
        refused = world.client.send(method, f"{PUBLIC}/{path}", body)
        assert refused.refusal == (503, "ACCOUNTS_NOT_CONFIGURED", [])
        assert refused.error == "There are no accounts here: the operator has to set JWT_SECRET"
    assert world.store.calls == []


@pytest.mark.parametrize("call", ["get emails", "get users", "put users"])
def test_where_the_database_is_away_nobody_signs_in_and_nothing_is_told(people: World, call: str) -> None:
    registered(people)

    def fail() -> None:
        people.store.away = True

    people.store.meanwhile(call, fail)

    refused = people.client.post(f"{AUTH}/login", LOGIN)

    assert refused.refusal == (503, "SERVICE_UNAVAILABLE", [])
    assert "10.0.0.7" not in refused.body.decode()


def test_no_secret_of_a_person_reaches_the_log(people: World) -> None:
    registered(people)
    headers = signed_in(people)
    people.client.post(f"{AUTH}/login", {**LOGIN, "password": "Wrong4Horse"})
    people.client.post(f"{ME}/password", {"currentPassword": PASSWORD, "newPassword": "Newer5Horse"}, headers)

    log = "\n".join(people.log)

    assert len([line for line in people.log if json.loads(line)["level"]]) == 4
    for secret in (PASSWORD, "Wrong4Horse", "Newer5Horse", headers["Authorization"][7:], SECRET, "ada@", "Ada@"):
        assert secret not in log
