"""Lists: complete unless the request asks for a page, in token style or in offset style."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.api.client import INTERNAL, PUBLIC, Client
from tests.api.given import (
    CONFIGS,
    EDIT_CONFIGS,
    EDIT_PLATFORMS,
    ENVIRONMENTS,
    PLATFORMS,
    PROD,
    a_change,
    a_parameter,
    a_platform,
    an_environment,
)
from tests.api.world import World

LIST = f"{CONFIGS}/list"
VERSIONS = f"{CONFIGS}/p1/versions"


def with_platforms(client: Client, count: int) -> list[str]:
    for number in range(1, count + 1):
        a_platform(client, f"p{number:03}")
    return [f"p{number:03}" for number in range(1, count + 1)]


def with_environments(client: Client, count: int) -> list[str]:
    a_platform(client)
    for number in range(1, count + 1):
        an_environment(client, f"e{number:03}")
    return [f"e{number:03}" for number in range(1, count + 1)]


def with_parameters(client: Client, count: int) -> list[str]:
    a_platform(client)
    an_environment(client)
    for number in range(1, count + 1):
        a_parameter(client, f"p{number:03}")
    return [f"p{number:03}" for number in range(1, count + 1)]


def with_versions(client: Client, count: int) -> list[str]:
    with_parameters(client, 0)
    a_parameter(client, "p1")
    for _ in range(count - 1):
        a_change(client, "p1")
    return [str(number) for number in range(count, 0, -1)]


LISTS: list[Any] = [
    pytest.param(PLATFORMS, "name", with_platforms, id="platforms"),
    pytest.param(ENVIRONMENTS, "environment", with_environments, id="environments"),
    pytest.param(LIST, "parameterKey", with_parameters, id="parameters"),
    pytest.param(f"{INTERNAL}{PROD}/configs/list", "parameterKey", with_parameters, id="internal parameters"),
    pytest.param(VERSIONS, "version", with_versions, id="versions"),
    pytest.param(f"{EDIT_CONFIGS}/p1/history", "version", with_versions, id="history"),
]

type Make = Callable[[Client, int], list[str]]


def tokens(client: Client, path: str, name: str, limit: int) -> Iterator[tuple[list[str], Any]]:
    """Walk a list in token style to its end; yield names and meta of each page."""
    token = ""
    for _ in range(100):
        page = client.get(f"{path}?limit={limit}&nextToken={token}")
        yield [entry[name] for entry in page.data], page.meta
        if not page.meta["hasMore"]:
            return
        token = page.meta["nextToken"]
    raise AssertionError("the list has no end")


@pytest.mark.parametrize(("path", "name", "make"), LISTS)
def test_a_list_without_pagination_parameters_is_complete(client: Client, path: str, name: str, make: Make) -> None:
    expected = make(client, 123)

    listed = client.get(path)

    assert [entry[name] for entry in listed.data] == expected
    assert listed.meta == {"total": 123}


@pytest.mark.journey
@pytest.mark.parametrize(("path", "name", "make"), LISTS)
def test_tokens_lead_through_the_whole_list(client: Client, path: str, name: str, make: Make) -> None:
    expected = make(client, 7)

    pages = list(tokens(client, path, name, 3))

    assert [names for names, _ in pages] == [expected[:3], expected[3:6], expected[6:]]
    assert [meta.keys() for _, meta in pages] == [{"nextToken", "hasMore"}, {"nextToken", "hasMore"}, {"hasMore"}]
    assert [meta["hasMore"] for _, meta in pages] == [True, True, False]


@pytest.mark.parametrize(("path", "name", "make"), LISTS)
def test_a_last_page_that_is_full_is_the_last(client: Client, path: str, name: str, make: Make) -> None:
    expected = make(client, 6)

    assert [names for names, _ in tokens(client, path, name, 3)] == [expected[:3], expected[3:]]
    last = client.get(f"{path}?page=2&perPage=3").meta
    assert (last["hasNext"], last["hasMore"], last["totalPages"]) == (False, False, 2)
    assert "nextToken" not in last


@pytest.mark.journey
@pytest.mark.parametrize(("path", "name", "make"), LISTS)
def test_offset_style_tells_where_the_page_stands(client: Client, path: str, name: str, make: Make) -> None:
    expected = make(client, 7)

    page = client.get(f"{path}?page=2&perPage=3")

    assert [entry[name] for entry in page.data] == expected[3:6]
    token = page.meta["nextToken"]
    assert page.meta == {
        "page": 2,
        "perPage": 3,
        "total": 7,
        "totalPages": 3,
        "hasNext": True,
        "hasPrev": True,
        "nextToken": token,
        "hasMore": True,
    }
    following = client.get(f"{path}?nextToken={token}&limit=3")
    assert [entry[name] for entry in following.data] == expected[6:]


@pytest.mark.parametrize(
    ("query", "part", "meta"),
    [
        ("page=1", slice(0, 20), {"page": 1, "perPage": 20, "hasNext": True, "hasPrev": False}),
        ("page=2", slice(20, 25), {"page": 2, "perPage": 20, "hasNext": False, "hasPrev": True}),
        ("page=3", slice(25, 25), {"page": 3, "perPage": 20, "hasNext": False, "hasPrev": True}),
        ("perPage=10", slice(0, 10), {"page": 1, "perPage": 10}),
        ("limit=10", slice(0, 10), {"page": 1, "perPage": 10}),
        ("offset=10", slice(10, 25), {"page": 1, "perPage": 20, "hasPrev": True}),
        ("limit=10&offset=20", slice(20, 25), {"page": 3, "perPage": 10, "hasNext": False}),
        ("limit=10&offset=5", slice(5, 15), {"page": 1, "perPage": 10, "hasPrev": True}),
        ("limit=10&page=3", slice(0, 10), {"page": 1, "perPage": 10}),
        ("offset=25", slice(25, 25), {"hasNext": False, "hasMore": False}),
        ("offset=999999999999999", slice(25, 25), {"hasNext": False}),
        ("page=999999999999999&perPage=100", slice(25, 25), {"hasNext": False}),
        ("limit=101", slice(0, 25), {"perPage": 100}),
        ("perPage=1000", slice(0, 25), {"perPage": 100}),
        ("nextToken=", slice(0, 20), {"hasMore": True}),
        ("nextToken=&limit=25", slice(0, 25), {"hasMore": False}),
        ("nextToken=&perPage=5", slice(0, 5), {"hasMore": True}),
        ("nextToken=&limit=5&page=3", slice(0, 5), {"hasMore": True}),
        ("sort=name", slice(0, 25), {"total": 25}),
    ],
)
@pytest.mark.parametrize("asked", [LISTS[2].values, LISTS[4].values], ids=["parameters", "versions"])
def test_the_request_chooses_the_page(
    client: Client, asked: tuple[str, str, Make], query: str, part: slice, meta: Any
) -> None:
    path, name, make = asked
    expected = make(client, 25)

    page = client.get(f"{path}?{query}")

    assert [entry[name] for entry in page.data] == expected[part]
    assert page.meta.items() >= meta.items()
    assert ("total" in page.meta) != ("nextToken=" in query)


def test_a_page_holds_at_most_100(client: Client) -> None:
    expected = with_parameters(client, 101)

    page = client.get(f"{LIST}?limit=500")

    assert [entry["parameterKey"] for entry in page.data] == expected[:100]
    assert (page.meta["perPage"], page.meta["total"], page.meta["hasNext"]) == (100, 101, True)


@pytest.mark.parametrize(
    "value", ["-1", "x", "1.5", "1e2", "", "%20", "+1", "%D9%A3", "1_0", "0x1", "NaN", "9" * 16, "01"]
)
@pytest.mark.parametrize("name", ["limit", "offset", "page", "perPage"])
@pytest.mark.parametrize("path", [PLATFORMS, ENVIRONMENTS, LIST, VERSIONS])
def test_a_page_is_asked_for_with_whole_numbers(prod: Client, path: str, name: str, value: str) -> None:
    least = 0 if name == "offset" else 1
    fault = f"{name}: must be a whole number from {least} up"

    assert prod.get(f"{path}?{name}={value}").refusal == (422, "VALIDATION_FAILED", [fault])


@pytest.mark.parametrize(
    "query", ["nextToken=&page=x", "limit=1&page=x", "page=1&offset=x&perPage=1", "limit=1&perPage=0"]
)
def test_a_number_is_checked_also_where_another_wins(prod: Client, query: str) -> None:
    assert prod.get(f"{LIST}?{query}").refusal[:2] == (422, "VALIDATION_FAILED")


@pytest.mark.parametrize("name", ["limit", "page", "perPage"])
def test_pages_and_their_sizes_begin_with_1(prod: Client, name: str) -> None:
    assert prod.get(f"{LIST}?{name}=0").refusal[2] == [f"{name}: must be a whole number from 1 up"]


@pytest.mark.parametrize("query", ["limit=1&limit=1", "limit=1&limit=2", "limit=1&l%69mit=1", "nextToken=&nextToken="])
@pytest.mark.parametrize("path", [PLATFORMS, ENVIRONMENTS, LIST, VERSIONS])
def test_a_parameter_of_the_query_is_given_once(prod: Client, path: str, query: str) -> None:
    name = query.partition("=")[0]

    assert prod.get(f"{path}?{query}").refusal == (422, "VALIDATION_FAILED", [f"{name}: must be given once"])


def a_token(client: Client, path: str = LIST) -> str:
    token: str = client.get(f"{path}?nextToken=&limit=1").meta["nextToken"]
    return token


def refused_token(client: Client, path: str, token: str) -> None:
    refused = client.get(f"{path}?nextToken={token}")
    assert refused.refusal == (400, "MALFORMED_REQUEST", [])
    assert refused.error == "Invalid pagination token"


@pytest.mark.journey
def test_a_token_belongs_to_one_list(client: Client) -> None:
    with_parameters(client, 2)
    an_environment(client, "staging")
    a_platform(client, "ios")
    a_change(client, "p001")

    refused_token(client, f"{PUBLIC}/platforms/web/environments/staging/configs/list", a_token(client))
    refused_token(client, ENVIRONMENTS, a_token(client))
    refused_token(client, PLATFORMS, a_token(client, ENVIRONMENTS))
    refused_token(client, LIST, a_token(client, PLATFORMS))
    refused_token(client, f"{EDIT_CONFIGS}/p001/history", a_token(client, f"{CONFIGS}/p001/versions"))
    refused_token(client, f"{CONFIGS}/p002/versions", a_token(client, f"{CONFIGS}/p001/versions"))


@pytest.mark.parametrize(
    "broken",
    [
        "x",
        "null",
        "0",
        "%00",
        "%F0%9F%98%80",
        "A" * 5_000,
        "eyJQSyI6ICJ3ZWIifQ==",
        "AQ",
        "AQAAAAAAAAAA",
        "..%2F..%2Fetc",
        "=",
        "%20",
    ],
)
@pytest.mark.parametrize("path", [PLATFORMS, ENVIRONMENTS, LIST, VERSIONS, f"{EDIT_CONFIGS}/p1/history"])
def test_a_broken_token_is_refused(prod: Client, path: str, broken: str) -> None:
    a_parameter(prod, "p1")

    refused_token(prod, path, broken)


def test_a_token_that_was_changed_is_refused(client: Client) -> None:
    with_parameters(client, 3)
    token = a_token(client)

    for place in range(len(token)):
        changed = token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1 :]
        if place < len(token) - 1:  # the last character may hold bits that mean nothing
            refused_token(client, LIST, changed)
    refused_token(client, LIST, token[:-2])


def test_a_token_does_not_work_on_another_engine(client: Client) -> None:
    with_parameters(client, 3)
    there = World()
    with_parameters(there.client, 3)
    there.app.engine = "another"

    refused_token(client, LIST, a_token(there.client))


def test_a_token_shows_no_keys_of_tables(client: Client) -> None:
    with_parameters(client, 3)

    token = a_token(client)

    assert "=" not in token
    assert token.replace("-", "").replace("_", "").isalnum()


def test_tokens_lead_on_while_the_list_changes(client: Client) -> None:
    with_parameters(client, 6)
    page = client.get(f"{LIST}?nextToken=&limit=3")
    client.delete(f"{EDIT_CONFIGS}/p003")
    client.delete(f"{EDIT_CONFIGS}/p001")
    a_parameter(client, "p000")
    a_parameter(client, "p0045")

    following = client.get(f"{LIST}?nextToken={page.meta['nextToken']}&limit=10")

    assert [entry["parameterKey"] for entry in following.data] == ["p004", "p0045", "p005", "p006"]
    assert following.meta == {"hasMore": False}


def test_tokens_of_versions_lead_on_while_versions_are_made(client: Client) -> None:
    with_versions(client, 5)
    page = client.get(f"{VERSIONS}?nextToken=&limit=2")
    a_change(client, "p1")

    following = client.get(f"{VERSIONS}?nextToken={page.meta['nextToken']}&limit=2")

    assert [entry["version"] for entry in following.data] == ["3", "2"]


def test_an_empty_list_has_one_style_of_emptiness(prod: Client) -> None:
    assert prod.get(f"{LIST}?nextToken=").meta == {"hasMore": False}
    page = prod.get(f"{LIST}?page=1").meta
    assert page == {
        "page": 1,
        "perPage": 20,
        "total": 0,
        "totalPages": 0,
        "hasNext": False,
        "hasPrev": False,
        "hasMore": False,
    }
    assert prod.get(f"{CONFIGS}/nope/versions?page=1").meta == page


def test_unknown_places_have_pages_without_entries(prod: Client) -> None:
    for path in (f"{PUBLIC}/platforms/nope/environments", f"{PUBLIC}/platforms/nope/environments/prod/configs/list"):
        page = prod.get(f"{path}?limit=5")
        assert (page.status, page.data, page.meta["total"]) == (200, [], 0)


def test_pages_show_changes_at_once(prod: Client) -> None:
    a_parameter(prod, "a")
    a_parameter(prod, "b")
    assert [entry["version"] for entry in prod.get(f"{LIST}?limit=2").data] == ["1", "1"]

    a_change(prod, "b")

    assert [entry["version"] for entry in prod.get(f"{LIST}?limit=2").data] == ["1", "2"]


def test_asking_for_many_different_pages_takes_bounded_memory(shop: World) -> None:
    for number in range(40):
        a_parameter(shop.client, f"p{number:02}", "x" * 10_000)
    for limit in range(1, 41):
        for offset in range(0, 40, 5):
            shop.client.get(f"{LIST}?limit={limit}&offset={offset}")

    kept: list[Any] = list(shop.app.configs.view(("web", "prod")).bodies.values())

    assert 1 < len(kept) < 320
    assert sum(len(body.plain) for body in kept) < 16_000_000


def test_lists_can_be_paged_in_internal_routes_too(prod: Client) -> None:
    a_parameter(prod, "a")
    a_parameter(prod, "b")

    first = prod.get(f"{INTERNAL}{PROD}/configs/list?nextToken=&limit=1")

    assert [entry["parameterKey"] for entry in first.data] == ["a"]
    assert prod.get(f"{EDIT_PLATFORMS}?limit=1").status == 405
