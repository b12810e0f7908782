"""What the exploration of interleavings covered, told at the end of a run."""

import pytest

from tests.domain.interleavings import Explored

COVERED = pytest.StashKey[dict[str, Explored]]()


def pytest_configure(config: pytest.Config) -> None:
    config.stash[COVERED] = {}


@pytest.fixture
def covered(request: pytest.FixtureRequest) -> dict[str, Explored]:
    """Take note, by title, of what an exploration covered."""
    return request.config.stash[COVERED]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    covered = config.stash[COVERED]
    if not covered:
        return
    terminalreporter.section("interleavings")
    for title, explored in sorted(covered.items()):
        terminalreporter.line(f"{title:<70} {explored.states:>10,} states {explored.executions:>8.0e} executions")
    states = sum(explored.states for explored in covered.values())
    executions = float(sum(explored.executions for explored in covered.values()))
    terminalreporter.line(f"{f'{len(covered)} scenarios':<70} {states:>10,} states {executions:>8.0e} executions")
