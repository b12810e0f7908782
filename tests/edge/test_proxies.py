"""Whose request it is where proxies stand in front: what they have seen, and nothing that the client says itself."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from configs import get_configs
from infra.examples import example, fixed_app
from infra.rendering.events import event_of
from tests.api.given import PLATFORMS
from tests.api.world import World
from tests.edge.wire import exchange, request
from tests.engines.server import LocalServer, local_server
from togglebox.app import Policy
from togglebox.edge.aws import request_of
from togglebox.edge.client import client_of

PROXIES = ("10.0.0.0/8", "fd00::/8")


class Context:
    aws_request_id = "11111111-2222-4333-8444-555555555555"


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("203.0.113.9", "198.51.100.1", "203.0.113.9"),
        ("10.0.0.1", None, "10.0.0.1"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("10.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "6.6.6.6, 198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "6.6.6.6,198.51.100.1,10.0.0.2", "198.51.100.1"),
        ("10.0.0.1", "10.6.6.6, 198.51.100.1 , 10.0.0.2", "198.51.100.1"),
        ("10.0.0.1", "10.0.0.3, 10.0.0.2", "10.0.0.3"),
        ("10.0.0.1", "198.51.100.1:50123", "198.51.100.1"),
        ("10.0.0.1", "[2001:db8::7]:443", "2001:db8::7"),
        ("fd00::1", "2001:db8::7", "2001:db8::7"),
        ("::ffff:10.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "198.51.100.1, unknown", "10.0.0.1"),
        ("10.0.0.1", "198.51.100.1, 10.0.0.2, ", "10.0.0.1"),
        ("10.0.0.1", "198.51.100.1, unknown, 10.0.0.2", "10.0.0.2"),
        ("10.0.0.1", "x" * 100_000, "10.0.0.1"),
        ("10.0.0.1", "198.51.100.1\r\nX: y", "10.0.0.1"),
        ("10.0.0.1", "198.51.100.1, " + "10.0.0.2, " * 50 + "10.0.0.2", "10.0.0.2"),
    ],
)
def test_the_last_proxy_that_is_trusted_says_who_asks(peer: str, forwarded: str | None, client: str) -> None:
    assert client_of(peer, forwarded, PROXIES) == client


def test_where_no_proxy_is_trusted_nobody_speaks_for_others() -> None:
    assert client_of("10.0.0.1", "198.51.100.1", ()) == "10.0.0.1"


def test_trusted_networks_are_those_of_clients_not_of_proxies() -> None:
    world = World({"TRUSTED_NETWORKS": "192.168.0.0/16", "TRUSTED_PROXIES": "10.0.0.7"})
    behind = world.client_at("10.0.0.7")

    assert behind.get(PLATFORMS, {"X-Forwarded-For": "192.168.1.1"}).status == 200
    assert behind.get(PLATFORMS, {"X-Forwarded-For": "192.168.1.1, 203.0.113.9"}).status == 403
    assert behind.get(PLATFORMS).status == 403
    assert world.client_at("203.0.113.9").get(PLATFORMS, {"X-Forwarded-For": "192.168.1.1"}).status == 403


@pytest.mark.parametrize(("proxies", "client"), [(("127.0.0.0/8",), "198.51.100.1"), ((), "127.0.0.1")])
def test_the_lambda_door_asks_the_same(proxies: tuple[str, ...], client: str) -> None:
    app = fixed_app()
    app.policy = Policy(proxies=proxies)
    event = event_of(example(get_configs.handler))
    event["requestContext"]["http"]["sourceIp"] = "127.0.0.1"
    event["headers"]["x-forwarded-for"] = "6.6.6.6,198.51.100.1"

    assert request_of(event, Context(), app).client == client


@pytest.fixture(scope="module")
def behind(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalServer]:
    """Give a server that takes this machine for its proxy, and serves 10.0.0.0/8 besides it."""
    file: Path = tmp_path_factory.mktemp("behind") / "togglebox.db"
    trusted = {"TRUSTED_PROXIES": "127.0.0.1", "TRUSTED_NETWORKS": "10.0.0.0/8, 127.0.0.1"}
    with local_server({"DB_TYPE": "sqlite", "SQLITE_FILE": str(file), **trusted}) as server:
        yield server


INSIDE = "X-Forwarded-For: 10.1.1.1"
OUTSIDE = "X-Forwarded-For: 203.0.113.9"


@pytest.mark.engine("server")
@pytest.mark.engine("sqlite")
@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ([INSIDE], 200),
        ([OUTSIDE], 403),
        ([INSIDE, OUTSIDE], 403),
        (["x-forwarded-for: 10.1.1.1", "X-FORWARDED-FOR: 203.0.113.9"], 403),
    ],
)
def test_what_a_client_sends_itself_stands_for_nothing(behind: LocalServer, headers: list[str], status: int) -> None:
    assert exchange(behind.port, request("GET", PLATFORMS, *headers)).status == status
