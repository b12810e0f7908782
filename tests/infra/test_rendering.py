"""What is rendered is up to date, and --check says so where it is not."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import routes
from infra.render import ROOT, drifted, rendered
from infra.rendering.events import event_name
from infra.rendering.template import MARK, template


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of the rendered files."""
    for path in rendered():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / path, tmp_path / path)
    return tmp_path


def test_everything_is_up_to_date() -> None:
    checked = subprocess.run([sys.executable, "infra/render.py", "--check"], cwd=ROOT, capture_output=True, check=False)

    assert (checked.returncode, checked.stdout, checked.stderr) == (0, b"", b"")


@pytest.mark.parametrize("path", ["shared/openapi.json", "shared/sql/sqlite.sql", "functions/fallback/paths.py"])
def test_a_file_that_was_edited_is_named(checkout: Path, path: str) -> None:
    (checkout / path).write_text((checkout / path).read_text() + "\n")

    assert drifted(checkout) == [f"{path} is out of date: run `make render`, and commit what it changes."]


def test_a_file_that_is_missing_is_named(checkout: Path) -> None:
    (checkout / "events" / "get_health.json").unlink()

    (sentence,) = drifted(checkout)

    assert sentence.startswith("events/get_health.json is out of date")


def test_a_function_that_was_edited_in_the_template_is_named(checkout: Path) -> None:
    by_hand, mark, below = (checkout / "template.yaml").read_text().partition(MARK)
    (checkout / "template.yaml").write_text(by_hand + mark + below.replace("Timeout: 50", "Timeout: 51"))

    (sentence,) = drifted(checkout)

    assert sentence.startswith("template.yaml is out of date")


def test_what_is_written_by_hand_stays(checkout: Path) -> None:
    by_hand, mark, below = (checkout / "template.yaml").read_text().partition(MARK)
    edited = by_hand.replace("MemorySize: 512", "MemorySize: 1024")
    assert edited != by_hand
    (checkout / "template.yaml").write_text(edited + mark + below)

    assert drifted(checkout) == []


def test_a_template_without_its_mark_is_refused() -> None:
    with pytest.raises(ValueError, match="has lost its mark line"):
        template("Resources:\n", routes.ENDPOINTS, routes.JOBS)


def test_two_functions_of_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match="the same name: GetHealth"):
        template(MARK, [*routes.ENDPOINTS, routes.ENDPOINTS[0]], routes.JOBS)


def test_every_event_is_of_an_endpoint() -> None:
    assert {path.name for path in (ROOT / "events").iterdir()} == {
        event_name(endpoint.name) for endpoint in routes.ENDPOINTS
    }
