"""API keys through the local server, on the databases that people run it with; and what its door does to headers."""

import os
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest

from tests.api.client import PUBLIC, Client, Headers, over_http
from tests.api.given import PLATFORMS
from tests.api.world import PASSWORD, SECRET
from tests.edge.wire import exchange, request
from tests.engines.server import TOGGLEBOX, local_server, only

ACCOUNTS: Final = {
    "ENABLE_AUTHENTICATION": "true",
    "JWT_SECRET": SECRET,
    "BCRYPT_COST": "10",
    "AUTH_CACHE_SECONDS": "0",
    "TRUSTED_PROXIES": "127.0.0.1",
}
KEYS: Final = f"{PUBLIC}/api-keys"
SDK: Final = {"name": "SDK", "permissions": ["config:read"]}

pytestmark = [pytest.mark.engine("server"), pytest.mark.engine("sqlite"), pytest.mark.engine("dynamodb")]


@dataclass(frozen=True, slots=True)
class Served:
    """A server with authentication, and what its administrator proves itself with."""

    port: int
    client: Client
    admin: Headers

    def key(self, **changes: Any) -> Any:
        return self.client.post(KEYS, {**SDK, **changes}, self.admin).data


@pytest.fixture(params=["sqlite", "dynamodb"], scope="module")
def served(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    if request.param == "sqlite":
        file: Path = tmp_path_factory.mktemp("keys") / "togglebox.db"
        engine = {"DB_TYPE": "sqlite", "SQLITE_FILE": str(file)}
    else:
        endpoint = request.getfixturevalue("dynamodb").endpoint
        engine = {"DB_TYPE": "dynamodb", "DYNAMODB_ENDPOINT": endpoint, "TABLE_PREFIX": "keys-"}
    settings = {**engine, **ACCOUNTS}
    with local_server(settings) as server:
        command = [TOGGLEBOX, "create-admin", "--email", "ada@example.com", "--name", "Ada", "--password-stdin"]
        environment = {**os.environ, **only(settings)}
        subprocess.run(command, env=environment, input=PASSWORD.encode(), check=True, timeout=60, capture_output=True)
        client = Client(over_http(server.port))
        login = client.post(f"{PUBLIC}/auth/login", {"email": "ada@example.com", "password": PASSWORD})
        yield Served(server.port, client, {"Authorization": f"Bearer {login.data['token']}"})


def test_a_key_lives_from_its_creation_to_its_end(served: Served) -> None:
    client, first = served.client, served.key()
    bearing = {"X-API-Key": first["key"]}
    assert client.get(PLATFORMS).status == 401
    assert client.get(PLATFORMS, bearing).status == 200
    assert client.get(f"{KEYS}/{first['id']}", served.admin).data["lastUsedAt"] is not None

    second = client.post(f"{KEYS}/{first['id']}/rotate", {"graceSeconds": 0}, served.admin).data
    assert client.get(PLATFORMS, bearing).status == 401
    assert client.get(PLATFORMS, {"X-API-Key": second["key"]}).status == 200

    assert client.delete(f"{KEYS}/{second['id']}", served.admin).status == 200
    assert client.get(PLATFORMS, {"X-API-Key": second["key"]}).status == 401


def test_a_key_that_many_use_while_it_is_revoked_stays_revoked(served: Served) -> None:
    key = served.key()
    headers = {"X-API-Key": key["key"]}

    def use(turn: int) -> int:
        if turn == 20:
            return served.client.delete(f"{KEYS}/{key['id']}", served.admin).status
        return served.client.get(PLATFORMS, headers).status

    with ThreadPoolExecutor(4) as pool:
        statuses = list(pool.map(use, range(40)))

    assert statuses[20] == 200
    assert set(statuses) <= {200, 401, 429}
    assert served.client.get(PLATFORMS, headers).status in (401, 429)
    assert key["id"] not in {each["id"] for each in served.client.get(KEYS, served.admin).data}


def test_tries_at_the_same_time_are_all_counted(served: Served) -> None:
    def guess(number: int) -> int:
        body = {"email": "nobody@example.com", "password": f"Wrong4Horse{number}"}
        return served.client.post(f"{PUBLIC}/auth/login", body, {"X-Forwarded-For": "203.0.113.77"}).status

    with ThreadPoolExecutor(4) as pool:
        statuses = list(pool.map(guess, range(16)))

    assert sorted(statuses) == [401] * 5 + [429] * 11


def test_headers_that_come_twice_or_are_huge_prove_nothing(served: Served) -> None:
    token = f"Authorization: {served.admin['Authorization']}"
    key = f"X-API-Key: {served.key()['key']}"
    place = "X-Forwarded-For: 203.0.113.78"

    def status(*headers: str) -> int:
        return exchange(served.port, request("GET", PLATFORMS, place, *headers)).status

    assert (status(token), status(key)) == (200, 200)
    assert status(token, "Authorization: Bearer x") == 401
    assert status(f"Authorization: Bearer {'x' * 100_000}") in (400, 401, 431)
    assert status(f"X-API-Key: {'x' * 100_000}") in (400, 401, 431)
    assert served.client.get("/health").status == 200
