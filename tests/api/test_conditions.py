"""Conditional requests: 304 for what has not changed, 412 for what has, 409 for two who change the same."""

import pytest

from tests.api.client import INTERNAL, PUBLIC, Client
from tests.api.given import (
    CONFIGS,
    EDIT_CONFIGS,
    EDIT_ENVIRONMENTS,
    EDIT_PLATFORMS,
    ENVIRONMENTS,
    EXPERIMENTS,
    FLAGS,
    PLATFORMS,
    PROD,
    a_change,
    a_flag,
    a_parameter,
    an_experiment,
)
from tests.api.world import World

READS = [
    PLATFORMS,
    f"{PLATFORMS}/web",
    ENVIRONMENTS,
    f"{ENVIRONMENTS}/prod",
    CONFIGS,
    f"{CONFIGS}/list",
    f"{CONFIGS}/list?limit=1",
    f"{CONFIGS}/count",
    f"{CONFIGS}/color",
    FLAGS,
    f"{FLAGS}?limit=1",
    f"{FLAGS}/dark",
    EXPERIMENTS,
    f"{EXPERIMENTS}?status=draft",
    f"{EXPERIMENTS}/checkout",
]
OF_PARAMETERS = READS[4:9]


@pytest.mark.journey
@pytest.mark.parametrize("path", READS)
def test_what_has_not_changed_is_not_sent_again(prod: Client, path: str) -> None:
    a_parameter(prod)
    a_flag(prod)
    an_experiment(prod)
    first = prod.get(path)
    assert first.etag.startswith('"')

    again = prod.get(path, {"If-None-Match": first.etag})

    assert (again.status, again.body) == (304, b"")
    assert again.etag == first.etag
    assert {name: again.headers.get(name) for name in ("cache-control", "vary")} == {
        name: first.headers[name] for name in ("cache-control", "vary")
    }


@pytest.mark.parametrize("spelled", ["{}", "W/{}", '"other", {}', '{}, "other"', '"a",W/{} ,"b"', "*"])
def test_one_matching_tag_is_enough(prod: Client, spelled: str) -> None:
    a_parameter(prod)
    tag = prod.get(CONFIGS).etag

    assert prod.get(CONFIGS, {"If-None-Match": spelled.format(tag)}).status == 304


@pytest.mark.parametrize("asked", ["", "x", '"', '""', "W/", '"other"', ",,,", "* ,", '"' * 5_000])
def test_tags_that_do_not_match_get_the_whole_answer(prod: Client, asked: str) -> None:
    a_parameter(prod)

    assert prod.get(CONFIGS, {"If-None-Match": asked}).data == {"color": "red"}


@pytest.mark.journey
@pytest.mark.parametrize("path", OF_PARAMETERS)
def test_what_has_changed_is_sent_under_another_tag(prod: Client, path: str) -> None:
    a_parameter(prod)
    before = prod.get(path)
    a_change(prod)

    after = prod.get(path, {"If-None-Match": before.etag})

    assert after.status == 200
    assert after.etag != before.etag
    if "count" not in path:
        assert after.data != before.data


def test_going_back_does_not_bring_an_old_tag_back(prod: Client) -> None:
    a_parameter(prod, "color", "red")
    tags = {path: [prod.get(path).etag] for path in OF_PARAMETERS}
    for _ in range(3):
        a_change(prod)
        prod.post(f"{EDIT_CONFIGS}/color/rollback", {"version": "1"})
        for path, seen in tags.items():
            seen.append(prod.get(path).etag)

    assert all(len(set(seen)) == 4 for seen in tags.values())


def test_a_new_life_has_other_tags(prod: Client) -> None:
    a_parameter(prod, "color", "red")
    first = {path: prod.get(path).etag for path in OF_PARAMETERS}
    prod.delete(f"{EDIT_ENVIRONMENTS}/prod")
    prod.post(EDIT_ENVIRONMENTS, {"environment": "prod"})
    a_parameter(prod, "color", "red")

    for path, tag in first.items():
        assert prod.get(path, {"If-None-Match": tag}).status == 200


def test_different_parts_of_a_list_have_different_tags(prod: Client) -> None:
    for key in ("a", "b", "c"):
        a_parameter(prod, key)
    queries = ["", "?limit=1", "?limit=2", "?limit=1&offset=1", "?nextToken=&limit=1", "?page=1", "?page=2"]

    tags = [prod.get(f"{CONFIGS}/list{query}").etag for query in queries]

    assert len(set(tags)) == len(queries)


def test_compressed_and_plain_answers_have_different_tags(prod: Client) -> None:
    a_parameter(prod, "long", "x" * 2_000)
    plain = prod.get(CONFIGS)
    zipped = prod.get(CONFIGS, {"Accept-Encoding": "gzip"})

    assert plain.etag != zipped.etag
    assert prod.get(CONFIGS, {"If-None-Match": plain.etag, "Accept-Encoding": "gzip"}).status == 200
    assert prod.get(CONFIGS, {"If-None-Match": zipped.etag, "Accept-Encoding": "gzip"}).status == 304


def test_processes_give_the_same_tags(shop: World) -> None:
    a_parameter(shop.client)
    a_flag(shop.client)
    an_experiment(shop.client)
    a_change(shop.client)
    other = shop.process()

    for path in READS:
        assert other.get(path).etag == shop.client.get(path).etag


def test_unknown_places_have_no_tags(prod: Client) -> None:
    read = prod.get(f"{PUBLIC}/platforms/nope/environments/prod/configs")

    assert "etag" not in read.headers
    assert prod.get(f"{PUBLIC}/platforms/nope/environments/prod/configs", {"If-None-Match": "*"}).status == 200


@pytest.mark.parametrize(
    ("read", "edit", "change"),
    [
        (f"{PLATFORMS}/web", f"{EDIT_PLATFORMS}/web", {"description": "new"}),
        (f"{ENVIRONMENTS}/prod", f"{EDIT_ENVIRONMENTS}/prod", {"description": "new"}),
        (f"{CONFIGS}/color", f"{EDIT_CONFIGS}/color", {"defaultValue": "new"}),
    ],
)
@pytest.mark.journey
def test_who_read_the_last_version_may_change_it_once(prod: Client, read: str, edit: str, change: object) -> None:
    a_parameter(prod)
    seen = {"If-Match": prod.get(read).etag}

    changed = prod.patch(edit, change, seen)
    assert changed.status == 200
    assert changed.etag == prod.get(read).etag != seen["If-Match"]

    for method, body in (("PATCH", change), ("DELETE", None)):
        refused = prod.send(method, edit, body, seen)
        assert refused.refusal == (412, "PRECONDITION_FAILED", [])
        assert refused.error == "It is no longer the version that If-Match names; read it again"
    assert prod.get(read).data == changed.data


def test_the_tag_of_a_created_item_can_be_used_at_once(prod: Client) -> None:
    created = a_parameter(prod)

    changed = prod.patch(f"{EDIT_CONFIGS}/color", {"defaultValue": "blue"}, {"If-Match": created.etag})
    rolled = prod.post(f"{EDIT_CONFIGS}/color/rollback", {"version": "1"}, {"If-Match": changed.etag})

    assert (changed.status, rolled.status) == (200, 200)
    assert prod.delete(f"{EDIT_CONFIGS}/color", {"If-Match": rolled.etag}).status == 204


def test_a_rollback_takes_if_match(prod: Client) -> None:
    created = a_parameter(prod)
    a_change(prod)

    refused = prod.post(f"{EDIT_CONFIGS}/color/rollback", {"version": "1"}, {"If-Match": created.etag})

    assert refused.status == 412
    assert prod.get(f"{CONFIGS}/color").data["version"] == "2"


def test_the_tag_of_a_compressed_item_names_its_version_too(prod: Client) -> None:
    a_parameter(prod, "color", "x" * 2_000)
    tag = prod.get(f"{CONFIGS}/color", {"Accept-Encoding": "gzip"}).etag

    assert a_change(prod, headers={"If-Match": tag}).status == 200


@pytest.mark.parametrize("spelled", ["*", '"other-1-f-i", {}', "{} , {}"])
def test_if_match_may_name_several(prod: Client, spelled: str) -> None:
    tag = a_parameter(prod).etag

    assert a_change(prod, headers={"If-Match": spelled.format(tag, tag)}).status == 200


@pytest.mark.parametrize(
    "asked",
    [
        "",
        "x",
        '"',
        '"-"',
        '"----"',
        '"a-b-c-d"',
        '"a-1-f"',
        "W/{}",
        "{}x",
        '"a-²-f-i"',
        '"a-' + "9" * 5_000 + '-f-i"',
        '"a--1-f-i"',
        ",",
        '"' * 3_000,
        "é",
    ],
)
@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
def test_a_tag_that_is_not_the_current_one_changes_nothing(shop: World, asked: str, method: str) -> None:
    tag = a_parameter(shop.client).etag
    before = shop.store.content()

    refused = shop.client.send(
        method,
        f"{EDIT_CONFIGS}/color",
        {"defaultValue": "blue"} if method == "PATCH" else None,
        {"If-Match": asked.format(tag) if "{}" in asked else asked},
    )

    assert refused.status == 412
    assert shop.store.content() == before


@pytest.mark.parametrize("asked", ["*", '"a-1-f-i"'])
def test_nothing_is_created_under_if_match(shop: World, asked: str) -> None:
    before = shop.store.content()
    bodies = {
        EDIT_PLATFORMS: {"name": "ios"},
        EDIT_ENVIRONMENTS: {"environment": "staging"},
        EDIT_CONFIGS: {"parameterKey": "p", "valueType": "string", "defaultValue": ""},
    }

    for path, body in bodies.items():
        assert shop.client.post(path, body, {"If-Match": asked}).status == 412
    assert shop.store.content() == before


def test_the_tag_of_an_earlier_life_changes_nothing(prod: Client) -> None:
    old = a_parameter(prod).etag
    prod.delete(f"{EDIT_CONFIGS}/color")
    again = a_parameter(prod)

    assert prod.patch(f"{EDIT_CONFIGS}/color", {"defaultValue": "blue"}, {"If-Match": old}).status == 412
    assert prod.get(f"{CONFIGS}/color").data == again.data


@pytest.mark.parametrize(
    ("first", "second"),
    [("PATCH", "PATCH"), ("PATCH", "DELETE"), ("DELETE", "PATCH"), ("ROLLBACK", "PATCH"), ("PATCH", "ROLLBACK")],
)
def test_of_two_who_change_the_same_version_one_wins(shop: World, first: str, second: str) -> None:
    a_parameter(shop.client)
    a_change(shop.client, "color", "v2")
    calls = {
        "PATCH": lambda: shop.client.patch(f"{EDIT_CONFIGS}/color", {"defaultValue": "patched"}),
        "DELETE": lambda: shop.client.delete(f"{EDIT_CONFIGS}/color"),
        "ROLLBACK": lambda: shop.client.post(f"{EDIT_CONFIGS}/color/rollback", {"version": "1"}),
    }
    winners = []
    shop.store.meanwhile("put parameters", lambda: winners.append(calls[first]()))

    loser = calls[second]()

    assert [winner.status for winner in winners] in ([200], [204])
    assert loser.refusal == (409, "CONFLICT", [])
    assert loser.error == "It was changed meanwhile; read it again and repeat"
    history = shop.client.get(f"{EDIT_CONFIGS}/color/history").data
    assert [entry["version"] for entry in history] == ["3", "2", "1"]
    assert history[0]["action"] == {"PATCH": "update", "DELETE": "delete", "ROLLBACK": "rollback"}[first]


def test_of_two_who_change_the_same_version_under_if_match_the_other_gets_412(shop: World) -> None:
    tag = a_parameter(shop.client).etag
    shop.store.meanwhile("put parameters", lambda: a_change(shop.client, "color", "first"))

    refused = shop.client.patch(f"{EDIT_CONFIGS}/color", {"defaultValue": "second"}, {"If-Match": tag})

    assert refused.refusal == (412, "PRECONDITION_FAILED", [])
    assert shop.client.get(CONFIGS).data == {"color": "first"}


@pytest.mark.parametrize(
    ("call", "path", "body", "sentence"),
    [
        ("put platforms", EDIT_PLATFORMS, {"name": "ios"}, "Platform ios already exists"),
        (
            "put environments",
            EDIT_ENVIRONMENTS,
            {"environment": "staging"},
            "Environment staging already exists in platform web",
        ),
        (
            "put parameters",
            EDIT_CONFIGS,
            {"parameterKey": "p", "valueType": "string", "defaultValue": ""},
            "Parameter p already exists in web/prod",
        ),
    ],
)
def test_of_two_who_create_the_same_one_wins(shop: World, call: str, path: str, body: object, sentence: str) -> None:
    winners = []
    shop.store.meanwhile(call, lambda: winners.append(shop.client.post(path, body)))

    loser = shop.client.post(path, body)

    assert [winner.status for winner in winners] == [201]
    assert loser.refusal == (409, "CONFLICT", [])
    assert loser.error == sentence


def test_changes_of_different_parameters_do_not_disturb_each_other(shop: World) -> None:
    a_parameter(shop.client, "a")
    a_parameter(shop.client, "b")
    shop.store.meanwhile("put parameters", lambda: a_change(shop.client, "b", "B"))

    a_change(shop.client, "a", "A")

    assert shop.client.get(CONFIGS).data == {"a": "A", "b": "B"}
    assert shop.process().get(CONFIGS).data == {"a": "A", "b": "B"}


def test_internal_lists_have_no_tags(prod: Client) -> None:
    a_parameter(prod)

    read = prod.get(f"{INTERNAL}{PROD}/configs/list", {"If-None-Match": "*"})

    assert read.status == 200
    assert "etag" not in read.headers
