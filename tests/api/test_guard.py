"""Who may come near where nobody has to sign in: networks, host names."""

from collections.abc import Callable

import pytest

from tests.api.client import PUBLIC
from tests.api.every_route import ALL, INTERNAL_ONLY, Route
from tests.api.given import EDIT_PLATFORMS, PLATFORMS
from tests.api.world import World

INSIDE = {"TRUSTED_NETWORKS": "10.0.0.0/8, 192.168.7.1, fd00::/8"}

type Deploy = Callable[[dict[str, str]], World]


@pytest.mark.parametrize("address", ["10.0.0.1", "10.255.255.255", "192.168.7.1", "fd12::1", "::ffff:10.1.2.3"])
def test_trusted_networks_are_answered(deploy: Deploy, address: str) -> None:
    client = deploy(INSIDE).client_at(address)

    assert client.get(PLATFORMS).status == 200
    assert client.post(EDIT_PLATFORMS, {"name": "web"}).status == 201


@pytest.mark.parametrize(
    "address",
    ["11.0.0.1", "192.168.7.2", "127.0.0.1", "8.8.8.8", "fe80::1", "::ffff:11.0.0.1", "", "10.0.0", "unix:", "x"],
)
@pytest.mark.parametrize("route", ALL)
def test_strangers_are_refused_on_every_route(deploy: Deploy, address: str, route: Route) -> None:
    world = deploy(INSIDE)

    refused = world.client_at(address).send(route.method, route.path(), route.body())

    assert refused.refusal == (403, "FORBIDDEN", [])
    assert refused.error == "This address is not among TRUSTED_NETWORKS"
    assert world.store.content() == {}


@pytest.mark.parametrize("header", ["X-Forwarded-For", "X-Real-IP", "Forwarded", "CloudFront-Viewer-Address"])
def test_an_address_is_not_believed_from_a_header(deploy: Deploy, header: str) -> None:
    assert deploy(INSIDE).client_at("8.8.8.8").get(PLATFORMS, {header: "10.0.0.1"}).status == 403


@pytest.mark.parametrize("address", ["8.8.8.8", "2001:db8::1", "127.0.0.1"])
def test_everybody_is_answered_where_everybody_is_trusted(deploy: Deploy, address: str) -> None:
    assert deploy({"TRUSTED_NETWORKS": "0.0.0.0/0"}).client_at(address).get(PLATFORMS).status == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:3000", "localhost.evil.example", "127.0.0.2", "", "[::2]", "x:localhost"]
)
@pytest.mark.parametrize("route", INTERNAL_ONLY)
def test_internal_routes_answer_to_known_names_only(shop: World, host: str, route: Route) -> None:
    before = shop.store.content()

    refused = shop.client.send(route.method, route.path(), route.body(), {"Host": host})

    assert refused.refusal == (403, "FORBIDDEN", [])
    assert refused.error == "This host name is not among ALLOWED_HOSTS"
    assert shop.store.content() == before


@pytest.mark.parametrize("host", ["localhost", "localhost:3000", "LOCALHOST", "127.0.0.1:8080", "[::1]", "[::1]:3000"])
def test_internal_routes_answer_to_this_machine(world: World, host: str) -> None:
    assert world.client.post(EDIT_PLATFORMS, {"name": "web"}, {"Host": host}).status == 201


def test_internal_routes_answer_to_names_that_are_allowed(deploy: Deploy) -> None:
    world = deploy({"ALLOWED_HOSTS": "Flags.example, other.example"})

    assert world.client.post(EDIT_PLATFORMS, {"name": "web"}, {"Host": "flags.example:8443"}).status == 201
    assert world.client.post(EDIT_PLATFORMS, {"name": "ios"}, {"Host": "localhost"}).status == 201
    assert world.client.post(EDIT_PLATFORMS, {"name": "tv"}, {"Host": "evil.example"}).status == 403


@pytest.mark.parametrize("path", [PLATFORMS, "/health", f"{PUBLIC}/health", "/ready"])
def test_public_routes_answer_to_every_name(world: World, path: str) -> None:
    assert world.client.get(path, {"Host": "anything.example"}).status == 200
