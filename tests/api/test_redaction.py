"""Redaction: what an API key that may only read sees of flags and experiments, and what everybody else does."""

import pytest

from tests.api.given import (
    EDIT_EXPERIMENTS,
    EXPERIMENT,
    EXPERIMENTS,
    FLAGS,
    ROADS,
    a_flag,
    a_platform,
    an_environment,
    an_experiment,
)
from tests.api.world import ADMIN, READER, SECRET, World
from togglebox.auth.permissions import Permission
from togglebox.auth.principal import Principal

READING_KEY = Principal("key-1", "owner@example.com", frozenset({Permission.CONFIG_READ}), is_key=True)
WRITING_KEY = Principal(
    "key-2", "owner@example.com", frozenset({Permission.CONFIG_READ, Permission.CONFIG_WRITE}), is_key=True
)
REDACTED = {"hypothesis": "", "createdBy": "system@togglebox.dev"}


@pytest.fixture
def guarded() -> World:
    """Give a world with authentication on, where an administrator has made a flag and an experiment of each status."""
    world = World({"ENABLE_AUTHENTICATION": "true", "JWT_SECRET": SECRET})
    world.caller = ADMIN
    a_platform(world.client)
    an_environment(world.client)
    a_flag(world.client)
    for status in ROADS:
        an_experiment(world.client, status, status)
    return world


def test_a_key_that_may_only_read_sees_what_runs_without_hypothesis_and_author(guarded: World) -> None:
    whole = guarded.client.get(f"{EXPERIMENTS}/running").data
    guarded.caller = READING_KEY

    listed = guarded.client.get(EXPERIMENTS)

    assert listed.data == [{**whole, **REDACTED}]
    assert listed.meta == {"total": 1}
    assert guarded.client.get(f"{EXPERIMENTS}/running").data == {**whole, **REDACTED}
    assert guarded.client.get(f"{EXPERIMENTS}?limit=1").meta["total"] == 1


@pytest.mark.parametrize("status", ["draft", "paused", "completed", "archived"])
def test_for_such_a_key_there_is_nothing_else(guarded: World, status: str) -> None:
    guarded.caller = READING_KEY

    assert guarded.client.get(f"{EXPERIMENTS}?status={status}").data == []
    refused = guarded.client.get(f"{EXPERIMENTS}/{status}")
    assert (refused.status, refused.error) == (404, "Experiment not found")


@pytest.mark.parametrize("wanted", ["running", "active"])
def test_filters_that_let_through_what_runs_do_so(guarded: World, wanted: str) -> None:
    guarded.caller = READING_KEY

    listed = guarded.client.get(f"{EXPERIMENTS}?status={wanted}").data

    assert [experiment["experimentKey"] for experiment in listed] == ["running"]


@pytest.mark.parametrize("caller", [READER, WRITING_KEY, ADMIN], ids=["reader", "writing key", "admin"])
def test_people_and_keys_that_write_see_everything(guarded: World, caller: Principal) -> None:
    guarded.caller = caller

    listed = guarded.client.get(EXPERIMENTS).data

    assert [experiment["experimentKey"] for experiment in listed] == sorted(ROADS)
    assert {experiment["hypothesis"] for experiment in listed} == {EXPERIMENT["hypothesis"]}
    assert {experiment["createdBy"] for experiment in listed} == {ADMIN.email}
    assert guarded.client.get(f"{EXPERIMENTS}/draft").status == 200


def test_of_flags_only_the_author_is_hidden(guarded: World) -> None:
    whole = guarded.client.get(f"{FLAGS}/dark").data
    guarded.caller = READING_KEY

    assert whole["createdBy"] == ADMIN.email
    assert guarded.client.get(f"{FLAGS}/dark").data == {**whole, "createdBy": "system@togglebox.dev"}
    assert guarded.client.get(FLAGS).data == [{**whole, "createdBy": "system@togglebox.dev"}]


@pytest.mark.parametrize("path", [FLAGS, f"{FLAGS}/dark", EXPERIMENTS, f"{EXPERIMENTS}/running"])
def test_what_one_may_see_is_never_answered_with_what_the_other_sees(guarded: World, path: str) -> None:
    full = guarded.client.get(path)
    guarded.caller = READING_KEY

    reduced = guarded.client.get(path, {"If-None-Match": full.etag})

    assert reduced.status == 200
    assert reduced.body != full.body
    assert (full.etag.split("-")[-2], reduced.etag.split("-")[-2]) == ("f", "r")
    assert guarded.client.get(path, {"If-None-Match": reduced.etag}).status == 304
    guarded.caller = ADMIN
    assert guarded.client.get(path).body == full.body


def test_a_tag_of_either_class_names_the_version_for_a_change(guarded: World) -> None:
    guarded.caller = READING_KEY
    seen = {"If-Match": guarded.client.get(f"{EXPERIMENTS}/running").etag}
    guarded.caller = ADMIN

    assert guarded.client.post(f"{EDIT_EXPERIMENTS}/running/pause", None, seen).status == 200
    assert guarded.client.post(f"{EDIT_EXPERIMENTS}/running/resume", None, seen).status == 412


def test_where_authentication_is_off_everybody_sees_everything(shop: World) -> None:
    an_experiment(shop.client)
    shop.caller = READING_KEY

    assert [experiment["hypothesis"] for experiment in shop.client.get(EXPERIMENTS).data] == [EXPERIMENT["hypothesis"]]
