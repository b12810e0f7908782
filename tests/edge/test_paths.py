"""Paths and queries as they come over the wire, through the real server."""

import pytest

from tests.edge.seeded import CONFIGS, PLATFORMS
from tests.edge.wire import exchange, request
from tests.engines.server import LocalServer


def test_a_path_is_decoded_once(server: LocalServer) -> None:
    plain = exchange(server.port, request("GET", f"{PLATFORMS}/w%65b"))
    twice = exchange(server.port, request("GET", f"{PLATFORMS}/w%2565b"))

    assert plain.data["name"] == "web"
    assert twice.refusal[:2] == (422, "VALIDATION_FAILED")


def test_an_encoded_slash_leads_nowhere(server: LocalServer) -> None:
    answer = exchange(server.port, request("GET", f"{PLATFORMS}/we%2Fb"))

    assert answer.refusal == (404, "NOT_FOUND", [])


@pytest.mark.parametrize("name", ["%ff", "%c3%28", "%ed%a0%80"], ids=["a stray byte", "a cut character", "a surrogate"])
def test_a_path_that_is_no_utf_8_is_refused(server: LocalServer, name: str) -> None:
    answer = exchange(server.port, request("GET", f"{PLATFORMS}/{name}"))

    assert answer.refusal[:2] == (400, "MALFORMED_REQUEST")


def test_a_path_with_bare_bytes_is_no_http(server: LocalServer) -> None:
    answer = exchange(server.port, request("GET", "/\xff\xfe"))

    assert answer.status == 400


@pytest.mark.parametrize("name", ["caf%C3%A9", "..", "a%20b", "x" * 5_000, "%00"])
def test_a_name_that_nothing_can_have_is_refused_by_its_field(server: LocalServer, name: str) -> None:
    answer = exchange(server.port, request("GET", f"{PLATFORMS}/{name}"))

    status, code, (detail,) = answer.refusal
    assert (status, code) == (422, "VALIDATION_FAILED")
    assert detail.startswith("platform: ")


def test_a_query_parameter_that_comes_twice_is_refused_by_its_name(server: LocalServer) -> None:
    answer = exchange(server.port, request("GET", f"{CONFIGS}/list?limit=1&limit=2"))

    assert answer.refusal == (422, "VALIDATION_FAILED", ["limit: must be given once"])


def test_a_query_that_is_no_utf_8_is_refused(server: LocalServer) -> None:
    answer = exchange(server.port, request("GET", f"{CONFIGS}/list?nextToken=%ff"))

    assert answer.refusal[:2] == (400, "MALFORMED_REQUEST")
