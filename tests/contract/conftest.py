"""
The contract's stores: each test that asks for one runs on every engine that can do what the test needs.

A new engine is a line in `ENGINES`, a class in `recipes`, and a fixture ``<name>_recipe`` here.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.adapters.d1_api import d1_api
from tests.contract import recipes
from tests.contract.catalogue import CONTRACT, PRODUCT, START
from tests.contract.engines import ENGINES, Scale, able
from tests.contract.recipes import (
    InD1,
    InD1OverHTTP,
    InDynamoDB,
    InMemory,
    InMongoDB,
    InSQLite,
    InSQLServer,
    Recipe,
)
from tests.engines.d1 import LocalD1
from tests.engines.dynamodb import DynamoDBLocal
from tests.engines.mariadb import MariaDB
from tests.engines.mongodb import MongoDB
from tests.engines.postgresql import PostgreSQL
from togglebox.adapters.dynamodb_boto3 import Boto3Client
from togglebox.adapters.dynamodb_signed import SignedClient
from togglebox.adapters.mysql import MySQLStore
from togglebox.adapters.postgresql import PostgreSQLStore
from togglebox.store.port import Store

type Made = set[tuple[Recipe, str]]


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
    abilities = ", ".join(sorted(set().union(*(scale.unable for scale in ENGINES.values()))))
    config.addinivalue_line("markers", f"needs(ability): the test runs on the engines with it ({abilities})")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run each test that asks for an engine, or for its store, on every engine that can do what the test needs."""
    if "engine" in metafunc.fixturenames:
        needs = {ability for marker in metafunc.definition.iter_markers("needs") for ability in marker.args}
        metafunc.parametrize("engine", able(needs))


@pytest.fixture
def store(recipe: Recipe, clock: FixedClock, made: Made) -> Iterator[Store]:
    """Give an empty store of each engine in turn, which holds the contract's collections."""
    _make_empty(recipe, CONTRACT, made)
    with recipe.opened(CONTRACT, clock) as store:
        yield store


@pytest.fixture
def catalogued_store(recipe: Recipe, clock: FixedClock, made: Made) -> Iterator[Store]:
    """Give an empty store of each engine in turn, which holds what the product's does."""
    _make_empty(recipe, PRODUCT, made)
    with recipe.opened(PRODUCT, clock) as store:
        yield store


@pytest.fixture
def recipe(engine: str, request: pytest.FixtureRequest) -> Recipe:
    """Say how this process, and most often any other, opens the engine's stores."""
    recipe: Recipe = request.getfixturevalue(f"{engine}_recipe")
    return recipe


@pytest.fixture(scope="session")
def made() -> Made:
    """Remember for which recipes and catalogues there are tables: to make them takes its time."""
    return set()


def _make_empty(recipe: Recipe, catalogue: str, made: Made) -> None:
    if (recipe, catalogue) not in made:
        recipe.make(catalogue)
        made.add((recipe, catalogue))
    recipe.empty(catalogue)


@pytest.fixture
def scale(engine: str) -> Scale:
    return ENGINES[engine]


@pytest.fixture
def memory_recipe() -> InMemory:
    return InMemory()


@pytest.fixture
def sqlite_recipe(tmp_path: Path, sqlite_template: Path) -> InSQLite:
    return InSQLite(tmp_path, sqlite_template)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make the tables once; a copy of a file is faster than forty durable statements."""
    return tmp_path_factory.mktemp("sqlite")


@pytest.fixture(scope="session")
def postgresql_recipe(postgresql: PostgreSQL) -> Recipe:
    return InSQLServer(PostgreSQLStore, postgresql.url)


@pytest.fixture(scope="session")
def postgresql15_recipe(postgresql15: PostgreSQL) -> Recipe:
    return InSQLServer(PostgreSQLStore, postgresql15.url)


@pytest.fixture(scope="session")
def mysql_recipe(mysql: MariaDB) -> Recipe:
    return InSQLServer(MySQLStore, mysql.url)


@pytest.fixture(scope="session")
def mariadb10_recipe(mariadb10: MariaDB) -> Recipe:
    return InSQLServer(MySQLStore, mariadb10.url)


@pytest.fixture(scope="session")
def mongodb_recipe(mongodb: MongoDB) -> Recipe:
    return InMongoDB(mongodb.url)


@pytest.fixture(scope="session")
def ferretdb_recipe(ferretdb: MongoDB) -> Recipe:
    return InMongoDB(ferretdb.url, most_connections=1)


@pytest.fixture(scope="session")
def d1_recipe(d1: LocalD1) -> Recipe:
    return InD1(d1.port)


@pytest.fixture(scope="session")
def d1_http_recipe() -> Iterator[Recipe]:
    with d1_api() as api:
        yield InD1OverHTTP(api.endpoint)


@pytest.fixture(scope="session")
def signed_dynamodb_recipe(dynamodb: DynamoDBLocal, signed_client: SignedClient) -> Recipe:
    return InDynamoDB("signed", dynamodb.endpoint)


@pytest.fixture(scope="session")
def boto3_dynamodb_recipe(dynamodb: DynamoDBLocal, boto3_client: Boto3Client, signed_client: SignedClient) -> Recipe:
    return InDynamoDB("boto3", dynamodb.endpoint)


@pytest.fixture(scope="session")
def signed_client(dynamodb: DynamoDBLocal) -> Iterator[SignedClient]:
    client = recipes.signed_client(dynamodb.endpoint)
    yield client
    client.close()


@pytest.fixture(scope="session")
def boto3_client(dynamodb: DynamoDBLocal) -> Iterator[Boto3Client]:
    client = recipes.boto3_client(dynamodb.endpoint)
    yield client
    client.close()
