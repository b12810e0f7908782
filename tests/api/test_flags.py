"""Flags: created, shown, listed, changed in new versions or in place, deleted; what they may hold."""

from typing import Any

import pytest

from tests.api.client import INTERNAL, Client
from tests.api.given import EDIT_FLAGS, FLAGS, PROD, a_flag, a_flag_change
from tests.api.world import World

SUMS = "rolloutPercentageB: must sum to 100 with rolloutPercentageA"
NOWHERE = f"{INTERNAL}/platforms/web/environments/nope/flags"


@pytest.mark.journey
def test_a_flag_needs_a_key_and_a_name_and_is_off(prod: Client) -> None:
    created = a_flag(prod, "dark-mode", name="Dark")

    at = created.data["createdAt"]
    assert created.data == {
        "platform": "web",
        "environment": "prod",
        "flagKey": "dark-mode",
        "name": "Dark",
        "enabled": False,
        "flagType": "boolean",
        "valueA": True,
        "valueB": False,
        "targeting": {"countries": [], "forceIncludeUsers": [], "forceExcludeUsers": []},
        "defaultValue": "B",
        "rolloutEnabled": False,
        "rolloutPercentageA": 100,
        "rolloutPercentageB": 0,
        "version": "1.0.0",
        "isActive": True,
        "createdBy": "system@togglebox.dev",
        "createdAt": at,
        "updatedAt": at,
    }
    assert prod.get(f"{FLAGS}/dark-mode").data == created.data
    assert prod.get(FLAGS).data == [created.data]


@pytest.mark.journey
@pytest.mark.parametrize(
    "fields",
    [
        {"flagType": "string", "valueA": "a", "valueB": "", "description": "d"},
        {"flagType": "number", "valueA": 1, "valueB": -2.5, "defaultValue": "A"},
        {"flagType": "number", "valueA": 9_007_199_254_740_993, "valueB": 1e300},
        {"valueA": False, "valueB": False, "enabled": True},
        {
            "targeting": {
                "countries": [
                    {"country": "de", "serveValue": "A", "languages": [{"language": "EN", "serveValue": "B"}]}
                ],
                "forceIncludeUsers": ["Ü", "😀", "same", "same"],
                "forceExcludeUsers": ["same"],
            }
        },
        {"rolloutEnabled": True, "rolloutPercentageA": 33.34, "rolloutPercentageB": 66.66},
        {"rolloutPercentageA": 0, "rolloutPercentageB": 100},
    ],
)
def test_a_flag_comes_back_as_it_was_sent(prod: Client, fields: dict[str, Any]) -> None:
    a_flag(prod, **fields)

    shown = prod.get(f"{FLAGS}/dark").data

    assert {name: shown[name] for name in fields} == fields


@pytest.mark.journey
def test_a_key_is_taken_once(prod: Client) -> None:
    a_flag(prod)
    before = prod.get(FLAGS).body

    refused = prod.post(EDIT_FLAGS, {"flagKey": "dark", "name": "Other"})

    assert refused.refusal == (409, "CONFLICT", [])
    assert refused.error == "Flag dark already exists in web/prod"
    assert prod.get(FLAGS).body == before


def test_two_who_create_the_same_flag_at_once_are_told_apart(shop: World) -> None:
    shop.store.meanwhile("put flags", lambda: a_flag(shop.process(), name="First"))

    refused = shop.client.post(EDIT_FLAGS, {"flagKey": "dark", "name": "Second"})

    assert refused.refusal == (409, "CONFLICT", [])
    assert shop.client.get(f"{FLAGS}/dark").data["name"] == "First"


def test_fields_that_the_path_or_the_caller_says_are_dropped(prod: Client) -> None:
    created = a_flag(prod, platform="other", environment="else", createdBy="mallory@example.com")

    assert (created.data["platform"], created.data["environment"]) == ("web", "prod")
    assert created.data["createdBy"] == "system@togglebox.dev"


@pytest.mark.journey
def test_a_change_makes_a_version_and_keeps_what_it_does_not_name(prod: Client) -> None:
    created = a_flag(prod, description="d", valueA=False).data

    changed = a_flag_change(prod, name="Darker", description=None, enabled=True)

    expected = {
        **created,
        "name": "Darker",
        "enabled": True,
        "version": "1.0.1",
        "updatedAt": changed.data["updatedAt"],
    }
    del expected["description"]
    assert changed.data == expected
    assert prod.get(f"{FLAGS}/dark").data == changed.data


def test_targeting_is_replaced_as_a_whole(prod: Client) -> None:
    a_flag(prod, targeting={"countries": [{"country": "DE", "serveValue": "A"}], "forceIncludeUsers": ["u"]})

    changed = a_flag_change(prod, targeting={"forceExcludeUsers": ["v"]})

    assert changed.data["targeting"] == {"countries": [], "forceIncludeUsers": [], "forceExcludeUsers": ["v"]}


@pytest.mark.journey
def test_the_switch_is_thrown_in_place(prod: Client) -> None:
    created = a_flag(prod).data

    switched = prod.patch(f"{EDIT_FLAGS}/dark/toggle", {"enabled": True})

    assert switched.data == {**created, "enabled": True, "updatedAt": switched.data["updatedAt"]}
    assert prod.get(f"{FLAGS}/dark").data == switched.data


@pytest.mark.journey
@pytest.mark.parametrize(
    ("sent", "shares"),
    [
        ({"rolloutPercentageA": 40}, (40, 60)),
        ({"rolloutPercentageB": 40}, (60, 40)),
        ({"rolloutPercentageA": 33.33}, (33.33, 66.67)),
        ({"rolloutPercentageA": 0.01}, (0.01, 99.99)),
        ({"rolloutPercentageA": 12.5, "rolloutPercentageB": 87.5}, (12.5, 87.5)),
        ({"rolloutPercentageA": 0}, (0, 100)),
        ({"rolloutEnabled": True}, (100, 0)),
        ({}, (100, 0)),
    ],
)
def test_a_rollout_is_changed_in_place_and_sums_to_100(
    prod: Client, sent: dict[str, Any], shares: tuple[float, float]
) -> None:
    a_flag(prod)

    rolled = prod.patch(f"{EDIT_FLAGS}/dark/rollout", sent)

    assert (rolled.status, rolled.data["version"]) == (200, "1.0.0")
    assert (rolled.data["rolloutPercentageA"], rolled.data["rolloutPercentageB"]) == shares
    assert rolled.data["rolloutEnabled"] is sent.get("rolloutEnabled", False)


@pytest.mark.parametrize(
    ("sent", "shares"), [({"rolloutPercentageA": 30}, (30, 70)), ({"rolloutPercentageB": 30}, (70, 30))]
)
def test_the_share_that_is_left_out_is_the_rest(
    prod: Client, sent: dict[str, Any], shares: tuple[float, float]
) -> None:
    created = a_flag(prod, **sent).data
    changed = a_flag_change(prod, **sent).data

    for flag in (created, changed):
        assert (flag["rolloutPercentageA"], flag["rolloutPercentageB"]) == shares


@pytest.mark.parametrize(("a", "b"), [(40, 50), (100, 100), (0, 0), (33.33, 66.66), (99.99, 0), (50.001, 50)])
def test_shares_that_do_not_sum_to_100_are_refused_everywhere(shop: World, a: float, b: float) -> None:
    a_flag(shop.client)
    before = shop.store.content()
    sent = {"rolloutPercentageA": a, "rolloutPercentageB": b}

    for refused in (
        shop.client.post(EDIT_FLAGS, {"flagKey": "other", "name": "O", **sent}),
        shop.client.put(f"{EDIT_FLAGS}/dark", sent),
        shop.client.patch(f"{EDIT_FLAGS}/dark/rollout", sent),
    ):
        assert refused.refusal == (422, "VALIDATION_FAILED", [SUMS])
    assert shop.store.content() == before


@pytest.mark.parametrize(
    "share", ["-0.01", "100.01", "NaN", "Infinity", "1e999", "-1e999", '"50"', "true", "null", "[]"]
)
def test_a_share_is_a_number_from_0_to_100(shop: World, share: str) -> None:
    a_flag(shop.client)
    before = shop.store.content()

    for method, path, body in (
        ("POST", EDIT_FLAGS, f'{{"flagKey":"o","name":"O","rolloutPercentageA":{share}}}'),
        ("PUT", f"{EDIT_FLAGS}/dark", f'{{"rolloutPercentageA":{share}}}'),
        ("PATCH", f"{EDIT_FLAGS}/dark/rollout", f'{{"rolloutPercentageA":{share}}}'),
    ):
        fault = "rolloutPercentageA: must be a number from 0 to 100"
        assert shop.client.send(method, path, body.encode()).refusal == (422, "VALIDATION_FAILED", [fault])
    assert shop.store.content() == before


@pytest.mark.parametrize("flag_type", ["string", "number"])
def test_a_string_or_number_flag_needs_both_values(prod: Client, flag_type: str) -> None:
    sent = {"flagKey": "f", "name": "F", "flagType": flag_type}

    assert prod.post(EDIT_FLAGS, sent).refusal[2] == ["valueA: Required", "valueB: Required"]
    assert prod.post(EDIT_FLAGS, {**sent, "valueA": "a"}).refusal[2] == ["valueB: Required"]


@pytest.mark.parametrize(
    ("flag_type", "wrong"),
    [("boolean", 1), ("boolean", "true"), ("string", True), ("string", 1), ("number", True), ("number", "1")],
)
def test_values_are_of_the_flags_type(shop: World, flag_type: str, wrong: object) -> None:
    right: Any = {"boolean": True, "string": "s", "number": 1}[flag_type]
    a_flag(shop.client, flagType=flag_type, valueA=right, valueB=right)
    before = shop.store.content()
    told = [f"value{side}: must be a {flag_type}, as flagType says" for side in "AB"]

    sent = {"flagType": flag_type, "valueA": wrong, "valueB": wrong}
    assert shop.client.post(EDIT_FLAGS, {"flagKey": "o", "name": "O", **sent}).refusal[2] == told
    assert shop.client.put(f"{EDIT_FLAGS}/dark", {"valueB": wrong}).refusal[2] == told[1:]
    assert shop.store.content() == before


@pytest.mark.parametrize("value", ["null", "{}", "[1]", "NaN", "1e999", "1" * 400, '"a\\u0000b"'])
def test_a_value_is_a_boolean_a_finite_number_or_a_plain_string(prod: Client, value: str) -> None:
    body = f'{{"flagKey":"f","name":"F","flagType":"number","valueA":{value},"valueB":1}}'

    status, code, (detail,) = prod.post(EDIT_FLAGS, body.encode()).refusal

    assert (status, code, detail.partition(":")[0]) == (422, "VALIDATION_FAILED", "valueA")


def test_a_flags_type_stays(prod: Client) -> None:
    a_flag(prod)

    assert prod.put(f"{EDIT_FLAGS}/dark", {"flagType": "string"}).refusal[2] == ["flagType: is not a field here"]


@pytest.mark.parametrize("key", ["", "Dark", "DARK", "1st", "-a", "_a", "a b", "a.b", "ä", "a\n", "a\0"])
def test_a_key_is_small_letters_digits_hyphens_and_underscores(prod: Client, key: str) -> None:
    refused = prod.post(EDIT_FLAGS, {"flagKey": key, "name": "F"})

    assert refused.refusal == (422, "VALIDATION_FAILED", ["flagKey: must match ^[a-z][a-z0-9_-]*$"])
    assert prod.get(FLAGS).data == []


@pytest.mark.parametrize("country", ["xx1", "", "d", "DEU", "1a", "é!", "😀", "de\n"])
def test_countries_and_languages_are_two_letters(prod: Client, country: str) -> None:
    targeting = {
        "countries": [{"country": country, "serveValue": "A", "languages": [{"language": country, "serveValue": "B"}]}]
    }

    refused = prod.post(EDIT_FLAGS, {"flagKey": "f", "name": "F", "targeting": targeting})

    assert refused.refusal[2] == [
        "targeting.countries.0.country: must match ^[A-Za-z]{2}$",
        "targeting.countries.0.languages.0.language: must match ^[A-Za-z]{2}$",
    ]


def test_all_faults_of_a_request_are_told_at_once(prod: Client) -> None:
    body = {"flagKey": "F", "enabled": "yes", "valueA": None, "targeting": {"forceIncludeUsers": [1, ""]}, "extra": 1}

    assert prod.post(EDIT_FLAGS, body).refusal[2] == [
        "flagKey: must match ^[a-z][a-z0-9_-]*$",
        "name: Required",
        "enabled: must be true or false",
        "valueA: must be true, false, a number or a string",
        "targeting.forceIncludeUsers.0: must be a string",
        "targeting.forceIncludeUsers.1: must have at least 1 character(s)",
        "extra: is not a field here",
    ]


LIMITS: list[tuple[dict[str, Any], str]] = [
    ({"flagKey": "k" * 257}, "flagKey: at most 256 characters; there are 257"),
    ({"name": "n" * 201}, "name: at most 200 characters; there are 201"),
    ({"description": "d" * 501}, "description: at most 500 characters; there are 501"),
    (
        {"flagType": "string", "valueA": "v" * 10_001, "valueB": ""},
        "valueA: at most 10,000 characters; there are 10,001",
    ),
    (
        {"targeting": {"countries": [{"country": "DE", "serveValue": "A"}] * 201}},
        "targeting.countries: at most 200 countries; there are 201",
    ),
    (
        {
            "targeting": {
                "countries": [
                    {"country": "DE", "serveValue": "A", "languages": [{"language": "de", "serveValue": "A"}] * 201}
                ]
            }
        },
        "targeting.countries.0.languages: at most 200 languages; there are 201",
    ),
    (
        {"targeting": {"forceIncludeUsers": ["u"] * 2_500, "forceExcludeUsers": ["v"] * 2_501}},
        "targeting.forceIncludeUsers: at most 5,000 users in both force lists together; there are 5,001",
    ),
    (
        {"targeting": {"forceExcludeUsers": ["u", "ü" * 257]}},
        "targeting.forceExcludeUsers: at most 512 bytes a user id; there are 514",
    ),
    (
        {"targeting": {"forceIncludeUsers": ["u" * 10_000]}},
        "targeting.forceIncludeUsers: at most 512 bytes a user id; there are 10,000",
    ),
]


@pytest.mark.parametrize(("fields", "told"), LIMITS)
def test_what_is_too_long_or_too_much_is_refused_with_both_numbers(
    shop: World, fields: dict[str, Any], told: str
) -> None:
    before = shop.store.content()

    refused = shop.client.post(EDIT_FLAGS, {"flagKey": "f", "name": "F", **fields})

    assert refused.refusal == (422, "LIMIT_EXCEEDED", [told])
    assert refused.error == told.replace(": ", " may have ", 1)
    assert shop.store.content() == before


def test_several_limits_are_told_at_once(prod: Client) -> None:
    body = {"flagKey": "f", "name": "n" * 300, "description": "d" * 600}

    assert len(prod.post(EDIT_FLAGS, body).refusal[2]) == 2


def test_what_is_just_within_the_limits_is_taken(prod: Client) -> None:
    fields: dict[str, Any] = {
        "name": "ü" * 200,
        "description": "d" * 500,
        "flagType": "string",
        "valueA": "€" * 10_000,
        "valueB": "b" * 10_000,
        "targeting": {
            "countries": [{"country": "DE", "serveValue": "A", "languages": []}] * 200,
            "forceIncludeUsers": [f"{number:036}" for number in range(2_500)],
            "forceExcludeUsers": [f"{number:036}" for number in range(2_499)] + ["ü" * 256],
        },
    }

    created = a_flag(prod, "k" * 256, **fields).data

    assert {name: created[name] for name in fields} == fields


def test_a_flag_takes_at_most_300_kilobytes(shop: World) -> None:
    before = shop.store.content()
    users = [f"{number:0100}" for number in range(3_000)]

    refused = shop.client.post(EDIT_FLAGS, {"flagKey": "f", "name": "F", "targeting": {"forceIncludeUsers": users}})

    assert refused.refusal[:2] == (422, "LIMIT_EXCEEDED")
    assert refused.error.startswith("A document holds at most 300,000 bytes; this one would have 309,")
    assert shop.store.content() == before


def test_an_environment_holds_2000_flags_and_not_one_more(shop: World) -> None:
    for number in range(2_000):
        a_flag(shop.client, f"f{number}")

    refused = shop.client.post(EDIT_FLAGS, {"flagKey": "more", "name": "M"})

    assert refused.refusal[:2] == (422, "LIMIT_EXCEEDED")
    assert refused.error == "There can be at most 2,000 flags here; there are 2,000"
    assert len(shop.client.get(FLAGS).data) == 2_000


@pytest.mark.journey
def test_flags_are_listed_in_key_order_whole_or_in_pages_of_either_style(prod: Client) -> None:
    for key in ("c", "a", "b_1", "b-1", "a0"):
        a_flag(prod, key)

    whole = prod.get(FLAGS)
    first = prod.get(f"{FLAGS}?limit=2")
    following = prod.get(f"{FLAGS}?limit=2&nextToken={first.meta['nextCursor']}")
    last = prod.get(f"{FLAGS}?page=3&perPage=2")

    assert [flag["flagKey"] for flag in whole.data] == ["a", "a0", "b-1", "b_1", "c"]
    assert whole.meta == {"total": 5}
    assert [flag["flagKey"] for flag in first.data] == ["a", "a0"]
    token = first.meta["nextToken"]
    assert first.meta == {
        "page": 1,
        "perPage": 2,
        "total": 5,
        "totalPages": 3,
        "hasNext": True,
        "hasPrev": False,
        "nextToken": token,
        "nextCursor": token,
        "hasMore": True,
    }
    assert [flag["flagKey"] for flag in following.data] == ["b-1", "b_1"]
    assert (following.meta["page"], following.meta["total"], following.meta["hasPrev"]) == (2, 5, True)
    assert [flag["flagKey"] for flag in last.data] == ["c"]
    assert last.meta == {
        "page": 3, "perPage": 2, "total": 5, "totalPages": 3, "hasNext": False, "hasPrev": True, "hasMore": False
    }  # fmt: skip


def test_a_last_full_page_has_nothing_behind_it(prod: Client) -> None:
    for key in ("a", "b"):
        a_flag(prod, key)

    page = prod.get(f"{FLAGS}?limit=2")

    assert page.meta["hasMore"] is False
    assert "nextCursor" not in page.meta


@pytest.mark.parametrize("token", ["x", "eyJQSyI6IngifQ==", "%00"])
def test_a_broken_cursor_is_refused(prod: Client, token: str) -> None:
    refused = prod.get(f"{FLAGS}?nextToken={token}")

    assert (refused.status, refused.error) == (400, "Invalid pagination token")


def test_unknown_environments_have_no_flags(prod: Client) -> None:
    listed = prod.get("/api/v1/platforms/web/environments/nope/flags")

    assert (listed.status, listed.data, listed.meta) == (200, [], {"total": 0})
    assert prod.get("/api/v1/platforms/nope/environments/prod/flags").data == []
    assert prod.get("/api/v1/platforms/web/environments/nope/flags/dark").status == 404
    assert prod.post(NOWHERE, {"flagKey": "f", "name": "F"}).refusal == (404, "NOT_FOUND", [])
    assert prod.put(f"{NOWHERE}/dark", {"name": "F"}).status == 404


@pytest.mark.journey
def test_what_is_not_there_is_not_found_with_its_sentence(prod: Client) -> None:
    unknown = f"{EDIT_FLAGS}/nope"

    for answer in (
        prod.get(f"{FLAGS}/nope"),
        prod.get(f"{FLAGS}/nope/evaluate?userId=u"),
        prod.post(f"{unknown}/evaluate", {"userId": "u"}),
        prod.get(f"{unknown}/explain?userId=u"),
        prod.get(f"{unknown}/history"),
        prod.get(f"{unknown}/versions/1.0.0"),
    ):
        assert (answer.status, answer.error) == (404, "Feature flag not found")
    for answer in (
        prod.put(unknown, {"name": "N"}),
        prod.patch(f"{unknown}/toggle", {"enabled": True}),
        prod.patch(f"{unknown}/rollout", {"rolloutEnabled": True}),
        prod.post(f"{unknown}/rollback", {"version": "1.0.0"}),
        prod.delete(unknown),
    ):
        assert (answer.status, answer.error) == (404, "Feature flag not found: nope")
    assert (prod.get(f"{unknown}/versions").data, prod.get(f"{unknown}/versions").meta) == ([], {"total": 0})


@pytest.mark.journey
def test_a_deleted_flag_is_gone(prod: Client) -> None:
    a_flag(prod)

    assert prod.delete(f"{EDIT_FLAGS}/dark").status == 204

    assert prod.get(f"{FLAGS}/dark").status == 404
    assert prod.get(FLAGS).data == []
    assert prod.get(f"{FLAGS}/dark/evaluate?userId=u").status == 404
    assert prod.delete(f"{EDIT_FLAGS}/dark").status == 404


@pytest.mark.journey
def test_who_saw_an_older_version_changes_nothing(prod: Client) -> None:
    a_flag(prod)
    seen = {"If-Match": prod.get(f"{FLAGS}/dark").etag}
    a_flag_change(prod, name="Darker")

    for answer in (
        prod.put(f"{EDIT_FLAGS}/dark", {"name": "N"}, seen),
        prod.patch(f"{EDIT_FLAGS}/dark/toggle", {"enabled": True}, seen),
        prod.patch(f"{EDIT_FLAGS}/dark/rollout", {"rolloutEnabled": True}, seen),
        prod.post(f"{EDIT_FLAGS}/dark/rollback", {"version": "1.0.0"}, seen),
        prod.delete(f"{EDIT_FLAGS}/dark", seen),
    ):
        assert answer.refusal == (412, "PRECONDITION_FAILED", [])
    assert prod.get(f"{FLAGS}/dark").data["name"] == "Darker"


def test_the_tag_of_a_change_is_the_tag_of_what_it_made(prod: Client) -> None:
    created = a_flag(prod)
    assert prod.get(f"{FLAGS}/dark").etag == created.etag

    switched = prod.patch(f"{EDIT_FLAGS}/dark/toggle", {"enabled": True}, {"If-Match": created.etag})

    assert switched.status == 200
    assert prod.get(f"{FLAGS}/dark").etag == switched.etag != created.etag


def test_of_two_who_switch_at_once_one_is_refused(shop: World) -> None:
    a_flag(shop.client)
    other = shop.process()
    shop.store.meanwhile("put flags", lambda: other.patch(f"{EDIT_FLAGS}/dark/toggle", {"enabled": True}))

    refused = shop.client.put(f"{EDIT_FLAGS}/dark", {"name": "Lost"})

    assert refused.refusal == (409, "CONFLICT", [])
    shown = shop.client.get(f"{FLAGS}/dark").data
    assert (shown["name"], shown["enabled"]) == ("Dark", True)


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "", {"flagKey": "other", "name": "O"}),
        ("PUT", "/dark", {"name": "N"}),
        ("PATCH", "/dark/toggle", {"enabled": True}),
        ("PATCH", "/dark/rollout", {"rolloutEnabled": True}),
        ("POST", "/dark/rollback", {"version": "1.0.0"}),
        ("DELETE", "/dark", None),
    ],
)
def test_a_change_asks_the_store_at_most_eight_times_and_tells_the_cdn(
    shop: World, method: str, path: str, body: object
) -> None:
    a_flag(shop.client)
    a_flag_change(shop.client, name="Darker")
    shop.cdn.purged.clear()

    with shop.counted() as calls:
        assert shop.client.send(method, f"{EDIT_FLAGS}{path}", body).status in (200, 201, 204)

    assert len(calls) <= 8
    assert [purged for purged in shop.cdn.purged if purged.startswith(f"/api/v1{PROD}/flags")]
