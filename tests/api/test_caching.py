"""What may be kept, by whom: `Cache-Control` and `Vary` under every policy, and what the CDN is told to forget."""

from collections.abc import Callable

import pytest

from tests.api.client import PUBLIC
from tests.api.every_route import ALL, INTERNAL_ONLY, Route
from tests.api.given import (
    CONFIGS,
    EDIT_CONFIGS,
    EDIT_ENVIRONMENTS,
    EDIT_PLATFORMS,
    ENVIRONMENTS,
    PLATFORMS,
    a_change,
    a_parameter,
    a_platform,
    an_environment,
)
from tests.api.world import ADMIN, READER, SECRET, World

READS = [
    PLATFORMS,
    f"{PLATFORMS}/web",
    ENVIRONMENTS,
    f"{ENVIRONMENTS}/prod",
    CONFIGS,
    f"{CONFIGS}/list",
    f"{CONFIGS}/list?limit=1",
    f"{CONFIGS}/count",
    f"{CONFIGS}/color",
]
EVERYBODY = {"TRUSTED_NETWORKS": "0.0.0.0/0"}
SOMEBODY = {"TRUSTED_NETWORKS": "127.0.0.0/8,10.0.0.0/8"}
AUTHENTICATED = {"ENABLE_AUTHENTICATION": "true", "JWT_SECRET": SECRET, **EVERYBODY}
SHARED = "public, max-age=0, s-maxage=30, must-revalidate"
PRIVATE = "private, no-cache"

type Deploy = Callable[[dict[str, str]], World]


def filled(world: World) -> World:
    """Let an administrator create what there is."""
    world.caller = ADMIN
    a_platform(world.client)
    an_environment(world.client)
    a_parameter(world.client)
    return world


@pytest.mark.parametrize("path", READS)
@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        pytest.param({}, PRIVATE, id="loopback"),
        pytest.param(SOMEBODY, PRIVATE, id="some networks"),
        pytest.param(EVERYBODY, SHARED, id="everybody"),
        pytest.param({"TRUSTED_NETWORKS": "::/0"}, SHARED, id="everybody by IPv6"),
        pytest.param({**EVERYBODY, "CACHE_TTL": "300"}, SHARED.replace("30", "300"), id="longer"),
        pytest.param({**EVERYBODY, "CACHE_TTL": "0"}, SHARED.replace("30", "0"), id="not at all"),
    ],
)
def test_public_reads_may_be_kept_as_the_deployment_decided(
    deploy: Deploy, settings: dict[str, str], expected: str, path: str
) -> None:
    world = filled(deploy(settings))

    read = world.client.get(path)

    assert (read.status, read.headers["cache-control"]) == (200, expected)
    assert read.headers["vary"] == "Accept-Encoding, Origin"
    assert world.client.get(path, {"If-None-Match": read.etag}).headers["cache-control"] == expected


@pytest.mark.parametrize("path", READS)
def test_where_callers_are_known_nobody_else_may_keep_an_answer(deploy: Deploy, path: str) -> None:
    world = filled(deploy(AUTHENTICATED))
    world.caller = READER

    read = world.client.get(path, {"Authorization": "Bearer somebody"})

    assert (read.status, read.headers["cache-control"]) == (200, PRIVATE)
    assert read.headers["vary"] == "Accept-Encoding, Origin, Authorization, X-API-Key"
    again = world.client.get(path, {"If-None-Match": read.etag})
    assert (again.status, again.headers["cache-control"]) == (304, PRIVATE)
    assert again.headers["vary"] == read.headers["vary"]


@pytest.mark.parametrize("settings", [{}, EVERYBODY, AUTHENTICATED], ids=["loopback", "everybody", "authenticated"])
@pytest.mark.parametrize("route", INTERNAL_ONLY)
def test_internal_answers_are_never_kept(deploy: Deploy, settings: dict[str, str], route: Route) -> None:
    world = filled(deploy(settings))

    answer = world.client.send(route.method, route.path(), route.body())

    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("settings", [{}, EVERYBODY, AUTHENTICATED], ids=["loopback", "everybody", "authenticated"])
@pytest.mark.parametrize("path", ["/health", "/ready", f"{PUBLIC}/health"])
def test_health_is_never_kept(deploy: Deploy, settings: dict[str, str], path: str) -> None:
    assert deploy(settings).client.get(path).headers["cache-control"] == "no-store"


@pytest.mark.parametrize("settings", [{}, EVERYBODY, AUTHENTICATED], ids=["loopback", "everybody", "authenticated"])
@pytest.mark.parametrize("route", ALL)
def test_refusals_are_never_kept(deploy: Deploy, settings: dict[str, str], route: Route) -> None:
    world = deploy(settings)
    world.store.away = True

    for answer in (
        world.client.send(route.method, route.path(), route.body()),
        world.client.send("BREW", route.path()),
        world.client.send(route.method, route.path() + "?a=1&a=2", route.body()),
    ):
        if answer.status >= 400:
            assert answer.headers["cache-control"] == "no-store"
            assert "etag" not in answer.headers


@pytest.mark.parametrize(
    "path",
    [
        f"{PLATFORMS}/nope/environments",
        f"{PLATFORMS}/nope/environments/prod/configs",
        f"{PLATFORMS}/nope/environments/prod/configs/list",
        f"{PLATFORMS}/web/environments/nope/configs",
        f"{PLATFORMS}/web/environments/nope/configs/count",
    ],
)
def test_answers_about_unknown_places_are_never_kept(deploy: Deploy, path: str) -> None:
    read = filled(deploy(EVERYBODY)).client.get(path)

    assert (read.status, read.headers["cache-control"]) == (200, "no-store")


@pytest.mark.parametrize("path", READS[4:])
def test_what_is_just_being_changed_is_not_kept(deploy: Deploy, path: str) -> None:
    world = filled(deploy(EVERYBODY))
    reads = []
    world.store.meanwhile("put parameters", lambda: reads.append(world.process().get(path)))

    a_change(world.client)

    assert [(read.status, read.headers["cache-control"]) for read in reads] == [(200, "no-store")]
    assert world.client.get(path).headers["cache-control"] == SHARED


def test_versions_of_a_parameter_are_not_kept(deploy: Deploy) -> None:
    world = filled(deploy(EVERYBODY))

    assert world.client.get(f"{CONFIGS}/color/versions").headers["cache-control"] == "no-store"
    assert world.client.get(f"{CONFIGS}/color/versions/1").headers["cache-control"] == "no-store"


WEB = f"{PUBLIC}/platforms/web"
PROD = f"{WEB}/environments/prod"


@pytest.mark.parametrize(
    ("method", "path", "body", "purged"),
    [
        ("POST", EDIT_CONFIGS, {"parameterKey": "p", "valueType": "string", "defaultValue": ""}, [f"{PROD}/configs*"]),
        ("PATCH", f"{EDIT_CONFIGS}/color", {"defaultValue": "blue"}, [f"{PROD}/configs*"]),
        ("DELETE", f"{EDIT_CONFIGS}/color", None, [f"{PROD}/configs*"]),
        (
            "PATCH",
            f"{EDIT_ENVIRONMENTS}/prod",
            {"description": "d"},
            [f"{WEB}/environments", f"{WEB}/environments?*", f"{PROD}*"],
        ),
        (
            "DELETE",
            f"{EDIT_ENVIRONMENTS}/prod",
            None,
            [f"{WEB}/environments", f"{WEB}/environments?*", f"{PROD}*"],
        ),
        (
            "POST",
            EDIT_PLATFORMS,
            {"name": "ios"},
            [PLATFORMS, f"{PLATFORMS}?*", f"{PLATFORMS}/ios*"],
        ),
        ("PATCH", f"{EDIT_PLATFORMS}/web", {"description": "d"}, [PLATFORMS, f"{PLATFORMS}?*", f"{WEB}*"]),
    ],
)
def test_a_change_is_purged_wherever_it_shows(
    shop: World, method: str, path: str, body: object, purged: list[str]
) -> None:
    a_parameter(shop.client)
    shop.cdn.purged.clear()

    assert shop.client.send(method, path, body).status in (200, 201, 204)

    assert shop.cdn.purged == purged


def test_a_platform_is_purged_with_all_its_environments(shop: World) -> None:
    shop.cdn.purged.clear()

    shop.client.delete(f"{EDIT_PLATFORMS}/web")

    assert {f"{PROD}*", PLATFORMS, f"{PLATFORMS}?*", f"{WEB}*"} <= set(shop.cdn.purged)


def test_refused_changes_and_reads_purge_nothing(shop: World) -> None:
    a_parameter(shop.client)
    shop.cdn.purged.clear()

    shop.client.patch(f"{EDIT_CONFIGS}/color", {"defaultValue": 1})
    shop.client.patch(f"{EDIT_CONFIGS}/color", {"defaultValue": "x"}, {"If-Match": '"x"'})
    shop.client.patch(f"{EDIT_CONFIGS}/nope", {"defaultValue": "x"})
    for path in READS:
        shop.client.get(path)

    assert shop.cdn.purged == []


def test_a_purge_that_the_cdn_did_not_take_is_repeated(shop: World) -> None:
    a_parameter(shop.client)
    shop.cdn.away = True

    a_change(shop.client)
    assert shop.client.get(CONFIGS).data == {"color": "blue"}

    shop.cdn.away = False
    shop.cdn.purged.clear()
    shop.app.upkeep.run()
    assert shop.cdn.purged == [f"{PROD}/configs*"]
    shop.cdn.purged.clear()
    shop.app.upkeep.run()
    assert shop.cdn.purged == []
