"""Secrets never reach the log: no credential, no query, no body, whatever becomes of the request."""

import json
from collections.abc import Callable

import pytest

from tests.api.every_route import ALL, Route
from tests.api.given import CONFIGS, EDIT_CONFIGS, PLATFORMS, a_parameter
from tests.api.world import World

SECRET = "c0ffee-hunter2"
HEADERS = {
    "Authorization": f"Bearer {SECRET}",
    "X-API-Key": f"tbx_live_{SECRET}",
    "Cookie": f"session={SECRET}",
    "Idempotency-Key": SECRET,
    "X-Change-Comment": SECRET,
    "If-Match": f'"{SECRET}"',
    "If-None-Match": f'"{SECRET}"',
    "User-Agent": SECRET,
    "Referer": f"https://example.com/?token={SECRET}",
}


@pytest.mark.parametrize(
    "settings",
    [{}, {"ENABLE_AUTHENTICATION": "true", "JWT_SECRET": f"{SECRET}, Correct Horse Battery Staple"}],
    ids=["off", "on"],
)
@pytest.mark.parametrize("route", ALL)
def test_no_secret_reaches_the_log(
    deploy: Callable[[dict[str, str]], World], settings: dict[str, str], route: Route
) -> None:
    world = deploy(settings)
    path = f"{route.path()}?token={SECRET}&limit={SECRET}"

    for body in (route.body(), {"password": SECRET}, SECRET.encode(), b"\xff" + SECRET.encode()):
        world.client.send(route.method, path, body, HEADERS)
        world.client.send("BREW", path, body, HEADERS)
        world.client.send(route.method, f"/nope{path}", body, HEADERS)
    world.store.away = True
    world.client.send(route.method, path, route.body(), HEADERS)

    assert world.log
    assert not [line for line in world.log if SECRET in line]


def test_a_failure_that_nobody_foresaw_logs_no_secret_of_the_request(shop: World) -> None:
    def burst() -> None:
        raise RuntimeError("burst")

    body = {"parameterKey": "p", "valueType": "string", "defaultValue": SECRET}
    shop.store.meanwhile("get parameters", burst)

    assert shop.client.post(f"{EDIT_CONFIGS}?token={SECRET}", body, {"X-API-Key": ""}).status == 401
    assert shop.client.post(f"{EDIT_CONFIGS}?token={SECRET}", body).status == 500
    assert not [line for line in shop.log if SECRET in line]


def test_each_request_is_one_line_of_json(shop: World) -> None:
    a_parameter(shop.client)
    shop.log.clear()

    shop.client.get(f"{CONFIGS}?a=1", {"X-Request-ID": "trace-1"})
    shop.client.get('/no"pe\n')
    shop.client.get(f"{PLATFORMS}/w%C3%A9b%0a%22")

    lines = [json.loads(line) for line in shop.log]
    assert len(lines) == 3
    assert all("\n" not in line for line in shop.log)
    assert [line["status"] for line in lines] == [200, 404, 422]
    assert lines[0].items() >= {"level": "info", "request": "trace-1", "method": "GET", "path": CONFIGS}.items()
    assert lines[0].keys() == {"level", "request", "method", "path", "status", "ms"}


def test_lines_of_failures_say_so(shop: World) -> None:
    shop.store.away = True
    shop.log.clear()

    shop.client.get(CONFIGS)

    assert {json.loads(line)["level"] for line in shop.log} == {"warn", "error"}
