"""Connections that are slow, silent, cut or refused, on each engine that is reached over one."""

import time
from collections.abc import Callable, Iterator
from collections.abc import Set as AbstractSet
from contextlib import closing
from dataclasses import dataclass
from typing import Any, Final

import pytest

from tests.engines.dynamodb import DynamoDBLocal
from tests.engines.mariadb import MariaDB
from tests.engines.mongodb import MongoDB
from tests.engines.postgresql import PostgreSQL
from tests.engines.toxiproxy import Proxy, Toxiproxy, toxiproxy
from togglebox.adapters.aws_signature import Credentials
from togglebox.adapters.dynamodb import DynamoDBStore
from togglebox.adapters.dynamodb_schema import DynamoDBSchema
from togglebox.adapters.dynamodb_signed import SignedClient
from togglebox.adapters.mongodb import MongoDBStore
from togglebox.adapters.mysql import MySQLStore
from togglebox.adapters.postgresql import PostgreSQLStore
from togglebox.store.port import ABSENT, NoAnswer, Store, StoreUnavailable

pytestmark = pytest.mark.engine("toxiproxy")

KEY: Final = ("shop", "dark")
HEAD: Final[dict[str, Any]] = {"deleted": False, "n": 0}
PATIENCE: Final = 1.0
"""Seconds that a store waits for an answer here."""
ENDLESS: Final = 12.0
"""Seconds that no call may take: the patience of each step, twice, and what a busy machine adds."""
SILENT: Final = 0
"""Milliseconds after which a connection whose data is swallowed is closed: never."""


@dataclass(frozen=True, slots=True)
class Far:
    """A store behind a *proxy*, with a document at `KEY`."""

    store: Store
    proxy: Proxy


@pytest.fixture(scope="module")
def proxies() -> Iterator[Toxiproxy]:
    with toxiproxy() as running:
        yield running


@pytest.fixture(
    params=[
        pytest.param(engine, marks=pytest.mark.engine(engine))
        for engine in ("postgresql", "mysql", "mongodb", "dynamodb")
    ]
)
def far(request: pytest.FixtureRequest, proxies: Toxiproxy) -> Iterator[Far]:
    yield from request.getfixturevalue(f"far_{request.param}")(proxies)


@pytest.fixture
def far_postgresql(postgresql: PostgreSQL) -> Callable[[Toxiproxy], Iterator[Far]]:
    def opened(proxies: Toxiproxy) -> Iterator[Far]:
        with proxies.before(postgresql.port) as proxy:
            url = postgresql.url.replace(f":{postgresql.port}/", f":{proxy.port}/")
            with closing(PostgreSQLStore(url, time.time, prefix="far_", patience=PATIENCE)) as store:
                store.schema().create()
                yield prepared(store, proxy)

    return opened


@pytest.fixture
def far_mysql(mysql: MariaDB) -> Callable[[Toxiproxy], Iterator[Far]]:
    def opened(proxies: Toxiproxy) -> Iterator[Far]:
        port = mysql.server.port
        with proxies.before(port) as proxy:
            url = mysql.url.replace(f":{port}/", f":{proxy.port}/")
            with closing(MySQLStore(url, time.time, prefix="far_", patience=PATIENCE)) as store:
                store.schema().create()
                yield prepared(store, proxy)

    return opened


@pytest.fixture
def far_mongodb(mongodb: MongoDB) -> Callable[[Toxiproxy], Iterator[Far]]:
    def opened(proxies: Toxiproxy) -> Iterator[Far]:
        with (
            proxies.before(mongodb.server.port) as proxy,
            closing(MongoDBStore(f"mongodb://127.0.0.1:{proxy.port}/far", time.time, patience=PATIENCE)) as store,
        ):
            store.schema().create()
            yield prepared(store, proxy)

    return opened


@pytest.fixture
def far_dynamodb(dynamodb: DynamoDBLocal) -> Callable[[Toxiproxy], Iterator[Far]]:
    def opened(proxies: Toxiproxy) -> Iterator[Far]:
        with proxies.before(dynamodb.server.port) as proxy:
            client = SignedClient(
                "us-east-1",
                lambda: Credentials("test", "test"),
                time.time,
                dice=lambda: 0.5,
                endpoint=f"http://127.0.0.1:{proxy.port}",
            )
            with closing(client):
                DynamoDBSchema(client, prefix="far-").create()
                yield prepared(DynamoDBStore(client, time.time, dice=lambda: 0.5, prefix="far-"), proxy)

    return opened


def prepared(store: Store, proxy: Proxy) -> Far:
    store.delete_many("flags", [KEY])
    store.put("flags", KEY, HEAD, expect=ABSENT)
    return Far(store, proxy)


def test_a_cut_connection_is_noticed_by_nobody_who_reads(far: Far) -> None:
    far.proxy.cut()

    assert read(far.store).version == 1


def test_a_write_after_a_cut_happens_once_or_says_that_it_may_have(far: Far) -> None:
    for _ in range(5):
        before = read(far.store)
        far.proxy.cut()

        told = written(far.store, before)

        assert read(far.store).version - before.version in told


def test_who_is_refused_is_told_so_at_once_and_goes_on_later(far: Far) -> None:
    with far.proxy.down():
        began = time.monotonic()
        with pytest.raises(StoreUnavailable) as reading:
            read(far.store)
        with pytest.raises(StoreUnavailable) as writing:
            far.store.put("flags", KEY, HEAD, expect=1)
        took = time.monotonic() - began

    assert not isinstance(writing.value, NoAnswer)
    assert took < ENDLESS
    assert_told_in_our_words(far, reading.value, writing.value)
    assert read(far.store).version == 1
    assert far.store.put("flags", KEY, HEAD, expect=1).version == 2


def test_a_write_whose_answer_is_lost_says_that_it_may_have_happened(far: Far) -> None:
    read(far.store)
    with far.proxy.toxic("timeout", timeout=SILENT):
        began = time.monotonic()
        with pytest.raises(NoAnswer) as lost:
            far.store.put("flags", KEY, {**HEAD, "n": 1}, expect=1)
        took = time.monotonic() - began

    assert took < ENDLESS
    assert_told_in_our_words(far, lost.value)
    assert (read(far.store).version, read(far.store).body["n"]) == (2, 1)


def test_a_read_whose_answer_is_lost_ends(far: Far) -> None:
    with far.proxy.toxic("timeout", timeout=SILENT):
        began = time.monotonic()
        with pytest.raises(StoreUnavailable):
            read(far.store)

    assert time.monotonic() - began < ENDLESS
    assert read(far.store).version == 1


def test_an_answer_that_breaks_off_is_no_answer(far: Far) -> None:
    body = {**HEAD, "n": 1, "text": "x" * 20_000}
    far.store.put("flags", KEY, body, expect=1)
    with far.proxy.toxic("limit_data", bytes=2_000), pytest.raises(StoreUnavailable):
        read(far.store)
    far.proxy.cut()

    assert read(far.store).body == body


def test_a_slow_connection_is_only_slow(far: Far) -> None:
    with (
        far.proxy.toxic("latency", latency=300),
        far.proxy.toxic("slicer", average_size=20, size_variation=10, delay=10),
    ):
        assert far.store.put("flags", KEY, {**HEAD, "n": 1}, expect=1).version == 2
        assert read(far.store).body["n"] == 1


def test_cuts_in_the_middle_of_writes_are_told_truly(far: Far) -> None:
    """Let few bytes pass before each cut, so that requests and answers break off at all places."""
    for place in range(20, 2_000, 140):
        before = read(far.store)
        with far.proxy.toxic("limit_data", upstream=bool(place % 40), bytes=place):
            told = written(far.store, before)
        far.proxy.cut()
        time.sleep(0.05)  # for what was on its way

        found = read(far.store)

        assert found.version - before.version in told, place
        assert found.body["n"] - before.body["n"] == found.version - before.version


def read(store: Store) -> Any:
    document = store.get("flags", KEY)
    assert document is not None
    return document


def written(store: Store, before: Any) -> AbstractSet[int]:
    """Count the document up once, and return how often that may have happened, by what the caller is told."""
    try:
        store.put("flags", KEY, {**HEAD, "n": before.body["n"] + 1}, expect=before.version)
    except NoAnswer:
        return {0, 1}
    except StoreUnavailable:
        return {0}
    return {1}


def assert_told_in_our_words(far: Far, *errors: StoreUnavailable) -> None:
    for error in errors:
        assert str(far.proxy.port) not in error.sentence
        assert "127.0.0.1" not in error.sentence
        assert error.retry_after > 0
