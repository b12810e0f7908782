"""Strategies: flags, experiments and contexts of every kind, on few words so that they meet."""

from typing import Any

from hypothesis import strategies as st

from togglebox.evaluation.context import Context

ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=300)
"""Any text, lone surrogates and NUL among it."""

USERS = st.sampled_from(["ann", "bob", "cid", "Ann", "", "\U0001f600", "\ud83d", "user\x00"]) | ANY_TEXT
COUNTRIES = st.sampled_from(["US", "us", "DE", "de", "FR"])
LANGUAGES = st.sampled_from(["en", "EN", "de", "fr"])
SERVED = st.sampled_from("AB")
PERCENTAGES = st.sampled_from([0, 0.01, 0.07, 14.35, 33.33, 50, 99.99, 100]) | st.floats(0, 100)

CONTEXTS = st.tuples(USERS, st.none() | COUNTRIES, st.none() | LANGUAGES).map(lambda known: Context(*known))


def _lists(countries: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.fixed_dictionaries(
        {
            "countries": st.lists(countries, max_size=4),
            "forceIncludeUsers": st.lists(USERS, max_size=3),
            "forceExcludeUsers": st.lists(USERS, max_size=3),
        }
    )


FLAGS = st.fixed_dictionaries(
    {
        "flagKey": st.sampled_from([f"flag-{number}" for number in range(40)]),
        "enabled": st.sampled_from([True, True, True, False]),
        "flagType": st.just("string"),
        "valueA": st.just("a"),
        "valueB": st.just("b"),
        "targeting": _lists(
            st.fixed_dictionaries(
                {
                    "country": COUNTRIES,
                    "serveValue": SERVED,
                    "languages": st.lists(
                        st.fixed_dictionaries({"language": LANGUAGES, "serveValue": SERVED}), max_size=3
                    ),
                }
            )
        ),
        "defaultValue": SERVED,
        "rolloutEnabled": st.booleans(),
        "rolloutPercentageA": PERCENTAGES,
    }
)

TIMES = st.sampled_from([f"2026-03-0{day}T00:00:00.000Z" for day in range(1, 10)])


@st.composite
def experiments(draw: st.DrawFn) -> dict[str, Any]:
    keys = [f"v{number}" for number in range(draw(st.integers(2, 6)))]
    experiment = {
        "experimentKey": draw(st.sampled_from(["checkout-test", "cta-test", "e"])),
        "status": draw(st.sampled_from(["running", "running", "running", "paused"])),
        "variations": [
            {"key": key, "name": key, "value": {"number": number}, "isControl": number == 0}
            for number, key in enumerate(keys)
        ],
        "controlVariation": "v0",
        "trafficAllocation": [
            {"variationKey": key, "percentage": draw(PERCENTAGES)}
            for key in draw(st.permutations([*keys, "of nothing"]))
        ],
        "targeting": draw(
            _lists(
                st.fixed_dictionaries(
                    {"country": COUNTRIES},
                    optional={"languages": st.lists(st.fixed_dictionaries({"language": LANGUAGES}), max_size=3)},
                )
            )
        ),
    }
    return experiment | draw(st.fixed_dictionaries({}, optional={"scheduledStartAt": TIMES, "scheduledEndAt": TIMES}))
