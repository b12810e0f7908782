"""What only PostgreSQL has: refusals told in our words, connections that break, locks, schemas, views, long keys."""

import json
import os
import random
import signal
import socket
import subprocess
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from typing import Any

import psycopg
import pytest

from tests.api.given import EDIT_EXPERIMENTS, EDIT_FLAGS, EXPERIMENT, a_flag, a_parameter, a_platform, an_environment
from tests.api.world import World
from tests.engines.postgresql import PASSWORD, USER, PostgreSQL
from tests.engines.process import free_port
from tests.engines.server import TOGGLEBOX, only
from togglebox.adapters.postgresql import INSERTED_LENGTH, PostgreSQLDialect, PostgreSQLStore
from togglebox.adapters.postgresql_url import connect_arguments
from togglebox.adapters.sql_dialect import Statement
from togglebox.adapters.sql_schema import table_name
from togglebox.store.catalogue import INDEXES, TABLES, Collection
from togglebox.store.port import ABSENT, Document, NoAnswer, StaleWrite, Store, StoreUnavailable

START = 1_800_000_000
KEY = ("shop", "checkout")
THINGS = "things"
TOKENS = "tokens"
PREFIX = "adapter_"
ENCODED = PASSWORD.replace(" ", "%20")
AWAY = (StoreUnavailable, "The database is not available")
BUSY = (StoreUnavailable, "The database is busy")
NO_ANSWER = (NoAnswer, "The database is not available")
REFUSED = (StoreUnavailable, "The database does not accept our credentials")

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
CHANGES: Mapping[str, Callable[[Store], object]] = {
    "update": lambda store: store.put(THINGS, KEY, {"by": "us"}, expect=1),
    "delete": lambda store: store.delete(THINGS, KEY, expect=1),
    "delete many": lambda store: store.delete_many(THINGS, [KEY]),
}
WRITES: Mapping[str, Callable[[Store], object]] = {
    "create": lambda store: store.put(THINGS, KEY, {}, expect=ABSENT),
    "add one": lambda store: store.add_new(THINGS, [(KEY, {})]),
    "add two": lambda store: store.add_new(THINGS, [(KEY, {}), (("shop", "b"), {})]),
    **CHANGES,
}
CALLS = {**READS, **WRITES}

calling = pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
reading = pytest.mark.parametrize("read", READS.values(), ids=READS)
writing = pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
changing = pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)


class Database:
    """A database of these tests' own, on the server that all tests share; *root* may do everything in it."""

    def __init__(self, server: PostgreSQL, name: str) -> None:
        self.server = server
        self.name = name
        server.root(f"CREATE DATABASE {name} OWNER {USER}")
        self.url = self.url_of(USER)

    def url_of(self, user: str, *, password: str = PASSWORD, **parameters: str) -> str:
        given = "&".join(f"{name}={value}" for name, value in parameters.items())
        return f"{self.server.url_of(user, password, self.name)}?{given}"

    def root(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        return self.server.root(sql, *values, database=self.name)

    @contextmanager
    def other_hands(self) -> Iterator[psycopg.Connection[Any]]:
        """Give a transaction of somebody else, which is undone at the end."""
        with closing(psycopg.connect(self.server.url_of("postgres", PASSWORD, self.name))) as connection:
            yield connection

    def waiting(self, count: int = 1) -> list[int]:
        """Wait until so many statements wait for a lock, and return the processes that do."""
        for _ in range(500):
            found = self.root(
                "SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = %s", self.name
            )
            if len(found) == count:
                return [pid for (pid,) in found]
            time.sleep(0.01)
        raise AssertionError("nobody waits")


@pytest.fixture(scope="session")
def database(postgresql: PostgreSQL) -> Database:
    database = Database(postgresql, "adapter")
    with closing(PostgreSQLStore(database.url, lambda: START, prefix=PREFIX)) as store:
        store.schema().create()
    for role, may in (("viewer", "SELECT"), ("frozen", "ALL"), ("crowded", "ALL"), ("stranger", None)):
        database.root(f"CREATE ROLE {role} LOGIN PASSWORD '{PASSWORD}'")
        if may is not None:
            database.root(f"GRANT {may} ON ALL TABLES IN SCHEMA public TO {role}")
    database.root("ALTER ROLE frozen SET default_transaction_read_only = on")
    database.root("ALTER ROLE crowded CONNECTION LIMIT 0")
    return database


@pytest.fixture
def store(database: Database) -> Iterator[PostgreSQLStore]:
    with a_store(database.url) as store:
        for table in TABLES:
            store._postgresql.change(f"DELETE FROM {table_name(table, PREFIX)}")
        yield store


@contextmanager
def a_store(url: str, **options: Any) -> Iterator[PostgreSQLStore]:
    with closing(PostgreSQLStore(url, lambda: START, prefix=PREFIX, collections=COLLECTIONS, **options)) as store:
        yield store


def told(store: PostgreSQLStore, call: Callable[[Store], object]) -> tuple[type[Exception], str]:
    """Return the class of what *call* raises and what it says; nothing of it holds the password."""
    with pytest.raises(StoreUnavailable) as raised:
        call(store)
    assert raised.value.__cause__ is not None
    everything = "".join(traceback.format_exception(raised.value))
    assert PASSWORD not in everything
    assert ENCODED not in everything
    return raised.type, str(raised.value)


# Refusals.


@calling
def test_where_nobody_listens_nothing_happens(call: Callable[[Store], object]) -> None:
    with a_store(f"postgresql://u:{ENCODED}@127.0.0.1:{free_port()}/db") as store:
        assert told(store, call) == AWAY


def test_a_server_that_takes_the_call_and_says_nothing_is_not_available() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"postgresql://u:{ENCODED}@127.0.0.1:{listener.getsockname()[1]}/db"
        with a_store(url, patience=0.1) as store:
            assert told(store, WRITES["create"]) == AWAY


def test_a_host_that_does_not_exist_is_not_available() -> None:
    with a_store(f"postgresql://u:{ENCODED}@nowhere.invalid/db") as store:
        assert told(store, READS["get"]) == AWAY


@calling
def test_a_wrong_password_is_told(database: Database, call: Callable[[Store], object]) -> None:
    with a_store(database.url_of(USER, password="wrong")) as store:
        assert told(store, call) == REFUSED


def test_a_user_whom_nobody_knows_is_told(database: Database) -> None:
    with a_store(database.url_of("nobody-at-all")) as store:
        assert told(store, READS["get"]) == REFUSED


@calling
def test_a_database_that_is_missing_is_told(postgresql: PostgreSQL, call: Callable[[Store], object]) -> None:
    with a_store(postgresql.url_of(USER, PASSWORD, "elsewhere")) as store:
        assert told(store, call) == (
            StoreUnavailable,
            "The database is not set up: it does not exist on its server",
        )


@calling
def test_a_table_that_is_missing_is_told(database: Database, call: Callable[[Store], object]) -> None:
    with closing(PostgreSQLStore(database.url, lambda: START, prefix="nobody_made_", collections=COLLECTIONS)) as store:
        assert told(store, call) == (StoreUnavailable, "The database is not set up: a table is missing")


@calling
def test_a_column_that_is_missing_is_told(
    database: Database, store: PostgreSQLStore, call: Callable[[Store], object]
) -> None:
    database.root(f"ALTER TABLE {PREFIX}flags RENAME COLUMN pk TO other")
    try:
        assert told(store, call) == (StoreUnavailable, "The database is not set up: a column is missing")
    finally:
        database.root(f"ALTER TABLE {PREFIX}flags RENAME COLUMN other TO pk")


@calling
def test_who_may_not_read_is_told(database: Database, call: Callable[[Store], object]) -> None:
    with a_store(database.url_of("stranger")) as store:
        assert told(store, call) == REFUSED


@writing
def test_who_may_only_read_is_told(
    database: Database, store: PostgreSQLStore, write: Callable[[Store], object]
) -> None:
    document = store.put(THINGS, KEY, {}, expect=ABSENT)
    with a_store(database.url_of("viewer")) as viewing:
        assert told(viewing, write) == REFUSED
        assert viewing.get(THINGS, KEY) == document


@writing
def test_a_database_that_is_read_only_is_told(database: Database, write: Callable[[Store], object]) -> None:
    with a_store(database.url_of("frozen")) as store:
        assert told(store, write) == (StoreUnavailable, "The database is read-only")


def test_a_server_without_a_connection_left_is_busy(database: Database) -> None:
    with a_store(database.url_of("crowded")) as store:
        assert told(store, READS["get"]) == BUSY
        assert told(store, WRITES["create"]) == BUSY


def test_who_may_make_no_tables_is_told(database: Database) -> None:
    with closing(PostgreSQLStore(database.url_of("stranger"), lambda: START, prefix="not_for_me_")) as store:
        assert told(store, lambda _: store.schema().create()) == REFUSED


def test_tls_that_the_server_does_not_have_is_not_done_without(database: Database) -> None:
    with a_store(database.url_of(USER, sslmode="require")) as store:
        assert told(store, READS["get"]) == AWAY


def test_nothing_that_is_printed_or_logged_holds_the_password(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(0)
    with a_store(database.url_of("stranger", sslmode="require")) as store:
        told(store, READS["get"])
    with a_store(database.url) as store:
        store.get(THINGS, KEY)
        printed = [repr(each) for each in (store, store._postgresql, store._postgresql._sessions, store.schema())]
        printed += [repr(session) for session in store._postgresql._sessions._idle]

    assert not any(PASSWORD in text or ENCODED in text for text in [*printed, caplog.text])


# Connections that break, and answers that do not come.


@reading
def test_a_read_whose_connection_is_ended_is_repeated(
    database: Database, store: PostgreSQLStore, read: Callable[[Store], object]
) -> None:
    store.put(THINGS, KEY, {"GSI1": ["shop", "1"]}, expect=ABSENT)
    expected = read(store)

    with database.other_hands() as other, ThreadPoolExecutor(1) as pool:
        other.execute(f"LOCK TABLE {PREFIX}flags IN ACCESS EXCLUSIVE MODE")
        answer = pool.submit(read, store)
        (first,) = database.waiting()
        other.execute("SELECT pg_terminate_backend(%s)", (first,))
        while database.waiting() == [first]:
            pass
        other.rollback()

        assert answer.result() == expected


def test_a_read_is_repeated_only_once(database: Database, store: PostgreSQLStore) -> None:
    with database.other_hands() as other, ThreadPoolExecutor(1) as pool:
        other.execute(f"LOCK TABLE {PREFIX}flags IN ACCESS EXCLUSIVE MODE")
        answer = pool.submit(told, store, READS["get"])
        (first,) = database.waiting()
        other.execute("SELECT pg_terminate_backend(%s)", (first,))
        while (second := database.waiting()) == [first]:
            pass
        other.execute("SELECT pg_terminate_backend(%s)", second)

        assert answer.result() == AWAY


@changing
def test_a_write_whose_connection_is_ended_is_not_repeated(
    database: Database, store: PostgreSQLStore, change: Callable[[Store], object]
) -> None:
    document = store.put(THINGS, KEY, {}, expect=ABSENT)

    with database.other_hands() as other, ThreadPoolExecutor(1) as pool:
        other.execute(f"SELECT FROM {PREFIX}flags FOR UPDATE")
        answer = pool.submit(told, store, change)
        (writer,) = database.waiting()
        other.execute("SELECT pg_terminate_backend(%s)", (writer,))

        assert answer.result() == NO_ANSWER

    assert store.get(THINGS, KEY) == document


@pytest.mark.parametrize("call", [*WRITES.values()], ids=WRITES)
def test_connections_that_were_ended_while_idle_are_replaced(
    database: Database, store: PostgreSQLStore, call: Callable[[Store], object]
) -> None:
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: store._postgresql.row("SELECT pg_sleep(0.05)", ()), range(4)))
    idle = [session._connection.info.backend_pid for session in store._postgresql._sessions._idle]
    ended = database.root("SELECT pg_terminate_backend(pid, 5000) FROM unnest(%s) AS pid", idle)
    assert ended == [(True,)] * len(idle)
    assert len(idle) > 1

    with suppress(StaleWrite):  # nothing is there to be changed: which is an answer
        call(store)

    assert len(store._postgresql._sessions._idle) == 1


def test_a_write_that_is_not_answered_in_time_may_have_happened(database: Database) -> None:
    with a_store(database.url, patience=0.3) as store:
        (backend,) = store._postgresql.row("SELECT pg_backend_pid()", ()) or ()
        os.kill(backend, signal.SIGSTOP)
        try:
            assert told(store, lambda it: it.put(THINGS, ("late", "a"), {}, expect=ABSENT)) == NO_ANSWER
            assert store.get(THINGS, ("late", "b")) is None  # through another connection
        finally:
            os.kill(backend, signal.SIGCONT)


def test_a_transaction_that_is_not_answered_is_given_up_in_silence(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    with a_store(database.url, patience=0.3) as store:
        (backend,) = store._postgresql.row("SELECT pg_backend_pid()", ()) or ()
        os.kill(backend, signal.SIGSTOP)
        try:
            assert told(store, lambda _: store._postgresql.change_together([("SELECT 1", ())] * 3)) == NO_ANSWER
        finally:
            os.kill(backend, signal.SIGCONT)

    assert caplog.text == ""  # psycopg would log that it cannot roll back, with the server's address


def test_a_connection_whose_use_was_interrupted_is_not_used_again(store: PostgreSQLStore) -> None:
    class Interrupt(BaseException):
        pass

    def interrupted(session: Any) -> None:
        session._connection.pgconn.send_query(b"SELECT pg_sleep(0.2)")
        raise Interrupt

    with pytest.raises(Interrupt):
        store._postgresql._sessions.use(interrupted)

    store.put(THINGS, KEY, {}, expect=ABSENT)


def test_a_closed_store_opens_again(database: Database, store: PostgreSQLStore) -> None:
    document = store.put(THINGS, KEY, {}, expect=ABSENT)
    store.close()
    assert database.root("SELECT count(*) FROM pg_stat_activity WHERE usename = %s AND datname = 'adapter'", USER) == [
        (0,)
    ]

    assert store.get(THINGS, KEY) == document


# Locks, and connections that are in use.


@changing
def test_a_row_that_others_hold_for_long_is_told_and_nothing_happens(
    database: Database, store: PostgreSQLStore, change: Callable[[Store], object]
) -> None:
    document = store.put(THINGS, KEY, {}, expect=ABSENT)

    with database.other_hands() as other, a_store(database.url, patience=0.3) as hasty:
        other.execute(f"SELECT FROM {PREFIX}flags FOR UPDATE")
        assert told(hasty, change) == BUSY
        assert hasty.get(THINGS, KEY) == document

    assert store.get(THINGS, KEY) == document


def test_a_row_that_others_hold_for_a_moment_is_waited_for(database: Database, store: PostgreSQLStore) -> None:
    store.put(THINGS, KEY, {}, expect=ABSENT)

    with database.other_hands() as other, ThreadPoolExecutor(1) as pool:
        other.execute(f"SELECT FROM {PREFIX}flags FOR UPDATE")
        answer = pool.submit(store.put, THINGS, KEY, {}, expect=1)
        database.waiting()
        other.rollback()

        assert answer.result().version == 2


def test_who_waits_for_somebody_faster_sees_what_that_one_wrote(database: Database, store: PostgreSQLStore) -> None:
    store.put(THINGS, KEY, {}, expect=ABSENT)

    with database.other_hands() as other, ThreadPoolExecutor(1) as pool:
        other.execute(f"UPDATE {PREFIX}flags SET version = 2")
        answer = pool.submit(store.put, THINGS, KEY, {}, expect=1)
        database.waiting()
        other.commit()

        with pytest.raises(StaleWrite):
            answer.result()


def test_who_has_to_give_way_in_a_deadlock_tries_again(database: Database, store: PostgreSQLStore) -> None:
    store.add_new(THINGS, [(("shop", "a"), {}), (("shop", "b"), {})])

    database.root("ALTER ROLE togglebox SET deadlock_timeout = '50ms'")
    try:
        with database.other_hands() as other, ThreadPoolExecutor(1) as pool, a_store(database.url) as fresh:
            other.execute("SET deadlock_timeout = '30s'")
            other.execute(f"SELECT FROM {PREFIX}flags WHERE sk = 'b' FOR UPDATE")
            rows = [("SELECT FROM adapter_flags WHERE sk = %s FOR UPDATE", [sort]) for sort in "ab"]
            answer = pool.submit(fresh._postgresql.change_together, rows)
            database.waiting()
            other.execute(f"SELECT FROM {PREFIX}flags WHERE sk = 'a' FOR UPDATE")
            other.rollback()

            assert answer.result() == [1, 1]
    finally:
        database.root("ALTER ROLE togglebox RESET deadlock_timeout")


def test_a_transaction_that_is_refused_half_way_leaves_nothing(store: PostgreSQLStore) -> None:
    insert = f"INSERT INTO {PREFIX}flags (pk, sk, version, body) VALUES (%s, %s, %s, %s)"

    refused: list[Statement] = [(insert, ["things#a", "b", 1, "{}"]), (insert, ["things#a", "c", None, "{}"])]
    assert told(store, lambda _: store._postgresql.change_together(refused))[0] is StoreUnavailable

    assert store.scan(THINGS, limit=5).documents == []


def test_who_finds_all_connections_in_use_for_long_is_told(database: Database, store: PostgreSQLStore) -> None:
    with a_store(database.url, most_connections=2, wait_for_connection=0.05) as narrow, ThreadPoolExecutor(2) as pool:
        with database.other_hands() as other:
            other.execute(f"LOCK TABLE {PREFIX}flags IN ACCESS EXCLUSIVE MODE")
            reads = [pool.submit(narrow.get, THINGS, KEY) for _ in range(2)]
            database.waiting(2)
            assert [told(narrow, call) for call in CALLS.values()] == [BUSY] * len(CALLS)

        assert [read.result() for read in reads] == [None, None]
        assert narrow.get(THINGS, KEY) is None


def test_no_more_connections_are_opened_than_allowed(database: Database) -> None:
    with a_store(database.url, most_connections=3) as store, ThreadPoolExecutor(12) as pool:
        found = pool.map(
            lambda _: store._postgresql.row("SELECT pg_backend_pid(), pg_sleep(0.02)", ()) or (), range(60)
        )

        assert len({pid for pid, _ in found}) == 3
        assert len(store._postgresql._sessions._idle) == 3


# What is stored.


def test_the_longest_keys_fit_in_the_table_and_all_its_indexes_at_once(store: PostgreSQLStore) -> None:
    dice = random.Random(11)

    def longest() -> str:
        return "".join(chr(dice.randrange(0x100, 0x7FF)) for _ in range(512))  # nothing that could be compressed

    documents = [((longest(), longest()), {index: [longest(), longest()] for index in INDEXES}) for _ in range(5)]
    assert store.add_new(THINGS, documents) == [True] * 5

    for key, body in documents:
        assert store.put(THINGS, key, body, expect=1).version == 2
        for index in INDEXES:
            assert [found.key for found in store.page(THINGS, body[index][0], limit=5, index=index).documents] == [key]


def test_many_large_documents_are_added_in_several_statements(store: PostgreSQLStore) -> None:
    size = 145_000
    count = INSERTED_LENGTH * 5 // 2 // size
    documents = [(("shop", f"{number:03}"), {"x": "é" * size}) for number in range(count)]
    written: list[int] = []
    change = store._postgresql.change_returning

    def watched(sql: str, values: Any) -> Any:
        written.append(len(values[3]))
        return change(sql, values)

    object.__setattr__(store._postgresql, "change_returning", watched)
    assert store.add_new(THINGS, documents[::3]) == [True] * len(documents[::3])
    assert store.add_new(THINGS, documents) == [number % 3 != 0 for number in range(count)]
    assert len(written) == 1 + 3
    assert max(written) < INSERTED_LENGTH * 1.01
    assert [found.body for found in store.get_many(THINGS, [key for key, _ in documents]) if found] == [
        body for _, body in documents
    ]


def test_what_is_added_together_keeps_its_text_to_the_letter(store: PostgreSQLStore) -> None:
    hard = {'"': "\\", "nul": "\0", "lines": "\r\n\t\x01\x7f\u2028", "emoji": "🐘", "numbers": [2.0, 2**70, -0.0, 1e22]}
    keys = [("100% \\ ' \" 🐘", sort) for sort in ("%s", "null", "\\u0041", "{}", "a\tb", "a ", "a", "A")]

    assert store.add_new(THINGS, [(key, hard) for key in keys]) == [True] * len(keys)

    text = json.dumps(hard, ensure_ascii=False, separators=(",", ":"))
    assert store.get_many(THINGS, keys) == [Document(key, 1, text) for key in keys]


def test_what_has_expired_is_swept_away(database: Database, store: PostgreSQLStore) -> None:
    store.add_new(TOKENS, [(("ann", f"{number}"), {"ttl": START - number}) for number in range(10)])
    store.put(TOKENS, ("ann", "living"), {"ttl": START + 1}, expect=ABSENT)
    store.put(TOKENS, ("ann", "for ever"), {}, expect=ABSENT)

    assert [store.sweep(4), store.sweep(4), store.sweep(4), store.sweep(4)] == [4, 4, 2, 0]

    assert database.root(f"SELECT sk FROM {PREFIX}password_resets ORDER BY sk") == [("for ever",), ("living",)]


@pytest.mark.parametrize("index", [None, "GSI1"], ids=["keys", "index"])
@pytest.mark.parametrize("reverse", [False, True], ids=["up", "down"])
def test_a_page_reads_little_more_than_it_shows(
    database: Database, store: PostgreSQLStore, index: str | None, *, reverse: bool
) -> None:
    store.add_new(THINGS, [(("shop", f"{n:05}"), {"GSI1": ["shop", f"{n:05}"]}) for n in range(3_000)])
    database.root(f"ANALYZE {PREFIX}flags")
    after = store.page(THINGS, "shop", limit=1_500, index=index, reverse=reverse).next
    statements: list[tuple[str, Any]] = []
    rows = store._postgresql.rows

    def watched(sql: str, values: Any) -> Any:
        statements.append((sql, values))
        return rows(sql, values)

    object.__setattr__(store._postgresql, "rows", watched)
    store.page(THINGS, "shop", limit=10, after=after, index=index, reverse=reverse)

    ((sql, values),) = statements
    (((plan,),),) = (rows(f"EXPLAIN (ANALYZE, FORMAT JSON, TIMING OFF) {sql}", values),)
    assert max(read_by(plan[0]["Plan"])) <= 20


def read_by(node: Mapping[str, Any]) -> Iterator[int]:
    yield int(node["Actual Rows"]) + int(node.get("Rows Removed by Filter", 0))
    for part in node.get("Plans", []):
        yield from read_by(part)


# The schema.

OLDER = {
    "a table": (["DROP TABLE {0}api_keys"], "{0}api_keys"),
    "an index": (["DROP INDEX {0}flags_gsi2"], "{0}flags_gsi2"),
    "a column": (["ALTER TABLE {0}users DROP COLUMN gsi3sk"], "{0}users.gsi3sk"),
    "a view": (["DROP VIEW {0}flags_view"], "{0}flags_view"),
    "a view's column": (
        ["DROP VIEW {0}flags_view", "CREATE VIEW {0}flags_view AS SELECT sk AS flag_key FROM {0}flags"],
        "{0}flags_view",
    ),
}


@pytest.mark.parametrize("lacking", OLDER)
def test_what_an_older_version_lacks_is_named_and_made(store: PostgreSQLStore, lacking: str) -> None:
    document = store.put(THINGS, KEY, {"GSI2": ["a", "b"]}, expect=ABSENT)
    statements, name = OLDER[lacking]
    for statement in statements:
        store._postgresql.change(statement.format(PREFIX))

    assert name.format(PREFIX) in store.schema().missing()
    store.schema().create()

    assert store.schema().missing() == []
    assert store.get(THINGS, KEY) == document


def test_a_view_that_others_build_upon_is_left_and_told(database: Database, store: PostgreSQLStore) -> None:
    older, _ = OLDER["a view's column"]
    for statement in older:
        store._postgresql.change(statement.format(PREFIX))
    database.root(f"CREATE VIEW theirs AS SELECT * FROM {PREFIX}flags_view")
    try:
        assert told(store, lambda _: store.schema().create()) == (
            StoreUnavailable,
            "The database is not set up: somebody's objects depend on a view that has to be made anew",
        )
        assert store.schema().missing() == [f"{PREFIX}flags_view"]
    finally:
        database.root("DROP VIEW theirs")
        store.schema().create()


def test_processes_that_migrate_at_once_do_not_disturb_each_other(database: Database) -> None:
    settings = {"DATABASE_URL": database.url, "TABLE_PREFIX": "twice-"}
    processes = [
        subprocess.Popen(
            [TOGGLEBOX, "migrate"],
            env={"PATH": "/usr/bin:/bin", **only(settings)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for _ in range(3)
    ]
    said = [process.communicate(timeout=60)[0] for process in processes]

    assert [process.returncode for process in processes] == [0, 0, 0], said
    with closing(PostgreSQLStore(database.url, lambda: START, prefix="twice_togglebox_")) as store:
        assert store.schema().missing() == []


def test_a_schema_of_ones_own_holds_all(database: Database, store: PostgreSQLStore) -> None:
    database.root(f'CREATE SCHEMA "My Schema" AUTHORIZATION {USER}')
    with a_store(database.url_of(USER, schema="My%20Schema")) as apart:
        assert {f"{PREFIX}flags", f"{PREFIX}flags_gsi1", f"{PREFIX}flags_view"} < set(apart.schema().missing())
        apart.schema().create()
        assert apart.schema().missing() == []
        apart.put(THINGS, KEY, {}, expect=ABSENT)

    assert store.get(THINGS, KEY) is None
    assert database.root(f'SELECT sk FROM "My Schema".{PREFIX}flags') == [(KEY[1],)]


def test_a_schema_that_is_missing_is_told(database: Database) -> None:
    with a_store(database.url_of(USER, schema="nowhere")) as store:
        assert told(store, READS["get"]) == (StoreUnavailable, "The database is not set up: a table is missing")
        assert told(store, lambda _: store.schema().create()) == (
            StoreUnavailable,
            "The database is not set up: its schema is missing",
        )


def test_views_show_what_lives_in_columns(database: Database, store: PostgreSQLStore) -> None:
    with closing(PostgreSQLStore(database.url, lambda: START, prefix=PREFIX)) as product:
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
        return sorted(database.root(f"SELECT {', '.join(columns)} FROM {PREFIX}{view} WHERE {where}"))

    assert shown("platforms_view", "platform", "changed_by") == [("web", "system@togglebox.dev")]
    assert shown("environments_view", "platform", "environment") == [("web", "prod")]
    assert shown("configs_view", "platform", "environment", "parameter_key", "default_value", "store_version") == [
        ("web", "prod", "color", "red", 1)
    ]
    assert shown("flags_view", "environment", "flag_key", "enabled", "description") == [
        ("prod", "dark", "true", None),
        ("prod", "light", "false", None),
    ]
    assert shown("flags_view", "flag_key", where="enabled::boolean") == [("dark",)]
    assert shown("experiments_view", "platform", "experiment_key", "status", "primary_metric") == [
        ("web", "checkout", "draft", "orders")
    ]


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("red", "red"),
        ("", ""),
        (None, None),
        (True, "true"),
        (2.0, "2.0"),
        (2**70, str(2**70)),
        ("nul \0\0 here", "nul \ufffd\ufffd here"),
        ("C:\\new 🐘", "C:\\new 🐘"),
    ],
)
def test_a_field_of_a_view_is_a_value_of_sql(database: Database, value: object, shown: str | None) -> None:
    body = json.dumps({"other": "a \0 \\\0 elsewhere", "data": {"it": value}}, ensure_ascii=False)

    assert database.root(f"SELECT {PostgreSQLDialect().field('%s', 'data.it')}", body) == [(shown,)]


# Settings of the connection.


def test_a_session_gives_up_in_time_and_reads_what_is_committed(database: Database) -> None:
    with a_store(database.url, patience=2.0) as store:
        settings = {name: store._postgresql.row(f"SHOW {name}", ()) for name in SHOWN}
        making = store._making.row("SHOW statement_timeout", ())

    assert settings == {
        "statement_timeout": ("1600ms",),
        "lock_timeout": ("1400ms",),
        "default_transaction_isolation": ("read committed",),
        "synchronous_commit": ("on",),
        "client_encoding": ("UTF8",),
        "application_name": ("togglebox",),
    }
    assert making == ("8min",)


SHOWN = (
    "statement_timeout",
    "lock_timeout",
    "default_transaction_isolation",
    "synchronous_commit",
    "client_encoding",
    "application_name",
)


def test_what_the_url_says_wins(database: Database) -> None:
    options = "-c%20statement_timeout%3D7s%20-c%20synchronous_commit%3Dremote_apply"
    with a_store(database.url_of(USER, options=options, application_name="mine", connect_timeout="9")) as store:
        names = ("statement_timeout", "synchronous_commit", "application_name")
        settings = [store._postgresql.row(f"SHOW {name}", ()) for name in names]

    assert settings == [("7s",), ("remote_apply",), ("mine",)]


def test_all_that_libpq_knows_is_passed_on() -> None:
    arguments = connect_arguments(
        "postgres://ann:a%2Fb%20c@one,two:6543/db?sslmode=verify-full&sslrootcert=/ca.pem&target_session_attrs=read-write",
        patience=3.0,
        answer_within=3.0,
    )

    assert (
        arguments.items()
        >= {
            "host": "one,two",
            "port": ",6543",
            "user": "ann",
            "password": "a/b c",
            "dbname": "db",
            "sslmode": "verify-full",
            "sslrootcert": "/ca.pem",
            "target_session_attrs": "read-write",
            "connect_timeout": 3,
            "tcp_user_timeout": 3_000,
        }.items()
    )


def test_through_pgbouncer_nothing_is_prepared_and_nothing_set(database: Database) -> None:
    with a_store(database.url_of(USER, pgbouncer="true")) as store:
        for _ in range(20):
            store.get(THINGS, KEY)

        assert store._postgresql.rows("SELECT name FROM pg_prepared_statements", ()) == []
        assert store._postgresql.row("SHOW statement_timeout", ()) == ("0",)


def test_elsewhere_what_is_asked_often_is_prepared(database: Database) -> None:
    with a_store(database.url) as store:
        for _ in range(20):
            store.get(THINGS, KEY)

        assert len(store._postgresql.rows("SELECT name FROM pg_prepared_statements", ())) == 1


@pytest.mark.parametrize(
    "url",
    [
        f"mysql://u:{ENCODED}@h/db",
        f"postgresql://u:{ENCODED}@h",
        f"postgresql://u:{ENCODED}@h/db?ssl-mode=require",
        f"postgresql://u:{ENCODED}@[h/db",
        f"postgresql://u:{ENCODED}%zz@h/db",
        "",
    ],
    ids=["of another", "without database", "unknown parameter", "bracket", "encoding", "empty"],
)
def test_a_url_that_cannot_be_used_is_refused_without_showing_it(url: str) -> None:
    with pytest.raises(ValueError, match=r"^The database's URL") as raised:
        PostgreSQLStore(url, lambda: START)

    printed = "".join(traceback.format_exception(raised.value))
    assert PASSWORD not in printed
    assert ENCODED not in printed


def test_nothing_is_connected_before_the_first_call() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0)
        PostgreSQLStore(f"postgresql://u:p@127.0.0.1:{listener.getsockname()[1]}/db", lambda: START).schema()

        with pytest.raises(BlockingIOError):
            listener.accept()
