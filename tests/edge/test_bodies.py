"""Bodies as they come over the wire, through the real server: broken, too large, in chunks."""

import pytest

from tests.edge.seeded import EDIT_PLATFORMS, platforms
from tests.edge.wire import JSON, answer_of, connected, exchange, request
from tests.engines.server import LocalServer


def test_a_body_that_says_it_is_too_large_is_refused_before_it_is_sent(server: LocalServer) -> None:
    with connected(server.port) as connection:
        connection.sendall(request("POST", EDIT_PLATFORMS, JSON, f"Content-Length: {2 * 1_048_576}"))
        answer = answer_of(connection)

    assert answer.refusal[:2] == (413, "PAYLOAD_TOO_LARGE")


def test_a_body_in_chunks_is_refused_where_it_becomes_too_large(server: LocalServer) -> None:
    chunk = b"10000\r\n" + b" " * 0x10000 + b"\r\n"
    head = request("POST", EDIT_PLATFORMS, JSON, "Transfer-Encoding: chunked")

    answer = exchange(server.port, head + chunk * 17 + b"0\r\n\r\n")

    assert answer.refusal[:2] == (413, "PAYLOAD_TOO_LARGE")


def test_a_body_in_chunks_is_read_whole(server: LocalServer) -> None:
    head = request("POST", EDIT_PLATFORMS, JSON, "Transfer-Encoding: chunked")

    answer = exchange(server.port, head + b'9\r\n{"name":"\r\n' + b'9\r\nchunked"}\r\n' + b"0\r\n\r\n")

    assert answer.status == 201
    assert answer.json["data"]["name"] == "chunked"


@pytest.mark.parametrize("body", [b"{", b'{"name": "\xff"}', b'{"name": "\\ud800"}', b"[" * 100_000, b"NaN"])
def test_a_body_that_is_no_json_is_refused_and_stores_nothing(server: LocalServer, body: bytes) -> None:
    before = platforms(server)

    answer = exchange(server.port, request("POST", EDIT_PLATFORMS, JSON, body=body))

    assert answer.status in {400, 422}
    assert platforms(server) == before


def test_another_content_type_is_refused(server: LocalServer) -> None:
    answer = exchange(
        server.port, request("POST", EDIT_PLATFORMS, "Content-Type: text/plain", body=b'{"name":"plain"}')
    )

    assert answer.refusal[:2] == (415, "UNSUPPORTED_MEDIA_TYPE")
