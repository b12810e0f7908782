"""What every test can ask for, and the table that closes a run: which engines and runtimes it really exercised."""

import os
import signal
from collections import Counter
from collections.abc import Generator, Iterator

import pytest

from tests.engines import ENGINES
from tests.engines.d1 import LocalD1, local_d1
from tests.engines.dynamodb import DynamoDBLocal, dynamodb_local
from tests.engines.mariadb import MariaDB, mariadb
from tests.engines.mongodb import MongoDB, mongo_java_server
from tests.engines.mongodb import ferretdb as running_ferretdb
from tests.engines.postgresql import PostgreSQL
from tests.engines.postgresql import postgresql as running_postgresql
from tests.engines.secrecy import WATCH

CI = os.environ.get("CI") == "true"
TESTS_RUN = pytest.StashKey[Counter[str]]()

# No test may reach an account: these win over whatever the developer is signed in to.
os.environ.update(
    AWS_ACCESS_KEY_ID="test",
    AWS_SECRET_ACCESS_KEY="test",
    AWS_DEFAULT_REGION="us-east-1",
    AWS_EC2_METADATA_DISABLED="true",
    AWS_CONFIG_FILE=os.devnull,
    AWS_SHARED_CREDENTIALS_FILE=os.devnull,
)


@pytest.fixture(autouse=True)
def _secrecy() -> Iterator[None]:
    """See after each test that nothing which it kept secret was logged; servers are looked at when they end."""
    yield
    WATCH.check()


@pytest.fixture(scope="session")
def dynamodb() -> Iterator[DynamoDBLocal]:
    """Run one emulator for the whole run, in memory; tests keep apart by table prefix or partition."""
    with dynamodb_local() as running:
        yield running


@pytest.fixture(scope="session")
def d1() -> Iterator[LocalD1]:
    """Run one D1 for the whole run, in memory, with its stores beside it; tests keep apart by prefix, or empty it."""
    with local_d1() as running:
        yield running


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgreSQL]:
    """Run one PostgreSQL for the whole run; tests keep apart by the names of tables, or empty them."""
    with running_postgresql() as running:
        yield running


@pytest.fixture(scope="session")
def postgresql15() -> Iterator[PostgreSQL]:
    """Run Debian's PostgreSQL, the same way."""
    with running_postgresql(debian=True) as running:
        yield running


@pytest.fixture(scope="session")
def mysql() -> Iterator[MariaDB]:
    """Run one MariaDB for the whole run; tests keep apart by the names of tables, or empty them."""
    with mariadb() as running:
        yield running


@pytest.fixture(scope="session")
def mariadb10() -> Iterator[MariaDB]:
    """Run Debian's MariaDB, the same way."""
    with mariadb(debian=True) as running:
        yield running


@pytest.fixture(scope="session")
def mongodb() -> Iterator[MongoDB]:
    """Run one mongo-java-server for the whole run; tests keep apart by database or prefix."""
    with mongo_java_server() as running:
        yield running


@pytest.fixture(scope="session")
def ferretdb() -> Iterator[MongoDB]:
    """Run one FerretDB, the same way; whoever writes to it uses one connection."""
    with running_ferretdb() as running:
        yield running


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--every-engine", action="store_true", help="fail if an engine or runtime was not exercised")
    parser.addoption("--all-doors", action="store_true", help="ask all of tests/api through the local server, too")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers",
        f"engine(name): the test exercises this engine or runtime ({', '.join(ENGINES)}); "
        "a test that asks for a fixture of that name has the marker already",
    )
    config.addinivalue_line("markers", "journey: of tests/api; asked through the local server in every run")
    config.stash[TESTS_RUN] = Counter()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # stop servers also when somebody ends the run


def pytest_itemcollected(item: pytest.Item) -> None:
    for name in ENGINES.keys() & set(getattr(item, "fixturenames", ())):
        item.add_marker(pytest.mark.engine(name))


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    for name in _engines_of(item):
        missing = ENGINES[name].missing()
        if missing and CI and not ENGINES[name].optional:
            pytest.fail(missing, pytrace=False)
        elif missing:
            pytest.skip(missing)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if call.when == "call" and not report.skipped:
        item.config.stash[TESTS_RUN].update(_engines_of(item))
    return report


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    if session.config.getoption("every_engine") and exitstatus == pytest.ExitCode.OK and _not_exercised(session.config):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    terminalreporter.section("engines and runtimes")
    terminalreporter.line(f"{'engine or runtime':<20} {'tests run':>9}  version")
    for name, engine in ENGINES.items():
        said = engine.missing() or engine.version()
        terminalreporter.line(f"{engine.title:<20} {config.stash[TESTS_RUN][name]:>9}  {said}")
    if config.getoption("every_engine") and _not_exercised(config):
        terminalreporter.line(f"Not exercised, so this run fails: {', '.join(_not_exercised(config))}.", red=True)


def _engines_of(item: pytest.Item) -> set[str]:
    return {name for marker in item.iter_markers("engine") for name in marker.args}


def _not_exercised(config: pytest.Config) -> list[str]:
    return [
        engine.title for name, engine in ENGINES.items() if not config.stash[TESTS_RUN][name] and not engine.optional
    ]
