"""Who reaches internal routes while authentication is off: no web page from elsewhere, under no borrowed name."""

import json

import pytest

from tests.edge.seeded import CONFIGS, EDIT_CONFIGS, EDIT_PLATFORMS, platforms
from tests.edge.wire import JSON, exchange, request
from tests.engines.server import LocalServer


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:3000", "127.0.0.1:80", "[::1]:3000"])
def test_internal_routes_answer_under_the_names_of_this_machine(server: LocalServer, host: str) -> None:
    answer = exchange(server.port, request("GET", f"{EDIT_CONFIGS}/list", f"Host: {host}"))

    assert answer.status == 200


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example:3000", "", "localhost, evil.example"])
def test_internal_routes_answer_under_no_other_name(server: LocalServer, host: str) -> None:
    before = platforms(server)

    answer = exchange(server.port, request("POST", EDIT_PLATFORMS, JSON, f"Host: {host}", body=b'{"name":"rebound"}'))

    assert answer.refusal == (403, "FORBIDDEN", [])
    assert platforms(server) == before


def test_internal_routes_do_not_answer_without_a_name(server: LocalServer) -> None:
    answer = exchange(server.port, f"GET {EDIT_CONFIGS}/list HTTP/1.0\r\n\r\n".encode())

    assert answer.status == 403


def test_public_routes_answer_under_any_name(server: LocalServer) -> None:
    answer = exchange(server.port, request("GET", CONFIGS, "Host: flags.example.com"))

    assert answer.status == 200


FORGED = b'{"name": "forged"}'


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://localhost.evil.example", "http://[broken"])
def test_pages_from_elsewhere_do_not_reach_internal_routes(server: LocalServer, origin: str) -> None:
    before = platforms(server)

    answer = exchange(server.port, request("POST", EDIT_PLATFORMS, JSON, f"Origin: {origin}", body=FORGED))

    assert answer.refusal == (403, "FORBIDDEN", [])
    assert platforms(server) == before


@pytest.mark.parametrize("origin", ["http://localhost:3001", "http://127.0.0.1:8080", "http://[::1]:5173"])
def test_pages_from_this_machine_reach_internal_routes(server: LocalServer, origin: str) -> None:
    body = json.dumps({"defaultValue": "Hi"}).encode()
    target = f"{EDIT_CONFIGS}/welcomeMessage"

    answer = exchange(server.port, request("PATCH", target, JSON, f"Origin: {origin}", body=body))

    assert answer.status == 200
