"""Methods and headers as they come over the wire, through the real server."""

import pytest

from tests.edge.seeded import CONFIGS, PLATFORMS
from tests.edge.wire import connected, exchange, request
from tests.engines.server import LocalServer


def test_a_head_answers_as_a_get_without_its_body(server: LocalServer) -> None:
    got = exchange(server.port, request("GET", CONFIGS))
    headed = exchange(server.port, request("HEAD", CONFIGS))

    assert headed.status == got.status == 200
    assert headed.body == b""
    assert headed.headers["etag"] == got.headers["etag"]


@pytest.mark.parametrize("method", ["BREW", "PUT", "get"])
def test_a_method_that_is_not_there_is_refused_with_those_that_are(server: LocalServer, method: str) -> None:
    answer = exchange(server.port, request(method, PLATFORMS))

    assert answer.refusal[:2] == (405, "METHOD_NOT_ALLOWED")
    assert "GET" in answer.headers["allow"]


def test_a_request_id_comes_back_if_it_can_be_one(server: LocalServer) -> None:
    answer = exchange(server.port, request("GET", CONFIGS, "X-Request-ID: order-66"))

    assert answer.headers["x-request-id"] == "order-66"


@pytest.mark.parametrize("sent", ["two words", "x" * 129, "caf\xe9", ""])
def test_a_request_id_that_can_be_none_is_replaced(server: LocalServer, sent: str) -> None:
    answer = exchange(server.port, request("GET", CONFIGS, f"X-Request-ID: {sent}"))

    assert answer.status == 200
    assert answer.headers["x-request-id"] not in {sent, ""}


@pytest.mark.parametrize("broken", ["\r", "\n", "\0"])
def test_a_request_id_adds_no_header(server: LocalServer, broken: str) -> None:
    answer = exchange(server.port, request("GET", CONFIGS, f"X-Request-ID: a{broken}Set-Cookie: session=1"))

    assert "set-cookie" not in answer.headers
    assert "session" not in answer.headers.get("x-request-id", "")


@pytest.mark.parametrize("target", [CONFIGS, "/nowhere", f"{PLATFORMS}/unknown", "/health"])
def test_every_answer_has_an_id_and_tells_browsers_to_be_careful(server: LocalServer, target: str) -> None:
    answer = exchange(server.port, request("GET", target))

    assert answer.headers["x-request-id"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["x-frame-options"] == "DENY"


def test_one_connection_carries_many_requests(server: LocalServer) -> None:
    head = request("GET", CONFIGS).replace(b"Connection: close\r\n", b"")

    with connected(server.port) as connection:
        connection.sendall(head + head + request("GET", CONFIGS))
        received = b""
        while part := connection.recv(65_536):
            received += part

    assert received.count(b"HTTP/1.1 200 OK") == 3
