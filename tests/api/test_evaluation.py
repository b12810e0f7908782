"""Evaluation: what a flag serves to whom, several at once, and why."""

import json
from typing import Any
from urllib.parse import quote

import pytest

from tests.api.client import INTERNAL, PUBLIC, Client
from tests.api.given import EDIT_FLAGS, FLAGS, PROD, a_flag, a_flag_change
from tests.api.world import World

EVERYTHING: dict[str, Any] = {
    "flagType": "string",
    "valueA": "new",
    "valueB": "old",
    "enabled": True,
    "targeting": {
        "countries": [
            {"country": "de", "serveValue": "A", "languages": [{"language": "EN", "serveValue": "B"}]},
            {"country": "DE", "serveValue": "B"},
        ],
        "forceIncludeUsers": ["in", "both"],
        "forceExcludeUsers": ["out", "both"],
    },
    "rolloutEnabled": True,
    "rolloutPercentageA": 70,
}
DECISIONS = [
    ({"userId": "out", "country": "DE"}, "B", "User is in force exclude list - serving valueB"),
    ({"userId": "both"}, "B", "User is in force exclude list - serving valueB"),
    ({"userId": "in"}, "A", "User is in force include list - serving valueA"),
    ({"userId": "IN", "country": "De"}, "A", "Matched country targeting"),
    ({"userId": "u", "country": "DE", "language": "en"}, "B", "Matched country and language targeting"),
    ({"userId": "u", "country": "DE", "language": "fr"}, "A", "Matched country targeting"),
    ({"userId": "user-123", "country": "FR"}, "B", "Assigned via percentage rollout"),
    ({"userId": "nobody", "language": "en"}, "A", "Assigned via percentage rollout"),
]


def query(context: dict[str, str]) -> str:
    return "&".join(f"{name}={quote(value)}" for name, value in context.items())


@pytest.mark.journey
@pytest.mark.parametrize(("context", "served", "reason"), DECISIONS)
def test_the_first_check_that_matches_decides(prod: Client, context: dict[str, str], served: str, reason: str) -> None:
    a_flag(prod, "dark-mode", **EVERYTHING)
    expected = {
        "flagKey": "dark-mode",
        "value": "new" if served == "A" else "old",
        "servedValue": served,
        "reason": reason,
    }

    assert prod.get(f"{FLAGS}/dark-mode/evaluate?{query(context)}").data == expected
    assert prod.post(f"{EDIT_FLAGS}/dark-mode/evaluate", context).data == expected
    assert prod.post(f"{FLAGS}/evaluate", context).data == [expected]
    explained = prod.get(f"{EDIT_FLAGS}/dark-mode/explain?{query(context)}").data
    assert explained["evaluation"] == expected
    assert [check["decided"] for check in explained["checks"]] == [False] * (len(explained["checks"]) - 1) + [True]


@pytest.mark.journey
def test_a_flag_that_is_off_serves_b_to_everybody(prod: Client) -> None:
    a_flag(prod, **{**EVERYTHING, "enabled": False, "defaultValue": "A"})

    served = prod.get(f"{FLAGS}/dark/evaluate?userId=in").data

    assert (served["value"], served["reason"]) == ("old", "Flag is disabled - serving default value")


def test_without_targeting_and_rollout_the_default_is_served(prod: Client) -> None:
    a_flag(prod, enabled=True, defaultValue="A")

    served = prod.get(f"{FLAGS}/dark/evaluate?userId=u").data

    assert (served["value"], served["reason"]) == (True, "No targeting matched - serving default value")


@pytest.mark.journey
def test_a_change_is_served_at_once(prod: Client) -> None:
    a_flag(prod, enabled=True)
    served = []
    for changes in ({"defaultValue": "A"}, {"valueA": False}, {"defaultValue": "B"}):
        a_flag_change(prod, **changes)
        one = prod.get(f"{FLAGS}/dark/evaluate?userId=u").data
        assert prod.post(f"{FLAGS}/evaluate", {"userId": "u"}).data == [one]
        served.append((one["servedValue"], one["value"]))
    prod.patch(f"{EDIT_FLAGS}/dark/toggle", {"enabled": False})

    assert served == [("A", True), ("A", False), ("B", False)]
    assert prod.get(f"{FLAGS}/dark/evaluate?userId=u").data["reason"] == "Flag is disabled - serving default value"


@pytest.mark.journey
@pytest.mark.parametrize("area", [PUBLIC, INTERNAL])
def test_several_flags_are_evaluated_at_once(prod: Client, area: str) -> None:
    for key in ("c", "a", "b"):
        a_flag(prod, key, enabled=key == "a", defaultValue="A")

    every = prod.post(f"{area}{PROD}/flags/evaluate", {"userId": "u"})
    some = prod.post(f"{area}{PROD}/flags/evaluate", {"userId": "u", "flagKeys": ["c", "nope", "a", "c", "Nö"]})

    assert [(flag["flagKey"], flag["value"]) for flag in every.data] == [("a", True), ("b", False), ("c", False)]
    assert every.meta == {"total": 3}
    assert [flag["flagKey"] for flag in some.data] == ["c", "a"]
    assert some.meta == {"total": 2, "notFound": ["nope", "Nö"]}
    assert prod.post(f"{area}{PROD}/flags/evaluate", {"userId": "u", "flagKeys": []}).data == []


def test_an_unknown_environment_evaluates_nothing(prod: Client) -> None:
    nowhere = "/api/v1/platforms/web/environments/nope/flags"

    assert prod.post(f"{nowhere}/evaluate", {"userId": "u"}).data == []
    assert prod.post(f"{nowhere}/evaluate", {"userId": "u", "flagKeys": ["a"]}).meta == {"total": 0, "notFound": ["a"]}
    assert prod.get(f"{nowhere}/dark/evaluate?userId=u").status == 404


@pytest.mark.journey
def test_an_explanation_tells_every_check_up_to_the_one_that_decides(prod: Client) -> None:
    a_flag(prod, "dark-mode", **EVERYTHING)

    explained = prod.get(f"{EDIT_FLAGS}/dark-mode/explain?userId=user-123&country=FR").data

    assert [check["check"] for check in explained["checks"]] == [
        "enabled",
        "forceExcludeUsers",
        "forceIncludeUsers",
        "language",
        "country",
        "rollout",
    ]
    assert explained["checks"][-1]["saw"] == {
        "rolloutEnabled": True,
        "bucket": 7481,
        "percentage": 74.81,
        "rolloutPercentageA": 70,
    }


USER_FAULT = "userId: must have at most 512 bytes, and no U+0000"
COUNTRY_FAULT = "country: must be two letters, as ISO 3166-1 has them"
LANGUAGE_FAULT = "language: must be two letters, as ISO 639-1 has them"


@pytest.mark.parametrize(
    ("context", "told"),
    [
        ({}, ["userId: Required"]),
        ({"userId": ""}, ["userId: Required"]),
        ({"userId": "u" * 513}, [USER_FAULT]),
        ({"userId": "ü" * 257}, [USER_FAULT]),
        ({"userId": "a\0b"}, [USER_FAULT]),
        ({"userId": "u", "country": "xx1"}, [COUNTRY_FAULT]),
        ({"userId": "u", "country": ""}, [COUNTRY_FAULT]),
        ({"userId": "u", "language": "😀"}, [LANGUAGE_FAULT]),
        ({"country": "DEU", "language": "deu"}, ["userId: Required", COUNTRY_FAULT, LANGUAGE_FAULT]),
    ],
)
@pytest.mark.parametrize("path", ["flags/dark/evaluate", "flags/dark/explain", "experiments/checkout/assign"])
def test_a_broken_context_in_a_query_is_refused_by_its_fields(
    prod: Client, path: str, context: dict[str, str], told: list[str]
) -> None:
    a_flag(prod)
    area = INTERNAL if path.endswith("explain") else PUBLIC

    assert prod.get(f"{area}{PROD}/{path}?{query(context)}").refusal == (422, "VALIDATION_FAILED", told)


@pytest.mark.parametrize(
    ("context", "told"),
    [
        ({"userId": ""}, ["userId: Required"]),
        ({"userId": "u" * 10_000}, [USER_FAULT]),
        ({"userId": "a\0b", "country": "xx1"}, [USER_FAULT, COUNTRY_FAULT]),
        ({"userId": 7}, ["userId: must be a string"]),
        ({"country": "DE"}, ["userId: Required"]),
        ({"userId": "u", "track": "no"}, ["track: must be true or false"]),
        ({"userId": "u", "attributes": {}}, ["attributes: is not a field here"]),
    ],
)
@pytest.mark.parametrize("path", ["flags/dark/evaluate", "flags/evaluate", "experiments/checkout/assign"])
def test_a_broken_context_in_a_body_is_refused_by_its_fields(
    prod: Client, path: str, context: dict[str, Any], told: list[str]
) -> None:
    a_flag(prod)

    assert prod.post(f"{INTERNAL}{PROD}/{path}", context).refusal == (422, "VALIDATION_FAILED", told)


def test_lone_surrogates_are_no_text(prod: Client) -> None:
    a_flag(prod)

    assert prod.post(f"{FLAGS}/evaluate", b'{"userId":"\\ud83d"}').refusal[:2] == (400, "MALFORMED_REQUEST")
    assert prod.get(f"{FLAGS}/dark/evaluate?userId=%ED%A0%BD").refusal[:2] == (400, "MALFORMED_REQUEST")


@pytest.mark.parametrize("user", ["ü", "日本語", "😀", "a b+c&d=e", " ", "u" * 512])
def test_a_user_is_any_text_of_up_to_512_bytes(prod: Client, user: str) -> None:
    a_flag(prod, enabled=True, targeting={"forceIncludeUsers": [user]})

    assert prod.get(f"{FLAGS}/dark/evaluate?userId={quote(user)}").data["servedValue"] == "A"
    body = json.dumps({"userId": user}, ensure_ascii=False).encode()
    assert prod.post(f"{FLAGS}/evaluate", body).data[0]["servedValue"] == "A"


@pytest.mark.parametrize("track", ["true", "false"])
def test_an_evaluation_need_not_be_counted(prod: Client, track: str) -> None:
    a_flag(prod)

    assert prod.get(f"{FLAGS}/dark/evaluate?userId=u&track={track}").status == 200
    assert prod.get(f"{FLAGS}/dark/evaluate?userId=u&track=0").refusal[2] == ["track: must be true or false"]


def test_what_is_evaluated_is_kept_by_nobody(prod: Client) -> None:
    a_flag(prod)

    for answer in (
        prod.get(f"{FLAGS}/dark/evaluate?userId=u"),
        prod.post(f"{FLAGS}/evaluate", {"userId": "u"}),
        prod.get(f"{EDIT_FLAGS}/dark/explain?userId=u"),
    ):
        assert answer.headers["cache-control"] == "no-store"
        assert "etag" not in answer.headers


def test_a_warm_evaluation_asks_the_store_once(shop: World) -> None:
    for number in range(100):
        a_flag(shop.client, f"f{number}", enabled=True, rolloutEnabled=True, rolloutPercentageA=50)
    shop.client.post(f"{FLAGS}/evaluate", {"userId": "u"})

    with shop.counted() as calls:
        shop.client.get(f"{FLAGS}/f7/evaluate?userId=u")
    assert calls == ["get manifests"]
    with shop.counted() as calls:
        assert len(shop.client.post(f"{FLAGS}/evaluate", {"userId": "v"}).data) == 100
    assert calls == ["get manifests"]


def test_reading_an_evaluation_stores_nothing(shop: World) -> None:
    a_flag(shop.client)
    before = shop.store.content()

    shop.client.get(f"{FLAGS}/dark/evaluate?userId=u&track=false")
    shop.client.post(f"{FLAGS}/evaluate", {"userId": "u", "track": False})

    assert shop.store.content() == before
