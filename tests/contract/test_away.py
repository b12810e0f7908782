"""A database that is away, refuses or falls silent: told as such, in our own words, and never as something else."""

import sqlite3
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.adapters.loopback import CUT, HANG, Reply, loopback, ok
from tests.contract.catalogue import COLLECTIONS, FLAGS
from tests.engines.process import free_port
from togglebox.adapters.aws_signature import Credentials
from togglebox.adapters.dynamodb import DynamoDBStore
from togglebox.adapters.dynamodb_boto3 import Boto3Client
from togglebox.adapters.dynamodb_signed import SignedClient
from togglebox.adapters.sqlite import SQLiteStore
from togglebox.store.port import ABSENT, NoAnswer, Store, StoreUnavailable

KEY = ("shop", "checkout")

READS: dict[str, Callable[[Store], object]] = {
    "get": lambda store: store.get(FLAGS, KEY),
    "get_many": lambda store: store.get_many(FLAGS, [KEY]),
    "page": lambda store: store.page(FLAGS, "shop", limit=5),
    "scan": lambda store: store.scan(FLAGS, limit=5),
}
WRITES: dict[str, Callable[[Store], object]] = {
    "create": lambda store: store.put(FLAGS, KEY, {}, expect=ABSENT),
    "update": lambda store: store.put(FLAGS, KEY, {}, expect=1),
    "delete": lambda store: store.delete(FLAGS, KEY, expect=1),
    "add one": lambda store: store.add_new(FLAGS, [(KEY, {})]),
    "add two": lambda store: store.add_new(FLAGS, [(KEY, {}), (("shop", "b"), {})]),
    "delete many": lambda store: store.delete_many(FLAGS, [KEY]),
}

reading = pytest.mark.parametrize("read", READS.values(), ids=READS)
writing = pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)

type Opening = Callable[[str], Store]


@pytest.fixture(params=["signed", "boto3"])
def opening(request: pytest.FixtureRequest) -> Iterator[Opening]:
    """Open a DynamoDB store at an endpoint, with time-outs that a test can wait for."""
    clients: list[SignedClient | Boto3Client] = []

    def open_at(endpoint: str) -> Store:
        client = (
            Boto3Client("us-east-1", endpoint=endpoint, read_timeout=0.2, write_timeout=0.3)
            if request.param == "boto3"
            else SignedClient(
                "us-east-1",
                lambda: Credentials("A", "S"),
                lambda: 0.0,
                dice=lambda: 0.0,
                endpoint=endpoint,
                read_timeout=0.2,
                write_timeout=0.3,
            )
        )
        clients.append(client)
        return DynamoDBStore(client, lambda: 0.0, dice=lambda: 0.0, collections=COLLECTIONS)

    yield open_at
    for client in clients:
        client.close()


def told(store: Store, call: Callable[[Store], object]) -> type[Exception]:
    """Return the class of what *call* raises, whose text is one of our sentences."""
    with pytest.raises(StoreUnavailable) as raised:
        call(store)
    assert str(raised.value) in {
        "The database is not available",
        "The database is not set up: a table is missing",
        "The database does not accept our credentials",
    }
    assert raised.value.__cause__ is not None
    return raised.type


@reading
def test_a_read_where_nobody_listens_is_unavailable(opening: Opening, read: Callable[[Store], object]) -> None:
    assert told(opening(f"http://127.0.0.1:{free_port()}"), read) is StoreUnavailable


@writing
def test_a_write_where_nobody_listens_did_not_happen(opening: Opening, write: Callable[[Store], object]) -> None:
    assert told(opening(f"http://127.0.0.1:{free_port()}"), write) is StoreUnavailable


@pytest.mark.parametrize("reply", [HANG, CUT], ids=["silence", "cut"])
def test_a_read_without_an_answer_is_unavailable(opening: Opening, reply: Reply) -> None:
    with loopback(reply, reply) as server:
        assert told(opening(server.origin), READS["get"]) is StoreUnavailable

    assert len(server.requests) == 2


@pytest.mark.parametrize("reply", [HANG, CUT], ids=["silence", "cut"])
@writing
def test_a_write_without_an_answer_may_have_happened(
    opening: Opening, reply: Reply, write: Callable[[Store], object]
) -> None:
    with loopback(reply, ok(b"{}")) as server:
        assert told(opening(server.origin), write) is NoAnswer

    assert len(server.requests) == 1


def test_a_read_that_fails_once_is_repeated(opening: Opening) -> None:
    with loopback(CUT, ok(b"{}")) as server:
        assert opening(server.origin).get(FLAGS, KEY) is None

    assert len(server.requests) == 2


def test_a_refusal_is_told_without_its_words(opening: Opening) -> None:
    refusal = ok(
        b'{"__type":"com.amazon.coral.service#AccessDeniedException","Message":"arn:aws:iam::1:user/x is not allowed"}',
        status="400 Bad Request",
    )
    with loopback(refusal, refusal) as server:
        store = opening(server.origin)
        assert told(store, READS["get"]) is StoreUnavailable
        assert told(store, WRITES["create"]) is StoreUnavailable


@pytest.mark.engine("dynamodb")
@reading
@pytest.mark.parametrize("client", ["signed_client", "boto3_client"])
def test_a_table_that_is_missing_is_unavailable(
    request: pytest.FixtureRequest, client: str, read: Callable[[Store], object]
) -> None:
    store = DynamoDBStore(
        request.getfixturevalue(client),
        lambda: 0.0,
        dice=lambda: 0.0,
        prefix="nobody-made-",
        collections=COLLECTIONS,
        sleep=lambda _: None,
    )

    assert told(store, read) is StoreUnavailable


def a_folder_that_is_a_file(folder: Path) -> Path:
    (folder / "file").touch()
    return folder / "file" / "store.db"


def a_file_that_is_no_database(folder: Path) -> Path:
    file = folder / "store.db"
    file.write_text("Dear diary, today I was opened by a database. " * 100)
    return file


def a_database_without_tables(folder: Path) -> Path:
    return folder / "store.db"


@pytest.mark.engine("sqlite")
@pytest.mark.parametrize(
    "broken", [a_folder_that_is_a_file, a_file_that_is_no_database, a_database_without_tables], ids=lambda f: f.__name__
)
@pytest.mark.parametrize("call", [*READS.values(), *WRITES.values()], ids=[*READS, *WRITES])
def test_a_file_that_cannot_be_used_is_unavailable(
    tmp_path: Path, broken: Callable[[Path], Path], call: Callable[[Store], object]
) -> None:
    store = SQLiteStore(broken(tmp_path), lambda: 0.0, collections=COLLECTIONS)

    assert told(store, call) is StoreUnavailable
    store.close()


@pytest.mark.engine("sqlite")
@writing
def test_a_write_that_waits_too_long_did_not_happen(tmp_path: Path, write: Callable[[Store], object]) -> None:
    file = tmp_path / "store.db"
    store = SQLiteStore(file, lambda: 0.0, collections=COLLECTIONS, patience=0.1)
    store.schema().create()
    document = store.put(FLAGS, KEY, {"before": True}, expect=ABSENT)

    other = sqlite3.connect(file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    assert told(store, write) is StoreUnavailable
    assert store.get(FLAGS, KEY) == document
    other.execute("ROLLBACK")
    other.close()

    assert store.scan(FLAGS, limit=5).documents == [document]
    store.close()


@pytest.mark.engine("sqlite")
def test_a_write_that_found_the_disk_full_did_not_happen(tmp_path: Path) -> None:
    store = SQLiteStore(tmp_path / "store.db", lambda: 0.0, collections=COLLECTIONS)
    store.schema().create()
    with store._connection._borrowed() as cursor:  # type: ignore[attr-defined]
        cursor.execute(f"PRAGMA max_page_count = {cursor.execute('PRAGMA page_count').fetchone()[0]}")

    large = {"text": "x" * 200_000}
    assert told(store, lambda it: it.put(FLAGS, KEY, large, expect=ABSENT)) is StoreUnavailable
    assert told(store, lambda it: it.add_new(FLAGS, [(("shop", "a"), {}), (KEY, large)])) is StoreUnavailable

    assert store.scan(FLAGS, limit=5).documents == []
    store.put(FLAGS, KEY, {}, expect=ABSENT)
    store.close()


@pytest.mark.engine("sqlite")
def test_a_write_that_the_disk_failed_may_have_happened(tmp_path: Path) -> None:
    script = textwrap.dedent(
        """
        import resource, sys
        from togglebox.adapters.sqlite import SQLiteStore
        from togglebox.store.port import StoreUnavailable

        store = SQLiteStore(sys.argv[1], lambda: 0.0)
        store.schema().create()
        resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, 400_000))
        try:
            for number in range(10):
                store.put("claims", ("a", str(number)), {"text": "x" * 200_000}, expect=0)
        except StoreUnavailable as error:
            print(type(error).__name__, error, sep=": ")
        """
    )

    ran = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "store.db")], capture_output=True, text=True, check=False
    )

    assert ran.stdout == "NoAnswer: The database is not available\n", ran.stderr
