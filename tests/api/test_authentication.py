"""Authentication: off, it asks for nothing; on, nothing but health is answered to nobody."""

from collections.abc import Callable

import pytest

from tests.api.client import INTERNAL, Client
from tests.api.every_route import ALL, CHANGING, GUARDED, INTERNAL_ONLY, OPEN, READING, Route, stock
from tests.api.given import (
    EDIT_CONFIGS,
    EDIT_ENVIRONMENTS,
    EDIT_PLATFORMS,
    PLATFORMS,
    a_platform,
    an_environment,
)
from tests.api.world import ADMIN, DEVELOPER, READER, SECRET, World

ON = {"ENABLE_AUTHENTICATION": "true", "JWT_SECRET": SECRET}
CREDENTIALS = [
    pytest.param({}, "Authentication required. Provide valid Bearer token or X-API-Key header", id="none"),
    pytest.param({"Authorization": "Bearer x.y.z"}, "Invalid or expired JWT token", id="token"),
    pytest.param({"Authorization": ""}, "Invalid or expired JWT token", id="empty"),
    pytest.param({"Authorization": "Basic dTpw"}, "Invalid or expired JWT token", id="basic"),
    pytest.param({"X-API-Key": "tbx_live_0123456789abcdef0123456789abcdef"}, "Invalid API key", id="key"),
    pytest.param({"X-API-Key": ""}, "Invalid API key", id="empty key"),
]

type Deploy = Callable[[dict[str, str]], World]


@pytest.mark.parametrize(("credentials", "sentence"), CREDENTIALS)
@pytest.mark.parametrize("route", GUARDED)
def test_nobody_gets_in_where_there_are_no_accounts(
    deploy: Deploy, route: Route, credentials: dict[str, str], sentence: str
) -> None:
    world = deploy(ON)

    refused = world.client.send(route.method, route.path(), route.body(), credentials)

    assert refused.refusal == (401, "UNAUTHORIZED", [])
    assert refused.error == sentence
    assert refused.headers["www-authenticate"] == "Bearer"
    assert refused.headers["vary"] == "Accept-Encoding, Origin, Authorization, X-API-Key"
    assert set(world.store.calls) <= {"get attempts", "put attempts", "get key-hashes"}
    assert set(world.store.content()) <= {"attempts"}


@pytest.mark.parametrize("route", GUARDED)
def test_who_is_not_known_is_told_nothing_else(deploy: Deploy, route: Route) -> None:
    client = deploy(ON).client
    names = dict.fromkeys(route.parameters, "%ff" if route.parameters else "")

    assert client.send(route.method, route.path(**dict.fromkeys(names, "a%20b"))).status == 401
    assert client.send(route.method, route.path(), b"{").status == 401
    assert client.send(route.method, route.path(), b"x" * 2_000_000).status == 401
    assert client.send(route.method, f"{route.path()}?limit=x&limit=y").status == 401
    assert client.send(route.method, route.path(), b"", {"If-None-Match": "*", "If-Match": "*"}).status == 401


@pytest.mark.parametrize("route", OPEN)
def test_health_is_answered_to_everybody(deploy: Deploy, route: Route) -> None:
    for credentials in ({}, {"Authorization": "Bearer x"}, {"X-API-Key": "x"}):
        assert deploy(ON).client.send(route.method, route.path(), headers=credentials).status == 200


def test_only_health_and_readiness_are_open() -> None:
    assert {str(case.values[0]) for case in OPEN} == {"GET /health", "GET /api/v1/health", "GET /ready"}


@pytest.mark.parametrize("credentials", [{"Authorization": "Bearer x"}, {"X-API-Key": "x"}, {"Authorization": ""}])
def test_public_routes_ignore_credentials_where_authentication_is_off(
    client: Client, credentials: dict[str, str]
) -> None:
    assert client.get(PLATFORMS, credentials).status == 200


@pytest.mark.parametrize(("credentials", "sentence"), CREDENTIALS[1:])
@pytest.mark.parametrize("route", INTERNAL_ONLY)
def test_internal_routes_check_credentials_that_are_presented(
    shop: World, route: Route, credentials: dict[str, str], sentence: str
) -> None:
    before = shop.store.content()

    refused = shop.client.send(route.method, route.path(), route.body(), credentials)

    assert refused.refusal == (401, "UNAUTHORIZED", [])
    assert refused.error == sentence
    assert shop.store.content() == before


def filled(world: World) -> World:
    """Let an administrator create what there is."""
    world.caller = ADMIN
    a_platform(world.client)
    an_environment(world.client)
    stock(world.client)
    return world


@pytest.mark.parametrize("settings", [{}, ON], ids=["off", "on"])
@pytest.mark.parametrize("route", CHANGING)
def test_who_may_only_read_changes_nothing(deploy: Deploy, settings: dict[str, str], route: Route) -> None:
    world = filled(deploy(settings))
    world.caller = READER
    before = world.store.content()

    refused = world.client.send(route.method, route.path(), route.body())

    assert refused.refusal == (403, "FORBIDDEN", [])
    assert refused.error == "Insufficient permissions"
    assert world.store.content() == before


@pytest.mark.parametrize("route", READING)
def test_who_may_read_reads_everything(deploy: Deploy, route: Route) -> None:
    world = filled(deploy(ON))
    world.caller = READER

    assert world.client.get(route.target()).status == 200


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        (f"{EDIT_PLATFORMS}/web", "Forbidden: Only admins can delete platforms"),
        (f"{EDIT_ENVIRONMENTS}/prod", "Forbidden: Only admins can delete environments"),
    ],
)
def test_only_administrators_delete_platforms_and_environments(deploy: Deploy, path: str, sentence: str) -> None:
    world = filled(deploy(ON))
    world.caller = DEVELOPER
    before = world.store.content()

    refused = world.client.delete(path)

    assert refused.refusal == (403, "FORBIDDEN", [])
    assert refused.error == sentence
    assert world.store.content() == before
    assert world.client.delete(f"{EDIT_CONFIGS}/color").status == 204


def test_a_change_is_signed_by_its_caller(deploy: Deploy) -> None:
    world = filled(deploy(ON))
    world.caller = DEVELOPER

    changed = world.client.patch(f"{EDIT_CONFIGS}/color", {"defaultValue": "blue"})

    assert changed.data["createdBy"] == "dev@example.com"
    history = world.client.get(f"{EDIT_CONFIGS}/color/history").data
    assert [entry["author"] for entry in history] == ["dev@example.com", "admin@example.com"]


def test_platforms_and_environments_name_their_creator(deploy: Deploy) -> None:
    world = filled(deploy(ON))

    assert world.client.get(f"{PLATFORMS}/web").data["createdBy"] == "admin-id"
    assert world.client.get(f"{PLATFORMS}/web/environments/prod").data["createdBy"] == "admin-id"


def test_two_callers_may_use_the_same_idempotency_key(deploy: Deploy) -> None:
    world = filled(deploy(ON))
    key = {"Idempotency-Key": "1"}
    first = world.client.patch(f"{EDIT_CONFIGS}/color", {"defaultValue": "admin's"}, key)
    world.caller = DEVELOPER

    second = world.client.patch(f"{EDIT_CONFIGS}/color", {"defaultValue": "developer's"}, key)

    assert (first.data["version"], second.data["version"]) == ("2", "3")


@pytest.mark.parametrize("route", ALL)
def test_preflights_ask_for_no_credentials(deploy: Deploy, route: Route) -> None:
    assert deploy(ON).client.options(route.path()).status == 204


def test_unknown_routes_are_not_found_for_everybody(deploy: Deploy) -> None:
    client = deploy(ON).client

    assert client.get("/nope").status == 404
    assert client.put(f"{INTERNAL}/platforms").status == 405
