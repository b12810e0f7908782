"""API keys: making, showing, rotating and revoking them, and what a request with one costs."""

from collections.abc import Mapping
from typing import Any, Final

import pytest

from tests.api.client import INTERNAL, PUBLIC, Client, Headers
from tests.api.given import CONFIGS, EDIT_CONFIGS, a_parameter, a_platform, an_environment
from tests.api.world import ADMIN, SECRET, Person, World
from togglebox.auth.keys import MOST_KEYS
from togglebox.auth.permissions import Role

KEYS: Final = f"{PUBLIC}/api-keys"
MOUNTS: Final = [KEYS, f"{INTERNAL}/api-keys"]
SDK: Final = {"name": "SDK", "permissions": ["config:read"]}
NOT_FOUND: Final[Any] = (404, "NOT_FOUND", [])
UNKNOWN: Final[Any] = (401, "UNAUTHORIZED", [])


def shop(**settings: str) -> World:
    """Return a deployment with authentication that holds a parameter in the environment ``prod`` of ``web``."""
    world = World({"ENABLE_AUTHENTICATION": "true", "JWT_SECRET": SECRET, **settings})
    world.caller = ADMIN
    a_platform(world.client)
    an_environment(world.client)
    a_parameter(world.client)
    world.caller = None
    return world


@pytest.fixture
def world() -> World:
    return shop()


@pytest.fixture
def owner(world: World) -> Person:
    return world.sign_in(Role.DEVELOPER)


def created(world: World, owner: Person, **changes: Any) -> Any:
    return world.client.post(KEYS, {**SDK, **changes}, owner.headers).data


def bearing(key: Mapping[str, Any]) -> Headers:
    return {"X-API-Key": key["key"]}


def without_use(world: World) -> Any:
    return {name: found for name, found in world.store.lasting().items() if name != "account-journal"}


@pytest.mark.parametrize("mount", MOUNTS)
def test_the_answer_to_its_creation_alone_holds_the_key(world: World, owner: Person, mount: str) -> None:
    answer = world.client.post(mount, SDK, owner.headers)

    assert answer.status == 201
    assert answer.headers["cache-control"] == "no-store"
    assert answer.json["message"] == "API key created. This is the only time you will see the full key."
    key = answer.data
    text = key.pop("key")
    assert key == {
        "id": key["id"],
        "name": "SDK",
        "keyPrefix": text[:13],
        "keyLast4": text[-4:],
        "permissions": ["config:read"],
        "expiresAt": None,
        "lastUsedAt": None,
        "createdAt": "2026-03-01T12:00:00.000Z",
    }
    assert len(text) == 41
    assert text.startswith("tbx_live_")
    assert world.client.get(mount, owner.headers).data == [key]
    assert world.client.get(f"{mount}/{key['id']}", owner.headers).data == key
    assert text not in repr(world.store.content())
    assert text not in "".join(world.log)


def test_a_key_for_tests_says_so(world: World, owner: Person) -> None:
    assert created(world, owner, test=True)["key"].startswith("tbx_test_")


@pytest.mark.parametrize("area", [CONFIGS, EDIT_CONFIGS])
def test_a_key_opens_public_and_internal_routes_alike(world: World, owner: Person, area: str) -> None:
    key = created(world, owner)

    assert world.client.get(f"{area}/list", bearing(key)).status == 200
    assert world.client.patch(f"{EDIT_CONFIGS}/color", {"defaultValue": "x"}, bearing(key)).status == 403


def test_changes_by_a_key_are_signed_by_its_owner(world: World, owner: Person) -> None:
    key = created(world, owner, permissions=["config:write", "config:read"])

    changed = world.client.patch(f"{EDIT_CONFIGS}/color", {"defaultValue": "blue"}, bearing(key))

    assert changed.data["createdBy"] == owner.email


BAD: Final = [
    pytest.param({"name": ""}, "name", id="no name"),
    pytest.param({"name": "a\r\nb"}, "name", id="a header in the name"),
    pytest.param({"name": {"$gt": ""}}, "name", id="an operator as the name"),
    pytest.param({"permissions": []}, "permissions", id="no permissions"),
    pytest.param({"permissions": "config:read"}, "permissions", id="a text for permissions"),
    pytest.param({"permissions": ["*"]}, "permissions.0", id="a star"),
    pytest.param({"permissions": ["config:read", "CONFIG:READ"]}, "permissions.1", id="capitals"),
    pytest.param({"permissions": [{"$ne": None}]}, "permissions.0", id="an operator as permission"),
    pytest.param({"permissions": ["config:read"] * 2}, "permissions", id="a permission twice"),
    pytest.param({"permissions": ["config:read"] * 51}, "permissions", id="51 permissions"),
    pytest.param({"platforms": []}, "platforms", id="no platform"),
    pytest.param({"platforms": ["a/b"]}, "platforms.0", id="a slash in a platform"),
    pytest.param({"platforms": ["web", "web"]}, "platforms", id="a platform twice"),
    pytest.param({"platforms": [f"p{n}" for n in range(51)]}, "platforms", id="51 platforms"),
    pytest.param({"environments": [{"$regex": ".*"}]}, "environments.0", id="an operator as environment"),
    pytest.param({"environments": "prod"}, "environments", id="a text for environments"),
    pytest.param({"expiresAt": "2026-03-01T12:00:00Z"}, "expiresAt", id="an end that is now"),
    pytest.param({"expiresAt": "2020-01-01T00:00:00Z"}, "expiresAt", id="an end in the past"),
    pytest.param({"expiresAt": "2027-01-01"}, "expiresAt", id="a date"),
    pytest.param({"expiresAt": 1_900_000_000}, "expiresAt", id="a number as the end"),
    pytest.param({"test": "yes"}, "test", id="a text for a boolean"),
    pytest.param({"owner": "somebody"}, "owner", id="an owner"),
    pytest.param({"key": "tbx_live_" + "0" * 32}, "key", id="a key of one's own"),
]


@pytest.mark.parametrize(("changes", "field"), BAD)
def test_a_bad_key_is_told_by_field_and_not_created(
    world: World, owner: Person, changes: dict[str, Any], field: str
) -> None:
    before = world.store.content()

    status, code, details = world.client.post(KEYS, {**SDK, **changes}, owner.headers).refusal

    assert (status, code) == (422, "VALIDATION_FAILED")
    assert details[0]["field"] == field
    assert {name: found for name, found in world.store.content().items() if name != "account-journal"} == before


def test_a_key_opens_no_more_than_its_owner(world: World, owner: Person) -> None:
    before = without_use(world)
    asked = {**SDK, "permissions": ["user:manage", "config:read", "member:read"]}

    refused = world.client.post(KEYS, asked, owner.headers)

    assert refused.refusal == (403, "FORBIDDEN", [])
    assert refused.error == "User does not have the following permissions: user:manage, member:read"
    assert without_use(world) == before


def test_an_end_in_another_time_zone_is_the_same_moment(world: World, owner: Person) -> None:
    key = created(world, owner, expiresAt="2026-03-01T13:00:01+01:00")

    assert key["expiresAt"] == "2026-03-01T12:00:01.000Z"
    assert world.client.get(CONFIGS, bearing(key)).status == 200
    world.clock.advance(seconds=1)
    refused = world.client.get(CONFIGS, bearing(key))
    assert (refused.refusal, refused.error) == (UNKNOWN, "Invalid API key")


def test_there_is_an_end_to_how_many_keys_somebody_has(world: World, owner: Person) -> None:
    keys = [created(world, owner) for _ in range(MOST_KEYS)]
    refused = world.client.post(KEYS, SDK, owner.headers)

    assert refused.refusal[:2] == (422, "LIMIT_EXCEEDED")
    assert len(world.client.get(KEYS, owner.headers).data) == MOST_KEYS
    world.client.delete(f"{KEYS}/{keys[0]['id']}", owner.headers)
    assert world.client.post(KEYS, SDK, owner.headers).status == 201


@pytest.mark.parametrize("mount", MOUNTS)
@pytest.mark.parametrize(("method", "path"), [("GET", ""), ("DELETE", ""), ("POST", "/rotate")])
def test_the_keys_of_others_are_not_there(world: World, owner: Person, mount: str, method: str, path: str) -> None:
    key = created(world, owner)
    other = world.sign_in(Role.ADMIN)
    before = without_use(world)

    refused = world.client.send(method, f"{mount}/{key['id']}{path}", None, other.headers)

    assert (refused.refusal, refused.error) == (NOT_FOUND, "API key not found")
    assert world.client.send(method, f"{mount}/nothing{path}", None, other.headers).refusal == NOT_FOUND
    assert world.client.get(mount, other.headers).data == []
    assert without_use(world) == before


@pytest.mark.parametrize("mount", MOUNTS)
def test_a_revoked_key_is_no_good_from_then_on(world: World, owner: Person, mount: str) -> None:
    key = created(world, owner)
    assert world.client.get(CONFIGS, bearing(key)).status == 200

    revoked = world.client.delete(f"{mount}/{key['id']}", owner.headers)

    assert (revoked.status, revoked.json["message"]) == (200, "API key revoked successfully")
    assert world.client.get(CONFIGS, bearing(key)).refusal == UNKNOWN
    assert world.client.get(mount, owner.headers).data == []
    assert world.client.delete(f"{mount}/{key['id']}", owner.headers).refusal == NOT_FOUND
    assert {"keys", "key-hashes"}.isdisjoint(world.store.content())


def test_another_process_goes_by_what_it_read_for_5_seconds_at_most(world: World, owner: Person) -> None:
    key, other = created(world, owner), world.process()
    assert other.get(CONFIGS, bearing(key)).status == 200
    world.client.delete(f"{KEYS}/{key['id']}", owner.headers)

    world.clock.advance(seconds=4.9)
    assert other.get(CONFIGS, bearing(key)).status == 200
    world.clock.advance(seconds=0.1)
    assert other.get(CONFIGS, bearing(key)).refusal == UNKNOWN


def test_it_can_be_told_to_look_every_time(owner: Person) -> None:
    world = shop(AUTH_CACHE_SECONDS="0")
    somebody = world.sign_in(Role.DEVELOPER)
    key, other = created(world, somebody), world.process()
    assert other.get(CONFIGS, bearing(key)).status == 200

    world.client.delete(f"{KEYS}/{key['id']}", somebody.headers)

    assert other.get(CONFIGS, bearing(key)).refusal == UNKNOWN


def test_what_an_owner_may_no_longer_the_keys_may_no_longer(world: World, owner: Person) -> None:
    admin = world.sign_in(Role.ADMIN)
    key = created(world, owner, permissions=["config:read", "config:write"])
    change = {"defaultValue": "blue"}
    assert world.client.patch(f"{EDIT_CONFIGS}/color", change, bearing(key)).status == 200

    world.client.patch(f"{PUBLIC}/users/{owner.id}/role", {"role": "viewer"}, admin.headers)
    assert world.client.get(CONFIGS, bearing(key)).status == 200
    assert world.client.patch(f"{EDIT_CONFIGS}/color", {"defaultValue": "green"}, bearing(key)).status == 403

    world.client.delete(f"{PUBLIC}/users/{owner.id}", admin.headers)
    assert world.client.get(CONFIGS, bearing(key)).refusal == UNKNOWN
    assert {"keys", "key-hashes"}.isdisjoint(world.store.content())


def test_a_key_whose_owner_went_before_it_could_be_removed_is_no_good(world: World, owner: Person) -> None:
    key = created(world, owner)

    world.app.accounts.users.delete(owner.id)

    assert world.client.get(CONFIGS, bearing(key)).refusal == UNKNOWN
    assert "key-hashes" in world.store.content()


def test_who_was_demoted_still_sees_and_revokes_the_own_keys(world: World, owner: Person) -> None:
    key = created(world, owner)
    viewer = Person(owner.id, owner.email, world.sign_in(Role.VIEWER).headers)
    world.app.accounts.users.set_role(owner.id, Role.VIEWER, by=None)
    again = world.client.post(f"{PUBLIC}/auth/login", {"email": owner.email, "password": "Correct4Horse"}).data
    headers = {"Authorization": f"Bearer {again['token']}"}

    assert world.client.post(KEYS, SDK, headers).status == 403
    assert world.client.post(f"{KEYS}/{key['id']}/rotate", None, headers).status == 403
    assert len(world.client.get(KEYS, headers).data) == 1
    assert world.client.delete(f"{KEYS}/{key['id']}", viewer.headers).refusal == NOT_FOUND
    assert world.client.delete(f"{KEYS}/{key['id']}", headers).status == 200


# Rotation


def test_a_rotated_key_stays_good_for_a_while(world: World, owner: Person) -> None:
    old = created(world, owner, platforms=["web"], environments=["prod"])
    answer = world.client.post(f"{KEYS}/{old['id']}/rotate", {"graceSeconds": 60}, owner.headers)

    assert answer.status == 201
    assert answer.json["message"] == "API key rotated. This is the only time you will see the full key."
    new = answer.data
    assert new["id"] != old["id"]
    assert new["key"] != old["key"]
    for field in ("name", "permissions", "platforms", "environments", "expiresAt"):
        assert new[field] == old[field]
    world.clock.advance(seconds=59)
    assert [world.client.get(CONFIGS, bearing(key)).status for key in (old, new)] == [200, 200]
    world.clock.advance(seconds=1)
    assert [world.client.get(CONFIGS, bearing(key)).status for key in (old, new)] == [401, 200]


def test_without_a_grace_the_old_key_is_revoked_at_once(world: World, owner: Person) -> None:
    old = created(world, owner)
    new = world.client.post(f"{KEYS}/{old['id']}/rotate", {"graceSeconds": 0}, owner.headers).data

    assert [world.client.get(CONFIGS, bearing(key)).status for key in (old, new)] == [401, 200]
    assert [key["id"] for key in world.client.get(KEYS, owner.headers).data] == [new["id"]]


def test_a_grace_is_a_day_unless_told_otherwise_and_no_longer_than_the_key(world: World, owner: Person) -> None:
    long, short = created(world, owner), created(world, owner, expiresAt="2026-03-01T13:00:00Z")
    for key in (long, short):
        assert world.client.post(f"{KEYS}/{key['id']}/rotate", None, owner.headers).status == 201

    ends = {key["id"]: key["expiresAt"] for key in world.client.get(KEYS, owner.headers).data}
    assert ends[long["id"]] == "2026-03-02T12:00:00.000Z"
    assert ends[short["id"]] == "2026-03-01T13:00:00.000Z"


@pytest.mark.parametrize("grace", [-1, 2_592_001, 1.5, "60", None, True, {"$gt": 0}])
def test_a_grace_is_a_number_of_seconds(world: World, owner: Person, grace: object) -> None:
    key = created(world, owner)
    refused = world.client.post(f"{KEYS}/{key['id']}/rotate", {"graceSeconds": grace}, owner.headers)

    assert refused.refusal[0] == 422
    assert refused.refusal[2][0]["field"] == "graceSeconds"
    assert len(world.client.get(KEYS, owner.headers).data) == 1


def test_an_expired_key_is_not_rotated(world: World, owner: Person) -> None:
    key = created(world, owner, expiresAt="2026-03-01T12:00:05Z")
    world.clock.advance(seconds=5)

    refused = world.client.post(f"{KEYS}/{key['id']}/rotate", None, owner.headers)

    assert (refused.status, refused.error) == (400, "This API key has expired: create another one")


# What strangers send


def twisted(text: str) -> list[Any]:
    """Return what looks like a key, and is none."""
    return [
        pytest.param(text.replace("tbx", "tb\u0445"), id="a Cyrillic letter"),
        pytest.param(text.replace("_", "\uff3f"), id="full-width lines"),
        pytest.param(text.upper(), id="capitals"),
        pytest.param(f" {text}", id="a space"),
        pytest.param(f"{text}\n", id="a line break"),
        pytest.param(f"{text}, {text}", id="two of them"),
        pytest.param(text[:-1], id="a digit less"),
        pytest.param(text + "0", id="a digit more"),
        pytest.param(text.replace("live", "test"), id="for tests"),
        pytest.param("x" * 100_000, id="100 kB"),
        pytest.param(text + "\0", id="U+0000"),
        pytest.param('{"$ne": null}', id="an operator"),
        pytest.param("' OR 1=1 --", id="SQL"),
        pytest.param("", id="nothing"),
        pytest.param("#", id="a key of the table"),
    ]


TEXT: Final = "tbx_live_0123456789abcdef0123456789abcdef"


@pytest.mark.parametrize("text", twisted(TEXT))
def test_what_is_no_key_is_refused_without_being_looked_up(text: str) -> None:
    world = shop()
    world.app.accounts.keys._digits = lambda size: TEXT[9:]  # type: ignore[misc]  # so that there is such a key
    owner = world.sign_in(Role.DEVELOPER)
    assert created(world, owner)["key"] == TEXT
    before, lines = without_use(world), len(world.log)

    with world.counted() as calls:
        refused = world.client.get(CONFIGS, {"X-API-Key": text})

    assert (refused.refusal, refused.error) == (UNKNOWN, "Invalid API key")
    assert set(calls) <= {"get attempts", "put attempts", "get key-hashes"}
    assert ("get key-hashes" in calls) == (text == TEXT.replace("live", "test"))
    assert without_use(world) == before
    assert len(world.log) == lines + 1
    assert len(text) < 3 or text.strip() not in world.log[-1]


def test_a_token_is_no_key_and_a_key_is_no_token(world: World, owner: Person) -> None:
    key, token = created(world, owner)["key"], owner.headers["Authorization"].removeprefix("Bearer ")

    assert world.client.get(CONFIGS, {"X-API-Key": token}).error == "Invalid API key"
    assert world.client.get(CONFIGS, {"X-API-Key": f"Bearer {token}"}).error == "Invalid API key"
    assert world.client.get(CONFIGS, {"Authorization": f"Bearer {key}"}).error == "Invalid or expired JWT token"
    assert world.client.get(CONFIGS, {"Authorization": key}).error == "Invalid or expired JWT token"


def test_two_authorizations_prove_nothing(world: World, owner: Person) -> None:
    good = owner.headers["Authorization"]

    for both in (f"{good},{good}", f"{good}, Bearer x", f"Bearer x, {good}"):
        assert world.client.get(CONFIGS, {"Authorization": both}).refusal == UNKNOWN


def test_a_token_counts_before_a_key_and_a_key_for_a_broken_token(world: World, owner: Person) -> None:
    key = created(world, owner)

    assert world.client.get(f"{PUBLIC}/users/me", {**bearing(key), **owner.headers}).data["id"] == owner.id
    assert world.client.get(CONFIGS, {**bearing(key), "Authorization": "Bearer x"}).status == 200
    assert world.client.get(CONFIGS, {"X-API-Key": "x", **owner.headers}).status == 200
    assert world.client.get(CONFIGS, {"X-API-Key": "x", "Authorization": "Bearer x"}).error == "Invalid API key"


def test_who_tries_many_is_asked_to_wait_and_locks_nobody_out(world: World, owner: Person) -> None:
    key = created(world, owner)
    wrong = [{"X-API-Key": f"tbx_live_{n:032x}"} if n % 2 else {"Authorization": f"Bearer {n}"} for n in range(61)]

    answers = [world.client.get(CONFIGS, headers) for headers in wrong]

    assert [answer.status for answer in answers] == [401] * 60 + [429]
    assert answers[-1].refusal == (429, "TOO_MANY_REQUESTS", [])
    assert answers[-1].headers["retry-after"] == "60"
    assert world.process().get(CONFIGS, wrong[0]).status == 429
    assert world.client_at("203.0.113.9").get(CONFIGS, wrong[0]).status == 401
    for good in (bearing(key), owner.headers):
        assert world.client.get(CONFIGS, good).status == 200
    world.clock.advance(seconds=60)
    assert world.client.get(CONFIGS, wrong[0]).status == 401


def test_what_was_good_once_is_no_guess(world: World, owner: Person) -> None:
    key = created(world, owner, expiresAt="2026-03-01T12:00:05Z")
    world.clock.advance(days=2)

    for headers in (bearing(key), owner.headers) * 40:
        assert world.client.get(CONFIGS, headers).status == 401
    assert "attempts" not in world.store.content()


# How often a key may ask


def test_a_key_that_asks_too_often_has_to_wait() -> None:
    world = shop(RATE_LIMIT_MAX_REQUESTS="10", RATE_LIMIT_WINDOW_MS="60000")
    owner = world.sign_in(Role.DEVELOPER)
    key, other = created(world, owner), created(world, owner)
    clients: list[Client] = [world.client, world.process()]

    statuses = [clients[turn % 2].get(CONFIGS, bearing(key)).status for turn in range(12)]

    assert statuses == [200] * 10 + [429] * 2
    refused = world.client.get(CONFIGS, bearing(key))
    assert refused.headers["retry-after"] == "60"
    assert world.client.get(CONFIGS, bearing(other)).status == 200
    assert world.client.get(CONFIGS, owner.headers).status == 200
    world.clock.advance(seconds=60)
    assert world.client.get(CONFIGS, bearing(key)).status == 200


# What it costs


def test_a_token_costs_one_read_and_none_a_moment_later(world: World, owner: Person) -> None:
    fresh = world.process()
    costs = [calls_of(world, fresh, owner.headers) for _ in range(3)]

    assert costs == [["get users"], [], []]
    world.clock.advance(seconds=5)
    assert calls_of(world, fresh, owner.headers) == ["get users"]


def test_a_key_costs_two_reads_and_a_write_a_minute(world: World, owner: Person) -> None:
    key, fresh = created(world, owner), world.process()

    costs = [calls_of(world, fresh, bearing(key)) for _ in range(3)]
    assert costs == [["get key-hashes", "get users", "put key-hashes"], [], []]

    world.clock.advance(seconds=5)
    assert calls_of(world, fresh, bearing(key)) == ["get key-hashes", "get users"]
    world.clock.advance(seconds=55)
    assert calls_of(world, fresh, bearing(key)) == ["get key-hashes", "get users", "put key-hashes"]


def test_a_limit_costs_a_read_and_a_write_for_a_hundredth_of_it() -> None:
    world = shop(RATE_LIMIT_MAX_REQUESTS="1000")
    owner = world.sign_in(Role.DEVELOPER)
    key = created(world, owner)
    calls_of(world, world.client, bearing(key))

    calls = [call for _ in range(99) for call in calls_of(world, world.client, bearing(key))]

    assert calls == ["get attempts", "put attempts"] * 9


def calls_of(world: World, client: Client, headers: Headers) -> list[str]:
    """Return the calls that a request makes for its credentials alone."""
    with world.counted() as calls:
        assert client.get(f"{PUBLIC}/platforms", headers).status == 200
    return [call for call in calls if call.split()[1] in ("users", "key-hashes", "keys", "attempts")]


def test_a_session_that_began_a_moment_ago_is_known_at_once(world: World, owner: Person) -> None:
    other = world.process()
    assert other.get(CONFIGS, owner.headers).status == 200

    token = world.client.post(f"{PUBLIC}/auth/login", {"email": owner.email, "password": "Correct4Horse"}).data["token"]

    assert other.get(CONFIGS, {"Authorization": f"Bearer {token}"}).status == 200


# When it was used


def test_the_last_use_is_known_to_the_minute(world: World, owner: Person) -> None:
    key = created(world, owner)

    def last_used() -> Any:
        (found,) = world.client.get(KEYS, owner.headers).data
        return found["lastUsedAt"]

    world.client.get(CONFIGS, bearing(key))
    assert last_used() == "2026-03-01T12:00:00.000Z"
    world.clock.advance(seconds=59)
    world.client.get(CONFIGS, bearing(key))
    assert last_used() == "2026-03-01T12:00:00.000Z"
    world.clock.advance(seconds=1)
    world.client.get(CONFIGS, bearing(key))
    assert last_used() == "2026-03-01T12:01:00.000Z"


def test_a_late_note_of_its_use_does_not_revive_a_revoked_key(world: World, owner: Person) -> None:
    key, other = created(world, owner), world.process()
    world.store.meanwhile("put key-hashes", lambda: world.client.delete(f"{KEYS}/{key['id']}", owner.headers))

    assert other.get(CONFIGS, bearing(key)).status == 200

    assert {"keys", "key-hashes"}.isdisjoint(world.store.content())
    assert other.get(CONFIGS, bearing(key)).refusal == UNKNOWN


def test_a_late_note_of_its_use_does_not_undo_a_rotation(world: World, owner: Person) -> None:
    key, other = created(world, owner), world.process()

    def rotate() -> None:
        world.client.post(f"{KEYS}/{key['id']}/rotate", {"graceSeconds": 10}, owner.headers)

    world.store.meanwhile("put key-hashes", rotate)
    other.get(CONFIGS, bearing(key))

    world.clock.advance(seconds=10)
    assert other.get(CONFIGS, bearing(key)).refusal == UNKNOWN


def test_a_request_does_not_fail_because_its_use_cannot_be_noted(world: World, owner: Person) -> None:
    key = created(world, owner)
    world.store.mute = True

    assert world.client.get(CONFIGS, bearing(key)).status == 200
    with world.counted() as calls:
        assert world.client.get(CONFIGS, bearing(key)).status == 200
    assert "put key-hashes" not in calls


@pytest.mark.parametrize("calls", [0, 1])
def test_while_the_database_is_away_nobody_is_let_in_and_nobody_is_called_wrong(
    world: World, owner: Person, calls: int
) -> None:
    key, other = created(world, owner), world.process()
    world.store.fail_after(calls)

    refused = other.get(CONFIGS, bearing(key))

    assert refused.refusal == (503, "SERVICE_UNAVAILABLE", [])
