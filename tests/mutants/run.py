"""
Plant each fault of `planted` in a copy of the package, and let the contract look for it: a table says who caught it.

Ends with 1 if a fault survives, no longer fits, or could not be looked for; else with 0. As `make mutants`, or:

    python -m tests.mutants.run [ENGINE ...]
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from tests.mutants.planted import MUTANTS, Edit, Mutant

ROOT: Final = Path(__file__).parents[2]
LAYER: Final = ROOT / "layers" / "togglebox"
CONTRACT: Final = (
    "test_documents",
    "test_pages",
    "test_indexes",
    "test_scans",
    "test_new_documents",
    "test_expiry",
    "test_limits",
    "test_races",
    "test_calls",
)
"""The files of the contract of stores; those of the journal and of counts stand upon it."""
PATIENCE: Final = 600.0
"""How many seconds one run of a contract takes at most."""


class DoesNotFit(Exception):
    """The code has changed where a fault is to be planted."""


class Broken(Exception):
    """The contract could not be run; the message ends with what pytest said."""


def hunt(mutant: Mutant, files: Sequence[str]) -> str | None:
    """
    Return the first test of these *files* of the contract that fails with the fault, or ``None``: it survives.

    Raises:
        DoesNotFit: the fault cannot be planted.
        Broken: pytest did not get as far as to test.
    """
    with TemporaryDirectory() as folder:
        layer = Path(folder) / "layer"
        shutil.copytree(LAYER, layer, ignore=shutil.ignore_patterns("__pycache__"))
        for edit in mutant.edits:
            plant(edit, layer / "togglebox")
        return first_failure(mutant.engine, files, layer)


def plant(edit: Edit, package: Path) -> None:
    file = package / edit.file
    code = file.read_text()
    if code.count(edit.old) != 1:
        raise DoesNotFit(f"togglebox/{edit.file} has {code.count(edit.old)} times: {edit.old.strip()}")
    file.write_text(code.replace(edit.old, edit.new))


def first_failure(engine: str, files: Sequence[str], layer: Path) -> str | None:
    """Run the contract of an engine, in order, with the package that lies in the folder *layer*."""
    command = [
        *(sys.executable, "-m", "pytest", "-x", "-q", "--no-header", "-p", "no:randomly", "-p", "no:cacheprovider"),
        *("-o", f"pythonpath={layer} functions ."),  # before the package as it is
        *("-k", f"[{engine}"),  # the first parameter of each test
        *(f"tests/contract/{file}.py" for file in files),
    ]
    with subprocess.Popen(
        command,
        cwd=ROOT,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "PYTEST_ADDOPTS": ""},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as ran:
        try:
            said, _ = ran.communicate(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            ran.terminate()  # it stops the servers that it has started
            said, _ = ran.communicate()
            raise Broken(f"pytest did not end within {PATIENCE:g} s on {engine}. It said: {said[-2_000:]}") from None
    failed = re.search(r"^(?:FAILED|ERROR) tests/contract/(\S+\.py::\S+)", said, re.MULTILINE)
    if ran.returncode == 1 and failed is not None:
        return failed[1]
    if ran.returncode == 0 and re.search(r"\d passed", said):
        return None
    raise Broken(f"pytest ended with {ran.returncode} on {engine}. It said: {said[-2_000:]}")


def main(engines: Sequence[str]) -> int:
    """Hunt the mutants of these *engines*, or of all; return the exit status."""
    missed = 0
    _tell("engine", "fault", "caught by")
    for mutant in MUTANTS:
        if engines and mutant.engine not in engines:
            continue
        try:
            caught = hunt(mutant, list(dict.fromkeys([mutant.caught_in, *CONTRACT])))
        except DoesNotFit as error:
            caught, said = None, f"DOES NOT FIT: {error}"
        except Broken as error:
            caught, said = None, f"NOT RUN: {error}"
        else:
            said = caught or "NOBODY: it survives"
        missed += caught is None
        _tell(mutant.engine, mutant.fault, said)
    sys.stdout.write(f"{missed} missed.\n" if missed else "All are caught.\n")
    return 1 if missed else 0


def _tell(engine: str, fault: str, said: str) -> None:
    sys.stdout.write(f"{engine:<16} {fault:<61} {said}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
