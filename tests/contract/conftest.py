"""The engines that keep the Store port's promises: a new one is a fixture ``<name>_store`` and a line in `ENGINES`."""

import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contract.catalogue import COLLECTIONS, START
from tests.engines.dynamodb import DynamoDBLocal
from tests.engines.mariadb import MariaDB
from tests.engines.mongodb import MongoDB
from togglebox.adapters.aws_signature import Credentials
from togglebox.adapters.dynamodb import DynamoDBStore
from togglebox.adapters.dynamodb_boto3 import Boto3Client
from togglebox.adapters.dynamodb_schema import DynamoDBSchema
from togglebox.adapters.dynamodb_signed import SignedClient
from togglebox.adapters.memory import MemoryStore
from togglebox.adapters.mongodb import MongoDBStore
from togglebox.adapters.mysql import MySQLStore
from togglebox.adapters.sql_schema import table_name
from togglebox.adapters.sqlite import SQLiteStore
from togglebox.store.port import Store

PREFIX = "contract-"
SQL_PREFIX = "contract_"

ENGINES = [
    pytest.param("memory", marks=pytest.mark.engine("memory")),
    pytest.param("sqlite", marks=pytest.mark.engine("sqlite")),
    pytest.param("mysql", marks=pytest.mark.engine("mysql")),
    pytest.param("mariadb10", marks=pytest.mark.engine("mariadb10")),
    pytest.param("mongodb", marks=pytest.mark.engine("mongodb")),
    pytest.param("ferretdb", marks=pytest.mark.engine("ferretdb")),
    pytest.param("signed_dynamodb", marks=pytest.mark.engine("dynamodb")),
    pytest.param("boto3_dynamodb", marks=pytest.mark.engine("dynamodb")),
]

UNABLE = {"mongodb": {"order by bytes"}, "ferretdb": {"races"}}
"""What two engines cannot that only speak MongoDB's protocol: tests that are marked to need it run on all others."""


class FixedClock:
    """Says the same time until a test moves it on."""

    def __init__(self) -> None:
        self.now: float = START

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


def pytest_configure(config: pytest.Config) -> None:
    abilities = ", ".join(sorted(set().union(*UNABLE.values())))
    config.addinivalue_line("markers", f"needs(ability): the test runs on the engines with it ({abilities})")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run each test that asks for an engine, or for its store, on every engine that can do what the test needs."""
    if "engine" in metafunc.fixturenames:
        needs = {ability for marker in metafunc.definition.iter_markers("needs") for ability in marker.args}
        able = [each for each in ENGINES if not needs & UNABLE.get(str(each.values[0]), set())]
        metafunc.parametrize("engine", able)


@pytest.fixture
def store(engine: str, request: pytest.FixtureRequest) -> Store:
    """Give an empty store of each engine in turn."""
    store: Store = request.getfixturevalue(f"{engine}_store")
    return store


@pytest.fixture
def plenty(engine: str) -> int:
    """Say how many documents a test with many of them takes: an emulator is slow."""
    return 300 if engine.endswith("dynamodb") else 2_500


@pytest.fixture
def memory_store(clock: FixedClock) -> MemoryStore:
    return MemoryStore(clock, collections=COLLECTIONS)


@pytest.fixture
def sqlite_store(clock: FixedClock, sqlite_template: Path, tmp_path: Path) -> Iterator[SQLiteStore]:
    file = tmp_path / "store.db"
    shutil.copy(sqlite_template, file)
    store = SQLiteStore(file, clock, collections=COLLECTIONS)
    yield store
    store.close()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make the tables once; a copy of a file is faster than forty durable statements."""
    file = tmp_path_factory.mktemp("sqlite") / "template.db"
    store = SQLiteStore(file, time.time)
    store.schema().create()
    store.close()
    return file


@pytest.fixture
def mysql_store(mysql_tables: MariaDB, clock: FixedClock) -> Iterator[MySQLStore]:
    yield from _on_empty_tables(mysql_tables, clock)


@pytest.fixture(scope="session")
def mysql_tables(mysql: MariaDB) -> MariaDB:
    return _with_tables(mysql)


@pytest.fixture
def mariadb10_store(mariadb10_tables: MariaDB, clock: FixedClock) -> Iterator[MySQLStore]:
    yield from _on_empty_tables(mariadb10_tables, clock)


@pytest.fixture(scope="session")
def mariadb10_tables(mariadb10: MariaDB) -> MariaDB:
    return _with_tables(mariadb10)


def _with_tables(server: MariaDB) -> MariaDB:
    store = MySQLStore(server.url, time.time, prefix=SQL_PREFIX)
    store.schema().create()
    store.close()
    return server


def _on_empty_tables(server: MariaDB, clock: FixedClock) -> Iterator[MySQLStore]:
    store = MySQLStore(server.url, clock, prefix=SQL_PREFIX, collections=COLLECTIONS, most_connections=20)
    for table in {collection.table for collection in COLLECTIONS.values()}:
        store._connection.change(f"DELETE FROM {table_name(table, SQL_PREFIX)}")
    yield store
    store.close()


@pytest.fixture
def mongodb_store(mongodb_tables: str, clock: FixedClock) -> Iterator[MongoDBStore]:
    store = MongoDBStore(mongodb_tables, clock, collections=COLLECTIONS, most_connections=20)
    _empty_tables(store)
    yield store
    store.close()


@pytest.fixture
def ferretdb_store(ferretdb_tables: str, clock: FixedClock) -> Iterator[MongoDBStore]:
    store = MongoDBStore(ferretdb_tables, clock, collections=COLLECTIONS, most_connections=1)
    _empty_tables(store)
    yield store
    store.close()


@pytest.fixture(scope="session")
def mongodb_tables(mongodb: MongoDB) -> str:
    return _with_collections(mongodb)


@pytest.fixture(scope="session")
def ferretdb_tables(ferretdb: MongoDB) -> str:
    return _with_collections(ferretdb)


def _with_collections(server: MongoDB) -> str:
    url = f"{server.url}/contract"
    store = MongoDBStore(url, time.time)
    store.schema().create()
    store.close()
    return url


def _empty_tables(store: MongoDBStore) -> None:
    for table in set(store._tables.values()):
        store._client.table(table).delete_many({})


@pytest.fixture
def signed_dynamodb_store(signed_client: SignedClient, clock: FixedClock) -> DynamoDBStore:
    store = DynamoDBStore(signed_client, clock, dice=_dice, prefix=PREFIX, collections=COLLECTIONS)
    _empty(store)
    return store


@pytest.fixture
def boto3_dynamodb_store(
    boto3_client: Boto3Client, signed_dynamodb_store: DynamoDBStore, clock: FixedClock
) -> DynamoDBStore:
    return DynamoDBStore(boto3_client, clock, dice=_dice, prefix=PREFIX, collections=COLLECTIONS)


@pytest.fixture(scope="session")
def signed_client(dynamodb: DynamoDBLocal) -> Iterator[SignedClient]:
    client = SignedClient(
        "us-east-1", lambda: Credentials("test", "test"), time.time, dice=_dice, endpoint=dynamodb.endpoint
    )
    DynamoDBSchema(client, prefix=PREFIX).create()
    yield client
    client.close()


@pytest.fixture(scope="session")
def boto3_client(dynamodb: DynamoDBLocal) -> Iterator[Boto3Client]:
    client = Boto3Client("us-east-1", endpoint=dynamodb.endpoint)
    yield client
    client.close()


def _dice() -> float:
    return 0.5


def _empty(store: Store) -> None:
    """Remove what the test before has left: making tables anew would take longer."""
    for collection in COLLECTIONS:
        while documents := store.scan(collection, limit=500).documents:
            store.delete_many(collection, [document.key for document in documents])
