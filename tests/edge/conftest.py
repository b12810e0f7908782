"""A local server with seeded platforms, one for all tests of the door."""

from collections.abc import Iterator

import pytest

from tests.engines.server import LocalServer, local_server, run


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalServer]:
    settings = {"DB_TYPE": "sqlite", "SQLITE_FILE": str(tmp_path_factory.mktemp("edge") / "togglebox.db")}
    run("migrate", settings)
    run("seed", settings)
    with local_server(settings, migrate=False) as running:
        yield running
