"""`togglebox export` and `togglebox import`: what they do, say and end with, between engines, and killed."""

import json
import sqlite3
import stat
import subprocess
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path

import pytest

from tests.api.client import Client, over_http
from tests.edge.seeded import CONFIGS, EDIT_CONFIGS, PLATFORMS
from tests.engines.dynamodb import DynamoDBLocal
from tests.engines.mariadb import MariaDB
from tests.engines.mongodb import MongoDB
from tests.engines.postgresql import PostgreSQL
from tests.engines.server import TOGGLEBOX, local_server, only, run
from togglebox.adapters.sqlite import SQLiteStore
from togglebox.store.port import Document, encode

type Settings = Mapping[str, str]

MANY = 30_000


def on_sqlite(file: Path) -> Settings:
    return {"DB_TYPE": "sqlite", "SQLITE_FILE": str(file)}


def on_server(server: DynamoDBLocal | MariaDB | MongoDB | PostgreSQL) -> Settings:
    match server:
        case DynamoDBLocal():
            return {"DB_TYPE": "dynamodb", "DYNAMODB_ENDPOINT": server.endpoint, "TABLE_PREFIX": "transfer-"}
        case MongoDB():
            return {"DATABASE_URL": f"{server.url}/transfer"}
        case _:
            return {"DATABASE_URL": server.url, "TABLE_PREFIX": "transfer-"}


@pytest.fixture(scope="module")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    settings = on_sqlite(tmp_path_factory.mktemp("seeded") / "source.db")
    run("migrate", settings)
    run("seed", settings)
    return settings


@pytest.fixture
def empty(tmp_path: Path) -> Settings:
    settings = on_sqlite(tmp_path / "target.db")
    run("migrate", settings)
    return settings


def test_an_entire_store_moves_in_two_commands(seeded: Settings, empty: Settings, tmp_path: Path) -> None:
    file, again = tmp_path / "all.ndjson", tmp_path / "again.ndjson"

    first = run(f"export {file}", seeded)
    second = run(f"import {file} --check", empty)
    third = run(f"import {file}", empty)
    fourth = run(f"import {file}", empty)
    run(f"export {again}", empty)

    count = file.read_bytes().count(b"\n") - 2
    there = f"the SQLite file {empty['SQLITE_FILE']}"
    assert first == f"Exported {count} documents of the SQLite file {seeded['SQLITE_FILE']}.\n"
    assert second == f"Would import {count} of {count} documents into {there}.\n"
    assert third == f"Imported {count} of {count} documents into {there}.\n"
    assert fourth == f"Imported 0 of {count} documents into {there}; {count} were there already.\n"
    assert again.read_bytes() == file.read_bytes()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_platform_moves_through_a_pipe(seeded: Settings, empty: Settings) -> None:
    exporting = subprocess.run(
        [TOGGLEBOX, "export", "-", "--platform", "web"], env=only(seeded), capture_output=True, timeout=60, check=True
    )
    importing = subprocess.run(
        [TOGGLEBOX, "import", "-"], env=only(empty), input=exporting.stdout, capture_output=True, timeout=60, check=True
    )

    assert json.loads(exporting.stdout.splitlines()[0])["platform"]["name"] == "web"
    assert exporting.stderr.startswith(b"Exported ")
    assert importing.stdout.startswith(b"Imported ")
    with local_server(empty, migrate=False) as server:
        client = Client(over_http(server.port))
        assert [platform["name"] for platform in client.get(PLATFORMS).data] == ["web"]
        assert client.get(CONFIGS).data["welcomeMessage"] == "Welcome"


@pytest.mark.engine("server")
def test_a_running_server_shows_what_is_imported_and_changes_go_on(seeded: Settings, empty: Settings) -> None:
    file = Path(empty["SQLITE_FILE"]).with_name("all.ndjson")
    run(f"export {file}", seeded)
    with local_server(empty, migrate=False) as server:
        client = Client(over_http(server.port))
        assert client.get(PLATFORMS).data == []
        assert client.get(CONFIGS).data == {}

        run(f"import {file}", empty)

        assert [platform["name"] for platform in client.get(PLATFORMS).data] == ["ecommerce", "mobile", "web"]
        assert client.get(CONFIGS).data["welcomeMessage"] == "Welcome"
        assert client.patch(f"{EDIT_CONFIGS}/welcomeMessage", {"defaultValue": "Hello"}).data["version"] == "2"
        assert client.get(CONFIGS).data["welcomeMessage"] == "Hello"

    said = run(f"import {file}", empty, expect=1)
    assert "of " in said
    assert "with other content, and stay as they are; 0 were written:" in said
    assert "parameters 'welcomeMessage'" in said
    assert said.endswith("A whole store goes into an empty database, or one where this import has begun.\n")


@pytest.mark.parametrize(
    ("command", "sentence"),
    [
        ("export {there}", "{there} is a folder; name a file.\n"),
        ("export {there}/no/all.ndjson", "{there}/no/all.ndjson.part cannot be used (No such file or directory).\n"),
        ("export {there}/all.ndjson --platform nope", "There is no platform named nope.\n"),
        ("import {there}/all.ndjson", "{there}/all.ndjson cannot be read (No such file or directory).\n"),
        ("import {there}/target.db", "Line 1 of {there}/target.db: This is no export of ToggleBox: "),
    ],
)
def test_what_cannot_be_done_is_told_in_a_sentence(empty: Settings, command: str, sentence: str) -> None:
    there = str(Path(empty["SQLITE_FILE"]).parent)

    said = run(command.format(there=there), empty, expect=1)

    assert said.startswith(sentence.format(there=there))
    assert not Path(there, "all.ndjson").exists()


@pytest.mark.parametrize("command", ["export all.ndjson", "import all.ndjson"])
def test_settings_and_tables_are_looked_at_first(tmp_path: Path, command: str) -> None:
    settings = on_sqlite(tmp_path / "fresh.db")

    assert "CACHE_TTL is 'soon'" in run(command, {**settings, "CACHE_TTL": "soon"}, expect=2)
    assert "run `togglebox migrate`" in run(command, settings, expect=1)


def test_a_closed_pipe_is_told_in_a_sentence(seeded: Settings) -> None:
    with subprocess.Popen(
        [TOGGLEBOX, "export", "-"], env=only(seeded), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as exporting:
        assert exporting.stdout is not None
        assert exporting.stderr is not None
        exporting.stdout.close()
        said = exporting.stderr.read()

    assert (exporting.returncode, said) == (1, b"The output cannot be written (Broken pipe).\n")


@pytest.mark.parametrize(
    "engine",
    [
        pytest.param(name, marks=pytest.mark.engine(name))
        for name in ("dynamodb", "postgresql", "mysql", "mongodb", "ferretdb")
    ],
)
def test_there_and_back_is_the_identical_file(
    seeded: Settings, empty: Settings, engine: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    there = on_server(request.getfixturevalue(engine))
    files = [tmp_path / f"{number}.ndjson" for number in range(3)]
    run("migrate", there)

    run(f"export {files[0]}", seeded)
    run(f"import {files[0]}", there)
    run(f"export {files[1]}", there)
    run(f"import {files[1]}", empty)
    run(f"export {files[2]}", empty)

    assert files[0].read_bytes() == files[1].read_bytes() == files[2].read_bytes()


# Killed.


@pytest.fixture(scope="module")
def large(seeded: Settings, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Give a store with the seed, and with so many documents that a process can be killed among them."""
    folder = tmp_path_factory.mktemp("large")
    settings = on_sqlite(folder / "source.db")
    run(f"export {folder}/seed.ndjson", seeded)
    run("migrate", settings)
    run(f"import {folder}/seed.ndjson", settings)
    body = encode({"change": {"at": "2026-03-01T12:00:00.000Z"}, "more": "x" * 200})
    with closing(SQLiteStore(settings["SQLITE_FILE"], time.time)) as store:
        store.restore("flag-journal", [Document((f"life-{number:06d}", "1"), 1, body) for number in range(MANY)])
    return settings


@pytest.mark.parametrize("share", [0.1, 0.6])
def test_a_killed_export_goes_on_where_it_was(large: Settings, tmp_path: Path, share: float) -> None:
    file, part, whole = tmp_path / "all.ndjson", tmp_path / "all.ndjson.part", tmp_path / "whole.ndjson"
    run(f"export {whole}", large)
    size = whole.stat().st_size

    def gathered() -> int:
        return sum(path.stat().st_size for path in tmp_path.glob("all.ndjson.part*"))

    killed_once(f"export {file}", large, lambda: gathered() > share * size)
    assert part.exists()
    assert not file.exists()
    said = run(f"export {file}", large)

    assert "going on where an earlier run had stopped" in said
    assert file.read_bytes() == whole.read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["all.ndjson", "whole.ndjson"]


@pytest.mark.parametrize("share", [0.1, 0.6])
def test_a_killed_import_is_finished_by_the_next(
    large: Settings, empty: Settings, tmp_path: Path, share: float
) -> None:
    file, again = tmp_path / "all.ndjson", tmp_path / "again.ndjson"
    run(f"export {file}", large)

    def written() -> int:
        with closing(sqlite3.connect(empty["SQLITE_FILE"])) as raw:
            ((count,),) = raw.execute("SELECT count(*) FROM togglebox_flags")
            return int(count)

    killed_once(f"import {file}", empty, lambda: written() > share * MANY)
    assert share * MANY < written() < MANY
    said = run(f"import {file}", empty)
    run(f"export {again}", empty)

    assert "were there already" in said
    assert again.read_bytes() == file.read_bytes()


def killed_once(command: str, settings: Settings, ready: Callable[[], bool]) -> None:
    """Start a command and kill it as soon as *ready*."""
    until = time.monotonic() + 60
    with subprocess.Popen(
        [TOGGLEBOX, *command.split()], env=only(settings), stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as running:
        try:
            while not ready():
                assert running.poll() is None, f"it ended too early: {running.stdout and running.stdout.read()!r}"
                assert time.monotonic() < until
                time.sleep(0.002)
        finally:
            running.kill()
    assert running.returncode == -9
