"""What flags decide and experiments assign, whatever they are asked."""

from collections import Counter
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.domain.given_evaluation import CONTEXTS, FLAGS, PERCENTAGES, TIMES, experiments
from tests.vectors import literal
from togglebox.evaluation.context import Context
from togglebox.evaluation.environment import compile_environment
from togglebox.evaluation.experiments import (
    ENDED,
    EXCLUDED,
    NOT_RUNNING,
    NOT_STARTED,
    NOT_TARGETED,
    compile_experiment,
)
from togglebox.evaluation.explain import Check, explain_experiment, explain_flag
from togglebox.evaluation.flags import Decision, compile_flag
from togglebox.evaluation.hashing import BUCKETS, hash_of, prefix_of

MANY = settings(max_examples=1000, deadline=None)


def asked(context: Context) -> dict[str, Any]:
    fields = {"userId": context.user_id, "country": context.country, "language": context.language}
    return {name: value for name, value in fields.items() if value is not None}


def rollout(percentage: float, **fields: Any) -> dict[str, Any]:
    return {"flagKey": "ramp", "enabled": True, "rolloutEnabled": True, "rolloutPercentageA": percentage, **fields}


def experiment(*percentages: float, **fields: Any) -> dict[str, Any]:
    return {
        "experimentKey": "checkout-test",
        "status": "running",
        "variations": [{"key": f"v{n}", "value": n, "isControl": n == 0} for n in range(len(percentages))],
        "trafficAllocation": [{"variationKey": f"v{n}", "percentage": each} for n, each in enumerate(percentages)],
        **fields,
    }


NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@MANY
@given(FLAGS, CONTEXTS)
def test_a_flag_decides_as_the_rules_say_and_explains_just_that(flag: dict[str, Any], context: Context) -> None:
    compiled = compile_flag(flag)

    decision, checks = explain_flag(compiled, context)

    assert compiled.decide(context) == decision
    assert literal.decided(flag, asked(context)) == {
        "servedValue": decision.served_value,
        "value": decision.value,
        "reason": decision.reason,
    }
    assert [check.decided for check in checks] == [False] * (len(checks) - 1) + [True]


@MANY
@given(experiments(), CONTEXTS, TIMES)
def test_an_experiment_assigns_as_the_rules_say_and_explains_just_that(
    given_experiment: dict[str, Any], context: Context, time: str
) -> None:
    compiled = compile_experiment(given_experiment)
    at = datetime.fromisoformat(time)

    assignment, reason, checks = explain_experiment(compiled, context, at)

    assert compiled.assign(context, at) == assignment
    assert (compiled.refusal(context, at) or "Assigned via consistent hash") == reason
    assert literal.assigned(given_experiment, asked(context), time)["variationKey"] == (
        None if assignment is None else assignment.variation_key
    )
    assert [check.decided for check in checks] == [False] * (len(checks) - 1) + [True]


@given(st.lists(FLAGS, max_size=30, unique_by=lambda flag: flag["flagKey"]), CONTEXTS, st.data())
def test_many_flags_at_once_decide_as_each_alone(
    flags: list[dict[str, Any]], context: Context, data: st.DataObject
) -> None:
    environment = compile_environment(flags)
    alone = {flag["flagKey"]: compile_flag(flag).decide(context) for flag in flags}
    keys = data.draw(st.lists(st.sampled_from([*alone, "of nothing"]), unique=True))

    assert list(environment.decide(context).items()) == list(alone.items())
    assert environment.decide(context, keys) == {key: alone[key] for key in keys if key in alone}


@given(FLAGS, FLAGS, CONTEXTS)
def test_what_comes_after_the_check_that_matches_is_not_looked_at(
    flag: dict[str, Any], other: dict[str, Any], context: Context
) -> None:
    """The fields that later checks read are replaced: nothing changes."""
    decision, checks = explain_flag(compile_flag(flag), context)
    decided, lists, others = checks[-1].check, flag["targeting"], other["targeting"]
    targeting = {
        "enabled": others,
        "forceExcludeUsers": {**others, "forceExcludeUsers": lists["forceExcludeUsers"]},
        "forceIncludeUsers": {**lists, "countries": others["countries"]},
    }.get(decided, lists)
    read = {
        "rollout": {"rolloutEnabled", "rolloutPercentageA"},
        "defaultValue": {"rolloutEnabled", "defaultValue"},
    }.get(decided, set())

    own = {field: flag[field] for field in {"flagKey", "enabled", *read}}
    changed = {**other, **own, "targeting": targeting}

    assert compile_flag(changed).decide(context) == decision


@given(st.lists(PERCENTAGES, min_size=2, max_size=5).map(sorted), st.text(min_size=1))
def test_who_is_in_stays_in_while_a_rollout_grows(percentages: list[float], user: str) -> None:
    served = [compile_flag(rollout(percentage)).decide(Context(user)).served_value for percentage in percentages]

    assert served == sorted(served, reverse=True)


def test_the_ten_percent_are_among_the_twenty_percent() -> None:
    users = [f"user-{number}" for number in range(5000)]

    ten, twenty = (
        {user for user in users if compile_flag(rollout(percentage)).decide(Context(user)).value}
        for percentage in (10, 20)
    )

    assert ten < twenty
    assert 400 < len(ten) < 600
    assert 875 < len(twenty) < 1125


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(1, 20), min_size=2, max_size=8))
def test_each_variation_gets_its_share(weights: list[int]) -> None:
    """Within 6 standard deviations: by chance that fails once in 500 million shares."""
    percentages = [weight * 100 / sum(weights) for weight in weights]
    compiled = compile_experiment(experiment(*percentages))
    users = 3000

    seen = Counter(
        assignment.value
        for number in range(users)
        if (assignment := compiled.assign(Context(f"user-{number}"), NOON)) is not None
    )

    assert seen.total() == users
    for number, percentage in enumerate(percentages):
        share = percentage / 100
        assert abs(seen[number] - users * share) <= 6 * (users * share * (1 - share)) ** 0.5


@pytest.mark.parametrize("percentage", [0, 100, 0.0, 100.0])
def test_nobody_is_in_zero_percent_and_everybody_in_a_hundred(percentage: float) -> None:
    served = {compile_flag(rollout(percentage)).decide(Context(f"user-{number}")) for number in range(500)}

    assert served == {
        Decision("ramp", percentage == 100, "A" if percentage == 100 else "B", "Assigned via percentage rollout")
    }


def test_absent_fields_have_the_defaults_of_the_wire_and_unknown_ones_are_ignored() -> None:
    flag = compile_flag({"flagKey": "new", "enabled": True, "rules": [{"unheard": "of"}], "prerequisites": None})

    assert flag.decide(Context("ann")) == Decision(
        "new", value=False, served_value="B", reason="No targeting matched - serving default value"
    )
    assert compile_flag({"flagKey": "new"}).decide(Context("ann")).reason == "Flag is disabled - serving default value"


def test_a_salt_is_hashed_instead_of_the_key() -> None:
    salted = compile_flag(rollout(50, flagKey="renamed", bucketing={"hash": 1, "salt": "ramp", "unit": "userId"}))
    users = [Context(f"user-{number}") for number in range(200)]

    served = [salted.decide(user).served_value for user in users]

    assert served == [compile_flag(rollout(50)).decide(user).served_value for user in users]
    assert served != [compile_flag(rollout(50, flagKey="renamed")).decide(user).served_value for user in users]


def test_an_experiment_is_salted_too() -> None:
    salted = compile_experiment(experiment(50, 50, experimentKey="renamed", bucketing={"salt": "checkout-test"}))
    plain = compile_experiment(experiment(50, 50))
    users = [Context(f"user-{number}") for number in range(200)]

    buckets = [explain_experiment(salted, user, NOON).checks[-1] for user in users]

    assert buckets == [explain_experiment(plain, user, NOON).checks[-1] for user in users]


def test_a_decision_is_the_same_object_each_time() -> None:
    flag = compile_flag(rollout(50))
    users = [Context(f"user-{number}") for number in range(100)]

    assert len({id(flag.decide(user)) for user in users}) == 2


@pytest.mark.parametrize(
    ("fields", "user", "reason"),
    [
        ({"status": "paused"}, "ann", NOT_RUNNING),
        ({"scheduledStartAt": "2026-03-02T12:00:00.001Z"}, "ann", NOT_STARTED),
        ({"scheduledEndAt": "2026-03-02T11:59:59.999Z"}, "ann", ENDED),
        ({"scheduledStartAt": "2026-03-02T14:00:00+01:00"}, "ann", NOT_STARTED),
        ({"targeting": {"forceExcludeUsers": ["ann"], "forceIncludeUsers": ["ann"]}}, "ann", EXCLUDED),
        ({"targeting": {"countries": [{"country": "DE"}]}}, "ann", NOT_TARGETED),
    ],
)
def test_who_takes_no_part_is_told_why(fields: dict[str, Any], user: str, reason: str) -> None:
    compiled = compile_experiment(experiment(50, 50, **fields))

    assert compiled.refusal(Context(user), NOON) == reason
    assert compiled.assign(Context(user), NOON) is None


@pytest.mark.parametrize("time", ["2026-03-02T12:00:00.000Z", "2026-03-02T12:00:00Z", "2026-03-02T13:00:00+01:00"])
def test_an_experiment_runs_at_the_very_times_that_it_starts_and_ends(time: str) -> None:
    compiled = compile_experiment(experiment(50, 50, scheduledStartAt=time, scheduledEndAt=time))

    assert compiled.refusal(Context("ann"), NOON) is None


def test_an_experiment_without_variations_is_none() -> None:
    with pytest.raises(ValueError, match="checkout-test has no variations"):
        compile_experiment(experiment())


def test_an_explanation_tells_what_each_check_saw() -> None:
    german = {"country": "DE", "serveValue": "A", "languages": [{"language": "de", "serveValue": "A"}]}
    flag = rollout(50, flagKey="dark-mode", targeting={"countries": [german], "forceIncludeUsers": ["ann"]})

    decision, checks = explain_flag(compile_flag(flag), Context("user-123", "fr", "de"))

    assert decision == Decision("dark-mode", value=False, served_value="B", reason="Assigned via percentage rollout")
    assert checks == (
        Check("enabled", {"enabled": True}, decided=False),
        Check("forceExcludeUsers", {"userId": "user-123", "listed": False}, decided=False),
        Check("forceIncludeUsers", {"userId": "user-123", "listed": False}, decided=False),
        Check(
            "language",
            {"country": "fr", "targeted": False, "language": "de", "languageTargeted": False},
            decided=False,
        ),
        Check("country", {"country": "fr", "targeted": False}, decided=False),
        Check(
            "rollout",
            {"rolloutEnabled": True, "bucket": 7481, "percentage": 74.81, "rolloutPercentageA": 50},
            decided=True,
        ),
    )


def test_an_explanation_tells_whose_share_a_user_falls_in() -> None:
    bucket = hash_of(prefix_of("checkout-test"), "user-123") % BUCKETS

    assignment, reason, checks = explain_experiment(compile_experiment(experiment(34, 66)), Context("user-123"), NOON)

    assert assignment is not None
    assert (assignment.variation_key, reason) == ("v0", "Assigned via consistent hash")
    assert checks[-1] == Check(
        "trafficAllocation",
        {
            "bucket": bucket,
            "percentage": 20.99,
            "trafficAllocation": [
                {"variationKey": "v0", "percentage": 34.0},
                {"variationKey": "v1", "percentage": 66.0},
            ],
            "variationKey": "v0",
        },
        decided=True,
    )
