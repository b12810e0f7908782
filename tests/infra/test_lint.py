"""The rules about security (ruff's S, which are bandit's) hold for the product, and each exception says why."""

import re
import tomllib
from typing import Final

from infra.render import ROOT

PRODUCT: Final = ("layers/togglebox/togglebox", "functions")
EXCEPTION: Final = re.compile(r"#\s*(?:ruff:\s*)?noqa(?!:)|#\s*(?:ruff:\s*)?noqa:[^#\n]*\bS\d+(?P<reason>\s+#\s+\S.*)?")
LINT: Final = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["ruff"]["lint"]


def test_each_exception_in_the_code_gives_its_reason() -> None:
    files = [file for folder in (*PRODUCT, "infra", "bench") for file in (ROOT / folder).rglob("*.py")]
    silent = [
        f"{file.relative_to(ROOT)}: {line.strip()}"
        for file in files
        for line in file.read_text(encoding="utf-8").splitlines()
        if (found := EXCEPTION.search(line)) and not found["reason"]
    ]

    assert len(files) > 100
    assert silent == []


def test_no_rule_about_security_is_off_for_the_whole_product() -> None:
    off = {rule for rule in LINT["ignore"] if re.fullmatch(r"S\d*", rule)}
    for_files = {
        rule
        for files, rules in LINT["per-file-ignores"].items()
        if files.startswith(("layers", "functions", "**"))
        for rule in rules
        if re.fullmatch(r"S\d*", rule)
    }

    assert LINT["select"] == ["ALL"]
    assert off == {"S101"}  # `assert` tells readers and mypy what holds
    assert for_files == {"S608"}  # the names of tables in SQL are the catalogue's, values are bound
