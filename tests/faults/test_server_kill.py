"""The whole server killed in the middle of writes, on SQLite: what was acknowledged stays, what was not is resolved."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from http.client import HTTPException
from itertools import count
from pathlib import Path
from threading import Semaphore

import pytest

from tests.api.client import Client, over_http
from tests.api.given import CONFIGS, EDIT_CONFIGS, a_parameter, a_platform, an_environment
from tests.engines.server import LocalServer, local_server
from togglebox.adapters.sqlite import SQLiteStore
from togglebox.app import App, Policy
from togglebox.cdn.port import NoCdn

pytestmark = [pytest.mark.engine("server"), pytest.mark.engine("sqlite")]

WRITERS = 4
LIVES = 3


def test_a_killed_server_keeps_every_change_that_it_acknowledged(tmp_path: Path) -> None:
    settings = {"DB_TYPE": "sqlite", "SQLITE_FILE": str(tmp_path / "togglebox.db")}
    with local_server(settings) as server:
        prepare(Client(over_http(server.port)))

    acknowledged = dict.fromkeys(keys(), 0)
    for life in range(LIVES):
        with local_server(settings, migrate=False) as server:
            found = {key: int(value) for key, value in Client(over_http(server.port)).get(CONFIGS).data.items()}
            assert all(found[key] in {last, last + 1} for key, last in acknowledged.items()), (found, acknowledged)
            acknowledged = written_until_killed(server, found, after=20 + 7 * life)

    with local_server(settings, migrate=False) as server:
        client = Client(over_http(server.port))
        for key, last in acknowledged.items():
            versions = client.get(f"{CONFIGS}/{key}/versions").data
            values = [int(version["defaultValue"]) for version in versions]
            assert values == list(range(values[0], -1, -1))  # none is missing, none came twice
            assert values[0] in {last, last + 1}
            assert [int(version["version"]) for version in versions] == [value + 1 for value in values]
            assert client.patch(f"{EDIT_CONFIGS}/{key}", {"defaultValue": "7"}).status == 200


def test_upkeep_resolves_what_a_killed_server_left(tmp_path: Path) -> None:
    settings = {"DB_TYPE": "sqlite", "SQLITE_FILE": str(tmp_path / "togglebox.db")}
    with local_server(settings) as server:
        prepare(Client(over_http(server.port)))
        written_until_killed(server, dict.fromkeys(keys(), 0), after=20)

    store = SQLiteStore(tmp_path / "togglebox.db", time.time)
    later(store, timedelta(minutes=2)).upkeep.run()

    assert [manifest.body["marks"] for manifest in store.scan("manifests", limit=100).documents] == [[], [], []]
    store.close()


def keys() -> list[str]:
    return [f"p{number}" for number in range(WRITERS)]


def prepare(client: Client) -> None:
    a_platform(client)
    an_environment(client)
    for key in keys():
        a_parameter(client, key, "0", value_type="number")


def written_until_killed(server: LocalServer, found: dict[str, int], *, after: int) -> dict[str, int]:
    """Count all parameters up at once, kill the server *after* so many changes, and return what it acknowledged."""
    stored = Semaphore(0)

    def count_up(key: str) -> int:
        client = Client(over_http(server.port))
        last = found[key]
        try:
            for value in count(last + 1):
                while client.patch(f"{EDIT_CONFIGS}/{key}", {"defaultValue": str(value)}).status != 200:
                    pass  # too many changes at once: it says so, and stores nothing
                last = value
                stored.release()
        except (OSError, HTTPException):
            return last
        raise AssertionError

    with ThreadPoolExecutor(WRITERS) as writers:
        counting = [writers.submit(count_up, key) for key in found]
        for _ in range(after):
            assert stored.acquire(timeout=10)
        server.kill()
        return dict(zip(found, (each.result() for each in counting), strict=True))


def later(store: SQLiteStore, by: timedelta) -> App:
    """Return an app on *store* whose clock is ahead, as if that time had passed since the kill."""
    ids = count(1)
    return App(
        store,
        NoCdn(),
        Policy(),
        now=lambda: datetime.now(UTC) + by,
        clock=time.monotonic,
        new_id=lambda: f"later-{next(ids)}",
        pause=time.sleep,
        log=print,
    )
