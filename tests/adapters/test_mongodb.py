"""What only the store on MongoDB has: its errors, its repeated reads, what it asks for, its schema and its sweeping."""

import socket
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from typing import Any

import psutil
import pytest
from pymongo.errors import ServerSelectionTimeoutError

from tests.adapters.mongodb_relay import Relay, Trouble, relay
from tests.contract.catalogue import COLLECTIONS, FLAGS, START, TOKENS
from tests.engines.mongodb import MongoDB
from tests.engines.process import free_port
from togglebox.adapters.mongodb import MongoDBStore
from togglebox.adapters.mongodb_client import MongoDBClient, Table
from togglebox.store.catalogue import TABLES_WITH_TTL
from togglebox.store.port import ABSENT, NoAnswer, StoreUnavailable

KEY = ("shop", "checkout")
DATABASE = "adapter"

type Call = Callable[[MongoDBStore], object]

READS: dict[str, Call] = {
    "get": lambda store: store.get(FLAGS, KEY),
    "get_many": lambda store: store.get_many(FLAGS, [KEY]),
    "page": lambda store: store.page(FLAGS, "shop", limit=5),
    "scan": lambda store: store.scan(FLAGS, limit=5),
}
WRITES: dict[str, tuple[str, Call]] = {
    "create": ("insert", lambda store: store.put(FLAGS, KEY, {}, expect=ABSENT)),
    "create over expired": ("update", lambda store: store.put(TOKENS, KEY, {}, expect=ABSENT)),
    "update": ("update", lambda store: store.put(FLAGS, KEY, {}, expect=1)),
    "delete": ("delete", lambda store: store.delete(FLAGS, KEY, expect=1)),
    "add one": ("insert", lambda store: store.add_new(FLAGS, [(KEY, {})])),
    "add two": ("insert", lambda store: store.add_new(FLAGS, [(KEY, {}), (("shop", "b"), {})])),
    "delete many": ("delete", lambda store: store.delete_many(FLAGS, [KEY])),
}

reading = pytest.mark.parametrize("read", READS.values(), ids=READS)
writing = pytest.mark.parametrize(("command", "write"), WRITES.values(), ids=WRITES)


@pytest.fixture
def way(mongodb: MongoDB) -> Iterator[Relay]:
    """Give a way to the server that can be disturbed, and to a database of the test's own."""
    with relay(mongodb.server.port) as running:
        yield running
    mongodb.drop(DATABASE)


@pytest.fixture
def store(way: Relay) -> Iterator[MongoDBStore]:
    with closing(opened(f"{way.url}/{DATABASE}")) as store:
        yield store


def opened(url: str, **options: float) -> MongoDBStore:
    given: dict[str, Any] = {"patience": 1.0, **options}
    return MongoDBStore(url, lambda: START, collections=COLLECTIONS, **given)


def refused(call: Call, store: MongoDBStore) -> tuple[type[StoreUnavailable], str]:
    """Return the class and the sentence of what *call* raises; the driver's error is its cause."""
    with pytest.raises(StoreUnavailable) as raised:
        call(store)
    assert raised.value.__cause__ is not None
    return raised.type, str(raised.value)


AWAY = "The database is not available"
CREDENTIALS = "The database does not accept our credentials"
FULL = "The database has no room left"

REFUSALS: dict[str, tuple[int, type[StoreUnavailable], str]] = {
    "not authorised": (13, StoreUnavailable, CREDENTIALS),
    "authentication failed": (18, StoreUnavailable, CREDENTIALS),
    "hosted proxy refuses": (8000, StoreUnavailable, CREDENTIALS),
    "disk full": (14031, StoreUnavailable, FULL),
    "not primary": (10107, StoreUnavailable, AWAY),
    "stepped down": (189, NoAnswer, AWAY),
    "interrupted by an election": (11602, NoAnswer, AWAY),
    "interrupted by a shutdown": (11600, NoAnswer, AWAY),
    "too long": (50, NoAnswer, AWAY),
    "anything else": (8, StoreUnavailable, AWAY),
}
refusals = pytest.mark.parametrize("refusal", REFUSALS.values(), ids=REFUSALS)


def answer(code: int) -> Mapping[str, Any]:
    return {"ok": 0.0, "code": code, "codeName": "Server's", "errmsg": "user ann on db-7.internal, said the server"}


@refusals
@reading
def test_a_read_that_is_refused_is_told_in_our_words(
    way: Relay, store: MongoDBStore, refusal: tuple[int, type[StoreUnavailable], str], read: Call
) -> None:
    code, _, sentence = refusal
    way.troubles["find"] = [answer(code)] * 2

    assert refused(read, store) == (StoreUnavailable, sentence)


@refusals
@writing
def test_a_write_that_is_refused_is_told_in_our_words(
    way: Relay, store: MongoDBStore, refusal: tuple[int, type[StoreUnavailable], str], command: str, write: Call
) -> None:
    code, *told = refusal
    way.troubles[command] = [answer(code)]

    assert refused(write, store) == tuple(told)
    assert way.names() == [command]


@writing
def test_a_document_that_finds_no_room_is_told_so(way: Relay, store: MongoDBStore, command: str, write: Call) -> None:
    error = {"index": 0, "code": 14031, "errmsg": "said the server"}
    way.troubles[command] = [{"ok": 1.0, "n": 0, "nModified": 0, "writeErrors": [error]}]

    told, sentence = refused(write, store)

    # Of several documents some may have found room.
    assert told is (NoAnswer if write is WRITES["add two"][1] else StoreUnavailable)
    assert sentence == (AWAY if told is NoAnswer else FULL)


@writing
def test_a_write_without_a_majority_may_have_happened(
    way: Relay, store: MongoDBStore, command: str, write: Call
) -> None:
    error = {"code": 64, "errmsg": "waiting for replication timed out", "errInfo": {"wtimeout": True}}
    way.troubles[command] = [{"ok": 1.0, "n": 1, "nModified": 1, "writeConcernError": error}]

    assert refused(write, store) == (NoAnswer, AWAY)


@reading
def test_a_read_where_nobody_listens_is_unavailable(read: Call) -> None:
    with closing(opened(f"mongodb://127.0.0.1:{free_port()}", patience=0.1)) as store:
        assert refused(read, store) == (StoreUnavailable, AWAY)


@writing
def test_a_write_where_nobody_listens_did_not_happen(command: str, write: Call) -> None:
    with closing(opened(f"mongodb://127.0.0.1:{free_port()}", patience=0.1)) as store:
        assert refused(write, store) == (StoreUnavailable, AWAY)


@reading
def test_a_read_that_is_lost_once_is_repeated(way: Relay, store: MongoDBStore, read: Call) -> None:
    store.put(FLAGS, KEY, {}, expect=ABSENT)
    undisturbed = read(store)
    way.heard.clear()
    way.troubles["find"] = [Trouble.CUT]

    assert read(store) == undisturbed
    assert way.names() == ["find", "find"]


@pytest.mark.parametrize("trouble", [Trouble.CUT_AFTERWARDS, answer(189), answer(11600)], ids=["cut", "189", "11600"])
def test_a_read_is_repeated_whatever_took_its_server(
    way: Relay, store: MongoDBStore, trouble: Trouble | Mapping[str, Any]
) -> None:
    document = store.put(FLAGS, KEY, {}, expect=ABSENT)
    way.troubles["find"] = [trouble]

    assert store.get(FLAGS, KEY) == document


def test_a_read_that_is_silent_once_is_repeated(way: Relay) -> None:
    with closing(opened(f"{way.url}/{DATABASE}", patience=0.3)) as store:
        document = store.put(FLAGS, KEY, {}, expect=ABSENT)
        way.troubles["find"] = [Trouble.SILENCE]

        assert store.get(FLAGS, KEY) == document


@reading
def test_a_read_is_repeated_only_once(way: Relay, store: MongoDBStore, read: Call) -> None:
    way.troubles["find"] = [Trouble.CUT] * 3

    assert refused(read, store) == (StoreUnavailable, AWAY)
    assert way.names() == ["find", "find"]


def test_a_server_that_was_waited_for_in_vain_is_not_waited_for_again() -> None:
    tried: list[Table] = []

    def read(table: Table) -> None:
        tried.append(table)
        raise ServerSelectionTimeoutError

    with closing(MongoDBClient(f"mongodb://127.0.0.1:{free_port()}")) as client, pytest.raises(StoreUnavailable):
        client.read("togglebox_flags", read)

    assert len(tried) == 1


@pytest.mark.parametrize("trouble", [Trouble.CUT, Trouble.CUT_AFTERWARDS], ids=str)
@writing
def test_a_write_whose_answer_is_lost_is_not_repeated(
    way: Relay, store: MongoDBStore, trouble: Trouble, command: str, write: Call
) -> None:
    way.troubles[command] = [trouble]

    assert refused(write, store) == (NoAnswer, AWAY)
    assert way.names() == [command]


def test_a_write_whose_answer_is_lost_is_found_later(way: Relay, store: MongoDBStore) -> None:
    way.troubles["insert"] = [Trouble.CUT_AFTERWARDS]
    with pytest.raises(NoAnswer):
        store.put(FLAGS, KEY, {"n": 1}, expect=ABSENT)

    document = store.get(FLAGS, KEY)
    assert document is not None
    assert document.body == {"n": 1}


def test_a_write_that_stays_silent_may_have_happened(way: Relay) -> None:
    with closing(opened(f"{way.url}/{DATABASE}", patience=0.2)) as store:
        way.troubles["insert"] = [Trouble.SILENCE]
        assert refused(WRITES["create"][1], store) == (NoAnswer, AWAY)


@pytest.mark.parametrize("call", [READS["get"], WRITES["create"][1]], ids=["read", "write"])
def test_who_waits_too_long_for_a_connection_is_told_so(way: Relay, call: Call) -> None:
    store = opened(f"{way.url}/{DATABASE}", most_connections=1, wait_for_connection=0.1, patience=0.6)
    way.troubles["find"] = [Trouble.SILENCE] * 2

    with closing(store):
        occupied = threading.Thread(target=lambda: refused(READS["get"], store))
        occupied.start()
        while not way.heard:
            time.sleep(0.01)

        assert refused(call, store) == (StoreUnavailable, "The database is busy")
        assert way.names() == ["find"]
        occupied.join()


def test_what_is_asked_is_durable_and_has_an_end(way: Relay, store: MongoDBStore) -> None:
    store.add_new(FLAGS, [(KEY, {}), (("shop", "b"), {})])
    store.put(FLAGS, KEY, {}, expect=1)
    store.delete(FLAGS, KEY, expect=2)
    store.get(FLAGS, KEY)

    *writes, read = way.heard
    assert [command["writeConcern"] for command in writes] == [{"w": "majority", "j": True, "wtimeout": 1000}] * 3
    assert (read["readConcern"], read["maxTimeMS"]) == ({"level": "majority"}, 1000)


def test_a_url_cannot_make_it_less_durable(way: Relay) -> None:
    careless = "w=0&journal=false&retryWrites=true&readPreference=secondary&readConcernLevel=local"
    with closing(opened(f"{way.url}/{DATABASE}?{careless}")) as store:
        store.put(FLAGS, KEY, {}, expect=ABSENT)
        store.get(FLAGS, KEY)
        options = store._client.database().client.options
        assert (options.retry_writes, options.retry_reads) == (False, False)  # needs a replica set to be seen

    write, read = way.heard
    assert write["writeConcern"] == {"w": "majority", "j": True, "wtimeout": 1000}
    assert read["readConcern"] == {"level": "majority"}
    assert read.get("$readPreference", {"mode": "primary"}) == {"mode": "primary"}


def test_a_url_may_ask_for_linearizable_reads(way: Relay) -> None:
    with closing(opened(f"{way.url}/{DATABASE}?readConcernLevel=linearizable")) as store:
        store.get(FLAGS, KEY)

    assert way.heard[0]["readConcern"] == {"level": "linearizable"}


@pytest.mark.parametrize(("path", "database"), [("", "togglebox"), ("/", "togglebox"), ("/mine", "mine")])
def test_the_database_is_the_urls(way: Relay, path: str, database: str) -> None:
    with closing(opened(way.url + path)) as store:
        store.get(FLAGS, KEY)

    assert way.heard[0]["$db"] == database
    assert way.heard[0]["find"] == "togglebox_flags"


@pytest.mark.parametrize(
    "url",
    [
        "mongodb://ann:correct%horse@127.0.0.1/",
        "mongodb://ann:correct@horse@127.0.0.1/",
        "mongodb://ann:correct/horse@127.0.0.1/",
        "mongodb://ann:correcthorse@127.0.0.1:correcthorse/",
        "mongodb://ann:correcthorse@127.0.0.1/a b$",
        "mongodb://ann:correcthorse@127.0.0.1/?authMechanism=correcthorse",
        "mongodb://ann:correcthorse@127.0.0.1/?tls=true&tlsCAFile=/correcthorse",
        "mongodb://ann:correcthorse@127.0.0.1/?tls=correcthorse",
        "mongodb://ann:correcthorse@127.0.0.1/?correcthorse=true",
        "mongodb://ann:correcthorse@127.0.0.1/?correcthorse",
    ],
)
def test_a_url_that_cannot_be_used_is_not_repeated_in_the_error(url: str) -> None:
    with closing(opened(url)) as store, pytest.raises(StoreUnavailable) as raised:
        store.get(FLAGS, KEY)

    assert str(raised.value) == "The address of the database cannot be used"
    told = "".join(traceback.format_exception(raised.value))
    assert "correct" not in told
    assert "horse" not in told


@pytest.mark.parametrize("call", [READS["get"], WRITES["create"][1]], ids=["read", "write"])
def test_a_password_is_in_no_error(way: Relay, call: Call) -> None:
    way.troubles["saslStart"] = [answer(18)] * 4
    with closing(opened(f"{way.url.replace('//', '//ann:correct%20horse@')}/{DATABASE}")) as store:
        with pytest.raises(StoreUnavailable, match=CREDENTIALS) as raised:
            call(store)

        assert type(raised.value) is StoreUnavailable
        for told in ("".join(traceback.format_exception(raised.value)), repr(store), repr(vars(store))):
            assert "horse" not in told
    assert "saslStart" in way.names()


def test_tls_is_the_urls() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        with closing(opened(f"mongodb://127.0.0.1:{listener.getsockname()[1]}/?tls=true", patience=0.2)) as store:
            assert refused(READS["get"], store) == (StoreUnavailable, AWAY)

        line, _ = listener.accept()
        with line:
            assert line.recv(2) == b"\x16\x03"  # how a client says hello in TLS: RFC 8446, section 5.1


def test_nothing_is_opened_before_the_first_call_or_left_after_the_last(way: Relay) -> None:
    threads = set(threading.enumerate())
    store = opened(f"{way.url}/{DATABASE}", least_connections=2)
    assert set(threading.enumerate()) == threads
    assert connections_to(way.port) == 0

    store.put(FLAGS, KEY, {}, expect=ABSENT)
    assert connections_to(way.port) > 0
    store.close()

    until = time.monotonic() + 10  # the driver's threads look every half second whether they are to go
    while ours := {thread for thread in threading.enumerate() if "pymongo" in thread.name} - threads:
        assert time.monotonic() < until, ours
        time.sleep(0.05)
    assert connections_to(way.port) == 0


def test_it_opens_again_after_it_was_closed(store: MongoDBStore) -> None:
    document = store.put(FLAGS, KEY, {}, expect=ABSENT)
    store.close()
    store.close()

    assert store.get(FLAGS, KEY) == document


def connections_to(port: int) -> int:
    return sum(
        getattr(connection.raddr, "port", None) == port and connection.status == psutil.CONN_ESTABLISHED
        for connection in psutil.Process().net_connections(kind="tcp")
    )


@pytest.mark.parametrize("ttl", [10**12, 10**18, 10**30])
def test_a_time_beyond_every_calendar_is_for_ever(store: MongoDBStore, ttl: int) -> None:
    document = store.put(TOKENS, KEY, {"ttl": ttl}, expect=ABSENT)

    assert store.get(TOKENS, KEY) == document


@pytest.mark.parametrize("ttl", [0, -1, -(10**18), -(10**30)])
def test_a_time_before_every_calendar_is_over(store: MongoDBStore, ttl: int) -> None:
    store.put(TOKENS, KEY, {"ttl": ttl}, expect=ABSENT)

    assert store.get(TOKENS, KEY) is None


# The schema


class Place:
    """A database of the test's own, and its store, on one of the two servers."""

    def __init__(self, server: MongoDB) -> None:
        self.now = START
        self.store = MongoDBStore(
            f"{server.url}/{DATABASE}", lambda: self.now, collections=COLLECTIONS, most_connections=1
        )
        self.client = server.client()
        self.raw = self.client[DATABASE]
        self.store.schema().create()


@pytest.fixture(params=["mongodb", "ferretdb"])
def place(request: pytest.FixtureRequest) -> Iterator[Place]:
    server: MongoDB = request.getfixturevalue(request.param)
    place = Place(server)
    yield place
    place.store.close()
    place.client.drop_database(DATABASE)
    place.client.close()


both = pytest.mark.engine("mongodb", "ferretdb")

OLDER: dict[str, tuple[Callable[[Place], object], list[str]]] = {
    "nothing": (
        lambda place: place.client.drop_database(DATABASE),
        ["togglebox_users", "togglebox_users.gsi1", "togglebox_password_resets.expires"],
    ),
    "no index": (lambda place: place.raw["togglebox_flags"].drop_index("gsi2"), ["togglebox_flags.gsi2"]),
    "no expiry": (lambda place: place.raw["togglebox_stats"].drop_index("expires"), ["togglebox_stats.expires"]),
    "no collection": (
        lambda place: place.raw.drop_collection("togglebox_stats"),
        ["togglebox_stats", "togglebox_stats.gsi1", "togglebox_stats.expires"],
    ),
}


@both
@pytest.mark.parametrize(("break_off", "lacking"), OLDER.values(), ids=OLDER)
def test_what_an_older_database_lacks_is_named_and_made(
    place: Place, break_off: Callable[[Place], object], lacking: list[str]
) -> None:
    assert place.store.schema().missing() == []
    break_off(place)

    assert set(lacking) <= set(place.store.schema().missing())
    place.store.schema().create()

    assert place.store.schema().missing() == []


@both
def test_what_was_stored_before_the_schema_is_indexed_by_it(place: Place) -> None:
    place.client.drop_database(DATABASE)
    document = place.store.put(FLAGS, KEY, {"owner": "ann", "rank": "1"}, expect=ABSENT)

    place.store.schema().create()

    assert place.store.get(FLAGS, KEY) == document
    assert place.store.page(FLAGS, "ann", index="GSI1", limit=5).documents == [document]


@pytest.mark.parametrize("place", ["mongodb"], indirect=True)
@pytest.mark.engine("mongodb")
def test_what_expires_has_an_index_that_removes_it(place: Place) -> None:
    expiring = {
        table
        for table in place.raw.list_collection_names()
        if place.raw[table].index_information().get("expires", {}).get("expireAfterSeconds") == 0
    }

    assert expiring == {f"togglebox_{table.replace('-', '_')}" for table in TABLES_WITH_TTL}
    place.store.put(TOKENS, KEY, {"ttl": START + 1}, expect=ABSENT)
    (stored,) = place.raw["togglebox_password_resets"].find({"expires": {"$type": "date"}})
    assert stored["_id"] == "tokens#shop\0checkout"


@pytest.mark.parametrize("place", ["ferretdb"], indirect=True)
@pytest.mark.engine("ferretdb")
def test_where_no_index_removes_what_expires_there_is_one_to_find_it(place: Place) -> None:
    assert place.raw["togglebox_stats"].index_information()["expires"]["key"] == [("expires", 1)]


@both
def test_what_has_expired_is_swept_up_to_a_limit(place: Place) -> None:
    place.store.add_new(TOKENS, [(("ann", f"{number}"), {"ttl": START + 1 + number % 2}) for number in range(20)])
    for_ever = place.store.put(TOKENS, KEY, {}, expect=ABSENT)
    place.now = START + 1

    assert [place.store.sweep(4), place.store.sweep(100), place.store.sweep(100)] == [4, 6, 0]

    assert place.raw["togglebox_password_resets"].count_documents({}) == 11
    assert place.store.get(TOKENS, KEY) == for_ever


def test_an_index_may_take_longer_to_make_than_a_call_may_last(way: Relay) -> None:
    with closing(opened(f"{way.url}/{DATABASE}", patience=0.3)) as store:
        way.troubles["createIndexes"] = [Trouble.DELAY]
        store.schema().create()

        assert store.schema().missing() == []


def test_a_collection_that_somebody_else_makes_meanwhile_is_no_hindrance(way: Relay, store: MongoDBStore) -> None:
    way.troubles["create"] = [answer(48)]

    store.schema().create()

    assert store.schema().missing() == []


def test_a_schema_that_may_not_be_made_is_told_in_our_words(way: Relay, store: MongoDBStore) -> None:
    way.troubles["listCollections"] = [answer(13)]
    assert refused(lambda store: store.schema().missing(), store) == (StoreUnavailable, CREDENTIALS)

    way.troubles["create"] = [answer(13)]
    assert refused(lambda store: store.schema().create(), store) == (StoreUnavailable, CREDENTIALS)

    way.troubles["createIndexes"] = [answer(85)]
    assert refused(lambda store: store.schema().create(), store) == (StoreUnavailable, AWAY)
