"""The engines that keep the Store port's promises: a new one is a fixture ``<name>_store`` and a line in `ENGINES`."""

import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contract.catalogue import COLLECTIONS, START
from tests.engines.dynamodb import DynamoDBLocal
from togglebox.adapters.aws_signature import Credentials
from togglebox.adapters.dynamodb import DynamoDBStore
from togglebox.adapters.dynamodb_boto3 import Boto3Client
from togglebox.adapters.dynamodb_schema import DynamoDBSchema
from togglebox.adapters.dynamodb_signed import SignedClient
from togglebox.adapters.memory import MemoryStore
from togglebox.adapters.sqlite import SQLiteStore
from togglebox.store.port import Store

PREFIX = "contract-"

ENGINES = [
    pytest.param("memory", marks=pytest.mark.engine("memory")),
    pytest.param("sqlite", marks=pytest.mark.engine("sqlite")),
    pytest.param("signed_dynamodb", marks=pytest.mark.engine("dynamodb")),
    pytest.param("boto3_dynamodb", marks=pytest.mark.engine("dynamodb")),
]


class FixedClock:
    """Says the same time until a test moves it on."""

    def __init__(self) -> None:
        self.now: float = START

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


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
