"""The doors that the behaviour suite goes through, and the worlds behind them."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.api.client import Client, over_http
from tests.api.given import EDIT_PLATFORMS, PLATFORMS, a_platform, an_environment
from tests.api.world import World
from tests.engines.dynamodb import DynamoDBLocal
from tests.engines.mariadb import MariaDB
from tests.engines.mongodb import MongoDB
from tests.engines.postgresql import PostgreSQL
from tests.engines.server import local_server

IN_PROCESS = pytest.param("memory", marks=pytest.mark.engine("memory"))
SERVED = [
    pytest.param(engine, marks=[pytest.mark.engine("server"), pytest.mark.engine(engine)])
    for engine in ("sqlite", "postgresql", "mysql", "mongodb", "dynamodb")
]

type Settings = dict[str, str]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Ask the local server, too, where a test needs a `client` only: always if it is a journey, else on demand."""
    if "door" in metafunc.fixturenames:
        everywhere = metafunc.config.getoption("all_doors") or metafunc.definition.get_closest_marker("journey")
        metafunc.parametrize("door", [IN_PROCESS, *SERVED] if everywhere else [IN_PROCESS])


def pytest_itemcollected(item: pytest.Item) -> None:
    if {"world", "deploy"} & set(getattr(item, "fixturenames", ())):
        item.add_marker(pytest.mark.engine("memory"))


@pytest.fixture
def client(door: str, request: pytest.FixtureRequest) -> Client:
    """Give a client of an empty deployment: all that most tests need, and all that tests through every door may use."""
    client: Client = request.getfixturevalue(f"{door}_client")
    return client


@pytest.fixture
def prod(client: Client) -> Client:
    """Give a client of a deployment that holds the environment ``prod`` of the platform ``web``, and nothing else."""
    a_platform(client)
    an_environment(client)
    return client


@pytest.fixture
def world() -> World:
    """Give a deployment in this process, for tests that control time, the store or the CDN, or read the log."""
    return World()


@pytest.fixture
def shop(world: World) -> World:
    """Give a `world` that holds the environment ``prod`` of the platform ``web``."""
    a_platform(world.client)
    an_environment(world.client)
    return world


@pytest.fixture
def deploy() -> Callable[[Settings], World]:
    """Make a deployment with settings of its own in this process."""
    return World


@pytest.fixture
def memory_client() -> Client:
    return World().client


@pytest.fixture
def sqlite_client(sqlite_server: Client) -> Client:
    return _emptied(sqlite_server)


@pytest.fixture
def postgresql_client(postgresql_server: Client) -> Client:
    return _emptied(postgresql_server)


@pytest.fixture
def mysql_client(mysql_server: Client) -> Client:
    return _emptied(mysql_server)


@pytest.fixture
def mongodb_client(mongodb_server: Client) -> Client:
    return _emptied(mongodb_server)


@pytest.fixture
def dynamodb_client(dynamodb_server: Client) -> Client:
    return _emptied(dynamodb_server)


@pytest.fixture(scope="session")
def sqlite_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    file: Path = tmp_path_factory.mktemp("served") / "togglebox.db"
    with local_server({"DB_TYPE": "sqlite", "SQLITE_FILE": str(file)}) as server:
        yield Client(over_http(server.port))


@pytest.fixture(scope="session")
def postgresql_server(postgresql: PostgreSQL) -> Iterator[Client]:
    with local_server({"POSTGRES_URL": postgresql.url, "DB_TYPE": "postgresql", "TABLE_PREFIX": "api-"}) as server:
        yield Client(over_http(server.port))


@pytest.fixture(scope="session")
def mysql_server(mysql: MariaDB) -> Iterator[Client]:
    with local_server({"DATABASE_URL": mysql.url, "TABLE_PREFIX": "api-"}) as server:
        yield Client(over_http(server.port))


@pytest.fixture(scope="session")
def mongodb_server(mongodb: MongoDB) -> Iterator[Client]:
    with local_server({"MONGO_URL": f"{mongodb.url}/api", "DB_TYPE": "mongodb"}) as server:
        yield Client(over_http(server.port))


@pytest.fixture(scope="session")
def dynamodb_server(dynamodb: DynamoDBLocal) -> Iterator[Client]:
    settings = {"DB_TYPE": "dynamodb", "DYNAMODB_ENDPOINT": dynamodb.endpoint, "TABLE_PREFIX": "api-"}
    with local_server(settings) as server:
        yield Client(over_http(server.port))


def _emptied(client: Client) -> Client:
    """Delete what the test before has left, as a caller would."""
    for platform in client.get(PLATFORMS).data:
        assert client.delete(f"{EDIT_PLATFORMS}/{platform['name']}").status == 204
    return client
