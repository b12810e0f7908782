"""
shared/vectors/: what every language's evaluation must answer.

Each file has named cases, each for one sentence of the rules, and generated ones, the same in every run. The answers
are our evaluation's; `tests/vectors/` checks them against a second one that shares no code with it.
"""

import json
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, Final

from togglebox.configs.values import ValueType, typed
from togglebox.errors import Invalid
from togglebox.evaluation.context import Context
from togglebox.evaluation.experiments import compile_experiment
from togglebox.evaluation.flags import compile_flag
from togglebox.evaluation.hashing import BUCKETS, hash_of, prefix_of
from togglebox.experiments.lifecycle import EDITS, TRANSITIONS, Action, Edit, Status

type Case = Mapping[str, Any]

ABOUT: Final = "Rendered by infra/render.py from infra/rendering/vectors.py: do not edit, run `make render`."
SEED: Final = 5381

UUID: Final = "550e8400-e29b-41d4-a716-446655440000"
KEYS: Final = ("dark-mode", "checkout-test", "new_search", "a", "beta-features", "k" * 64)
COUNTRIES: Final = ("US", "DE", "FR", "BR", "JP", "CH")
LANGUAGES: Final = ("en", "de", "fr", "pt", "ja", "it")
PERCENTAGES: Final = (0, 0.01, 0.07, 0.29, 1, 1.005, 10, 12.5, 14.35, 33.33, 33.333333, 50, 57.3, 66.67, 99.99, 100)


def vectors() -> Mapping[str, str]:
    """Return what each file is to hold, by its path."""
    return {
        "shared/vectors/hash.json": _file(_hash(Random(SEED))),
        "shared/vectors/rollout.json": _file(_rollout(Random(SEED))),
        "shared/vectors/targeting.json": _file(_targeting(Random(SEED))),
        "shared/vectors/assignment.json": _file(_assignment(Random(SEED))),
        "shared/vectors/lifecycle.json": _file(_lifecycle()),
        "shared/vectors/config-typing.json": _file(_config_typing()),
    }


def _file(cases: Iterable[Case]) -> str:
    lines = ",\n".join(json.dumps(case, separators=(",", ":"), allow_nan=False) for case in cases)
    return f'{{"about":{json.dumps(ABOUT)},"cases":[\n{lines}\n]}}\n'


# Hash


def _hash(random: Random) -> Iterator[Case]:
    """
    Yield a key, a user and their hash.

    ``userIdUnits`` stands for a user whose UTF-16 code units are no Unicode text; a language whose strings cannot hold
    it leaves the case out.
    """
    named = {
        "nothing at all": ("", ""),
        "an empty user": ("dark-mode", ""),
        "a plain user": ("dark-mode", "user-123"),
        "a UUID": ("express-shipping", UUID),
        "upper case is another user": ("dark-mode", "USER-123"),
        "the colon is part of the text": ("dark", "mode:user"),
        "the same text, cut elsewhere": ("dark:mode", "user"),
        "a space": ("dark-mode", " "),
        "NUL": ("dark-mode", "user\x00"),
        "DEL, the last of ASCII": ("dark-mode", "user\x7f"),
        "the first behind ASCII": ("dark-mode", "user\x80"),
        "the last below 256": ("dark-mode", "user\xff"),
        "the first unit above 255": ("dark-mode", "user\u0100"),
        "composed": ("dark-mode", "J\u00fcrgen"),
        "decomposed is another user": ("dark-mode", "Ju\u0308rgen"),
        "three scripts": ("dark-mode", "\u65e5\u672c\u8a9e-\u05d0-\u0416"),
        "the last unit": ("dark-mode", "\uffff"),
        "a surrogate pair": ("dark-mode", "\U0001f600"),
        "surrogate pairs and a joiner": ("dark-mode", "\U0001f469\u200d\U0001f4bb"),
        "the last code point": ("dark-mode", "\U0010ffff"),
        "a key outside ASCII": ("f\u00fcr-\U0001f600", "user-1"),
        "255 characters": ("dark-mode", "x" * 255),
        "256 characters": ("dark-mode", "x" * 256),
        "257 characters": ("dark-mode", "x" * 257),
        "5,000 characters": ("dark-mode", "0123456789" * 500),
        "a long key": ("k" * 256, "user-1"),
    }
    for name, (key, user) in named.items():
        yield {"name": name, "key": key, "userId": user, **_hashed(key, user)}
    lone = {
        "a lone high surrogate": "\ud83d",
        "a lone low surrogate": "user-\ude00",
        "the halves of a pair, swapped": "\ude00\ud83d",
    }
    for name, user in lone.items():
        yield {
            "name": name,
            "key": "dark-mode",
            "userIdUnits": [ord(unit) for unit in user],
            **_hashed("dark-mode", user),
        }
    for _ in range(600):
        key, user = _one_of(random, KEYS), _user(random)
        yield {"key": key, "userId": user, **_hashed(key, user)}


def _hashed(key: str, user: str) -> Case:
    hashed = hash_of(prefix_of(key), user)
    return {"hash": hashed, "bucket": hashed % BUCKETS}


# Rollout


def _rollout(random: Random) -> Iterator[Case]:
    """Yield a percentage and what it serves to a user, many of them at the user's very bucket."""
    for percentage in PERCENTAGES:
        yield _rolled_out(KEYS[0], UUID, percentage)
    for key, user in [("dark-mode", "user-123"), ("k", "\u00fc"), ("a", "b")]:
        bucket = _hashed(key, user)["bucket"]
        here = bucket / 100
        for percentage in (
            here,
            math.nextafter(here, 100),
            math.nextafter(here, 0),
            (bucket + 1) / 100,
            here + 0.001,
            math.floor(here),
        ):
            yield _rolled_out(key, user, percentage)
    for _ in range(400):
        key, user = _one_of(random, KEYS), _user(random)
        bucket = _hashed(key, user)["bucket"]
        yield _rolled_out(
            key,
            user,
            _one_of(
                random,
                (
                    *PERCENTAGES,
                    bucket / 100,
                    (bucket + 1) / 100,
                    bucket / 100 + 0.005,
                    math.nextafter(bucket / 100, 101),
                    math.nextafter(bucket / 100, -1) if bucket else 0,
                    random.random() * 100,
                ),
            ),
        )


def _rolled_out(key: str, user: str, percentage: float) -> Case:
    decision = compile_flag(_flag(key, rolloutEnabled=True, rolloutPercentageA=percentage)).decide(Context(user))
    return {
        "flagKey": key,
        "userId": user,
        "bucket": _hashed(key, user)["bucket"],
        "rolloutPercentageA": percentage,
        "servedValue": decision.served_value,
    }


# Targeting


def _targeting(random: Random) -> Iterator[Case]:
    """Yield a flag, and what it decides in several contexts."""
    everywhere = [_context("ann"), _context("ann", "US"), _context("ann", "US", "en"), _context("bob", "DE", "de")]
    germany = {"country": "DE", "serveValue": "A"}
    german = {**germany, "languages": [{"language": "de", "serveValue": "B"}]}
    named: Mapping[str, tuple[Case, Sequence[Case]]] = {
        "a disabled flag serves B, whatever its default": (
            _flag("off", enabled=False, defaultValue="A", targeting=_lists(included=["ann"])),
            everywhere,
        ),
        "the default, where nothing else matches": (_flag("plain", defaultValue="A"), everywhere),
        "a force list beats the country": (
            _flag("listed", targeting=_lists([germany], included=["ann"], excluded=["bob"])),
            [*everywhere, _context("ANN"), _context("ann ")],
        ),
        "who is in both lists is excluded": (
            _flag("both", defaultValue="A", targeting=_lists(included=["ann", "bob"], excluded=["ann"])),
            everywhere,
        ),
        "country and language in any case": (
            _flag("case", targeting=_lists([german])),
            [_context("ann", *place) for place in (("DE", "de"), ("de", "DE"), ("De", "dE"), ("dE", "en"))],
        ),
        "no language, or another one: the country decides": (
            _flag("fallback", targeting=_lists([german])),
            [_context("ann", "DE"), _context("ann", "DE", "fr"), _context("ann", "DE", "de")],
        ),
        "an empty list of languages is none": (
            _flag("empty", targeting=_lists([{**germany, "languages": []}])),
            [_context("ann", "DE"), _context("ann", "DE", "de")],
        ),
        "the first entry of a country counts, also if only the second has the language": (
            _flag("twice", targeting=_lists([germany, {**german, "serveValue": "B"}])),
            [_context("ann", "DE", "de"), _context("ann", "de", "fr")],
        ),
        "the first entry of a language counts": (
            _flag(
                "languages",
                targeting=_lists(
                    [
                        {
                            **germany,
                            "languages": [{"language": "DE", "serveValue": "B"}, {"language": "de", "serveValue": "A"}],
                        }
                    ]
                ),
            ),
            [_context("ann", "DE", "de")],
        ),
        "a language without a country is not looked at": (
            _flag("homeless", targeting=_lists([german])),
            [{"userId": "ann", "language": "de"}],
        ),
        "a country that is not targeted goes on to the rollout": (
            _flag("onwards", targeting=_lists([germany]), rolloutEnabled=True, rolloutPercentageA=50),
            [_context(user, country) for user in ("ann", "bob", "cid", "dan") for country in ("US", "DE")],
        ),
        "a country beats the rollout": (
            _flag("beaten", targeting=_lists([german]), rolloutEnabled=True, rolloutPercentageA=0),
            [_context("ann", "DE"), _context("ann", "DE", "de"), _context("ann")],
        ),
        "a rollout replaces the default": (
            _flag("replaced", rolloutEnabled=True, rolloutPercentageA=0, defaultValue="A"),
            everywhere,
        ),
        "the percentage of B is never read": (
            _flag("half", rolloutEnabled=True, rolloutPercentageA=30, rolloutPercentageB=0),
            [_context(f"user-{number}") for number in range(8)],
        ),
        "a bucket is outside a percentage that ends with it": (
            _flag("dark-mode", rolloutEnabled=True, rolloutPercentageA=74.81),
            [_context("user-123"), _context("user-1"), _context("user-2")],
        ),
        "and inside the next": (
            _flag("checkout-test", rolloutEnabled=True, rolloutPercentageA=21),
            [_context("user-123"), _context("user-1"), _context("user-2")],
        ),
        "a flag of text": (_flag("text", flagType="string", valueA="new", valueB="", defaultValue="A"), everywhere),
        "a flag of numbers": (
            _flag("number", flagType="number", valueA=0, valueB=-2.5, targeting=_lists(excluded=["ann"])),
            everywhere,
        ),
    }
    for name, (flag, contexts) in named.items():
        yield {"name": name, "flag": flag, "decisions": [_decided(flag, context) for context in contexts]}
    for number in range(60):
        flag, users = _any_flag(random, number)
        yield {"flag": flag, "decisions": [_decided(flag, _any_context(random, users)) for _ in range(10)]}


def _decided(flag: Case, context: Case) -> Case:
    decision = compile_flag(flag).decide(_compiled(context))
    return {
        "context": context,
        "servedValue": decision.served_value,
        "value": decision.value,
        "reason": decision.reason,
    }


def _any_flag(random: Random, number: int) -> tuple[Case, Sequence[str]]:
    users = [_user(random) for _ in range(6)]
    countries = [
        {
            "country": _cased(random, _one_of(random, COUNTRIES)),
            "serveValue": _one_of(random, "AB"),
            "languages": [
                {"language": _cased(random, _one_of(random, LANGUAGES)), "serveValue": _one_of(random, "AB")}
                for _ in range(_below(random, 3))
            ],
        }
        for _ in range(_below(random, 4))
    ]
    flag = _flag(
        f"flag-{number}",
        enabled=_below(random, 8) > 0,
        defaultValue=_one_of(random, "AB"),
        targeting=_lists(countries, included=users[: _below(random, 3)], excluded=users[1 : 1 + _below(random, 2)]),
        rolloutEnabled=_below(random, 2) == 0,
        rolloutPercentageA=_one_of(random, PERCENTAGES),
    )
    return flag, users


def _flag(key: str, **fields: Any) -> Case:
    return {
        "flagKey": key,
        "enabled": True,
        "flagType": "boolean",
        "valueA": True,
        "valueB": False,
        "targeting": _lists(),
        "defaultValue": "B",
        "rolloutEnabled": False,
        "rolloutPercentageA": 100,
        "rolloutPercentageB": 0,
        **fields,
    }


# Assignment


def _assignment(random: Random) -> Iterator[Case]:
    """Yield an experiment, and which variation several contexts get at which time; ``null`` for none."""
    ann, user = _context("ann"), [_context(f"user-{number}") for number in range(10)]
    start, end = "2026-03-01T00:00:00.000Z", "2026-03-08T00:00:00.000Z"
    noon = "2026-03-02T12:00:00.000Z"
    swiss = {"country": "CH", "languages": [{"language": "de"}, {"language": "fr"}]}
    abroad = [
        _context("ann", *place)
        for place in ((), ("US",), ("us", "de"), ("CH",), ("ch", "FR"), ("CH", "it"), ("DE", "de"))
    ]
    named: Mapping[str, tuple[Case, Sequence[tuple[Case, str]]]] = {
        "thirds, in the order in which they are stored": (
            _experiment("checkout-test", [34, 33, 33]),
            [(context, noon) for context in (*user, _context("anonymous"), _context("alice@example.com"))],
        ),
        "the order of the allocation counts, not that of the variations": (
            {
                **_experiment("turned", [20, 80]),
                "trafficAllocation": [
                    {"variationKey": "v1", "percentage": 80},
                    {"variationKey": "v0", "percentage": 20},
                ],
            },
            [(context, noon) for context in user],
        ),
        **{
            f"nobody while {status}": (_experiment("idle", [50, 50], status=status), [(ann, noon)])
            for status in ("draft", "paused", "completed", "archived")
        },
        "both ends of the schedule are inside": (
            _experiment("scheduled", [50, 50], scheduledStartAt=start, scheduledEndAt=end),
            [(ann, at) for at in ("2026-02-28T23:59:59.999Z", start, noon, end, "2026-03-08T00:00:00.001Z")],
        ),
        "excluded users take no part, included ones as their hash says": (
            _experiment("lists", [50, 50], targeting=_lists(included=["ann"], excluded=["bob"])),
            [(ann, noon), (_context("bob"), noon), (_context("BOB"), noon)],
        ),
        "who is in both lists is excluded": (
            _experiment("both", [50, 50], targeting=_lists(included=["ann"], excluded=["ann"])),
            [(ann, noon)],
        ),
        "countries and languages in any case": (
            _experiment("geo", [50, 50], targeting=_lists([{"country": "us"}, swiss])),
            [(context, noon) for context in abroad],
        ),
        "who is forced in needs no country": (
            _experiment("geo", [50, 50], targeting=_lists([swiss], included=["ann"])),
            [(context, noon) for context in abroad],
        ),
        "an empty list of languages is none": (
            _experiment("geo", [50, 50], targeting=_lists([{"country": "CH", "languages": []}])),
            [(context, noon) for context in abroad],
        ),
        "the first entry of a country counts": (
            _experiment("geo", [50, 50], targeting=_lists([swiss, {"country": "CH"}])),
            [(context, noon) for context in abroad],
        ),
        "what the allocation leaves goes to the last variation": (
            _experiment("short", [10, 10, 10]),
            [(context, noon) for context in user],
        ),
        "a share of an unknown variation goes to the last one": (
            {
                **_experiment("lost", [50, 50]),
                "trafficAllocation": [
                    {"variationKey": "gone", "percentage": 50},
                    {"variationKey": "v0", "percentage": 50},
                ],
            },
            [(context, noon) for context in user],
        ),
        "a bucket is outside a share that ends with it": (
            _experiment("checkout-test", [20.99, 79.01]),
            [(_context("user-123"), noon)],
        ),
        "and inside the next": (_experiment("checkout-test", [21, 79]), [(_context("user-123"), noon)]),
        "a share of 0 gets nobody": (_experiment("zero", [0, 100, 0]), [(context, noon) for context in user]),
        "shares add up as doubles": (
            _experiment("tenths", [10.1, 20.2, 30.3, 39.4]),
            [(context, noon) for context in user],
        ),
    }
    for name, (experiment, asked) in named.items():
        yield {
            "name": name,
            "experiment": experiment,
            "assignments": [_assigned(experiment, context, at) for context, at in asked],
        }
    for number in range(40):
        experiment, users = _any_experiment(random, number)
        yield {
            "experiment": experiment,
            "assignments": [_assigned(experiment, _any_context(random, users), _any_time(random)) for _ in range(10)],
        }


def _assigned(experiment: Case, context: Case, at: str) -> Case:
    assignment = compile_experiment(experiment).assign(_compiled(context), datetime.fromisoformat(at))
    if assignment is None:
        return {"context": context, "at": at, "variationKey": None}
    return {
        "context": context,
        "at": at,
        "variationKey": assignment.variation_key,
        "value": assignment.value,
        "isControl": assignment.is_control,
        "reason": assignment.reason,
    }


def _any_experiment(random: Random, number: int) -> tuple[Case, Sequence[str]]:
    users = [_user(random) for _ in range(6)]
    weights = [_below(random, 10) + 1 for _ in range(2 + _below(random, 4))]
    countries = [
        {
            "country": _cased(random, _one_of(random, COUNTRIES)),
            "languages": [{"language": _cased(random, _one_of(random, LANGUAGES))} for _ in range(_below(random, 3))],
        }
        for _ in range(_below(random, 4))
    ]
    scheduled = {}
    if _below(random, 2):
        scheduled["scheduledStartAt"] = _any_time(random)
    if _below(random, 2):
        scheduled["scheduledEndAt"] = _any_time(random)
    experiment = _experiment(
        f"experiment-{number}",
        [round(weight * 100 / sum(weights), 2) for weight in weights],
        status="running" if _below(random, 10) else "paused",
        targeting=_lists(countries, included=users[: _below(random, 3)], excluded=users[1 : 1 + _below(random, 2)]),
        **scheduled,
    )
    return experiment, users


def _experiment(key: str, percentages: Sequence[float], **fields: Any) -> Case:
    keys = [f"v{number}" for number in range(len(percentages))]
    return {
        "experimentKey": key,
        "status": "running",
        "variations": [
            {"key": key, "name": key.upper(), "value": {"number": number}, "isControl": number == 0}
            for number, key in enumerate(keys)
        ],
        "controlVariation": "v0",
        "trafficAllocation": [
            {"variationKey": key, "percentage": percentage} for key, percentage in zip(keys, percentages, strict=True)
        ],
        "targeting": _lists(),
        **fields,
    }


def _any_time(random: Random) -> str:
    at = datetime(2026, 3, 1, tzinfo=UTC) + timedelta(hours=_below(random, 24 * 14))
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


# Lifecycle


def _lifecycle() -> Iterator[Case]:
    """Yield each status with each action and the status that it leads to, ``null`` for none; and with each edit."""
    for status in Status:
        for action in Action:
            yield {"status": status, "action": action, "becomes": TRANSITIONS[action].get(status)}
        for edit in Edit:
            yield {"status": status, "edit": edit, "allowed": status in EDITS[edit]}


# Config typing


def _config_typing() -> Iterator[Case]:
    """Yield a type, a text, and the value that it stands for, or that it is none."""
    texts = {
        ValueType.STRING: ["", " ", "true", "12", "{", "\u00fc \U0001f600"],
        ValueType.BOOLEAN: ["true", "false", "True", "TRUE", " true", "true ", "1", "0", "yes", "", "null"],
        ValueType.NUMBER: [
            "0", "-0", "7", "-7", "2.0", "0.1", "1e3", "1E+3", "1e-3", "-1.5e2", "9007199254740992", "1e308", "5e-324",
            "", " 1", "1 ", "+1", "01", "-01", ".5", "5.", "1e", "1e+", "--1", "0x10", "1_000", "1,5", "12abc", "NaN",
            "Infinity", "-Infinity", "1e309", "-1e999", "null", "true", "\u0661", "1" * 310,
        ],
        ValueType.JSON: [
            "{}", "[]", "null", "true", "false", "0", "-0.5", '""', '"a"', " [1, 2] ", '{"a":{"b":[1,2.5,"c"]}}',
            '"\\u00fc\\ud83d\\ude00"', '{"a":1,"a":2}', "[" * 64 + "1" + "]" * 64,
            "", " ", "{", "[1,]", '{"a":1,}', "{a:1}", "{'a':1}", "NaN", "Infinity", "[-Infinity]", "1e999", "01", "+1",
            ".5", "undefined", "tru", '"a', '"\t"', '"\\x"', '"\\ud83d"', "1 2", "[1] //", "[" * 65 + "1" + "]" * 65,
            "\ufeff1",
        ],
    }  # fmt: skip
    for value_type, candidates in texts.items():
        for text in candidates:
            try:
                value = typed(value_type, text)
            except Invalid:
                yield {"valueType": value_type, "text": text, "valid": False}
            else:
                yield {"valueType": value_type, "text": text, "valid": True, "value": value}


# What is common


def _lists(countries: Sequence[Case] = (), *, included: Sequence[str] = (), excluded: Sequence[str] = ()) -> Case:
    return {
        "countries": list(countries),
        "forceIncludeUsers": list(included),
        "forceExcludeUsers": list(excluded),
    }


def _context(user: str, country: str | None = None, language: str | None = None) -> Case:
    context = {"userId": user, "country": country, "language": language}
    return {name: value for name, value in context.items() if value is not None}


def _compiled(context: Case) -> Context:
    return Context(context["userId"], context.get("country"), context.get("language"))


def _any_context(random: Random, users: Sequence[str]) -> Case:
    return _context(
        _one_of(random, users) if _below(random, 3) else _user(random),
        _cased(random, _one_of(random, COUNTRIES)) if _below(random, 5) else None,
        _cased(random, _one_of(random, LANGUAGES)) if _below(random, 5) else None,
    )


def _user(random: Random) -> str:
    kinds: Sequence[Callable[[], str]] = (
        lambda: f"user-{_below(random, 1_000_000)}",
        lambda: str(_below(random, 1_000_000)),
        lambda: "-".join("".join(_one_of(random, "0123456789abcdef") for _ in range(n)) for n in (8, 4, 4, 4, 12)),
        lambda: "".join(_one_of(random, "abcdefghijklmnop.") for _ in range(9)) + "@example.com",
        lambda: "".join(chr(_below(random, 0xD7FF) + 1) for _ in range(_below(random, 12) + 1)),
        lambda: "".join(_one_of(random, "a\u00e9\u4e2d\U0001f600\U0001f680 :") for _ in range(_below(random, 12) + 1)),
    )
    return _one_of(random, kinds)()


def _cased(random: Random, code: str) -> str:
    return "".join(_one_of(random, (letter.lower(), letter.upper())) for letter in code)


def _one_of[T](random: Random, choices: Sequence[T]) -> T:
    return choices[_below(random, len(choices))]


def _below(random: Random, limit: int) -> int:
    """Return an integer; made from `Random.random`, the one method whose sequence Python promises to keep."""
    return int(random.random() * limit)
