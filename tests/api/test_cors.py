"""What pages in a browser may do: preflights, allowed and exposed headers, a list of origins."""

from collections.abc import Callable

import pytest

from tests.api.client import INTERNAL, PUBLIC, Client
from tests.api.every_route import ALL, INTERNAL_ONLY, Route
from tests.api.given import CONFIGS, EDIT_PLATFORMS, PLATFORMS
from tests.api.world import World

LISTED = {"CORS_ORIGIN": "https://shop.example, https://admin.example:8443"}
PAGE = {"Origin": "https://shop.example"}
ASKING = {**PAGE, "Access-Control-Request-Method": "PATCH", "Access-Control-Request-Headers": "if-match"}

type Deploy = Callable[[dict[str, str]], World]


@pytest.mark.parametrize("route", ALL)
def test_a_preflight_is_answered_on_every_path(client: Client, route: Route) -> None:
    answer = client.options(route.path(), ASKING)

    assert (answer.status, answer.body) == (204, b"")
    assert answer.headers["access-control-allow-origin"] == "*"


@pytest.mark.journey
def test_a_preflight_says_what_a_page_may_send(client: Client) -> None:
    answer = client.options(CONFIGS, ASKING)

    assert answer.status == 204
    assert set(answer.headers["access-control-allow-methods"].split(",")) == {
        "GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS",
    }  # fmt: skip
    assert set(answer.headers["access-control-allow-headers"].split(",")) >= {
        "Content-Type", "Authorization", "X-API-Key", "X-Request-ID", "If-None-Match", "If-Match", "Idempotency-Key",
    }  # fmt: skip
    assert answer.headers["access-control-max-age"] == "86400"
    assert "Origin" in answer.headers["vary"]
    assert "access-control-allow-credentials" not in answer.headers


@pytest.mark.journey
def test_every_page_may_read_by_default_but_without_credentials(client: Client) -> None:
    for path in (PLATFORMS, CONFIGS, "/health", "/nope"):
        answer = client.get(path, PAGE)
        assert answer.headers["access-control-allow-origin"] == "*"
        assert "access-control-allow-credentials" not in answer.headers
        assert set(answer.headers["access-control-expose-headers"].split(",")) == {
            "ETag",
            "Retry-After",
            "X-Request-ID",
        }


@pytest.mark.parametrize("origin", ["https://shop.example", "https://admin.example:8443"])
def test_listed_origins_may_read_with_credentials(deploy: Deploy, origin: str) -> None:
    client = deploy(LISTED).client

    for answer in (client.get(PLATFORMS, {"Origin": origin}), client.options(PLATFORMS, {"Origin": origin})):
        assert answer.headers["access-control-allow-origin"] == origin
        assert answer.headers["access-control-allow-credentials"] == "true"
        assert "ETag" in answer.headers["access-control-expose-headers"]
        assert "Origin" in answer.headers["vary"]


@pytest.mark.parametrize(
    "origin",
    ["https://evil.example", "http://shop.example", "https://shop.example.evil", "https://shop.example:444", "null", "",
     "*", "HTTPS://SHOP.EXAMPLE", "https://shop.example,https://evil.example", "https://shop.example/"],
)  # fmt: skip
def test_other_origins_are_told_nothing(deploy: Deploy, origin: str) -> None:
    client = deploy(LISTED).client

    for answer in (client.get(PLATFORMS, {"Origin": origin}), client.options(PLATFORMS, {"Origin": origin})):
        assert not {name for name in answer.headers if name.startswith("access-control-allow-origin")}
        assert "access-control-allow-credentials" not in answer.headers
        assert "Origin" in answer.headers["vary"]


def test_without_an_origin_nothing_is_allowed_by_a_list(deploy: Deploy) -> None:
    answer = deploy(LISTED).client.get(PLATFORMS)

    assert answer.status == 200
    assert "access-control-allow-origin" not in answer.headers


def test_kept_answers_do_not_mix_up_origins(deploy: Deploy) -> None:
    client = deploy(LISTED).client
    client.post(EDIT_PLATFORMS, {"name": "web"})

    first = client.get(PLATFORMS, {"Origin": "https://shop.example"})
    second = client.get(PLATFORMS, {"Origin": "https://admin.example:8443"})
    third = client.get(PLATFORMS)

    assert first.body == second.body == third.body
    assert first.headers["access-control-allow-origin"] == "https://shop.example"
    assert second.headers["access-control-allow-origin"] == "https://admin.example:8443"
    assert "access-control-allow-origin" not in third.headers


@pytest.mark.parametrize("route", INTERNAL_ONLY)
@pytest.mark.parametrize(
    "origin",
    ["https://evil.example", "null", "", "http://localhost.evil.example", "http://127.0.0.1.evil.example", "x", "http://[",
     "http://localhost:80@evil.example", "file://"],
)  # fmt: skip
def test_no_other_page_reaches_internal_routes_through_the_browser_of_somebody_inside(
    shop: World, route: Route, origin: str
) -> None:
    before = shop.store.content()

    refused = shop.client.send(route.method, route.path(), route.body(), {"Origin": origin})

    assert refused.refusal == (403, "FORBIDDEN", [])
    assert refused.error == "This origin is not among CORS_ORIGIN"
    assert shop.store.content() == before


@pytest.mark.parametrize(
    "origin", ["http://localhost:3001", "http://127.0.0.1", "https://localhost", "http://[::1]:5173"]
)
def test_pages_of_this_machine_reach_internal_routes(world: World, origin: str) -> None:
    assert world.client.post(EDIT_PLATFORMS, {"name": "web"}, {"Origin": origin}).status == 201


def test_listed_pages_reach_internal_routes(deploy: Deploy) -> None:
    world = deploy(LISTED)

    assert world.client.post(EDIT_PLATFORMS, {"name": "web"}, PAGE).status == 201
    assert world.client.get(f"{INTERNAL}/platforms/web/environments/prod/configs/list", PAGE).status == 200


def test_all_pages_read_public_routes(world: World) -> None:
    assert world.client.get(f"{PUBLIC}/platforms", {"Origin": "https://evil.example"}).status == 200
