"""Schemas: what is missing is said and made, twice, from several sides at once, and after a half-made one."""

import itertools
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.adapters.d1_api import ACCOUNT, DATABASE, TOKEN, d1_api
from tests.contract.catalogue import COLLECTIONS, CONTRACT, FLAGS, TOKENS
from tests.engines.d1 import LocalD1, RemoteStore
from tests.engines.dynamodb import dynamodb_local
from tests.engines.mongodb import MongoDB
from togglebox.adapters.aws_signature import Credentials
from togglebox.adapters.d1 import D1Store
from togglebox.adapters.d1_http import D1HTTPConnection
from togglebox.adapters.dynamodb import DynamoDBStore
from togglebox.adapters.dynamodb_boto3 import Boto3Client
from togglebox.adapters.dynamodb_schema import DynamoDBSchema, definition
from togglebox.adapters.dynamodb_signed import SignedClient
from togglebox.adapters.mongodb import MongoDBStore
from togglebox.adapters.sqlite import SQLiteStore
from togglebox.store.catalogue import TABLES
from togglebox.store.port import ABSENT, Schema, Store

PREFIXES = (f"schema{number}-" for number in itertools.count())


class Place(NamedTuple):
    """Where nothing was stored yet: each call opens it anew, as another process would."""

    schema: Callable[[], Schema]
    store: Callable[[], Store]


@pytest.fixture(
    params=[
        pytest.param("sqlite", marks=pytest.mark.engine("sqlite")),
        pytest.param("mongodb", marks=pytest.mark.engine("mongodb")),
        pytest.param("ferretdb", marks=pytest.mark.engine("ferretdb")),
        pytest.param("d1", marks=pytest.mark.engine("d1")),
        pytest.param("d1_http", marks=pytest.mark.engine("sqlite")),
        pytest.param("signed_dynamodb", marks=pytest.mark.engine("dynamodb")),
        pytest.param("boto3_dynamodb", marks=pytest.mark.engine("dynamodb")),
    ]
)
def place(request: pytest.FixtureRequest) -> Place:
    place: Place = request.getfixturevalue(f"{request.param}_place")
    return place


@pytest.fixture
def sqlite_place(tmp_path: Path) -> Iterator[Place]:
    opened: list[SQLiteStore] = []

    def store() -> SQLiteStore:
        opened.append(SQLiteStore(tmp_path / "new" / "store.db", time.time, collections=COLLECTIONS))
        return opened[-1]

    yield Place(schema=lambda: store().schema(), store=store)
    for one in opened:
        one.close()


@pytest.fixture
def mongodb_place(mongodb: MongoDB) -> Iterator[Place]:
    yield from _mongodb_place(mongodb)


@pytest.fixture
def ferretdb_place(ferretdb: MongoDB) -> Iterator[Place]:
    yield from _mongodb_place(ferretdb)


def _mongodb_place(server: MongoDB) -> Iterator[Place]:
    opened: list[MongoDBStore] = []
    database = next(PREFIXES)

    def store() -> MongoDBStore:
        opened.append(MongoDBStore(f"{server.url}/{database}", time.time, collections=COLLECTIONS, most_connections=1))
        return opened[-1]

    yield Place(schema=lambda: store().schema(), store=store)
    for one in opened:
        one.close()
    server.drop(database)


@pytest.fixture
def d1_place(d1: LocalD1) -> Iterator[Place]:
    prefix = next(PREFIXES).replace("-", "_")
    with closing(RemoteStore(d1.port, CONTRACT, prefix, time.time)) as store:
        yield Place(schema=lambda: store, store=lambda: store)


@pytest.fixture
def d1_http_place() -> Iterator[Place]:
    with d1_api() as api, closing(D1HTTPConnection(ACCOUNT, DATABASE, TOKEN, endpoint=api.endpoint)) as connection:
        store = D1Store(connection, time.time, collections=COLLECTIONS)
        yield Place(schema=store.schema, store=lambda: store)


@pytest.fixture
def signed_dynamodb_place(signed_client: SignedClient) -> Place:
    return _dynamodb_place(signed_client)


@pytest.fixture
def boto3_dynamodb_place(boto3_client: Boto3Client) -> Place:
    return _dynamodb_place(boto3_client)


def _dynamodb_place(client: SignedClient | Boto3Client) -> Place:
    prefix = next(PREFIXES)
    return Place(
        schema=lambda: DynamoDBSchema(client, prefix=prefix),
        store=lambda: DynamoDBStore(client, time.time, dice=lambda: 0.5, prefix=prefix, collections=COLLECTIONS),
    )


def test_what_is_missing_is_made(place: Place) -> None:
    schema = place.schema()
    assert len(schema.missing()) >= len(TABLES)

    schema.create()

    assert schema.missing() == []
    store = place.store()
    for collection in COLLECTIONS:
        store.put(collection, ("a", "b"), {"owner": "ann", "rank": "1"}, expect=ABSENT)
    assert len(store.page(FLAGS, "ann", index="GSI1", limit=5).documents) == 1
    assert len(store.page(TOKENS, "ann", index="GSI2", limit=5).documents) == 1


def test_making_it_again_changes_nothing(place: Place) -> None:
    place.schema().create()
    document = place.store().put(FLAGS, ("a", "b"), {}, expect=ABSENT)

    place.schema().create()

    assert place.schema().missing() == []
    assert place.store().get(FLAGS, ("a", "b")) == document


def test_it_may_be_made_from_several_sides_at_once(place: Place) -> None:
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: place.schema().create(), range(4)))

    assert place.schema().missing() == []


def test_each_step_is_reported(place: Place) -> None:
    heard: list[tuple[int, int, str]] = []

    place.schema().create(lambda *step: heard.append(step))

    total = heard[0][1]
    assert total >= len(TABLES)
    assert [(done, out_of) for done, out_of, _ in heard] == [(done, total) for done in range(1, total + 1)]
    assert all(what for _, _, what in heard)


@pytest.mark.engine("dynamodb")
def test_a_table_with_fewer_indexes_gets_the_rest(fresh_client: SignedClient) -> None:
    table = definition("flags")
    fresh_client.call(
        "CreateTable",
        {
            **table,
            "AttributeDefinitions": [one for one in table["AttributeDefinitions"] if one["AttributeName"][:3] != "GSI"],
            "GlobalSecondaryIndexes": None,
        },
    )
    schema = DynamoDBSchema(fresh_client, sleep=lambda _: time.sleep(0.05))
    assert {"togglebox-flags.GSI1", "togglebox-flags.GSI2", "togglebox-flags.GSI3"} < set(schema.missing())

    schema.create()

    assert schema.missing() == []


@pytest.fixture
def fresh_client() -> Iterator[SignedClient]:
    """Call an emulator of one's own: one that has made many tables leaves a later index in CREATING for ever."""
    with dynamodb_local() as emulator:
        client = SignedClient(
            "us-east-1", lambda: Credentials("A", "S"), time.time, dice=lambda: 0.5, endpoint=emulator.endpoint
        )
        yield client
        client.close()


@pytest.mark.engine("dynamodb")
def test_what_expires_is_removed_by_dynamodb_too(signed_client: SignedClient) -> None:
    prefix = next(PREFIXES)
    DynamoDBSchema(signed_client, prefix=prefix, tables={"stats": f"{prefix}facts"}).create()

    def expires(name: str) -> object:
        return signed_client.call("DescribeTimeToLive", {"TableName": prefix + name})["TimeToLiveDescription"]

    assert [expires(name) for name in ("environments", "password-resets", "facts")] == [
        {"AttributeName": "ttl", "TimeToLiveStatus": "ENABLED"}
    ] * 3
    assert expires("flags") == {"TimeToLiveStatus": "DISABLED"}


def test_a_definition_is_what_cloudformation_takes_too() -> None:
    assert definition("remote-configs", tables={"remote-configs": "mine"}) == {
        "TableName": "mine",
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [
            {"AttributeName": name, "AttributeType": "S"}
            for name in ("PK", "SK", "GSI1PK", "GSI1SK", "GSI2PK", "GSI2SK", "GSI3PK", "GSI3SK")
        ],
        "KeySchema": [{"AttributeName": "PK", "KeyType": "HASH"}, {"AttributeName": "SK", "KeyType": "RANGE"}],
        "GlobalSecondaryIndexes": [
            {
                "IndexName": index,
                "KeySchema": [
                    {"AttributeName": f"{index}PK", "KeyType": "HASH"},
                    {"AttributeName": f"{index}SK", "KeyType": "RANGE"},
                ],
                "Projection": {"ProjectionType": "ALL"},
            }
            for index in ("GSI1", "GSI2", "GSI3")
        ],
    }
