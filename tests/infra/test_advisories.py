"""The locked packages, compared with the advisories that come as a package; `make audit` asks for newer ones."""

import json
import re
from collections.abc import Iterator, Mapping
from importlib.metadata import distribution
from pathlib import Path
from typing import Any, Final

import pytest
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from tests.engines import ROOT

LOCKS: Final = (
    ROOT / "layers" / "runtime" / "requirements.txt",
    ROOT / "requirements" / "server.txt",
    ROOT / "requirements" / "dev.txt",
    ROOT / "requirements" / "sam.txt",
)
EXCEPTIONS: Final[Mapping[str, str]] = {}
"""Advisories that do not concern us, by their ids, and why."""


@pytest.fixture(scope="module")
def advisories() -> Mapping[str, Any]:
    """Give what is known to be insecure, by the names of packages."""
    file = distribution("safety-db").locate_file(
        "safety_db/insecure_full.json"
    )  # the package itself cannot be imported
    known = json.loads(Path(str(file)).read_text(encoding="utf-8"))
    return {canonicalize_name(name): entries for name, entries in known.items() if name != "$meta"}


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: str(lock.relative_to(ROOT)))
def test_no_locked_package_is_known_to_be_insecure(lock: Path, advisories: Mapping[str, Any]) -> None:
    found = {
        advisory["id"]: f"{name} {version}: {advisory['advisory']}"
        for name, version in locked(lock)
        for advisory in advisories.get(name, ())
        if any(SpecifierSet(spec).contains(version, prereleases=True) for spec in advisory["specs"])
    }

    assert {advisory: said for advisory, said in found.items() if advisory not in EXCEPTIONS} == {}


def test_the_comparison_would_find_one(advisories: Mapping[str, Any]) -> None:
    specs = [spec for advisory in advisories["jinja2"] for spec in advisory["specs"]]

    assert any(SpecifierSet(spec).contains("2.10") for spec in specs)
    assert ("pyjwt", "2.") in {(name, version[:2]) for name, version in locked(LOCKS[0])}


def locked(lock: Path) -> Iterator[tuple[str, str]]:
    """Yield name and version of all packages of a lock."""
    for found in re.finditer(r"^([A-Za-z0-9._-]+)(?:\[[^]]*\])?==([^ ;\\]+)", lock.read_text(), re.MULTILINE):
        yield canonicalize_name(found[1]), found[2]
