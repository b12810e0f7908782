"""shared/vectors/: they say what the rules say, and the product answers so, on every Python that it serves."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import pytest

from tests.vectors import literal
from tests.vectors.literal_json import NoValueError, value_of

ROOT: Final = Path(__file__).parents[2]
VECTORS: Final = ROOT / "shared" / "vectors"
LAYER: Final = ROOT / "layers" / "togglebox"


def cases(name: str) -> list[Any]:
    file = json.loads((VECTORS / f"{name}.json").read_text(encoding="utf-8"))
    found: list[Any] = file["cases"]
    return found


@pytest.mark.parametrize("name", ["hash", "rollout", "targeting", "assignment", "lifecycle", "config-typing"])
def test_a_rendered_file_says_so_first(name: str) -> None:
    first = (VECTORS / f"{name}.json").read_text(encoding="utf-8").splitlines()[0]

    assert first.startswith('{"about":"Rendered by infra/render.py ')


def test_there_are_two_thousand_generated_answers_and_more() -> None:
    answers = [
        answer
        for name in ("hash", "rollout", "targeting", "assignment")
        for case in cases(name)
        if "name" not in case
        for answer in case.get("decisions", case.get("assignments", [case]))
    ]

    assert len(answers) >= 2000


def test_the_rules_give_the_hashes_of_the_reference() -> None:
    recorded = json.loads((VECTORS / "reference.json").read_text(encoding="utf-8"))["hash"]

    answered = [literal.hashed(literal.units(case["key"]), literal.units(case["userId"])) for case in recorded]

    assert [(hashed, hashed % 10000, hashed % 10000 / 100) for hashed in answered] == [
        (case["hash"], case["bucket"], case["percentage"]) for case in recorded
    ]


def test_the_rules_give_the_hashes() -> None:
    expected = cases("hash")

    answered = [
        literal.hashed(literal.units(case["key"]), case.get("userIdUnits") or literal.units(case["userId"]))
        for case in expected
    ]

    assert [(hashed, hashed % 10000) for hashed in answered] == [(case["hash"], case["bucket"]) for case in expected]


def test_the_rules_give_the_rollouts() -> None:
    expected = cases("rollout")

    buckets = [literal.bucket(case["flagKey"], case["userId"]) for case in expected]
    served = [
        "A" if bucket / 100 < case["rolloutPercentageA"] else "B"
        for bucket, case in zip(buckets, expected, strict=True)
    ]

    assert buckets == [case["bucket"] for case in expected]
    assert served == [case["servedValue"] for case in expected]


def test_the_rules_give_the_decisions() -> None:
    asked = [(case["flag"], decision) for case in cases("targeting") for decision in case["decisions"]]

    answered = [{"context": each["context"], **literal.decided(flag, each["context"])} for flag, each in asked]

    assert answered == [expected for _, expected in asked]


def test_the_rules_give_the_assignments() -> None:
    asked = [(case["experiment"], assignment) for case in cases("assignment") for assignment in case["assignments"]]

    answered = [
        {
            "context": each["context"],
            "at": each["at"],
            **literal.assigned(experiment, each["context"], each["at"]),
        }
        for experiment, each in asked
    ]

    assert answered == [expected for _, expected in asked]


def test_the_rules_give_the_lifecycle() -> None:
    answered = [
        {**case, "becomes": None if said == "-" else said} if "action" in case else {**case, "allowed": said == "yes"}
        for case in cases("lifecycle")
        for said in [literal.step(case["status"], case.get("action") or case["edit"])]
    ]

    assert answered == cases("lifecycle")
    assert len(answered) == 5 * 8


def test_the_grammar_gives_the_values_of_parameters() -> None:
    expected = cases("config-typing")

    answered = [{"valueType": case["valueType"], "text": case["text"], **_typed(case)} for case in expected]

    assert [json.dumps(case) for case in answered] == [json.dumps(case) for case in expected]


@pytest.mark.parametrize("version", ["this", "3.11"])
def test_the_product_answers_as_the_vectors_say_with_the_standard_library_alone(version: str) -> None:
    python = sys.executable if version == "this" else shutil.which(f"python{version}")
    if python is None:
        pytest.skip(f"There is no python{version} on the path: install one, and the SDK's oldest Python is tested, too")

    replayed = subprocess.run(
        [python, "-I", "-S", str(Path(__file__).with_name("replay.py")), str(LAYER), str(VECTORS)],
        capture_output=True,
        text=True,
        check=False,
    )

    assert replayed.stderr == ""
    assert replayed.stdout.splitlines()[-1].endswith(" answers, 0 wrong, 0 packages besides"), replayed.stdout


def _typed(case: Any) -> dict[str, Any]:
    try:
        return {"valid": True, "value": value_of(case["valueType"], case["text"])}
    except NoValueError:
        return {"valid": False}
