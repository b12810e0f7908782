"""The contract catches planted faults: some of them here, all by `make mutants`; and each fits the code."""

import shutil
from pathlib import Path
from typing import Final

import pytest

from tests.mutants.planted import MUTANTS, Edit, Mutant
from tests.mutants.run import LAYER, DoesNotFit, first_failure, hunt, plant

QUICK: Final = [mutant for mutant in MUTANTS if mutant.engine in ("memory", "sqlite")][1::8]


def named(mutant: Mutant) -> str:
    return f"{mutant.engine}: {mutant.fault}"


@pytest.mark.parametrize("mutant", MUTANTS, ids=named)
def test_each_fault_fits_the_code(mutant: Mutant, tmp_path: Path) -> None:
    for file in {edit.file for edit in mutant.edits}:
        (tmp_path / file).parent.mkdir(exist_ok=True)
        shutil.copy(LAYER / "togglebox" / file, tmp_path / file)

    for edit in mutant.edits:
        plant(edit, tmp_path)
        compile((tmp_path / edit.file).read_text(), edit.file, "exec")


def test_a_fault_that_no_longer_fits_is_told(tmp_path: Path) -> None:
    (tmp_path / "store.py").write_text("a = 1\na = 1\n")

    with pytest.raises(DoesNotFit, match="2 times: a = 1"):
        plant(Edit("store.py", "a = 1", "a = 2"), tmp_path)


@pytest.mark.engine("sqlite")
@pytest.mark.parametrize("mutant", QUICK, ids=named)
def test_the_contract_catches_the_fault(mutant: Mutant) -> None:
    assert hunt(mutant, [mutant.caught_in]) is not None


def test_without_a_fault_the_contract_catches_nothing() -> None:
    assert first_failure("memory", ["test_scans"], LAYER) is None
