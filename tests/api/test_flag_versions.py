"""A flag's versions and history: what makes one, what is changed in place, and how a flag goes back."""

from typing import Any

import pytest

from tests.api.client import Client
from tests.api.given import EDIT_FLAGS, FLAGS, a_flag, a_flag_change, an_environment
from tests.api.world import World

VERSIONS = f"{EDIT_FLAGS}/dark/versions"
HISTORY = f"{EDIT_FLAGS}/dark/history"
ROLLBACK = f"{EDIT_FLAGS}/dark/rollback"


def with_versions(client: Client, last: int) -> None:
    """Make the flag ``dark`` with versions 1.0.0, named ``v0``, to 1.0.<last>."""
    a_flag(client, name="v0")
    for patch in range(1, last + 1):
        a_flag_change(client, name=f"v{patch}")


def toggled(client: Client, *, enabled: bool) -> None:
    assert client.patch(f"{EDIT_FLAGS}/dark/toggle", {"enabled": enabled}).status == 200


def rolled_out(client: Client, share: float) -> None:
    sent = {"rolloutEnabled": True, "rolloutPercentageA": share}
    assert client.patch(f"{EDIT_FLAGS}/dark/rollout", sent).status == 200


@pytest.mark.journey
def test_versions_are_listed_newest_first_in_the_order_of_numbers(prod: Client) -> None:
    with_versions(prod, 11)

    listed = prod.get(VERSIONS)

    assert [flag["version"] for flag in listed.data] == [f"1.0.{patch}" for patch in range(11, -1, -1)]
    assert [flag["name"] for flag in listed.data] == [f"v{patch}" for patch in range(11, -1, -1)]
    assert [flag["isActive"] for flag in listed.data] == [True] + [False] * 11
    assert listed.meta == {"total": 12}
    assert listed.data[0] == prod.get(f"{FLAGS}/dark").data


@pytest.mark.journey
def test_a_version_is_shown_in_its_last_state(prod: Client) -> None:
    a_flag(prod, name="v0")
    toggled(prod, enabled=True)
    rolled_out(prod, 10)
    last = prod.get(f"{FLAGS}/dark").data
    a_flag_change(prod, name="v1", enabled=False)
    toggled(prod, enabled=True)

    assert prod.get(f"{VERSIONS}/1.0.0").data == {**last, "isActive": False}
    assert prod.get(VERSIONS).data[1] == {**last, "isActive": False}
    assert prod.get(f"{VERSIONS}/1.0.1").data == prod.get(f"{FLAGS}/dark").data


def test_versions_are_listed_in_pages(prod: Client) -> None:
    with_versions(prod, 4)

    page = prod.get(f"{VERSIONS}?limit=2&offset=1")
    following = prod.get(f"{VERSIONS}?limit=2&nextToken={page.meta['nextToken']}")

    assert [flag["version"] for flag in page.data] == ["1.0.3", "1.0.2"]
    assert (page.meta["total"], page.meta["hasMore"]) == (5, True)
    assert [flag["version"] for flag in following.data] == ["1.0.1", "1.0.0"]
    assert prod.get(f"{VERSIONS}?limit=2&offset=9").data == []


@pytest.mark.parametrize("version", ["1.0.3", "1.0.999999999"])
def test_a_version_that_never_was_is_not_found(prod: Client, version: str) -> None:
    with_versions(prod, 2)

    for answer in (prod.get(f"{VERSIONS}/{version}"), prod.post(ROLLBACK, {"version": version})):
        assert (answer.status, answer.error) == (404, f"Feature flag version {version} not found")
    assert prod.get(f"{FLAGS}/dark").data["version"] == "1.0.2"


@pytest.mark.parametrize("version", ["1", "1.0", "1.0.01", "1.1.0", "v1.0.0", "1.0.-1", "1.0.1%0A", "1.0.9999999999"])
def test_a_version_is_written_as_the_wire_writes_it(prod: Client, version: str) -> None:
    with_versions(prod, 1)

    fault = "flagVersion: must be a version as 1.0.3"
    assert prod.get(f"{VERSIONS}/{version}").refusal == (422, "VALIDATION_FAILED", [fault])


def test_versions_beyond_those_that_the_flag_remembers_are_found_in_the_journal(shop: World) -> None:
    a_flag(shop.client, name="v0")
    for patch in range(1, 231):
        a_flag_change(shop.client, name=f"v{patch}")
        if patch % 50 == 7:
            toggled(shop.client, enabled=patch % 100 == 7)

    listed = shop.client.get(VERSIONS)

    assert [flag["version"] for flag in listed.data] == [f"1.0.{patch}" for patch in range(230, -1, -1)]
    assert [flag["name"] for flag in listed.data] == [f"v{patch}" for patch in range(230, -1, -1)]
    assert shop.client.get(f"{VERSIONS}/1.0.0").data["name"] == "v0"
    assert shop.client.get(f"{VERSIONS}/1.0.7").data["enabled"] is True
    assert shop.client.get(f"{VERSIONS}/1.0.6").data["enabled"] is False
    assert shop.client.post(ROLLBACK, {"version": "1.0.3"}).data["name"] == "v3"
    assert shop.client.get(HISTORY).meta == {"total": 237}


@pytest.mark.journey
def test_a_rollback_is_a_new_version_with_the_old_content(prod: Client) -> None:
    first = a_flag(prod, name="v0", description="d", valueA=False).data
    a_flag_change(
        prod, name="v1", description=None, valueA=True, defaultValue="A", targeting={"forceIncludeUsers": ["u"]}
    )

    rolled = prod.post(ROLLBACK, {"version": "1.0.0"})

    assert rolled.status == 200
    assert rolled.data == {**first, "version": "1.0.2", "updatedAt": rolled.data["updatedAt"]}
    assert prod.get(f"{FLAGS}/dark").data == rolled.data
    assert a_flag_change(prod, name="v3").data["version"] == "1.0.3"


@pytest.mark.journey
@pytest.mark.parametrize(
    ("include", "switches"),
    [
        ([], (False, False, 5)),
        (["enabled"], (True, False, 5)),
        (["rollout"], (False, True, 80)),
        (["rollout", "enabled", "enabled"], (True, True, 80)),
    ],
)
def test_a_rollback_leaves_the_switches_unless_told(
    prod: Client, include: list[str], switches: tuple[bool, bool, int]
) -> None:
    a_flag(prod, name="v0")
    toggled(prod, enabled=True)
    rolled_out(prod, 80)
    a_flag_change(prod, name="v1", enabled=False, rolloutEnabled=False, rolloutPercentageA=5)

    rolled = prod.post(ROLLBACK, {"version": "1.0.0", "include": include}).data

    assert (rolled["enabled"], rolled["rolloutEnabled"], rolled["rolloutPercentageA"]) == switches
    assert rolled["rolloutPercentageB"] == 100 - switches[2]
    assert (rolled["name"], rolled["version"]) == ("v0", "1.0.2")


def test_going_back_to_the_active_version_changes_nothing(shop: World) -> None:
    with_versions(shop.client, 1)
    before = shop.store.content()

    rolled = shop.client.post(ROLLBACK, {"version": "1.0.1", "include": ["enabled"]})

    assert (rolled.status, rolled.data) == (200, shop.client.get(f"{FLAGS}/dark").data)
    assert shop.store.content() == before


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ({}, "version: Required"),
        ({"version": 1}, "version: must be a string"),
        ({"version": "1.0.0\n"}, r"version: must match ^1\.0\.(0|[1-9][0-9]{0,8})$"),
        ({"version": "2.0.0"}, r"version: must match ^1\.0\.(0|[1-9][0-9]{0,8})$"),
        ({"version": "1.0.0", "include": ["all"]}, "include.0: Input should be 'enabled' or 'rollout'"),
        ({"version": "1.0.0", "include": "enabled"}, "include: must be a list"),
    ],
)
def test_a_rollback_names_a_version(prod: Client, body: object, fault: str) -> None:
    with_versions(prod, 1)

    assert prod.post(ROLLBACK, body).refusal == (422, "VALIDATION_FAILED", [fault])


@pytest.mark.journey
def test_a_key_that_is_used_again_begins_with_version_1_0_0(prod: Client) -> None:
    with_versions(prod, 3)
    prod.delete(f"{EDIT_FLAGS}/dark")

    again = a_flag(prod, name="new life")

    assert again.data["version"] == "1.0.0"
    assert [flag["name"] for flag in prod.get(VERSIONS).data] == ["new life"]
    assert [entry["action"] for entry in prod.get(HISTORY).data] == ["create"]
    assert prod.get(f"{VERSIONS}/1.0.2").status == 404
    assert prod.post(ROLLBACK, {"version": "1.0.2"}).status == 404
    assert a_flag_change(prod, name="second").data["version"] == "1.0.1"


@pytest.mark.journey
def test_a_history_tells_who_changed_what_newest_first(prod: Client) -> None:
    a_flag(prod, name="Dark", description="d")
    toggled(prod, enabled=True)
    rolled_out(prod, 25)
    a_flag_change(prod, name="Darker", description=None)
    prod.post(ROLLBACK, {"version": "1.0.0"})

    told = prod.get(HISTORY)

    assert [(entry["version"], entry["action"], entry["changes"]) for entry in told.data[:4]] == [
        (
            "1.0.2",
            "rollback",
            [{"field": "name", "before": "Darker", "after": "Dark"}, {"field": "description", "after": "d"}],
        ),
        (
            "1.0.1",
            "update",
            [{"field": "name", "before": "Dark", "after": "Darker"}, {"field": "description", "before": "d"}],
        ),
        (
            "1.0.0",
            "rollout",
            [
                {"field": "rolloutEnabled", "before": False, "after": True},
                {"field": "rolloutPercentageA", "before": 100, "after": 25},
                {"field": "rolloutPercentageB", "before": 0, "after": 75},
            ],
        ),
        ("1.0.0", "toggle", [{"field": "enabled", "before": False, "after": True}]),
    ]
    created = {change["field"]: change["after"] for change in told.data[4]["changes"]}
    assert (told.data[4]["action"], created["name"], created["valueA"]) == ("create", "Dark", True)
    assert told.meta == {"total": 5}


def test_a_history_names_author_time_request_and_comment(shop: World) -> None:
    a_flag(shop.client)
    shop.clock.advance(seconds=90)
    headers = {"X-Change-Comment": "For the sale", "X-Request-ID": "trace-7"}
    shop.client.patch(f"{EDIT_FLAGS}/dark/toggle", {"enabled": True}, headers)

    last = shop.client.get(HISTORY).data[0]

    assert {name: value for name, value in last.items() if name not in ("id", "changes")} == {
        "version": "1.0.0",
        "action": "toggle",
        "author": "system@togglebox.dev",
        "at": "2026-03-01T12:01:30.000Z",
        "comment": "For the sale",
        "source": "api",
        "requestId": "trace-7",
    }
    assert shop.client.get(f"{FLAGS}/dark").data["updatedAt"] == "2026-03-01T12:01:30.000Z"
    assert shop.client.get(f"{FLAGS}/dark").data["createdAt"] == "2026-03-01T12:00:00.000Z"


@pytest.mark.journey
def test_the_history_of_a_deleted_flag_ends_with_its_deletion(prod: Client) -> None:
    with_versions(prod, 1)
    prod.delete(f"{EDIT_FLAGS}/dark")

    told = prod.get(HISTORY).data

    assert [(entry["version"], entry["action"]) for entry in told] == [
        ("1.0.1", "delete"),
        ("1.0.1", "update"),
        ("1.0.0", "create"),
    ]
    assert {"field": "name", "before": "v1"} in told[0]["changes"]


def test_a_history_is_told_in_pages(prod: Client) -> None:
    with_versions(prod, 4)

    page = prod.get(f"{HISTORY}?limit=2&offset=1")

    changes: list[Any] = [(entry["version"], entry["changes"]) for entry in page.data]
    assert changes == [
        ("1.0.3", [{"field": "name", "before": "v2", "after": "v3"}]),
        ("1.0.2", [{"field": "name", "before": "v1", "after": "v2"}]),
    ]
    assert (page.meta["total"], page.meta["hasMore"]) == (5, True)


def test_refused_changes_leave_no_trace(prod: Client) -> None:
    with_versions(prod, 1)
    stale = {"If-Match": '"other-1-f-i"'}
    prod.put(f"{EDIT_FLAGS}/dark", {"valueA": 1})
    prod.patch(f"{EDIT_FLAGS}/dark/toggle", {"enabled": True}, stale)
    prod.patch(f"{EDIT_FLAGS}/dark/rollout", {"rolloutPercentageA": 1, "rolloutPercentageB": 1})
    prod.post(ROLLBACK, {"version": "1.0.9"})
    prod.post(EDIT_FLAGS, {"flagKey": "dark", "name": "Again"})

    assert [entry["version"] for entry in prod.get(HISTORY).data] == ["1.0.1", "1.0.0"]


def test_flags_of_the_same_key_elsewhere_are_apart(prod: Client) -> None:
    with_versions(prod, 3)
    an_environment(prod, "staging")
    staging = EDIT_FLAGS.replace("prod", "staging")
    prod.post(staging, {"flagKey": "dark", "name": "Other"})

    assert [flag["version"] for flag in prod.get(f"{staging}/dark/versions").data] == ["1.0.0"]
