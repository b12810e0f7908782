"""Headers that every answer carries, compression, and HEAD."""

import gzip

import pytest

from tests.api.client import PUBLIC, Client
from tests.api.every_route import ALL, READING, Route
from tests.api.given import CONFIGS, EDIT_CONFIGS, EDIT_PLATFORMS, PLATFORMS, a_parameter
from tests.api.world import World

SECURITY = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "x-xss-protection": "1; mode=block",
    "strict-transport-security": "max-age=31536000; includeSubDomains",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "referrer-policy": "no-referrer",
}


@pytest.mark.parametrize("route", ALL)
def test_every_answer_carries_security_headers(prod: Client, route: Route) -> None:
    for answer in (
        prod.send(route.method, route.path(), route.body()),
        prod.send("BREW", route.path()),
        prod.get(f"{route.path()}/nope/nope"),
    ):
        assert answer.headers.items() >= SECURITY.items()
        assert answer.headers["vary"].startswith("Accept-Encoding, Origin")


@pytest.mark.journey
def test_security_headers_arrive(prod: Client) -> None:
    for path in (CONFIGS, "/health", "/nope"):
        assert prod.get(path).headers.items() >= SECURITY.items()


@pytest.mark.journey
@pytest.mark.parametrize("sent", ["trace-1", "a", "x" * 128, "7f3c/!~"])
def test_a_request_keeps_its_id(client: Client, sent: str) -> None:
    assert client.get(PLATFORMS, {"X-Request-ID": sent}).headers["x-request-id"] == sent
    refused = client.get("/nope", {"X-Request-ID": sent})
    assert refused.json["meta"]["requestId"] == refused.headers["x-request-id"] == sent


@pytest.mark.parametrize("sent", ["", "x" * 129, "a b", "ä", "a\tb", "x" * 5_000])
def test_an_id_that_would_spoil_the_log_is_replaced(client: Client, sent: str) -> None:
    given = client.get(PLATFORMS, {"X-Request-ID": sent}).headers["x-request-id"]

    assert given != sent
    assert 0 < len(given) <= 128
    assert given.isascii()


def test_requests_without_an_id_get_one_each(client: Client) -> None:
    assert len({client.get("/health").headers["x-request-id"] for _ in range(50)}) == 50


@pytest.mark.journey
@pytest.mark.parametrize("route", READING)
def test_head_answers_as_get_without_the_body(prod: Client, route: Route) -> None:
    a_parameter(prod, "color", "x" * 2_000)
    shown = prod.get(route.path())

    headed = prod.head(route.path())

    assert (headed.status, headed.body) == (shown.status, b"")
    for name in ("content-type", "etag", "cache-control", "vary"):
        assert headed.headers.get(name) == shown.headers.get(name)


def test_head_of_what_is_not_there_is_not_found(client: Client) -> None:
    headed = client.head(f"{PLATFORMS}/nope")

    assert (headed.status, headed.body) == (404, b"")
    assert client.head("/nope").status == 404
    assert client.head(EDIT_PLATFORMS).status == 405


def test_head_answers_304_too(prod: Client) -> None:
    tag = prod.get(PLATFORMS).etag

    assert prod.head(PLATFORMS, {"If-None-Match": tag}).status == 304


@pytest.mark.journey
@pytest.mark.parametrize("path", [CONFIGS, f"{CONFIGS}/list", f"{CONFIGS}/long", f"{CONFIGS}/long/versions"])
def test_what_is_larger_than_a_kilobyte_is_compressed_for_who_takes_it(prod: Client, path: str) -> None:
    a_parameter(prod, "long", "x" * 2_000)
    plain = prod.get(path)

    zipped = prod.get(path, {"Accept-Encoding": "gzip, deflate, br"})

    assert zipped.headers["content-encoding"] == "gzip"
    assert zipped.headers["vary"].startswith("Accept-Encoding")
    assert gzip.decompress(zipped.body) == plain.body or "versions" in path
    assert zipped.data == plain.data
    assert len(zipped.body) < len(plain.body) / 2
    assert "content-encoding" not in plain.headers


@pytest.mark.parametrize(
    "accepted", ["", "identity", "br", "gzip;q=0", "gzip; q=0", "gzip;q=0.0, br", "br, gzip ; q=0.000", "deflate"]
)
def test_nothing_is_compressed_for_who_does_not_take_it(prod: Client, accepted: str) -> None:
    a_parameter(prod, "long", "x" * 2_000)

    assert "content-encoding" not in prod.get(CONFIGS, {"Accept-Encoding": accepted}).headers


@pytest.mark.parametrize("accepted", ["gzip", "gzip;q=0.1", "gzip;q=0.01", "br;q=1.0, gzip;q=0.8, *;q=0.1"])
def test_gzip_may_be_wanted_less_than_something_else(prod: Client, accepted: str) -> None:
    a_parameter(prod, "long", "x" * 2_000)

    assert prod.get(CONFIGS, {"Accept-Encoding": accepted}).headers["content-encoding"] == "gzip"


def test_small_answers_are_not_compressed(prod: Client) -> None:
    a_parameter(prod)

    assert "content-encoding" not in prod.get(CONFIGS, {"Accept-Encoding": "gzip"}).headers


@pytest.mark.parametrize("length", [1_023, 1_024])
def test_compression_begins_at_1024_bytes(prod: Client, length: int) -> None:
    a_parameter(prod, "p", "")
    missing = length - len(prod.get(CONFIGS).body)
    prod.patch(f"{EDIT_CONFIGS}/p", {"defaultValue": "x" * missing})

    zipped = "content-encoding" in prod.get(CONFIGS, {"Accept-Encoding": "gzip"}).headers

    assert zipped == (length >= 1_024)


def test_compressed_answers_are_the_same_bytes_each_time(shop: World) -> None:
    a_parameter(shop.client, "long", "x" * 2_000)
    first = shop.client.get(CONFIGS, {"Accept-Encoding": "gzip"})
    shop.clock.advance(hours=1)

    assert shop.client.get(CONFIGS, {"Accept-Encoding": "gzip"}).body == first.body
    assert shop.process().get(CONFIGS, {"Accept-Encoding": "gzip"}).body == first.body


def test_empty_answers_have_no_content_type(prod: Client) -> None:
    a_parameter(prod)
    deleted = prod.delete(f"{EDIT_CONFIGS}/color")
    unchanged = prod.get(PLATFORMS, {"If-None-Match": "*"})

    for answer in (deleted, unchanged):
        assert "content-type" not in answer.headers


def test_answers_are_json_in_utf_8(prod: Client) -> None:
    a_parameter(prod, "p", "Größe €")

    read = prod.get(f"{PUBLIC}/platforms/web/environments/prod/configs")

    assert read.headers["content-type"] == "application/json; charset=utf-8"
    assert "Größe €".encode() in read.body
