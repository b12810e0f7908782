"""Requests over kept connections: what an answer may look like, and what is known when none comes."""

import ssl
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.adapters.loopback import CUT, HANG, Loopback, Reply, loopback, ok
from tests.engines import certificate as certificates
from tests.engines.process import free_port
from togglebox.adapters.http1 import IDLE_AT_MOST, Answer, Host, Unanswered, Unsent


class Caller:
    """Asks a server, on a clock that a test may move."""

    def __init__(self, origin: str) -> None:
        self.now = 0.0
        self.host = Host(origin, lambda: self.now)

    def ask(self, body: bytes = b"?", *, timeout: float = 5.0, fresh: bool = False) -> Answer:
        return self.host.request("POST", "/", {"accept": "*/*"}, body, timeout=timeout, fresh=fresh)


@pytest.fixture
def callers() -> Iterator[list[Caller]]:
    made: list[Caller] = []
    yield made
    for caller in made:
        caller.host.close()


def calling(callers: list[Caller], server: Loopback) -> Caller:
    callers.append(Caller(server.origin))
    return callers[-1]


def test_a_request_arrives_whole(callers: list[Caller]) -> None:
    with loopback(ok(b"")) as server:
        calling(callers, server).ask(b"x" * 100_000)

    (request,) = server.requests
    assert request.head == f"POST / HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nContent-Length: 100000\r\naccept: */*"
    assert request.body == b"x" * 100_000


@pytest.mark.parametrize(
    ("raw", "body"),
    [
        (ok(b"hello"), b"hello"),
        (ok(b""), b""),
        (ok(b"x" * 300_000), b"x" * 300_000),
        (b"HTTP/1.1 100 Continue\r\n\r\n" + ok(b"hello"), b"hello"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2;x=y\r\nlo\r\n0\r\n\r\n", b"hello"),
        (
            b"HTTP/1.1 200 OK\r\ntransfer-encoding: Chunked\r\n\r\nA\r\n0123456789\r\n0\r\nMore: x\r\n\r\n",
            b"0123456789",
        ),
        (b"HTTP/1.1 204 No Content\r\n\r\n", b""),
        (b"HTTP/1.1 200\r\nContent-Length:2\r\n\r\nok", b"ok"),
    ],
    ids=["length", "empty", "large", "continue", "chunks", "trailer", "no content", "no reason"],
)
@pytest.mark.parametrize("pieces", [1, 7])
def test_an_answer_is_read_whole_and_the_connection_kept(
    callers: list[Caller], raw: bytes, body: bytes, pieces: int
) -> None:
    with loopback(Reply(raw, pieces=pieces), ok(b"again")) as server:
        caller = calling(callers, server)
        assert caller.ask().body == body
        assert caller.ask().body == b"again"

    assert [request.connection for request in server.requests] == [1, 1]


@pytest.mark.parametrize(
    "raw",
    [
        b"HTTP/1.1 200 OK\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello",
        b"HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello",
    ],
    ids=["until the end", "said so", "old"],
)
def test_a_connection_that_ends_is_not_kept(callers: list[Caller], raw: bytes) -> None:
    with loopback(Reply(raw, close=True), ok(b"again")) as server:
        caller = calling(callers, server)
        assert caller.ask().body == b"hello"
        assert caller.ask().body == b"again"

    assert [request.connection for request in server.requests] == [1, 2]


def test_headers_are_found_by_small_letters(callers: list[Caller]) -> None:
    with loopback(ok(b"", "X-Amz-CRC32:  7 ", status="400 Bad Request")) as server:
        answer = calling(callers, server).ask()

    assert (answer.status, answer.headers["x-amz-crc32"]) == (400, "7")


def test_a_kept_connection_that_was_closed_is_replaced(callers: list[Caller]) -> None:
    with loopback(Reply(ok(b"one"), close=True), ok(b"two")) as server:
        caller = calling(callers, server)
        caller.ask()
        time.sleep(0.05)  # until the farewell has arrived
        assert caller.ask().body == b"two"

    assert [request.connection for request in server.requests] == [1, 2]


def test_a_connection_that_was_idle_for_long_is_not_used(callers: list[Caller]) -> None:
    with loopback(ok(b"one"), ok(b"two"), ok(b"three")) as server:
        caller = calling(callers, server)
        caller.ask()
        caller.now += IDLE_AT_MOST - 1
        caller.ask()
        caller.now += IDLE_AT_MOST
        caller.ask()

    assert [request.connection for request in server.requests] == [1, 1, 2]


def test_a_fresh_connection_can_be_asked_for(callers: list[Caller]) -> None:
    with loopback(ok(b"one"), ok(b"two")) as server:
        caller = calling(callers, server)
        caller.ask()
        caller.ask(fresh=True)

    assert [request.connection for request in server.requests] == [1, 2]


def test_a_request_that_nobody_takes_was_not_sent(callers: list[Caller]) -> None:
    callers.append(Caller(f"http://127.0.0.1:{free_port()}"))

    with pytest.raises(Unsent):
        callers[0].ask()


@pytest.mark.parametrize(
    "reply",
    [
        CUT,
        Reply(b"HTTP/1.1 200 OK\r\nContent-Le", close=True),
        Reply(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel", close=True),
        Reply(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel", close=True),
        Reply(b"SSH-2.0-OpenSSH_9.2\r\n\r\n"),
        Reply(b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n"),
        Reply(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nlots\r\n"),
        Reply(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 70_000),
    ],
    ids=["nothing", "half a head", "half a body", "half a chunk", "not HTTP", "no length", "no size", "endless head"],
)
def test_what_is_no_whole_answer_is_none(callers: list[Caller], reply: Reply) -> None:
    with loopback(reply) as server, pytest.raises(Unanswered):
        calling(callers, server).ask()

    assert len(server.requests) == 1


def test_a_request_on_a_kept_connection_is_not_sent_again_once_it_left(callers: list[Caller]) -> None:
    with loopback(ok(b"one"), CUT, ok(b"three")) as server:
        caller = calling(callers, server)
        caller.ask()
        with pytest.raises(Unanswered):
            caller.ask(b"twice?")
        assert caller.ask().body == b"three"

    assert [request.body for request in server.requests] == [b"?", b"twice?", b"?"]


@pytest.mark.parametrize("reply", [HANG, Reply(ok(b"x" * 100), pieces=100)], ids=["silence", "a trickle"])
def test_a_timeout_is_for_the_whole_exchange(callers: list[Caller], reply: Reply) -> None:
    with loopback(reply) as server, pytest.raises(Unanswered):
        calling(callers, server).ask(timeout=0.3)


@pytest.mark.parametrize(
    "origin", ["", "127.0.0.1", "ftp://host", "http://", "http://host/path", "http://user@host", "http://host:port"]
)
def test_an_origin_is_a_scheme_and_a_host(origin: str) -> None:
    with pytest.raises(ValueError, match=r"not like http|no number"):
        Host(origin, time.time)


def test_a_certificate_that_nobody_vouches_for_is_refused(callers: list[Caller], certificate: Path) -> None:
    refused = pytest.raises(Unsent, match="certificate verify failed")
    with loopback(ok(b"secret"), tls=_server_side(certificate)) as server, refused:
        calling(callers, server).ask()

    assert server.requests == []


def test_a_certificate_for_another_name_is_refused(
    callers: list[Caller], certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with loopback(ok(b"secret"), tls=_server_side(certificate)) as server:
        callers.append(Caller(f"https://localhost:{server.port}"))
        with pytest.raises(Unsent, match="certificate verify failed"):
            callers[0].ask()

    assert server.requests == []


def test_a_certificate_that_is_known_is_good(
    callers: list[Caller], certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with loopback(ok(b"one"), ok(b"two"), tls=_server_side(certificate)) as server:
        caller = calling(callers, server)
        assert [caller.ask().body, caller.ask().body] == [b"one", b"two"]

    assert [request.connection for request in server.requests] == [1, 1]


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return certificates.certificate(tmp_path_factory.mktemp("tls") / "certificate.pem")


def _server_side(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context
