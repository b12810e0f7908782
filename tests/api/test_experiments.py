"""Experiments: created, shown, listed, changed while they are drafts, deleted; what they may hold."""

from typing import Any

import pytest

from tests.api.client import INTERNAL, Client
from tests.api.given import (
    EDIT_EXPERIMENTS,
    EXPERIMENT,
    EXPERIMENTS,
    PROD,
    ROADS,
    an_action,
    an_environment,
    an_experiment,
)
from tests.api.world import World

CHECKOUT = f"{EDIT_EXPERIMENTS}/checkout"
NOWHERE = f"{INTERNAL}/platforms/web/environments/nope/experiments"


def variations(*keys: str) -> list[dict[str, Any]]:
    return [{"key": key, "name": key} for key in keys]


def allocation(**shares: float) -> list[dict[str, Any]]:
    return [{"variationKey": key, "percentage": share} for key, share in shares.items()]


@pytest.mark.journey
def test_an_experiment_begins_as_a_draft(prod: Client) -> None:
    created = an_experiment(prod)

    at = created.data["createdAt"]
    assert created.data == {
        "platform": "web",
        "environment": "prod",
        **EXPERIMENT,
        "variations": [{**variation, "isControl": False} for variation in EXPERIMENT["variations"]],
        "status": "draft",
        "targeting": {"countries": [], "forceIncludeUsers": [], "forceExcludeUsers": []},
        "confidenceLevel": 0.95,
        "version": "1.0.0",
        "isActive": True,
        "createdBy": "system@togglebox.dev",
        "createdAt": at,
        "updatedAt": at,
    }
    assert prod.get(f"{EXPERIMENTS}/checkout").data == created.data
    assert prod.get(EXPERIMENTS).data == [created.data]


@pytest.mark.journey
@pytest.mark.parametrize(
    "fields",
    [
        {"description": "d", "minimumDetectableEffect": 0.05, "minimumSampleSize": 1_000, "confidenceLevel": 0.99},
        {"trafficAllocation": allocation(green=33.33, control=66.67)},
        {"trafficAllocation": allocation(control=0, green=100)},
        {"trafficAllocation": allocation(control=50, green=50.01)},
        {
            "variations": [
                {"key": "control", "name": "n", "value": None, "isControl": True},
                {"key": "green", "name": "n", "value": [1, {"a": 2.0, "b": "ü😀"}], "isControl": False},
            ]
        },
        {
            "targeting": {
                "countries": [{"country": "de", "languages": [{"language": "EN"}]}, {"country": "AT", "languages": []}],
                "forceIncludeUsers": ["in"],
                "forceExcludeUsers": ["in", "out"],
            }
        },
        {
            "secondaryMetrics": [
                {
                    "id": "revenue",
                    "name": "Revenue",
                    "eventName": "order_placed",
                    "metricType": "sum",
                    "successDirection": "increase",
                    "valueProperty": "total",
                }
            ]
        },
        {"scheduledStartAt": "2026-04-01T00:00:00.000Z", "scheduledEndAt": "2026-05-01T00:00:00.500Z"},
    ],
)
def test_an_experiment_comes_back_as_it_was_sent(prod: Client, fields: dict[str, Any]) -> None:
    an_experiment(prod, **fields)

    shown = prod.get(f"{EXPERIMENTS}/checkout").data

    assert {name: shown[name] for name in fields} == fields


def test_times_are_shown_in_utc(prod: Client) -> None:
    created = an_experiment(
        prod, scheduledStartAt="2026-04-01T00:00:00+02:00", scheduledEndAt="2026-04-01T12:00:00.123456-05:30"
    ).data

    assert created["scheduledStartAt"] == "2026-03-31T22:00:00.000Z"
    assert created["scheduledEndAt"] == "2026-04-01T17:30:00.123Z"


@pytest.mark.journey
def test_a_key_is_taken_once(prod: Client) -> None:
    an_experiment(prod)

    refused = prod.post(EDIT_EXPERIMENTS, {**EXPERIMENT, "name": "Other"})

    assert refused.refusal == (409, "CONFLICT", [])
    assert refused.error == "Experiment checkout already exists in web/prod"
    assert prod.get(f"{EXPERIMENTS}/checkout").data["name"] == "Checkout"


def test_two_who_create_the_same_experiment_at_once_are_told_apart(shop: World) -> None:
    shop.store.meanwhile("put experiments", lambda: an_experiment(shop.process(), name="First"))

    refused = shop.client.post(EDIT_EXPERIMENTS, {**EXPERIMENT, "name": "Second"})

    assert refused.refusal == (409, "CONFLICT", [])
    assert shop.client.get(f"{EXPERIMENTS}/checkout").data["name"] == "First"


@pytest.mark.journey
def test_a_draft_is_changed_in_place(prod: Client) -> None:
    created = an_experiment(prod, description="d", minimumSampleSize=10).data
    changes = {
        "name": "Checkout 2",
        "hypothesis": "",
        "variations": variations("a", "b", "c"),
        "controlVariation": "b",
        "trafficAllocation": allocation(a=33.4, b=33.3, c=33.3),
    }

    changed = prod.put(CHECKOUT, {**changes, "description": None, "minimumSampleSize": None})

    expected = {
        **created,
        **changes,
        "variations": [{**variation, "isControl": False} for variation in variations("a", "b", "c")],
        "updatedAt": changed.data["updatedAt"],
    }
    del expected["description"], expected["minimumSampleSize"]
    assert changed.data == expected
    assert prod.get(f"{EXPERIMENTS}/checkout").data == expected


RULES: list[tuple[dict[str, Any], list[str]]] = [
    (
        {"variations": variations("control", "green", "green")},
        ["variations: green is there twice"],
    ),
    ({"controlVariation": "other"}, [": Control variation must exist in variations"]),
    ({"trafficAllocation": allocation(control=50, green=49.98)}, [": Traffic allocation must sum to 100%"]),
    ({"trafficAllocation": allocation(control=60, green=60)}, [": Traffic allocation must sum to 100%"]),
    (
        {"trafficAllocation": allocation(control=50, other=50)},
        [
            ": All traffic allocation keys must exist in variations",
            "trafficAllocation: must name every variation exactly once",
        ],
    ),
    (
        {"trafficAllocation": [*allocation(control=50, green=25), *allocation(green=25)]},
        ["trafficAllocation: must name every variation exactly once"],
    ),
    (
        {"variations": variations("control", "green", "blue")},
        ["trafficAllocation: must name every variation exactly once"],
    ),
    (
        {"scheduledStartAt": "2026-05-01T00:00:00Z", "scheduledEndAt": "2026-05-01T02:00:00+02:00"},
        ["scheduledEndAt: must be after scheduledStartAt"],
    ),
    (
        {"secondaryMetrics": [EXPERIMENT["primaryMetric"]]},
        ["secondaryMetrics: orders is there twice"],
    ),
    (
        {"controlVariation": "x", "trafficAllocation": allocation(control=1, y=1)},
        [
            ": Control variation must exist in variations",
            ": Traffic allocation must sum to 100%",
            ": All traffic allocation keys must exist in variations",
            "trafficAllocation: must name every variation exactly once",
        ],
    ),
]


@pytest.mark.parametrize(("fields", "told"), RULES)
def test_fields_that_do_not_fit_each_other_are_refused_on_create_and_on_change(
    shop: World, fields: dict[str, Any], told: list[str]
) -> None:
    an_experiment(shop.client)
    before = shop.store.content()

    created = shop.client.post(EDIT_EXPERIMENTS, {**EXPERIMENT, "experimentKey": "other", **fields})
    changed = shop.client.put(CHECKOUT, fields)

    assert created.refusal == (422, "VALIDATION_FAILED", told)
    assert changed.refusal == (422, "VALIDATION_FAILED", told)
    assert shop.store.content() == before


FORMS: list[tuple[dict[str, Any], str]] = [
    ({"experimentKey": "Checkout"}, "experimentKey"),
    ({"experimentKey": "1"}, "experimentKey"),
    ({"name": ""}, "name"),
    ({"hypothesis": ""}, "hypothesis"),
    ({"hypothesis": "a\0b"}, "hypothesis"),
    ({"variations": variations("control", "with-hyphen")}, "variations.1.key"),
    ({"variations": variations("control", "Green")}, "variations.1.key"),
    ({"variations": variations("control")}, "variations"),
    ({"variations": [{"key": "control"}, *variations("green")]}, "variations.0.name"),
    ({"variations": [{"key": "control", "name": "n", "value": "a\0b"}, *variations("green")]}, "variations.0.value"),
    ({"trafficAllocation": allocation(control=100)}, "trafficAllocation"),
    ({"trafficAllocation": allocation(control=-0.01, green=100)}, "trafficAllocation.0.percentage"),
    ({"trafficAllocation": allocation(control=0, green=100.01)}, "trafficAllocation.1.percentage"),
    ({"targeting": {"countries": [{"country": "xx1"}]}}, "targeting.countries.0.country"),
    ({"targeting": {"countries": [{"country": "DE", "serveValue": "A"}]}}, "targeting.countries.0.serveValue"),
    ({"targeting": {"forceIncludeUsers": ["a\0b"]}}, "targeting.forceIncludeUsers.0"),
    ({"primaryMetric": {**EXPERIMENT["primaryMetric"], "metricType": "median"}}, "primaryMetric.metricType"),
    ({"primaryMetric": {**EXPERIMENT["primaryMetric"], "eventName": ""}}, "primaryMetric.eventName"),
    ({"primaryMetric": None}, "primaryMetric"),
    ({"confidenceLevel": 0.79}, "confidenceLevel"),
    ({"confidenceLevel": 1}, "confidenceLevel"),
    ({"minimumDetectableEffect": 0}, "minimumDetectableEffect"),
    ({"minimumSampleSize": 0}, "minimumSampleSize"),
    ({"minimumSampleSize": 1.5}, "minimumSampleSize"),
    ({"scheduledStartAt": "tomorrow"}, "scheduledStartAt"),
    ({"scheduledStartAt": "2026-04-01"}, "scheduledStartAt"),
    ({"scheduledStartAt": "2026-04-01T00:00:00"}, "scheduledStartAt"),
    ({"scheduledStartAt": 1_775_000_000}, "scheduledStartAt"),
    ({"scheduledEndAt": "0001-01-01T00:00:00+14:00"}, "scheduledEndAt"),
    ({"scheduledEndAt": "9999-12-31T23:59:59-14:00"}, "scheduledEndAt"),
    ({"status": "running"}, "status"),
]


@pytest.mark.parametrize(("fields", "path"), FORMS)
def test_a_field_in_a_wrong_form_is_refused_by_its_path(shop: World, fields: dict[str, Any], path: str) -> None:
    before = shop.store.content()

    status, code, details = shop.client.post(EDIT_EXPERIMENTS, {**EXPERIMENT, **fields}).refusal

    assert (status, code) == (422, "VALIDATION_FAILED")
    assert [detail.partition(":")[0] for detail in details] == [path]
    assert shop.store.content() == before


@pytest.mark.parametrize("path", ["primaryMetric", "variations", "trafficAllocation", "targeting", "confidenceLevel"])
def test_what_an_experiment_needs_is_not_cleared(prod: Client, path: str) -> None:
    an_experiment(prod)

    status, _, details = prod.put(CHECKOUT, {path: None}).refusal

    assert (status, [detail.partition(":")[0] for detail in details]) == (422, [path])


@pytest.mark.parametrize("number", ["NaN", "1e999", "-Infinity", "1" * 4_000 + ".0"])
def test_numbers_are_finite(shop: World, number: str) -> None:
    before = shop.store.content()
    for text, path in (
        (
            f'{{"variations":[{{"key":"a","name":"n","value":{number}}},{{"key":"b","name":"n"}}]}}',
            "variations.0.value",
        ),
        (f'{{"confidenceLevel":{number}}}', "confidenceLevel"),
        (
            f'{{"trafficAllocation":[{{"variationKey":"a","percentage":{number}}}]}}',
            "trafficAllocation.0.percentage",
        ),
    ):
        status, _, details = shop.client.put(CHECKOUT, text.encode()).refusal
        assert (status, details[0].partition(":")[0]) == (422, path)
    assert shop.store.content() == before


LIMITS: list[tuple[dict[str, Any], str]] = [
    ({"experimentKey": "k" * 257}, "experimentKey: at most 256 characters; there are 257"),
    ({"name": "n" * 201}, "name: at most 200 characters; there are 201"),
    ({"description": "d" * 501}, "description: at most 500 characters; there are 501"),
    ({"hypothesis": "h" * 2_001}, "hypothesis: at most 2,000 characters; there are 2,001"),
    (
        {"variations": variations("control", "green", *(f"v{number}" for number in range(19)))},
        "variations: at most 20 variations; there are 21",
    ),
    (
        {"targeting": {"countries": [{"country": "DE"}] * 201}},
        "targeting.countries: at most 200 countries; there are 201",
    ),
    (
        {"targeting": {"forceIncludeUsers": ["u"] * 5_001}},
        "targeting.forceIncludeUsers: at most 5,000 users in both force lists together; there are 5,001",
    ),
]


@pytest.mark.parametrize(("fields", "told"), LIMITS)
def test_what_is_too_long_or_too_much_is_refused_with_both_numbers(
    shop: World, fields: dict[str, Any], told: str
) -> None:
    before = shop.store.content()

    refused = shop.client.post(EDIT_EXPERIMENTS, {**EXPERIMENT, **fields})

    assert refused.refusal == (422, "LIMIT_EXCEEDED", [told])
    assert shop.store.content() == before


def test_an_experiment_takes_at_most_300_kilobytes(shop: World) -> None:
    before = shop.store.content()
    large = [{"key": key, "name": key, "value": "v" * 160_000} for key in ("control", "green")]

    refused = shop.client.post(EDIT_EXPERIMENTS, {**EXPERIMENT, "variations": large})

    assert refused.refusal[:2] == (422, "LIMIT_EXCEEDED")
    assert refused.error.startswith("A document holds at most 300,000 bytes; this one would have 32")
    assert shop.store.content() == before


def test_an_environment_holds_500_experiments_and_not_one_more(shop: World) -> None:
    for number in range(500):
        an_experiment(shop.client, f"e{number}")

    refused = shop.client.post(EDIT_EXPERIMENTS, {**EXPERIMENT, "experimentKey": "more"})

    assert refused.refusal[:2] == (422, "LIMIT_EXCEEDED")
    assert refused.error == "There can be at most 500 experiments here; there are 500"
    assert len(shop.client.get(EXPERIMENTS).data) == 500


@pytest.mark.journey
@pytest.mark.parametrize(
    ("wanted", "keys"),
    [
        ("", ["archived", "completed", "draft", "paused", "running"]),
        ("?status=active", ["completed", "draft", "paused", "running"]),
        ("?status=running", ["running"]),
        ("?status=archived", ["archived"]),
        ("?status=unknown", []),
        ("?status=", []),
        ("?status=active&limit=2", ["completed", "draft"]),
    ],
)
def test_experiments_are_listed_by_their_status(prod: Client, wanted: str, keys: list[str]) -> None:
    for status in ROADS:
        an_experiment(prod, status, status)

    listed = prod.get(f"{EXPERIMENTS}{wanted}")

    assert [experiment["experimentKey"] for experiment in listed.data] == keys
    assert listed.meta["total"] == (4 if "limit" in wanted else len(keys))


def test_a_filtered_list_is_paged_with_both_names_of_its_cursor(prod: Client) -> None:
    for key in ("c", "a", "b", "d"):
        an_experiment(prod, key, "running" if key != "b" else "draft")

    first = prod.get(f"{EXPERIMENTS}?status=running&limit=2")
    following = prod.get(f"{EXPERIMENTS}?status=running&limit=2&nextToken={first.meta['nextCursor']}")

    assert [experiment["experimentKey"] for experiment in first.data] == ["a", "c"]
    assert first.meta["nextCursor"] == first.meta["nextToken"]
    assert (first.meta["total"], first.meta["hasMore"]) == (3, True)
    assert [experiment["experimentKey"] for experiment in following.data] == ["d"]
    assert (following.meta["page"], following.meta["hasMore"]) == (2, False)


@pytest.mark.journey
def test_what_is_not_there_is_not_found_with_its_sentence(prod: Client) -> None:
    unknown = f"{EDIT_EXPERIMENTS}/nope"

    for answer in (
        prod.get(f"{EXPERIMENTS}/nope"),
        prod.get(f"{EXPERIMENTS}/nope/assign?userId=u"),
        prod.post(f"{unknown}/assign", {"userId": "u"}),
        prod.get(f"{unknown}/history"),
        prod.put(unknown, {"name": "N"}),
        prod.patch(f"{unknown}/traffic", {"trafficAllocation": allocation(a=50, b=50)}),
        *(prod.post(f"{unknown}/{action}") for action in ("start", "pause", "resume", "complete", "archive")),
        prod.delete(unknown),
    ):
        assert (answer.status, answer.error) == (404, "Experiment not found")


def test_unknown_environments_have_no_experiments(prod: Client) -> None:
    listed = prod.get("/api/v1/platforms/web/environments/nope/experiments?status=running")

    assert (listed.status, listed.data, listed.meta) == (200, [], {"total": 0})
    assert prod.post(NOWHERE, EXPERIMENT).refusal == (404, "NOT_FOUND", [])
    assert prod.post(f"{NOWHERE}/checkout/start").status == 404


@pytest.mark.journey
def test_a_key_that_is_used_again_begins_a_life_of_its_own(prod: Client) -> None:
    an_experiment(prod, status="completed")
    assert prod.delete(CHECKOUT).status == 204
    assert prod.get(f"{EXPERIMENTS}/checkout").status == 404
    assert prod.get(EXPERIMENTS).data == []
    assert [entry["action"] for entry in prod.get(f"{CHECKOUT}/history").data][:2] == ["delete", "complete"]

    again = an_experiment(prod, name="new life")

    assert (again.data["status"], "startedAt" in again.data) == ("draft", False)
    assert [entry["action"] for entry in prod.get(f"{CHECKOUT}/history").data] == ["create"]


@pytest.mark.journey
def test_a_history_tells_every_step_with_its_diff(prod: Client) -> None:
    an_experiment(prod)
    prod.put(CHECKOUT, {"name": "Short checkout"})
    an_action(prod, "start", body={"startedBy": "ann@example.com"})
    prod.patch(f"{CHECKOUT}/traffic", {"trafficAllocation": allocation(control=10, green=90)})
    an_action(prod, "complete", body={"winner": "green"})

    told = prod.get(f"{CHECKOUT}/history")
    page = prod.get(f"{CHECKOUT}/history?limit=1&offset=3")

    assert [(entry["action"], entry["changes"]) for entry in told.data[:4]] == [
        (
            "complete",
            [
                {"field": "status", "before": "running", "after": "completed"},
                {"field": "winner", "after": "green"},
                {"field": "completedBy", "after": "system@togglebox.dev"},
            ],
        ),
        (
            "traffic",
            [
                {
                    "field": "trafficAllocation",
                    "before": allocation(control=50, green=50),
                    "after": allocation(control=10, green=90),
                }
            ],
        ),
        (
            "start",
            [
                {"field": "status", "before": "draft", "after": "running"},
                {"field": "startedBy", "after": "ann@example.com"},
            ],
        ),
        ("update", [{"field": "name", "before": "Checkout", "after": "Short checkout"}]),
    ]
    assert {entry["author"] for entry in told.data} == {"system@togglebox.dev"}
    assert {entry["version"] for entry in told.data} == {"1.0.0"}
    assert told.meta == {"total": 5}
    assert [entry["action"] for entry in page.data] == ["update"]
    assert page.meta["total"] == 5


def test_experiments_of_the_same_key_elsewhere_are_apart(prod: Client) -> None:
    an_experiment(prod, status="running")
    an_environment(prod, "staging")
    prod.post(EDIT_EXPERIMENTS.replace("prod", "staging"), EXPERIMENT)

    assert prod.get(f"{EXPERIMENTS}/checkout".replace("prod", "staging")).data["status"] == "draft"


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "", {**EXPERIMENT, "experimentKey": "other"}),
        ("PUT", "/draft", {"name": "N"}),
        ("PATCH", "/running/traffic", {"trafficAllocation": allocation(control=1, green=99)}),
        ("POST", "/draft/start", None),
        ("POST", "/running/pause", None),
        ("POST", "/running/complete", {"winner": "green"}),
        ("DELETE", "/draft", None),
    ],
)
def test_a_change_asks_the_store_at_most_eight_times_and_tells_the_cdn(
    shop: World, method: str, path: str, body: object
) -> None:
    an_experiment(shop.client, "draft")
    an_experiment(shop.client, "running", "running")
    shop.cdn.purged.clear()

    with shop.counted() as calls:
        assert shop.client.send(method, f"{EDIT_EXPERIMENTS}{path}", body).status in (200, 201, 204)

    assert len(calls) <= 8
    assert [purged for purged in shop.cdn.purged if purged.startswith(f"/api/v1{PROD}/experiments")]
