"""Habits of the existing JavaScript and PHP clients, which work unmodified."""

import pytest

from tests.api.client import PUBLIC, Client
from tests.api.given import CONFIGS, PLATFORMS, a_change, a_parameter
from tests.api.world import World

JAVASCRIPT = {"Content-Type": "application/json", "X-API-Key": "tbx_live_0123456789abcdef0123456789abcdef"}
PHP = {"Accept": "application/json", "User-Agent": "GuzzleHttp/7", "X-API-Key": "tbx_live_00"}


@pytest.mark.journey
@pytest.mark.parametrize("habits", [JAVASCRIPT, PHP], ids=["JavaScript", "PHP"])
def test_clients_load_configs_with_one_get(prod: Client, habits: dict[str, str]) -> None:
    a_parameter(prod, "color", "red")

    loaded = prod.get(CONFIGS, habits)

    assert (loaded.status, loaded.data) == (200, {"color": "red"})


@pytest.mark.parametrize("habits", [JAVASCRIPT, PHP], ids=["JavaScript", "PHP"])
def test_clients_see_a_change_on_their_next_poll(prod: Client, habits: dict[str, str]) -> None:
    a_parameter(prod, "color", "red")
    prod.get(CONFIGS, habits)

    a_change(prod, "color", "blue")

    assert prod.get(CONFIGS, habits).data == {"color": "blue"}


def test_a_browser_asks_again_on_each_poll(prod: Client) -> None:
    control = prod.get(CONFIGS, JAVASCRIPT).headers["cache-control"]

    assert "max-age=3600" not in control
    assert {"no-cache", "no-store", "max-age=0"} & set(control.replace(" ", "").split(","))


@pytest.mark.journey
@pytest.mark.parametrize("path", ["/health", f"{PUBLIC}/health"], ids=["JavaScript", "PHP"])
def test_clients_check_their_connection(client: Client, path: str) -> None:
    answer = client.get(path, JAVASCRIPT)

    assert answer.status == 200
    assert answer.json.keys() >= {"success", "message", "uptime"}


@pytest.mark.parametrize("path", [CONFIGS, f"{CONFIGS}/list", f"{PLATFORMS}/web"])
def test_a_content_type_on_a_get_means_nothing(prod: Client, path: str) -> None:
    for declared in ("application/json", "text/plain", "", "x"):
        assert prod.get(path, {"Content-Type": declared}).status == 200


def test_a_body_on_a_get_means_nothing(prod: Client) -> None:
    assert prod.send("GET", CONFIGS, b"{").status == 200


def test_a_body_on_a_get_is_not_read_however_long(shop: World) -> None:
    assert shop.client.send("GET", CONFIGS, b"x" * 2_000_000).status == 200


def test_parameters_that_nobody_knows_mean_nothing(prod: Client) -> None:
    assert prod.get(f"{CONFIGS}?_=1717171717&cache=off").status == 200


def test_lists_that_clients_load_are_complete(prod: Client) -> None:
    for number in range(101):
        a_parameter(prod, f"p{number}")

    assert len(prod.get(CONFIGS, JAVASCRIPT).data) == 101
    assert len(prod.get(f"{CONFIGS}/list", JAVASCRIPT).data) == 101
