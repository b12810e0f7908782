"""D1's migrations: numbered, only ever added to, and run by wrangler beside what the adapter itself makes."""

import sqlite3
import subprocess
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest

from infra.render import drifted
from infra.rendering.d1 import FOLDER, migrations, spoiled
from tests.contract.catalogue import PRODUCT
from tests.engines import ROOT
from tests.engines.d1 import NODE, WRANGLER, RemoteStore, environment, local_d1
from togglebox.adapters.d1 import D1Dialect
from togglebox.adapters.sql_dialect import PREFIX
from togglebox.adapters.sql_schema import statements

FIRST = f"{FOLDER}/0001_schema.sql"
SECOND = f"{FOLDER}/0002_schema.sql"

TABLE = "CREATE TABLE IF NOT EXISTS a (\n  x TEXT\n) STRICT"
INDEX = "CREATE INDEX IF NOT EXISTS a_x ON a (x)"
VIEW = ["DROP VIEW IF EXISTS v", "CREATE VIEW v AS SELECT\n  x AS one\nFROM a"]
OTHER_VIEW = ["DROP VIEW IF EXISTS v", "CREATE VIEW v AS SELECT\n  x AS other\nFROM a"]


def render(root: Path, *wanted: str) -> list[str]:
    """Write what is to be written, as `make render` does; return the names of the files that there are then."""
    assert list(spoiled(root, wanted)) == []
    for path, text in migrations(root, wanted).items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    return sorted(file.name for file in (root / FOLDER).iterdir())


def made_by(root: Path) -> list[tuple[str, str]]:
    """Run all files, each twice, and return what there is then."""
    with closing(sqlite3.connect(":memory:")) as connection:
        for file in sorted((root / FOLDER).iterdir()):
            connection.executescript(file.read_text())
            connection.executescript(file.read_text())
        return connection.execute("SELECT name, sql FROM sqlite_schema ORDER BY name").fetchall()


def test_the_first_file_holds_everything(tmp_path: Path) -> None:
    assert render(tmp_path, TABLE, INDEX, *VIEW) == ["0001_schema.sql"]

    assert [name for name, _ in made_by(tmp_path)] == ["a", "a_x", "v"]


def test_what_no_file_makes_comes_in_the_next_one(tmp_path: Path) -> None:
    render(tmp_path, TABLE)
    first = (tmp_path / FIRST).read_text()

    assert render(tmp_path, TABLE, INDEX) == ["0001_schema.sql", "0002_schema.sql"]

    assert (tmp_path / FIRST).read_text() == first
    assert "CREATE TABLE" not in (tmp_path / SECOND).read_text()
    assert render(tmp_path, TABLE, INDEX) == ["0001_schema.sql", "0002_schema.sql"]


def test_a_view_is_replaced_as_often_as_it_changes(tmp_path: Path) -> None:
    render(tmp_path, TABLE, *VIEW)
    render(tmp_path, TABLE, *OTHER_VIEW)
    assert made_by(tmp_path)[1] == ("v", OTHER_VIEW[1])

    assert render(tmp_path, TABLE, *VIEW) == ["0001_schema.sql", "0002_schema.sql", "0003_schema.sql"]

    assert made_by(tmp_path)[1] == ("v", VIEW[1])


@pytest.mark.parametrize(
    ("was", "becomes"),
    [("x TEXT", "x INTEGER"), (f"{INDEX};", ""), ("Rendered", "Written"), ("a_x ON a (x);\n", "a_x ON a (x);")],
    ids=["a statement changed", "a statement taken away", "its head changed", "the last line's end"],
)
def test_a_file_that_was_changed_is_named(tmp_path: Path, was: str, becomes: str) -> None:
    render(tmp_path, TABLE, INDEX)
    file = tmp_path / FIRST
    assert was in file.read_text()
    file.write_text(file.read_text().replace(was, becomes))

    sentence, *_ = spoiled(tmp_path, [TABLE, INDEX])

    assert sentence.startswith(f"{FIRST} was changed")


def test_a_gap_is_named(tmp_path: Path) -> None:
    render(tmp_path, TABLE)
    render(tmp_path, TABLE, INDEX)
    (tmp_path / FIRST).unlink()

    sentence, *_ = spoiled(tmp_path, [TABLE, INDEX])

    assert sentence == f"{SECOND} has another number than 0001: migrations are counted from 0001, without a gap."


@pytest.mark.parametrize(
    ("changed", "name"), [(TABLE.replace("TEXT", "INTEGER"), "a"), (INDEX.replace("(x)", "(x DESC)"), "a_x")]
)
def test_what_holds_data_is_not_made_anew(tmp_path: Path, changed: str, name: str) -> None:
    render(tmp_path, TABLE, INDEX)

    (sentence,) = spoiled(tmp_path, [changed])

    assert sentence.startswith(f"{name} is another than {FOLDER} makes")


def test_the_check_tells_what_is_lacking_and_what_was_changed(tmp_path: Path) -> None:
    (tmp_path / "template.yaml").write_text((ROOT / "template.yaml").read_text())
    assert f"{FIRST} is out of date: run `make render`, and commit what it changes." in drifted(tmp_path)
    render(tmp_path, *statements(D1Dialect()))
    assert not any(sentence.startswith(FOLDER) for sentence in drifted(tmp_path))

    (tmp_path / FIRST).write_text((tmp_path / FIRST).read_text().replace("expires INTEGER", "expires TEXT"))

    assert drifted(tmp_path)[0].startswith(f"{FIRST} was changed")


def test_no_statement_exceeds_what_d1_takes() -> None:
    for statement in statements(D1Dialect()):
        assert len(statement.encode()) <= 100_000


def migrate(folder: Path) -> None:
    """Run the migrations that are committed, with wrangler, on the database that is in *folder*."""
    command = [str(NODE), str(WRANGLER), "d1", "migrations", "apply", "DB", "--local", "--persist-to", str(folder)]
    subprocess.run(
        command,
        cwd=ROOT,
        env=environment(folder),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=120,
        check=True,
    )


def missing(folder: Path, *, make: bool = False) -> Sequence[str]:
    """Return what the adapter misses in the database that is in *folder*, after it has made it, if it is to."""
    with local_d1(folder) as running, closing(RemoteStore(running.port, PRODUCT, PREFIX, time.time)) as store:
        if make:
            store.create()
        return store.missing()


@pytest.mark.engine("d1")
def test_wrangler_makes_all_that_the_adapter_wants_and_leaves_what_it_made(tmp_path: Path) -> None:
    migrate(tmp_path)

    assert missing(tmp_path) == []
    assert missing(tmp_path, make=True) == []

    migrate(tmp_path)


@pytest.mark.engine("d1")
def test_wrangler_leaves_what_the_adapter_has_made(tmp_path: Path) -> None:
    assert missing(tmp_path, make=True) == []

    migrate(tmp_path)

    assert missing(tmp_path) == []
