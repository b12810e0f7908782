"""Versions of a parameter: numbered, shown, gone back to, and the history that tells of them."""

from urllib.parse import quote

import pytest

from tests.api.client import INTERNAL, Client
from tests.api.given import CONFIGS, EDIT_CONFIGS, PROD, a_change, a_parameter, an_environment
from tests.api.world import World

VERSIONS = f"{CONFIGS}/color/versions"
HISTORY = f"{EDIT_CONFIGS}/color/history"
ROLLBACK = f"{EDIT_CONFIGS}/color/rollback"


def with_versions(client: Client, last: int) -> None:
    """Make the parameter ``color`` with values ``v1`` to ``v<last>``."""
    a_parameter(client, "color", "v1")
    for number in range(2, last + 1):
        a_change(client, "color", f"v{number}")


@pytest.mark.journey
@pytest.mark.parametrize("area", ["/api/v1", INTERNAL])
def test_versions_are_listed_newest_first_in_the_order_of_numbers(prod: Client, area: str) -> None:
    with_versions(prod, 12)

    listed = prod.get(f"{area}{PROD}/configs/color/versions")

    assert [version["version"] for version in listed.data] == [str(number) for number in range(12, 0, -1)]
    assert [version["defaultValue"] for version in listed.data] == [f"v{number}" for number in range(12, 0, -1)]
    assert [version["isActive"] for version in listed.data] == [True] + [False] * 11
    assert listed.meta == {"total": 12}


def test_the_newest_version_is_the_active_one(prod: Client) -> None:
    with_versions(prod, 3)

    assert prod.get(VERSIONS).data[0] == prod.get(f"{CONFIGS}/color").data


@pytest.mark.journey
@pytest.mark.parametrize("area", ["/api/v1", INTERNAL])
def test_one_version_is_shown_as_it_was(prod: Client, area: str) -> None:
    created = a_parameter(prod, "color", "red", description="d").data
    prod.patch(f"{EDIT_CONFIGS}/color", {"valueType": "number", "defaultValue": "1", "description": None})

    shown = prod.get(f"{area}{PROD}/configs/color/versions/1")

    assert shown.data == {**created, "isActive": False}
    assert prod.get(f"{area}{PROD}/configs/color/versions/2").data == prod.get(f"{CONFIGS}/color").data


@pytest.mark.parametrize("number", ["0", "3", "999999999999"])
def test_a_version_that_never_was_is_not_found(prod: Client, number: str) -> None:
    with_versions(prod, 2)

    refused = prod.get(f"{VERSIONS}/{number}")

    assert refused.refusal == (404, "NOT_FOUND", [])
    assert refused.error == f"Version {number} not found for parameter color"


@pytest.mark.parametrize("number", ["-1", "1.0", "latest", "%D9%A1", "9" * 13, "1%20"])
def test_a_version_is_a_number(prod: Client, number: str) -> None:
    with_versions(prod, 2)

    fault = "version: must be a version number in decimal digits"
    assert prod.get(f"{VERSIONS}/{number}").refusal == (422, "VALIDATION_FAILED", [fault])


def test_an_unknown_parameter_has_no_versions(prod: Client) -> None:
    listed = prod.get(f"{CONFIGS}/nope/versions")

    assert (listed.status, listed.data, listed.meta) == (200, [], {"total": 0})
    assert prod.get(f"{CONFIGS}/nope/versions/1").status == 404


@pytest.mark.journey
def test_a_rollback_is_a_new_version_with_the_old_content(prod: Client) -> None:
    first = a_parameter(prod, "color", "red", description="d", parameterGroup="g").data
    prod.patch(f"{EDIT_CONFIGS}/color", {"valueType": "number", "defaultValue": "1", "description": None})
    a_change(prod, "color", "2")

    rolled = prod.post(ROLLBACK, {"version": "1"})

    assert rolled.status == 200
    assert rolled.data == {**first, "version": "4", "createdAt": rolled.data["createdAt"]}
    assert prod.get(f"{CONFIGS}/color").data == rolled.data
    assert prod.get(CONFIGS).data == {"color": "red"}


def test_numbers_are_never_used_again(prod: Client) -> None:
    with_versions(prod, 6)
    prod.post(ROLLBACK, {"version": "1"})

    changed = a_change(prod, "color", "v8")

    assert changed.data["version"] == "8"
    values = [version["defaultValue"] for version in prod.get(VERSIONS).data]
    assert values == ["v8", "v1", "v6", "v5", "v4", "v3", "v2", "v1"]


def test_going_back_to_the_active_version_changes_nothing(shop: World) -> None:
    with_versions(shop.client, 2)
    before = shop.store.content()

    rolled = shop.client.post(ROLLBACK, {"version": "2"})

    assert (rolled.status, rolled.data) == (200, shop.client.get(f"{CONFIGS}/color").data)
    assert shop.store.content() == before


@pytest.mark.parametrize("number", ["0", "3", "12345"])
def test_nobody_goes_back_to_a_version_that_never_was(prod: Client, number: str) -> None:
    with_versions(prod, 2)

    refused = prod.post(ROLLBACK, {"version": number})

    assert (refused.status, refused.error) == (404, f"Version {number} not found for parameter color")
    assert prod.get(f"{CONFIGS}/color").data["version"] == "2"


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ({}, "version: Required"),
        ({"version": 1}, "version: must be a string"),
        ({"version": "v1"}, "version: must match ^[0-9]{1,12}$"),
        ({"version": "1\n"}, "version: must match ^[0-9]{1,12}$"),
        ({"version": ""}, "version: must match ^[0-9]{1,12}$"),
        ({"version": "9" * 5_000}, "version: must match ^[0-9]{1,12}$"),
        ({"version": "1", "reason": "x"}, "reason: is not a field here"),
    ],
)
def test_a_rollback_names_a_version(prod: Client, body: object, fault: str) -> None:
    with_versions(prod, 2)

    assert prod.post(ROLLBACK, body).refusal == (422, "VALIDATION_FAILED", [fault])


@pytest.mark.journey
def test_a_key_that_is_used_again_begins_with_version_1(prod: Client) -> None:
    with_versions(prod, 3)
    prod.delete(f"{EDIT_CONFIGS}/color")

    again = a_parameter(prod, "color", "new life")

    assert again.data["version"] == "1"
    assert [version["defaultValue"] for version in prod.get(VERSIONS).data] == ["new life"]
    assert prod.get(f"{VERSIONS}/2").status == 404
    assert prod.post(ROLLBACK, {"version": "2"}).status == 404
    assert a_change(prod, "color", "second").data["version"] == "2"


@pytest.mark.journey
def test_a_history_tells_who_changed_what_newest_first(prod: Client) -> None:
    a_parameter(prod, "color", "red", description="Of the button")
    prod.patch(f"{EDIT_CONFIGS}/color", {"defaultValue": "blue", "description": None})
    prod.post(ROLLBACK, {"version": "1"})
    prod.delete(f"{EDIT_CONFIGS}/color")

    told = prod.get(HISTORY)

    assert [(entry["version"], entry["action"], entry["changes"]) for entry in told.data] == [
        (
            "4",
            "delete",
            [
                {"field": "valueType", "before": "string"},
                {"field": "defaultValue", "before": "red"},
                {"field": "description", "before": "Of the button"},
            ],
        ),
        (
            "3",
            "rollback",
            [
                {"field": "defaultValue", "before": "blue", "after": "red"},
                {"field": "description", "after": "Of the button"},
            ],
        ),
        (
            "2",
            "update",
            [
                {"field": "defaultValue", "before": "red", "after": "blue"},
                {"field": "description", "before": "Of the button"},
            ],
        ),
        (
            "1",
            "create",
            [
                {"field": "valueType", "after": "string"},
                {"field": "defaultValue", "after": "red"},
                {"field": "description", "after": "Of the button"},
            ],
        ),
    ]
    assert told.meta == {"total": 4}


def test_a_history_names_author_time_request_and_comment(shop: World) -> None:
    a_parameter(shop.client, "color", "red")
    shop.clock.advance(seconds=90)
    headers = {"X-Change-Comment": "For the sale", "X-Request-ID": "trace-7"}
    a_change(shop.client, headers=headers)

    last, first = shop.client.get(HISTORY).data

    assert {name: value for name, value in last.items() if name not in ("id", "changes")} == {
        "version": "2",
        "action": "update",
        "author": "system@togglebox.dev",
        "at": "2026-03-01T12:01:30.000Z",
        "comment": "For the sale",
        "source": "api",
        "requestId": "trace-7",
    }
    assert "comment" not in first
    assert first["at"] == "2026-03-01T12:00:00.000Z"
    assert last["id"] != first["id"]


@pytest.mark.journey
def test_a_comment_may_be_in_any_language(prod: Client) -> None:
    a_parameter(prod, "color", "red")
    comment = "Für den Schlussverkauf: 半額, 50% weniger"

    a_change(prod, headers={"X-Change-Comment": quote(comment)})

    assert prod.get(HISTORY).data[0]["comment"] == comment


@pytest.mark.parametrize("comment", ["50% off", "100%", "%zz", "a%0ab"])
def test_a_comment_that_is_not_percent_encoded_stays_as_it_is(prod: Client, comment: str) -> None:
    a_parameter(prod, "color", "red")

    a_change(prod, headers={"X-Change-Comment": comment})

    assert prod.get(HISTORY).data[0]["comment"] == comment


def test_a_change_that_touches_nothing_is_told_too(prod: Client) -> None:
    a_parameter(prod, "color", "red")
    prod.patch(f"{EDIT_CONFIGS}/color", {})

    last = prod.get(HISTORY).data[0]

    assert (last["version"], last["changes"]) == ("2", [])


def test_a_history_is_told_in_pages(prod: Client) -> None:
    with_versions(prod, 5)

    page = prod.get(f"{HISTORY}?limit=2&offset=1")

    assert [(entry["version"], entry["changes"][0]["before"]) for entry in page.data] == [("4", "v3"), ("3", "v2")]
    assert (page.meta["total"], page.meta["hasMore"]) == (5, True)


def test_nothing_has_no_history(prod: Client) -> None:
    refused = prod.get(f"{EDIT_CONFIGS}/nope/history")

    assert (refused.status, refused.error) == (404, "Parameter not found")
    assert prod.get(f"{INTERNAL}/platforms/web/environments/nope/configs/color/history").status == 404


def test_a_history_is_not_public(prod: Client) -> None:
    with_versions(prod, 1)

    assert prod.get(f"{CONFIGS}/color/history").status == 404


def test_refused_changes_leave_no_trace_in_the_history(prod: Client) -> None:
    a_parameter(prod, "color", "1", "number")
    stale = {"If-Match": '"other-1-f-i"'}
    prod.patch(f"{EDIT_CONFIGS}/color", {"defaultValue": "x"})
    prod.patch(f"{EDIT_CONFIGS}/color", {"defaultValue": "2"}, stale)
    prod.post(ROLLBACK, {"version": "9"})
    prod.post(EDIT_CONFIGS, {"parameterKey": "color", "valueType": "string", "defaultValue": ""})

    assert [entry["version"] for entry in prod.get(HISTORY).data] == ["1"]


def test_a_parameter_with_many_versions_keeps_them_all(shop: World) -> None:
    with_versions(shop.client, 230)

    assert [version["version"] for version in shop.client.get(VERSIONS).data] == [str(n) for n in range(230, 0, -1)]
    assert len(shop.client.get(HISTORY).data) == 230
    assert shop.client.get(f"{VERSIONS}/7").data["defaultValue"] == "v7"


def test_versions_in_other_environments_are_apart(prod: Client) -> None:
    with_versions(prod, 3)
    an_environment(prod, "staging")
    staging = f"{INTERNAL}/platforms/web/environments/staging/configs"
    prod.post(staging, {"parameterKey": "color", "valueType": "string", "defaultValue": "other"})

    assert [version["version"] for version in prod.get(f"{staging}/color/versions").data] == ["1"]
