"""`Idempotency-Key`: a request that is repeated changes once, and is answered as the first time."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.api.client import INTERNAL, Answer, Client
from tests.api.given import (
    CONFIGS,
    EDIT_CONFIGS,
    EDIT_ENVIRONMENTS,
    EDIT_EXPERIMENTS,
    EDIT_FLAGS,
    EDIT_PLATFORMS,
    EXPERIMENT,
    PLATFORMS,
    a_change,
    a_flag,
    a_flag_change,
    a_parameter,
    an_experiment,
)
from tests.api.world import World

KEY = {"Idempotency-Key": "7f3c"}
COLOR = {"parameterKey": "color", "valueType": "string", "defaultValue": "red"}

CHANGES: list[Any] = [
    pytest.param("POST", EDIT_PLATFORMS, {"name": "ios"}, id="create platform"),
    pytest.param("PATCH", f"{EDIT_PLATFORMS}/web", {"description": "d"}, id="change platform"),
    pytest.param("DELETE", f"{EDIT_PLATFORMS}/web", None, id="delete platform"),
    pytest.param("POST", EDIT_ENVIRONMENTS, {"environment": "staging"}, id="create environment"),
    pytest.param("PATCH", f"{EDIT_ENVIRONMENTS}/prod", {"description": "d"}, id="change environment"),
    pytest.param("DELETE", f"{EDIT_ENVIRONMENTS}/prod", None, id="delete environment"),
    pytest.param("POST", EDIT_CONFIGS, {**COLOR, "parameterKey": "other"}, id="create parameter"),
    pytest.param("PATCH", f"{EDIT_CONFIGS}/color", {"defaultValue": "blue"}, id="change parameter"),
    pytest.param("POST", f"{EDIT_CONFIGS}/color/rollback", {"version": "1"}, id="roll back"),
    pytest.param("DELETE", f"{EDIT_CONFIGS}/color", None, id="delete parameter"),
    pytest.param("POST", EDIT_FLAGS, {"flagKey": "other", "name": "Other"}, id="create flag"),
    pytest.param("PUT", f"{EDIT_FLAGS}/dark", {"name": "Darkest"}, id="change flag"),
    pytest.param("PATCH", f"{EDIT_FLAGS}/dark/toggle", {"enabled": True}, id="switch flag"),
    pytest.param("PATCH", f"{EDIT_FLAGS}/dark/rollout", {"rolloutPercentageA": 5}, id="roll flag out"),
    pytest.param("POST", f"{EDIT_FLAGS}/dark/rollback", {"version": "1.0.0"}, id="roll flag back"),
    pytest.param("DELETE", f"{EDIT_FLAGS}/dark", None, id="delete flag"),
    pytest.param("POST", EDIT_EXPERIMENTS, {**EXPERIMENT, "experimentKey": "other"}, id="create experiment"),
    pytest.param("PUT", f"{EDIT_EXPERIMENTS}/checkout", {"name": "C"}, id="change experiment"),
    pytest.param("POST", f"{EDIT_EXPERIMENTS}/checkout/start", None, id="start experiment"),
    pytest.param("POST", f"{EDIT_EXPERIMENTS}/running/pause", None, id="pause experiment"),
    pytest.param("POST", f"{EDIT_EXPERIMENTS}/running/complete", {"winner": "green"}, id="complete experiment"),
    pytest.param(
        "PATCH",
        f"{EDIT_EXPERIMENTS}/running/traffic",
        {"trafficAllocation": [dict(share) for share in reversed(EXPERIMENT["trafficAllocation"])]},
        id="change traffic",
    ),
    pytest.param("DELETE", f"{EDIT_EXPERIMENTS}/checkout", None, id="delete experiment"),
]


@pytest.fixture
def ready(prod: Client) -> Client:
    a_parameter(prod)
    a_change(prod)
    a_flag(prod)
    a_flag_change(prod, name="Darker")
    an_experiment(prod)
    an_experiment(prod, "running", "running")
    return prod


def told(answer: Answer) -> tuple[int, object, str | None]:
    return answer.status, answer.body, answer.headers.get("etag")


@pytest.mark.journey
@pytest.mark.parametrize(("method", "path", "body"), CHANGES)
def test_a_repeated_request_is_answered_as_the_first_time(ready: Client, method: str, path: str, body: object) -> None:
    first = ready.send(method, path, body, KEY)
    assert first.status in (200, 201, 204)

    assert told(ready.send(method, path, body, KEY)) == told(first)
    assert told(ready.send(method, path, body, KEY)) == told(first)


@pytest.mark.journey
def test_a_repeated_request_changes_once(ready: Client) -> None:
    for _ in range(3):
        ready.patch(f"{EDIT_CONFIGS}/color", {"defaultValue": "green"}, KEY)

    assert [entry["version"] for entry in ready.get(f"{CONFIGS}/color/versions").data] == ["3", "2", "1"]


def test_a_repeated_request_is_known_after_further_changes(ready: Client) -> None:
    first = ready.patch(f"{EDIT_CONFIGS}/color", {"defaultValue": "green"}, KEY)
    a_change(ready, "color", "later")

    again = ready.patch(f"{EDIT_CONFIGS}/color", {"defaultValue": "green"}, KEY)

    assert again.data["version"] == first.data["version"] == "3"
    assert again.data["defaultValue"] == "green"
    assert ready.get(CONFIGS).data == {"color": "later"}


def test_a_repeated_creation_is_known_after_the_deletion(ready: Client) -> None:
    first = ready.post(EDIT_CONFIGS, {**COLOR, "parameterKey": "p"}, KEY)
    ready.delete(f"{EDIT_CONFIGS}/p")

    again = ready.post(EDIT_CONFIGS, {**COLOR, "parameterKey": "p"}, KEY)

    assert (again.status, again.data["version"]) == (201, first.data["version"])
    assert ready.get(f"{CONFIGS}/p").status == 404


@pytest.mark.parametrize(("method", "path", "body"), [case for case in CHANGES if case.values[2] is not None])
def test_a_key_belongs_to_one_body(ready: Client, method: str, path: str, body: Any) -> None:
    ready.send(method, path, body, KEY)
    field = "createdBy" if "/flags" in path or "/experiments" in path else "description"
    other = {"version": "2"} if body == {"version": "1"} else {**body, field: "other"}

    assert ready.send(method, path, other, KEY).refusal == (422, "IDEMPOTENCY_KEY_REUSED", [])
    assert ready.send(method, path, json.dumps(body, indent=1).encode(), KEY).status == 422
    assert ready.send(method, path, body, KEY).status in (200, 201)


def test_a_key_that_comes_with_another_body_changes_nothing(shop: World) -> None:
    a_parameter(shop.client)
    shop.client.patch(f"{EDIT_CONFIGS}/color", {"defaultValue": "blue"}, KEY)
    before = shop.store.content()

    refused = shop.client.patch(f"{EDIT_CONFIGS}/color", {"defaultValue": "green"}, KEY)

    assert refused.refusal == (422, "IDEMPOTENCY_KEY_REUSED", [])
    assert refused.error == "This Idempotency-Key was used with another request body"
    assert shop.store.content() == before


@pytest.mark.parametrize(
    "path",
    [f"{EDIT_CONFIGS}/other", f"{INTERNAL}/platforms/web/environments/staging/configs/color"],
    ids=["other parameter", "other environment"],
)
def test_the_same_key_on_another_path_is_another_key(ready: Client, path: str) -> None:
    ready.post(EDIT_ENVIRONMENTS, {"environment": "staging"})
    ready.post(path.rpartition("/")[0], {**COLOR, "parameterKey": path.rpartition("/")[2]})
    ready.patch(f"{EDIT_CONFIGS}/color", {"defaultValue": "green"}, KEY)

    changed = ready.patch(path, {"defaultValue": "other"}, KEY)

    assert (changed.status, changed.data["defaultValue"], changed.data["version"]) == (200, "other", "2")


def test_the_same_key_with_another_method_is_another_key(ready: Client) -> None:
    ready.patch(f"{EDIT_CONFIGS}/color", {"defaultValue": "green"}, KEY)

    assert ready.delete(f"{EDIT_CONFIGS}/color", KEY).status == 204


def test_another_key_is_another_change(ready: Client) -> None:
    ready.patch(f"{EDIT_CONFIGS}/color", {"defaultValue": "green"}, KEY)

    changed = ready.patch(f"{EDIT_CONFIGS}/color", {"defaultValue": "green"}, {"Idempotency-Key": "8a"})

    assert changed.data["version"] == "4"


@pytest.mark.parametrize("key", ["", " ", "x" * 256, "a\x00b", "a\x7fb", "a\tb", "\x85"])
@pytest.mark.parametrize(("method", "path", "body"), CHANGES)
def test_a_broken_key_changes_nothing(shop: World, method: str, path: str, body: object, key: str) -> None:
    a_parameter(shop.client)
    a_change(shop.client)
    before = shop.store.content()

    refused = shop.client.send(method, path, body, {"Idempotency-Key": key})

    fault = "idempotency-key: must have 1 to 255 printable characters"
    assert refused.refusal == (422, "VALIDATION_FAILED", [fault])
    assert shop.store.content() == before


@pytest.mark.parametrize("key", ["a", "x" * 255, "with spaces inside", '"quoted"'])
def test_a_key_may_be(ready: Client, key: str) -> None:
    for _ in range(2):
        changed = ready.patch(f"{EDIT_CONFIGS}/color", {"defaultValue": "green"}, {"Idempotency-Key": key})
        assert (changed.status, changed.data["version"]) == (200, "3")


def test_after_24_hours_a_key_is_forgotten(shop: World) -> None:
    a_parameter(shop.client)
    a_change(shop.client, headers=KEY)
    shop.clock.advance(hours=23, minutes=59)
    assert a_change(shop.client, headers=KEY).data["version"] == "2"

    shop.clock.advance(minutes=2)

    assert a_change(shop.client, headers=KEY).data["version"] == "3"


def test_a_refused_request_can_be_repeated_once_nothing_stands_against_it(ready: Client) -> None:
    body = {**COLOR, "parameterKey": "late", "jsonSchema": {"type": "number"}}
    assert ready.post(EDIT_CONFIGS, body, KEY).status == 422

    assert ready.post(EDIT_CONFIGS, {**body, "jsonSchema": None}, KEY).status == 201


def test_a_repeat_whose_first_try_was_lost_before_it_changed_anything_changes_once(shop: World) -> None:
    a_parameter(shop.client)

    def go_away() -> None:
        shop.store.away = True

    shop.store.meanwhile("put manifests", go_away)
    assert shop.client.patch(f"{EDIT_CONFIGS}/color", {"defaultValue": "blue"}, KEY).status == 503
    shop.store.away = False

    again = shop.client.patch(f"{EDIT_CONFIGS}/color", {"defaultValue": "blue"}, KEY)

    assert (again.status, again.data["version"]) == (200, "2")
    assert len(shop.client.get(f"{CONFIGS}/color/versions").data) == 2


@pytest.mark.parametrize("call", ["put parameters", "add_new parameter-journal", "put manifests"])
def test_a_repeat_after_an_answer_that_was_lost_finds_its_change(shop: World, call: str) -> None:
    a_parameter(shop.client)
    statuses = []

    def lose(answers: Callable[[], object] = lambda: None) -> None:
        shop.store.mute = True

    shop.store.meanwhile(call, lose)
    statuses.append(shop.client.patch(f"{EDIT_CONFIGS}/color", {"defaultValue": "blue"}, KEY).status)
    shop.store.mute = False

    again = shop.client.patch(f"{EDIT_CONFIGS}/color", {"defaultValue": "blue"}, KEY)

    assert statuses[0] in (200, 503)
    assert (again.status, again.data["version"]) == (200, "2")
    assert shop.client.get(CONFIGS).data == {"color": "blue"}


def test_a_repeat_after_somebody_else_changed_it_meanwhile_is_refused(shop: World) -> None:
    a_parameter(shop.client)

    def go_away() -> None:
        shop.store.away = True

    shop.store.meanwhile("put manifests", go_away)
    assert shop.client.patch(f"{EDIT_CONFIGS}/color", {"defaultValue": "mine"}, KEY).status == 503
    shop.store.away = False
    a_change(shop.client, "color", "theirs")

    refused = shop.client.patch(f"{EDIT_CONFIGS}/color", {"defaultValue": "mine"}, KEY)

    assert refused.refusal == (409, "CONFLICT", [])
    assert shop.client.get(CONFIGS).data == {"color": "theirs"}


def test_reads_ignore_keys(ready: Client) -> None:
    assert ready.get(PLATFORMS, {"Idempotency-Key": ""}).status == 200
