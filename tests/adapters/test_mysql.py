"""What only MySQL and MariaDB have: refusals told in our words, connections that break, locks, bytes, views, TLS."""

import random
import socket
import subprocess
import time
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager
from typing import Any

import pymysql
import pytest

from tests.api.given import EDIT_EXPERIMENTS, EDIT_FLAGS, EXPERIMENT, a_flag, a_parameter, a_platform, an_environment
from tests.api.world import World
from tests.engines.mariadb import DATABASE, PASSWORD, USER, MariaDB
from tests.engines.process import free_port
from tests.engines.server import TOGGLEBOX, only
from togglebox.adapters.mysql import MySQLStore
from togglebox.adapters.mysql_url import connect_arguments
from togglebox.adapters.sql_schema import table_name
from togglebox.store.catalogue import INDEXES, TABLES, Collection
from togglebox.store.port import ABSENT, Document, NoAnswer, StaleWrite, Store, StoreUnavailable

START = 1_800_000_000
KEY = ("shop", "checkout")
THINGS = "things"
TOKENS = "tokens"
PREFIX = "adapter_"
COLLECTIONS = {
    THINGS: Collection(
        THINGS,
        "flags",
        {index: lambda key, body, name=index: body.get(name) for index in INDEXES},  # type: ignore[misc]
    ),
    TOKENS: Collection(TOKENS, "password-resets", ttl=True),
}
READS: Mapping[str, Callable[[Store], object]] = {
    "get": lambda store: store.get(THINGS, KEY),
    "get_many": lambda store: store.get_many(THINGS, [KEY]),
    "page": lambda store: store.page(THINGS, "shop", limit=5),
    "page of an index": lambda store: store.page(THINGS, "shop", limit=5, index="GSI1"),
    "scan": lambda store: store.scan(THINGS, limit=5),
}
WRITES: Mapping[str, Callable[[Store], object]] = {
    "create": lambda store: store.put(THINGS, KEY, {}, expect=ABSENT),
    "update": lambda store: store.put(THINGS, KEY, {}, expect=1),
    "delete": lambda store: store.delete(THINGS, KEY, expect=1),
    "add one": lambda store: store.add_new(THINGS, [(KEY, {})]),
    "add two": lambda store: store.add_new(THINGS, [(KEY, {}), (("shop", "b"), {})]),
    "delete many": lambda store: store.delete_many(THINGS, [KEY]),
}
CALLS = {**READS, **WRITES}

calling = pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
writing = pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)


@pytest.fixture(scope="session")
def tables(mysql: MariaDB) -> MariaDB:
    with closing(MySQLStore(mysql.url, lambda: START, prefix=PREFIX)) as store:
        store.schema().create()
    return mysql


@pytest.fixture
def store(tables: MariaDB) -> Iterator[MySQLStore]:
    with a_store(tables.url) as store:
        for table in TABLES:
            store._mysql.change(f"DELETE FROM {table_name(table, PREFIX)}")
        yield store


@contextmanager
def a_store(url: str, **options: Any) -> Iterator[MySQLStore]:
    with closing(MySQLStore(url, lambda: START, prefix=PREFIX, collections=COLLECTIONS, **options)) as store:
        yield store


@contextmanager
def other_hands(tables: MariaDB) -> Iterator[pymysql.cursors.Cursor]:
    """Give a transaction of somebody else, which is undone at the end."""
    connection = pymysql.connect(host="127.0.0.1", port=tables.port, user="root", database=DATABASE)
    with closing(connection), connection.cursor() as cursor:
        yield cursor


def told(store: MySQLStore, call: Callable[[Store], object]) -> tuple[type[Exception], str]:
    """Return the class of what *call* raises and what it says; nothing of it holds the password."""
    with pytest.raises(StoreUnavailable) as raised:
        call(store)
    everything = "".join(traceback.format_exception(raised.value))
    assert PASSWORD not in everything
    assert PASSWORD.replace(" ", "%20") not in everything
    return raised.type, str(raised.value)


# Refusals.


@calling
def test_where_nobody_listens_nothing_happens(call: Callable[[Store], object]) -> None:
    with a_store(f"mysql://u:{PASSWORD}@127.0.0.1:{free_port()}/db") as store:
        assert told(store, call) == (StoreUnavailable, "The database is not available")


@calling
def test_a_server_that_takes_the_call_and_says_nothing_is_not_available(call: Callable[[Store], object]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"mysql://u:{PASSWORD}@127.0.0.1:{listener.getsockname()[1]}/db"
        with a_store(url, patience=0.1) as store:
            assert told(store, call) == (StoreUnavailable, "The database is not available")


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n",
        b"\x00\x00\x00\x00",
        b"\x01\x00\x00\x00\x0a",
        b"\x05\x00\x00\x00\x0ax.y\x00",
        b"\x03\x00\x00\x00\xff\x10\x04",
    ],
    ids=["nothing", "SSH", "HTTP", "empty packet", "version only", "no numbers", "too many connections"],
)
def test_what_speaks_another_language_is_not_available(said: bytes) -> None:
    def say() -> None:
        connection, _ = listener.accept()
        connection.sendall(said)
        connection.close()

    with socket.create_server(("127.0.0.1", 0)) as listener, ThreadPoolExecutor(1) as pool:
        saying = pool.submit(say)
        with a_store(f"mysql://u:{PASSWORD}@127.0.0.1:{listener.getsockname()[1]}/db", patience=0.5) as store:
            kind, _ = told(store, WRITES["create"])
        saying.result()

    assert kind is StoreUnavailable


REFUSED = "The database does not accept our credentials"


@calling
def test_a_wrong_password_is_told(tables: MariaDB, call: Callable[[Store], object]) -> None:
    url = f"mysql://{USER}:{PASSWORD.replace(' ', '%20')}x@127.0.0.1:{tables.port}/{DATABASE}"
    with a_store(url) as store:
        assert told(store, call) == (StoreUnavailable, REFUSED)


@calling
def test_a_database_that_is_missing_is_told(tables: MariaDB, call: Callable[[Store], object]) -> None:
    with a_store(f"mysql://root@127.0.0.1:{tables.port}/nobody_made_it") as store:
        assert told(store, call) == (
            StoreUnavailable,
            "The database is not set up: it does not exist on its server",
        )


@calling
def test_a_table_that_is_missing_is_told(tables: MariaDB, call: Callable[[Store], object]) -> None:
    with closing(MySQLStore(tables.url, lambda: START, prefix="nobody_made_", collections=COLLECTIONS)) as store:
        assert told(store, call) == (StoreUnavailable, "The database is not set up: a table is missing")


@writing
def test_a_user_who_may_only_read_is_told(store: MySQLStore, tables: MariaDB, write: Callable[[Store], object]) -> None:
    before = store.put(THINGS, KEY, {}, expect=ABSENT)
    tables.root("CREATE OR REPLACE USER reader IDENTIFIED BY 'r'")
    tables.root(f"GRANT SELECT ON {DATABASE}.* TO reader")

    with a_store(f"mysql://reader:r@127.0.0.1:{tables.port}/{DATABASE}") as reader:
        assert reader.get(THINGS, KEY) == before
        assert told(reader, write) == (StoreUnavailable, REFUSED)

    assert store.scan(THINGS, limit=9).documents == [before]


@writing
def test_a_server_that_is_read_only_is_told(
    store: MySQLStore, tables: MariaDB, write: Callable[[Store], object]
) -> None:
    before = store.put(THINGS, KEY, {}, expect=ABSENT)
    tables.root("SET GLOBAL read_only = 1")
    try:
        assert told(store, write) == (StoreUnavailable, "The database is read-only")
        assert store.get(THINGS, KEY) == before
    finally:
        tables.root("SET GLOBAL read_only = 0")

    assert store.put(THINGS, KEY, {}, expect=1).version == 2


def test_a_server_without_a_connection_left_is_busy(tables: MariaDB) -> None:
    tables.root("CREATE OR REPLACE USER single IDENTIFIED BY 's' WITH MAX_USER_CONNECTIONS 1")
    tables.root(f"GRANT ALL ON {DATABASE}.* TO single")
    url = f"mysql://single:s@127.0.0.1:{tables.port}/{DATABASE}"
    with a_store(url) as first, a_store(url) as second:
        first.get(THINGS, KEY)

        assert told(second, READS["get"]) == (StoreUnavailable, "The database is busy")


def test_a_document_larger_than_the_server_takes_is_refused_whole(store: MySQLStore, tables: MariaDB) -> None:
    tables.root("SET GLOBAL max_allowed_packet = 65536")
    try:
        with a_store(tables.url) as narrow:
            kind, _ = told(narrow, lambda it: it.put(THINGS, KEY, {"text": "x" * 200_000}, expect=ABSENT))
            assert kind is StoreUnavailable
            assert narrow.put(THINGS, ("shop", "small"), {}, expect=ABSENT).version == 1
    finally:
        tables.root("SET GLOBAL max_allowed_packet = 16777216")

    assert store.get(THINGS, KEY) is None


def test_nothing_that_is_printed_holds_the_password(store: MySQLStore) -> None:
    store.get(THINGS, KEY)

    for thing in (store, store._mysql, store._making, *store._mysql._sessions._idle, store.schema()):
        assert PASSWORD not in f"{thing} {thing!r}"


# Connections that break.


def test_a_connection_that_was_closed_while_idle_is_replaced(store: MySQLStore, tables: MariaDB) -> None:
    for version, call in enumerate((WRITES["create"], WRITES["update"], READS["get"])):
        store.get(THINGS, KEY)
        kill(tables, store)

        call(store)

        document = store.get(THINGS, KEY)
        assert document is not None
        assert document.version == min(version + 1, 2)


def test_a_read_whose_connection_breaks_is_repeated_once(tables: MariaDB) -> None:
    with a_store(tables.url, most_connections=1) as store, ThreadPoolExecutor(1) as pool:
        # What is left of this second is slept for again by the second try.
        reading = pool.submit(store._mysql.row, "SELECT CONNECTION_ID(), SLEEP(0.4)", ())
        first = running(tables, "SLEEP")
        tables.root(f"KILL {first}")

        row = reading.result()

    assert row is not None
    assert row[0] != first


def test_a_read_whose_connection_breaks_twice_is_unavailable(tables: MariaDB) -> None:
    with a_store(tables.url, most_connections=1) as store, ThreadPoolExecutor(1) as pool:
        reading = pool.submit(told, store, lambda _: store._mysql.row("SELECT SLEEP(1)", ()))
        first = running(tables, "SLEEP")
        tables.root(f"KILL {first}")
        tables.root(f"KILL {running(tables, 'SLEEP', but=first)}")

        assert reading.result() == (StoreUnavailable, "The database is not available")


@pytest.mark.parametrize("write", ["update", "delete", "delete many"])
def test_a_write_whose_connection_breaks_may_have_happened_and_is_not_repeated(
    store: MySQLStore, tables: MariaDB, write: str
) -> None:
    document = store.put(THINGS, KEY, {"before": True}, expect=ABSENT)
    with other_hands(tables) as other, ThreadPoolExecutor(1) as pool:
        other.execute(f"SELECT 1 FROM {PREFIX}flags FOR UPDATE")
        writing = pool.submit(told, store, WRITES[write])
        tables.root(f"KILL {running(tables, 'DELETE' if 'delete' in write else 'UPDATE')}")

        assert writing.result() == (NoAnswer, "The database is not available")

    time.sleep(0.1)  # the row is free again, for whoever would repeat it
    assert store.get(THINGS, KEY) == document


def test_a_write_whose_answer_comes_too_late_may_have_happened(store: MySQLStore, tables: MariaDB) -> None:
    store.put(THINGS, KEY, {}, expect=ABSENT)
    with a_store(tables.url, patience=0.2) as hasty, other_hands(tables) as other:
        other.execute(f"SELECT 1 FROM {PREFIX}flags FOR UPDATE")

        assert told(hasty, WRITES["update"]) == (NoAnswer, "The database is not available")


def running(tables: MariaDB, what: str, *, but: int = 0) -> int:
    """Wait until a statement that begins or goes on with *what* runs, and return its connection's number."""
    for _ in range(200):
        found = tables.root(
            "SELECT id FROM information_schema.processlist WHERE user = %s AND info LIKE %s AND id <> %s",
            USER, f"%{what}%", but,
        )  # fmt: skip
        if found:
            return int(found[0][0])
        time.sleep(0.01)
    raise AssertionError(f"no {what} runs")


def kill(tables: MariaDB, store: MySQLStore) -> None:
    """End the connections of *store*, and wait until nothing of them is left."""
    for session in store._mysql._sessions._idle:
        number = session._connection.server_thread_id[0]  # type: ignore[attr-defined]
        tables.root(f"KILL {number}")
        for _ in range(200):
            if not tables.root("SELECT 1 FROM information_schema.processlist WHERE id = %s", number):
                break
            time.sleep(0.01)


# Locks, and the pool.


def test_a_row_that_others_hold_for_long_is_busy(store: MySQLStore, tables: MariaDB) -> None:
    document = store.put(THINGS, KEY, {}, expect=ABSENT)
    with other_hands(tables) as other:
        other.execute(f"SELECT 1 FROM {PREFIX}flags FOR UPDATE")
        assert told(store, WRITES["update"]) == (StoreUnavailable, "The database is busy")
        assert store.get(THINGS, KEY) == document

    assert store.put(THINGS, KEY, {}, expect=1).version == 2


def test_a_row_that_others_hold_for_a_moment_is_waited_for(store: MySQLStore, tables: MariaDB) -> None:
    store.put(THINGS, KEY, {}, expect=ABSENT)
    with other_hands(tables) as other, ThreadPoolExecutor(1) as pool:
        other.execute(f"SELECT 1 FROM {PREFIX}flags FOR UPDATE")
        writing = pool.submit(store.put, THINGS, KEY, {}, expect=1)
        running(tables, "UPDATE")
        time.sleep(1.3)  # longer than one wait of InnoDB
        other.connection.rollback()

        assert writing.result().version == 2


def test_who_has_to_give_way_in_a_deadlock_tries_again(store: MySQLStore, tables: MariaDB) -> None:
    for sort in "ab":
        store.put(THINGS, ("shop", sort), {}, expect=ABSENT)
    add = f"UPDATE {PREFIX}flags SET version = version + 1 WHERE pk = %s AND sk = %s"
    with other_hands(tables) as other, ThreadPoolExecutor(1) as pool:
        # InnoDB ends the transaction that has written less.
        for number in range(50):
            other.execute(f"INSERT INTO {PREFIX}stats (pk, sk, version, body) VALUES ('x', %s, 1, '{{}}')", (number,))
        other.execute(add, ("things#shop", "b"))
        ours: Future[Sequence[int]] = pool.submit(
            store._mysql.change_together, [(add, ("things#shop", sort)) for sort in "ab"]
        )
        running(tables, "UPDATE")
        time.sleep(0.1)
        other.execute(add, ("things#shop", "a"))
        other.connection.commit()

        assert ours.result() == [1, 1]

    documents = store.get_many(THINGS, [("shop", sort) for sort in "ab"])
    assert [document and document.version for document in documents] == [3, 3]


def test_a_transaction_that_is_refused_half_way_leaves_nothing(store: MySQLStore, tables: MariaDB) -> None:
    insert = f"INSERT INTO {PREFIX}flags (pk, sk, version, body) VALUES (%s, %s, 1, '{{}}')"
    with pytest.raises(StoreUnavailable):
        store._mysql.change_together([(insert, ("things#a", sort)) for sort in "aba"])

    assert store.scan(THINGS, limit=9).documents == []
    store.put(THINGS, KEY, {}, expect=ABSENT)
    with a_store(tables.url) as second:
        assert second.get(THINGS, KEY) is not None  # the connection was not left in the transaction


def test_who_finds_all_connections_in_use_for_long_is_told(store: MySQLStore, tables: MariaDB) -> None:
    with a_store(tables.url, most_connections=2, wait_for_connection=0.03) as narrow, ThreadPoolExecutor(2) as pool:
        sleeping = [pool.submit(narrow._mysql.row, "SELECT SLEEP(1.5)", ()) for _ in range(2)]
        running(tables, "SLEEP")
        time.sleep(0.1)

        assert [told(narrow, call) for call in CALLS.values()] == [(StoreUnavailable, "The database is busy")] * 11
        for each in sleeping:
            each.result()

        assert narrow.get(THINGS, KEY) is None


def test_no_more_connections_are_opened_than_allowed(tables: MariaDB) -> None:
    with a_store(tables.url, most_connections=3) as store, ThreadPoolExecutor(12) as pool:
        numbers = set(pool.map(lambda _: row(store, "SELECT CONNECTION_ID(), SLEEP(0.02)")[0], range(60)))

        assert len(numbers) <= 3
        assert len(store._mysql._sessions._idle) <= 3


def test_a_connection_whose_use_was_interrupted_is_not_used_again(store: MySQLStore) -> None:
    class Interrupt(BaseException):
        pass

    def interrupted(session: Any) -> None:
        with session._waiting():
            session._connection._execute_command(3, "SELECT SLEEP(0.2), 'nobody waits for this'")
            raise Interrupt

    with pytest.raises(Interrupt):
        store._mysql._sessions.use(interrupted)

    assert row(store, "SELECT 1") == (1,)


def row(store: MySQLStore, sql: str) -> tuple[Any, ...]:
    found = store._mysql.row(sql, ())
    assert found is not None
    return tuple(found)


def test_a_session_is_strict_commits_by_itself_and_reads_what_is_committed(store: MySQLStore) -> None:
    assert row(store, "SELECT @@autocommit, @@tx_isolation, @@sql_mode, @@character_set_client") == (
        1,
        "READ-COMMITTED",
        "STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION",
        "utf8mb4",
    )
    with pytest.raises(StoreUnavailable):
        store._mysql.change(
            f"INSERT INTO {PREFIX}flags (pk, sk, version, body) VALUES (%s, 'a', 1, '')", ("x" * 2_000,)
        )


# Bytes.


def test_spaces_case_and_accents_keep_keys_apart(store: MySQLStore) -> None:
    keys = [(part, sort) for part in ("a", "A", "a ", "á") for sort in ("k", "K", "k ", "k  ", "ḱ", "k\t")]
    for number, key in enumerate(keys):
        store.put(THINGS, key, {"n": number, "GSI1": key}, expect=ABSENT)

    assert [document and document.body["n"] for document in store.get_many(THINGS, keys)] == list(range(len(keys)))
    for part in ("a", "A", "a ", "á"):
        wanted = sorted((sort for other, sort in keys if other == part), key=str.encode)
        assert [document.key[1] for document in store.page(THINGS, part, limit=99).documents] == wanted
        assert [document.key[1] for document in store.page(THINGS, part, limit=99, index="GSI1").documents] == wanted


def test_the_longest_keys_fit_in_the_table_and_all_its_indexes_at_once(store: MySQLStore) -> None:
    letters = [chr(code) for code in range(0x80, 0x800)]
    dice = random.Random(7)
    parts = iter(lambda: "".join(dice.choices(letters, k=512)), None)  # nothing that could be compressed
    keys = [(next(parts), next(parts)) for _ in range(12)]
    entries = [{index: (next(parts), next(parts)) for index in INDEXES} for _ in range(24)]
    for key, entry in zip(keys, entries, strict=False):
        store.put(THINGS, key, entry, expect=ABSENT)
    for key, entry in zip(keys, entries[12:], strict=True):
        store.put(THINGS, key, {**entry, "text": "x" * 290_000}, expect=1)

    for key, old, new in zip(keys, entries, entries[12:], strict=False):
        document = store.get(THINGS, key)
        assert document is not None
        for index in INDEXES:
            assert store.page(THINGS, new[index][0], limit=5, index=index).documents == [document]
            assert store.page(THINGS, old[index][0], limit=5, index=index).documents == []
        store.delete(THINGS, key, expect=2)
    assert store.scan(THINGS, limit=5).documents == []


def test_many_large_documents_are_added_in_statements_that_a_server_takes(store: MySQLStore, tables: MariaDB) -> None:
    texts = ["x" * 290_000, '"\\' * 70_000, "é" * 145_000, "\U0001f600" * 72_000]
    documents = [(("shop", f"{number:02}"), {"text": texts[number % 4]}) for number in range(24)]
    tables.root("SET GLOBAL max_allowed_packet = 1048576")
    try:
        with a_store(tables.url) as narrow:
            assert narrow.add_new(THINGS, documents[:16]) == [True] * 16
            touch = f"UPDATE {PREFIX}flags SET version = version + 1 WHERE sk = %s AND body <> %s"
            touched = narrow._mysql.change_together([(touch, (sort, texts[0])) for (_, sort), _ in documents])
            assert touched == [1] * 16 + [0] * 8
            assert narrow.add_new(THINGS, documents) == [False] * 16 + [True] * 8
    finally:
        tables.root("SET GLOBAL max_allowed_packet = 16777216")

    assert [document.body for document in store.page(THINGS, "shop", limit=99).documents] == [
        body for _, body in documents
    ]


def test_values_are_only_values(store: MySQLStore) -> None:
    nasty = ["'; DROP TABLE x; --", '"', "\\", "\\'", "%s", "%(x)s", "a;b", "`", "\x1a", "\r\n", "/* */", "0x61"]
    for text in nasty:
        store.put(THINGS, (text, text), {"text": text}, expect=ABSENT)
    store.add_new(THINGS, [(("bulk", text), {"text": text}) for text in nasty])
    store.add_new(THINGS, [(("bulk", text), {"text": text}) for text in [*nasty, "one more"]])

    for text in nasty:
        document = store.get(THINGS, (text, text))
        assert document is not None
        assert document.body == {"text": text}
    assert {document.key[1] for document in store.page(THINGS, "bulk", limit=99).documents} == {*nasty, "one more"}


# How much is read.


@pytest.mark.parametrize("reverse", [False, True], ids=["up", "down"])
@pytest.mark.parametrize("index", [None, "GSI1"], ids=["keys", "index"])
def test_a_page_reads_little_more_than_it_shows(
    tables: MariaDB, store: MySQLStore, index: str | None, *, reverse: bool
) -> None:
    store.add_new(THINGS, [(("big", f"{number:04}"), {"GSI1": ("big", f"{number:04}")}) for number in range(1_000)])
    with a_store(tables.url, most_connections=1) as one:
        page = one.page(THINGS, "big", limit=400, index=index, reverse=reverse)
        before = rows_read(one)

        one.page(THINGS, "big", limit=10, index=index, reverse=reverse, after=page.next)
        one.page(THINGS, "big", limit=10, index=index, reverse=reverse)

        assert rows_read(one) - before < 100


def test_a_scan_goes_on_where_it_stopped(tables: MariaDB, store: MySQLStore) -> None:
    store.add_new(THINGS, [(("big", f"{number:04}"), {}) for number in range(1_000)])
    with a_store(tables.url, most_connections=1) as one:
        after = one.scan(THINGS, limit=900).next
        before = rows_read(one)

        assert len(one.scan(THINGS, limit=10, after=after).documents) == 10

        assert rows_read(one) - before < 100


def rows_read(store: MySQLStore) -> int:
    """Return how many rows the connection has read, those of this question (some forty) included."""
    return sum(int(count) for _, count in store._mysql.rows("SHOW SESSION STATUS LIKE 'Handler_read%'", ()))


# Time.


def test_what_has_expired_is_swept_away(store: MySQLStore) -> None:
    for number in range(10):
        store.put(TOKENS, ("ann", f"{number}"), {"ttl": START - number}, expect=ABSENT)
    store.put(TOKENS, ("ann", "living"), {"ttl": START + 1}, expect=ABSENT)
    store.put(TOKENS, ("ann", "for ever"), {}, expect=ABSENT)

    assert [store.sweep(4), store.sweep(4), store.sweep(4), store.sweep(4)] == [4, 4, 2, 0]

    found = store._mysql.rows(f"SELECT sk FROM {PREFIX}password_resets ORDER BY sk", ())
    assert list(found) == [("for ever",), ("living",)]


def test_a_place_that_expired_is_taken_by_one_and_whole(store: MySQLStore) -> None:
    store.put(TOKENS, KEY, {"ttl": START, "of": "the old"}, expect=ABSENT)

    with ThreadPoolExecutor(8) as pool:
        versions = list(pool.map(lambda number: taken(store, {"ttl": START + 9, "of": number}), range(8)))

    assert sum(versions) == 1
    document = store.get(TOKENS, KEY)
    assert document == Document(KEY, 1, f'{{"ttl":{START + 9},"of":{versions.index(True)}}}')


def taken(store: Store, body: Mapping[str, Any]) -> bool:
    try:
        store.put(TOKENS, KEY, body, expect=ABSENT)
    except StaleWrite:
        return False
    return True


# The schema.

OLDER = {
    "a table": (["DROP TABLE {}stats"], "{}stats"),
    "an index": (["DROP INDEX {0}flags_gsi2 ON {0}flags"], "{}flags_gsi2"),
    "a column": (
        ["DROP INDEX {0}flags_gsi3 ON {0}flags", "ALTER TABLE {}flags DROP COLUMN gsi3sk"],
        "{}flags.gsi3sk",
    ),
    "a view": (["DROP VIEW {}flags_view"], "{}flags_view"),
    "a view's column": (
        ["DROP VIEW {}flags_view", "CREATE VIEW {0}flags_view AS SELECT sk AS flag_key FROM {0}flags"],
        "{}flags_view",
    ),
}


@pytest.mark.parametrize("lacking", OLDER)
def test_what_an_older_version_lacks_is_named_and_made(tables: MariaDB, store: MySQLStore, lacking: str) -> None:
    statements, name = OLDER[lacking]
    document = store.put(THINGS, KEY, {}, expect=ABSENT)
    for statement in statements:
        store._mysql.change(statement.format(PREFIX))

    assert name.format(PREFIX) in store.schema().missing()
    store.schema().create()

    assert store.schema().missing() == []
    assert store.get(THINGS, KEY) == document


@pytest.mark.parametrize(
    ("statement", "call", "lacks"),
    [
        ("DROP INDEX {0}flags_gsi1 ON {0}flags", READS["page of an index"], "an index"),
        ("ALTER TABLE {0}flags DROP COLUMN gsi3sk, DROP INDEX {0}flags_gsi3", WRITES["create"], "a column"),
    ],
    ids=["index", "column"],
)
def test_what_lacks_a_part_is_told(
    store: MySQLStore, statement: str, call: Callable[[Store], object], lacks: str
) -> None:
    store._mysql.change(statement.format(PREFIX))
    try:
        assert told(store, call) == (StoreUnavailable, f"The database is not set up: {lacks} is missing")
    finally:
        store.schema().create()


def test_two_processes_that_migrate_at_once_do_not_disturb_each_other(mysql: MariaDB) -> None:
    settings = {"DATABASE_URL": mysql.url, "TABLE_PREFIX": "twice-"}
    processes = [
        subprocess.Popen(
            [TOGGLEBOX, "migrate"],
            env={"PATH": "/usr/bin:/bin", **only(settings)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for _ in range(2)
    ]
    said = [process.communicate(timeout=60)[0] for process in processes]

    assert [process.returncode for process in processes] == [0, 0], said
    with closing(MySQLStore(mysql.url, lambda: START, prefix="twice_togglebox_")) as store:
        assert store.schema().missing() == []


def test_views_show_what_lives_in_columns(tables: MariaDB, store: MySQLStore) -> None:
    with closing(MySQLStore(tables.url, lambda: START, prefix=PREFIX)) as product:
        client = World(store=product).client
        a_platform(client)
        an_environment(client)
        a_parameter(client)
        a_flag(client, "dark", enabled=True)
        a_flag(client, "light", enabled=False)
        a_flag(client, "gone")
        client.delete(f"{EDIT_FLAGS}/gone")
        client.post(EDIT_EXPERIMENTS, EXPERIMENT)

    def shown(view: str, *columns: str, where: str = "TRUE") -> list[tuple[object, ...]]:
        sql = f"SELECT {', '.join(columns)} FROM {PREFIX}{view} WHERE {where}"
        return sorted(tuple(row) for row in store._mysql.rows(sql, ()))

    assert shown("platforms_view", "platform", "changed_by") == [("web", "system@togglebox.dev")]
    assert shown("environments_view", "platform", "environment") == [("web", "prod")]
    assert shown("configs_view", "platform", "environment", "parameter_key", "default_value", "store_version") == [
        ("web", "prod", "color", "red", 1)
    ]
    assert shown("flags_view", "environment", "flag_key", "enabled", "description") == [
        ("prod", "dark", "1", None),
        ("prod", "light", "0", None),
    ]
    for truth in ("enabled", "enabled = TRUE", "NOT enabled = 0", "flag_key = 'dark'"):
        assert shown("flags_view", "flag_key", where=truth) == [("dark",)]
    assert shown("experiments_view", "platform", "experiment_key", "status", "primary_metric") == [
        ("web", "checkout", "draft", "orders")
    ]


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("true", "1"),
        ("false", "0"),
        ("null", None),
        ('"null"', "null"),
        ('"true"', "true"),
        ("50", "50"),
        ("2.5", "2.5"),
        ('""', ""),
        ('"' + "x" * 600 + '"', "x" * 600),
        ('"\\u00e9\\"\\\\\U0001f600"', 'é"\\\U0001f600'),
        ('{"a": "\U0001f600"}', '{"a": "\U0001f600"}'),
        ("[1, 2]", "[1, 2]"),
    ],
    ids=lambda value: str(value)[:12],
)
def test_a_field_of_a_view_is_a_value_of_sql(store: MySQLStore, value: str, shown: str | None) -> None:
    field = store._dialect.field("body", "data.value")
    document = f'{{"data":{{"value":{value}}}}}'

    assert store._mysql.row(f"SELECT {field} FROM (SELECT %s AS body) AS it", (document,)) == (shown,)
    assert store._mysql.row(f"SELECT {field} FROM (SELECT %s AS body) AS it", ('{"data":{}}',)) == (None,)


# The URL.


def test_a_url_is_decoded() -> None:
    assert connect_arguments("mariadb://a%40b:p%C3%A4ss%2Fw@[::1]:3307/tog%20gle?socket=%2Frun%2Fdb") == {
        "host": "::1",
        "port": 3307,
        "user": "a@b",
        "password": "päss/w".encode(),
        "database": "tog gle",
        "unix_socket": "/run/db",
    }
    assert connect_arguments("mysql://host/db")["port"] == 3306


@pytest.mark.parametrize(
    "url",
    [
        "mysql://u:hunter2@host",
        "mysql://u:hunter2@host/",
        "mysql://u:hunter2@host/a/b",
        "mysql://u:hunter2@host/db?sslaccept=strict",
        "mysql://u:hunter2@host/db?ssl-mode=hunter2",
        "mysql://u:hunter2@host/db?ssl-ca=/nowhere/hunter2.pem",
        "mysql://u:hunter2@host/db?ssl-mode=VERIFY_CA&ssl-ca=/dev/null",
        "mysql://u:hunter2@host/db?ssl-mode=REQUIRED&ssl-cert=/nowhere/hunter2.pem",
    ],
)
def test_a_url_that_cannot_be_used_is_refused_without_showing_it(url: str) -> None:
    with pytest.raises(ValueError, match=r"^The database's URL") as raised:
        MySQLStore(url, lambda: START)

    assert "hunter2" not in str(raised.value)


@pytest.mark.parametrize(
    ("parameters", "encrypted"),
    [("ssl-mode=DISABLED", False), ("", True), ("ssl-mode=preferred", True), ("ssl_mode=REQUIRED", True)],
)
def test_the_way_is_encrypted_as_asked_for(tables: MariaDB, parameters: str, *, encrypted: bool) -> None:
    with a_store(f"{tables.url}?{parameters}") as store:
        (_, cipher) = row(store, "SHOW SESSION STATUS LIKE 'Ssl_cipher'")

    assert bool(cipher) == encrypted


@pytest.mark.parametrize("mode", ["VERIFY_CA", "VERIFY_IDENTITY"])
def test_a_certificate_that_nobody_vouches_for_is_refused(tables: MariaDB, mode: str) -> None:
    with a_store(f"{tables.url}?ssl-mode={mode}") as store:
        assert told(store, READS["get"]) == (StoreUnavailable, "The database is not available")


@pytest.mark.parametrize("mode", ["", "&ssl-mode=VERIFY_CA", "&ssl-mode=VERIFY_IDENTITY"])
def test_a_certificate_that_we_know_is_taken(tables: MariaDB, mode: str) -> None:
    with a_store(f"{tables.url}?ssl-ca={tables.certificate}{mode}") as store:
        assert row(store, "SELECT 1") == (1,)


def test_a_certificate_of_another_host_is_refused_where_that_matters(tables: MariaDB) -> None:
    url = tables.url.replace("127.0.0.1", "localhost")
    with a_store(f"{url}?ssl-ca={tables.certificate}&ssl-mode=VERIFY_CA") as store:
        assert row(store, "SELECT 1") == (1,)
    with a_store(f"{url}?ssl-ca={tables.certificate}&ssl-mode=VERIFY_IDENTITY") as store:
        assert told(store, READS["get"]) == (StoreUnavailable, "The database is not available")


def test_a_server_without_tls_is_refused_where_tls_is_asked_for() -> None:
    greeting = (
        b"\x0a5.5.5-11.4.5-MariaDB\x00\x01\x00\x00\x0012345678\x00\x00\x82\x21\x02\x00\x00\x00\x15" + b"\x00" * 10
    )
    greeting += b"123456789012\x00mysql_native_password\x00"

    def greet() -> bytes:
        connection, _ = listener.accept()
        with connection:
            connection.sendall(len(greeting).to_bytes(3, "little") + b"\x00" + greeting)
            return connection.recv(1_000)

    with socket.create_server(("127.0.0.1", 0)) as listener, ThreadPoolExecutor(1) as pool:
        heard = pool.submit(greet)
        url = f"mysql://u:{PASSWORD}@127.0.0.1:{listener.getsockname()[1]}/db?ssl-mode=REQUIRED"
        with a_store(url, patience=0.5) as store:
            assert told(store, READS["get"])[0] is StoreUnavailable

        assert heard.result() == b""  # not even who we are
