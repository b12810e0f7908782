"""Refusals: always the same envelope, with a sentence, a code, and the id that leads to the log."""

import re
from collections.abc import Sequence

import pytest

from tests.api.client import INTERNAL, PUBLIC, Answer, Client
from tests.api.every_route import ALL, ROUTES, WITH_BODY, Route
from tests.api.given import CONFIGS, EDIT_CONFIGS, EDIT_PLATFORMS, PLATFORMS, a_parameter, a_platform
from tests.api.world import World


def refusals(client: Client) -> Sequence[Answer]:
    a_platform(client)
    return [
        client.post(EDIT_PLATFORMS, b"{"),
        client.get(f"{PLATFORMS}?nextToken=x"),
        client.get(f"{PLATFORMS}/nope"),
        client.get("/nope"),
        client.put(PLATFORMS, {}),
        client.post(EDIT_PLATFORMS, {"name": "web"}),
        client.patch(f"{EDIT_PLATFORMS}/web", {}, {"If-Match": '"x"'}),
        client.post(EDIT_PLATFORMS, b"<a/>", {"Content-Type": "text/xml"}),
        client.post(EDIT_PLATFORMS, {"name": ""}),
        client.get(PLATFORMS + "/a%20b"),
    ]


@pytest.mark.journey
def test_every_refusal_has_the_same_envelope(client: Client) -> None:
    answers = refusals(client)

    assert [answer.status for answer in answers] == [400, 400, 404, 404, 405, 409, 412, 415, 422, 422]
    for answer in answers:
        body = answer.json
        assert list(body) == [
            name for name in ("success", "error", "code", "details", "timestamp", "meta") if name in body
        ]
        assert body["success"] is False
        assert re.fullmatch(r"[A-Z][^\n]+", body["error"])
        assert re.fullmatch(r"[A-Z_]+", body["code"])
        assert body.get("details", ["x"]) != []
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", body["timestamp"])
        assert body["meta"] == {"requestId": answer.headers["x-request-id"]}
        assert answer.headers["content-type"] == "application/json; charset=utf-8"
        assert answer.headers["cache-control"] == "no-store"
        assert "etag" not in answer.headers


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "",
        "/nope",
        "/api",
        "/api/v1",
        "/api/v1/",
        "/api/v2/platforms",
        "/API/V1/platforms",
        "//api/v1/platforms",
        "/api/v1//platforms",
        "/api/v1/platforms//",
        "/api/v1/platforms/web/nope",
        "/api/v1/platforms/web/environments/prod/configs/color/nope",
        "/api/v1/platforms/web/environments/prod/configs/color/versions/1/nope",
        "/api/v1/internal",
        "/api/v1/internal/health",
        "/api/v1/ready",
        "/favicon.ico",
        "/.env",
        "/api/v1/platforms/..%2f..%2fetc%2fpasswd",
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST", "BREW"])
def test_what_is_no_route_is_not_found(client: Client, method: str, path: str) -> None:
    refused = client.send(method, path)

    assert refused.status in (404, 422)
    if "%2f" not in path:
        assert refused.refusal == (404, "NOT_FOUND", [])
        assert refused.error == "Route not found"


@pytest.mark.parametrize("route", ALL)
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "TRACE", "CONNECT", "BREW", "get", "GETX"])
def test_a_method_that_a_path_does_not_have_is_refused_with_those_it_has(
    client: Client, route: Route, method: str
) -> None:
    path = route.path()
    allowed = {other.method for other in ROUTES if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", other.template), path)}
    if method in allowed:
        return

    refused = client.send(method, path)

    assert refused.refusal == (405, "METHOD_NOT_ALLOWED", [])
    assert {name.strip() for name in refused.headers["allow"].split(",")} == allowed
    assert refused.error == f"Method {method} is not allowed here; allowed: {', '.join(sorted(allowed))}"


def test_a_slash_at_the_end_changes_nothing(prod: Client) -> None:
    a_parameter(prod)

    for path in (PLATFORMS, f"{PLATFORMS}/web", CONFIGS, f"{CONFIGS}/list", f"{CONFIGS}/color", "/health"):
        assert prod.get(f"{path}/").json.get("data") == prod.get(path).json.get("data")


@pytest.mark.parametrize("route", WITH_BODY)
@pytest.mark.parametrize(
    "declared",
    [
        "text/plain",
        "application/xml",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
        "",
        "json",
        "*/*",
        ";",
    ],
)
def test_a_body_is_declared_as_json(shop: World, route: Route, declared: str) -> None:
    a_parameter(shop.client)
    before = shop.store.content()

    refused = shop.client.send(route.method, route.path(), route.body(), {"Content-Type": declared})

    assert refused.refusal == (415, "UNSUPPORTED_MEDIA_TYPE", [])
    assert refused.error == "Send the body as JSON, with Content-Type: application/json"
    assert shop.store.content() == before


@pytest.mark.parametrize(
    "declared",
    ["application/json", "application/json; charset=utf-8", "APPLICATION/JSON", "application/merge-patch+json", None],
)
def test_json_may_be_declared_in_several_ways(world: World, declared: str | None) -> None:
    headers = {} if declared is None else {"Content-Type": declared}

    assert world.client.post(EDIT_PLATFORMS, b'{"name":"web"}', headers).status == 201


@pytest.mark.parametrize("encoding", ["gzip", "br", "deflate", "nope", ""])
def test_a_compressed_body_is_refused(world: World, encoding: str) -> None:
    refused = world.client.post(EDIT_PLATFORMS, {"name": "web"}, {"Content-Encoding": encoding})

    assert refused.refusal == (415, "UNSUPPORTED_MEDIA_TYPE", [])
    assert refused.error == "Send the body without Content-Encoding"


def test_what_nobody_foresaw_is_a_500_without_details(shop: World) -> None:
    a_parameter(shop.client)

    def burst() -> None:
        raise RuntimeError("password=hunter2 in /srv/secret.py")

    shop.store.meanwhile("get manifests", burst)
    refused = shop.client.get(CONFIGS)

    assert refused.refusal == (500, "INTERNAL_SERVER_ERROR", [])
    assert refused.error == "Something went wrong; the request id leads to the log"
    assert b"hunter2" not in refused.body
    assert any(refused.headers["x-request-id"] in line and "RuntimeError" in line for line in shop.log)
    assert shop.client.get(CONFIGS).status == 200


def test_successes_have_one_envelope_too(prod: Client) -> None:
    a_parameter(prod)

    for path in (PLATFORMS, f"{PLATFORMS}/web", CONFIGS, f"{CONFIGS}/list", f"{CONFIGS}/color", f"{CONFIGS}/count"):
        body = prod.get(path).json
        assert body["success"] is True
        assert list(body) == [name for name in ("success", "data", "meta", "timestamp") if name in body]
    for path in (f"{EDIT_CONFIGS}/color/history", f"{CONFIGS}/color/versions", f"{PUBLIC}{INTERNAL[7:]}/x"):
        assert "timestamp" in prod.get(path).json
