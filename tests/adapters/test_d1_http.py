"""D1 through Cloudflare's REST API: what is sent, what answers mean, and what becomes of those that do not come."""

import json
import traceback
from collections.abc import Callable, Iterator
from contextlib import closing

import pytest

from tests.adapters.d1_api import ACCOUNT, D1API, DATABASE, PATH, TOKEN, d1_api
from tests.adapters.loopback import CUT, HANG, Loopback, Reply, loopback, ok
from tests.contract.catalogue import COLLECTIONS, FLAGS, START
from tests.contract.test_away import READS, WRITES
from tests.engines.process import free_port
from togglebox.adapters.d1 import D1Store
from togglebox.adapters.d1_http import D1HTTPConnection
from togglebox.store.port import ABSENT, Document, NoAnswer, Store, StoreUnavailable

KEY = ("shop", "checkout")

type Call = Callable[[Store], object]

reading = pytest.mark.parametrize("read", READS.values(), ids=READS)
writing = pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
calling = pytest.mark.parametrize("call", [*READS.values(), *WRITES.values()], ids=[*READS, *WRITES])


@pytest.fixture
def api() -> Iterator[D1API]:
    with d1_api() as api:
        yield api


@pytest.fixture
def store(api: D1API) -> Iterator[D1Store]:
    with closing(D1Store(connection(api.endpoint), lambda: START, collections=COLLECTIONS)) as store:
        store.schema().create()
        api.asked.clear()
        yield store


def connection(endpoint: str, *, token: str = TOKEN, patience: float = 5.0) -> D1HTTPConnection:
    return D1HTTPConnection(ACCOUNT, DATABASE, token, endpoint=endpoint, patience=patience)


def store_at(server: Loopback, *, patience: float = 5.0) -> D1Store:
    at = connection(f"{server.origin}/client/v4", patience=patience)
    return D1Store(at, lambda: START, collections=COLLECTIONS)


def told(store: D1Store, call: Call) -> StoreUnavailable:
    """Return what *call* raises, after which the store is closed."""
    with closing(store), pytest.raises(StoreUnavailable) as raised:
        call(store)
    assert raised.value.__cause__ is not None
    assert TOKEN not in "".join(traceback.format_exception(raised.value))
    return raised.value


def refusal(status: str, code: int, message: str, *headers: str) -> bytes:
    errors = [{"code": code, "message": message}]
    return ok(
        json.dumps({"result": [], "success": False, "errors": errors, "messages": []}).encode(), *headers, status=status
    )


ROWS = b'{"result":[{"results":{"columns":["version","body"],"rows":[[3,"{}"]]},"success":true,"meta":{"changes":0}}],'
ROWS += b'"success":true,"errors":[],"messages":[]}'
"""What is answered to a document's read."""


def test_a_document_goes_and_comes_back(store: D1Store) -> None:
    body = {"text": "\0 ' \" \\ \u2028 \U0001f600", "numbers": [2.0, 2**70, -0.0], "none": None}

    written = store.put(FLAGS, KEY, body, expect=ABSENT)

    assert store.get(FLAGS, KEY) == written
    assert repr(written.body) == repr(body)


def test_a_statement_goes_with_its_values_to_the_database(api: D1API, store: D1Store) -> None:
    store.put(FLAGS, KEY, {"owner": "ann", "rank": "1"}, expect=ABSENT)

    (asked,) = api.asked
    assert asked["sql"].startswith("INSERT INTO togglebox_flags (pk, sk, version, body, gsi1pk")
    assert asked["params"] == [
        "flags#shop", "checkout", 1, '{"owner":"ann","rank":"1"}', "flags#ann", "1", None, None
    ]  # fmt: skip


def test_a_batch_is_one_transaction(api: D1API, store: D1Store) -> None:
    at = connection(api.endpoint)
    insert = "INSERT INTO togglebox_flags (pk, sk, version, body) VALUES (?, ?, ?, ?)"
    with closing(at):
        assert at.change_together([(insert, ["flags#a", "1", 1, "{}"]), (insert, ["flags#a", "2", 1, "{}"])]) == [1, 1]
        with pytest.raises(StoreUnavailable):
            at.change_together([(insert, ["flags#a", "3", 1, "{}"]), ("DELETE FROM nobody", ())])

    assert [document.key for document in store.scan(FLAGS, limit=5).documents] == [("a", "1"), ("a", "2")]
    assert [len(asked["batch"]) for asked in api.asked if "batch" in asked] == [2, 2]


def test_a_request_carries_the_token_in_its_header_alone() -> None:
    with loopback(ok(ROWS)) as server, closing(store_at(server)) as store:
        assert store.get(FLAGS, KEY) == Document(KEY, 3, "{}")

    (request,) = server.requests
    assert request.head.startswith(f"POST {PATH} HTTP/1.1\r\n")
    assert request.head.count(TOKEN) == 1
    assert f"authorization: Bearer {TOKEN}" in request.head.replace("Authorization", "authorization")
    assert TOKEN.encode() not in request.body


def test_the_connection_does_not_show_the_token() -> None:
    at = connection("https://api.example.com")

    assert TOKEN not in repr(at)
    assert TOKEN not in repr(vars(at))


@calling
def test_who_is_not_accepted_is_told_so(api: D1API, call: Call) -> None:
    error = told(D1Store(connection(api.endpoint, token="wrong"), lambda: START, collections=COLLECTIONS), call)

    assert (type(error), str(error)) == (StoreUnavailable, "The database does not accept our credentials")
    assert api.asked == []


@calling
def test_a_database_that_is_not_there_is_told(api: D1API, call: Call) -> None:
    at = D1HTTPConnection(ACCOUNT, "99999999-2222-3333-4444-555555555555", TOKEN, endpoint=api.endpoint)

    error = told(D1Store(at, lambda: START, collections=COLLECTIONS), call)

    assert (type(error), str(error)) == (StoreUnavailable, "The database is not set up: there is none of this name")


@calling
def test_a_table_that_is_missing_is_told(api: D1API, call: Call) -> None:
    error = told(D1Store(connection(api.endpoint), lambda: START, collections=COLLECTIONS), call)

    assert (type(error), str(error)) == (StoreUnavailable, "The database is not set up: a table is missing")


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("Retry-After: 17", 17),
        ("Retry-After: 0", 1),
        ("Retry-After: 99999", 3_600),
        ("Retry-After: soon", 60),
        ("X: 1", 60),
    ],
)
@calling
def test_who_asks_too_often_is_told_for_how_long_to_wait(call: Call, said: str, seconds: int) -> None:
    limited = refusal("429 Too Many Requests", 971, "Please wait and consider throttling your request speed", said)
    with loopback(limited, limited) as server:
        error = told(store_at(server), call)

    assert (type(error), str(error), error.retry_after) == (StoreUnavailable, "The database is busy", seconds)
    assert len(server.requests) == 1


FAILURES: dict[str, bytes] = {
    "D1 was reset": refusal(
        "500 Internal Server Error", 7_500, "Internal error in D1 DB storage caused object to be reset"
    ),
    "a page of the CDN": ok(b"<html>error code: 520</html>", "Content-Type: text/html", status="520 Unknown"),
    "nothing said": ok(b'{"success":false,"errors":[],"result":null}', status="503 Service Unavailable"),
}
failures = pytest.mark.parametrize("failure", FAILURES.values(), ids=FAILURES)


@failures
def test_a_read_that_fails_once_is_repeated(failure: bytes) -> None:
    with loopback(failure, ok(ROWS)) as server, closing(store_at(server)) as store:
        assert store.get(FLAGS, KEY) == Document(KEY, 3, "{}")


@failures
@reading
def test_a_read_that_fails_twice_is_unavailable(failure: bytes, read: Call) -> None:
    with loopback(failure, failure) as server:
        error = told(store_at(server), read)

    assert (type(error), str(error)) == (StoreUnavailable, "The database is not available")
    assert len(server.requests) == 2


@failures
@writing
def test_a_write_that_fails_may_have_happened_and_is_not_repeated(failure: bytes, write: Call) -> None:
    with loopback(failure, failure) as server:
        error = told(store_at(server), write)

    assert (type(error), str(error)) == (NoAnswer, "The database is not available")
    assert len(server.requests) == 1


@writing
def test_a_write_that_an_overloaded_database_refused_did_not_happen(write: Call) -> None:
    overloaded = refusal("503 Unavailable", 7_500, "D1 DB is overloaded. Too many requests queued.", "Retry-After: 9")
    with loopback(overloaded) as server:
        error = told(store_at(server), write)

    assert (type(error), str(error), error.retry_after) == (StoreUnavailable, "The database is busy", 9)


@pytest.mark.parametrize("reply", [HANG, CUT], ids=["silence", "cut"])
@reading
def test_a_read_that_is_not_answered_is_repeated_once(reply: Reply, read: Call) -> None:
    with loopback(reply, reply) as server:
        assert type(told(store_at(server, patience=0.3), read)) is StoreUnavailable

    assert len(server.requests) == 2


@pytest.mark.parametrize("reply", [HANG, CUT], ids=["silence", "cut"])
@writing
def test_a_write_that_is_not_answered_may_have_happened(reply: Reply, write: Call) -> None:
    with loopback(reply, reply) as server:
        assert type(told(store_at(server, patience=0.3), write)) is NoAnswer

    assert len(server.requests) == 1


@calling
def test_where_nobody_listens_nothing_happened(call: Call) -> None:
    at = connection(f"http://127.0.0.1:{free_port()}")

    assert type(told(D1Store(at, lambda: START, collections=COLLECTIONS), call)) is StoreUnavailable


STRANGE = {
    "no JSON": b"OK",
    "no object": b"[]",
    "no results": b'{"success":true,"errors":[],"messages":[]}',
    "none for the statement": b'{"success":true,"errors":[],"messages":[],"result":[]}',
    "other fields": b'{"success":true,"errors":[],"messages":[],"result":[{"success":true}]}',
    "a statement that failed": b'{"success":true,"errors":[],"messages":[],"result":[{"success":false}]}',
    "rows that are none": b'{"success":true,"errors":[],"result":[{"success":true,"results":{"rows":null},"meta":{}}]}',
}


@pytest.mark.parametrize("answer", STRANGE.values(), ids=STRANGE)
def test_an_answer_that_nobody_documents_is_none(answer: bytes) -> None:
    with loopback(*[ok(answer)] * 4) as server:
        assert type(told(store_at(server), READS["get"])) is StoreUnavailable
        assert type(told(store_at(server), WRITES["create"])) is NoAnswer
        assert type(told(store_at(server), WRITES["add two"])) is NoAnswer


def test_it_may_be_used_again_after_it_was_closed(store: D1Store) -> None:
    store.put(FLAGS, KEY, {}, expect=ABSENT)
    store.close()

    assert store.get(FLAGS, KEY) is not None


@pytest.mark.parametrize("endpoint", ["http://api.cloudflare.com/client/v4", "ftp://127.0.0.1", "127.0.0.1", "//x"])
def test_the_token_is_not_sent_in_the_clear(endpoint: str) -> None:
    with pytest.raises(ValueError, match="must begin with https://"):
        connection(endpoint)


@pytest.mark.parametrize("token", ["", "two\nlines", "nonsense é", "tab\t"])
def test_a_token_that_no_header_can_hold_is_refused_unseen(token: str) -> None:
    with pytest.raises(ValueError, match=r"^The API token holds characters that no token has$"):
        connection("https://api.cloudflare.com/client/v4", token=token)


@pytest.mark.parametrize(
    "endpoint", ["http://localhost:1", "http://127.0.0.1:1", "http://[::1]:1", "https://x.example"]
)
def test_where_nobody_listens_in_it_may_be_sent(endpoint: str) -> None:
    connection(endpoint).close()
