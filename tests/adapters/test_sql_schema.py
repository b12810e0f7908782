"""The tables, indexes and views of a SQL database: brought to today's from any older state, and readable by hand."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.api.given import EDIT_EXPERIMENTS, EDIT_FLAGS, EXPERIMENT, a_flag, a_parameter, a_platform, an_environment
from tests.api.world import World
from togglebox.adapters.sqlite import SQLiteStore
from togglebox.store.port import StoreUnavailable

START = 1_800_000_000


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "store.db"


@pytest.fixture
def store(file: Path) -> Iterator[SQLiteStore]:
    with closing(SQLiteStore(file, lambda: START)) as store:
        store.schema().create()
        yield store


@pytest.fixture
def raw(store: SQLiteStore, file: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        yield connection


OLDER = {
    "a table": (["DROP TABLE togglebox_stats"], "togglebox_stats"),
    "an index": (["DROP INDEX togglebox_flags_gsi2"], "togglebox_flags_gsi2"),
    "a column": (
        ["DROP INDEX togglebox_flags_gsi3", "ALTER TABLE togglebox_flags DROP COLUMN gsi3sk"],
        "togglebox_flags.gsi3sk",
    ),
    "a view": (["DROP VIEW togglebox_flags_view"], "togglebox_flags_view"),
    "a view's column": (
        [
            "DROP VIEW togglebox_flags_view",
            "CREATE VIEW togglebox_flags_view AS SELECT sk AS flag_key FROM togglebox_flags",
        ],
        "togglebox_flags_view",
    ),
}


@pytest.mark.parametrize("lacking", OLDER)
def test_what_an_older_version_lacks_is_named_and_made(
    store: SQLiteStore, raw: sqlite3.Connection, lacking: str
) -> None:
    statements, name = OLDER[lacking]
    for statement in statements:
        raw.execute(statement)

    assert name in store.schema().missing()
    store.schema().create()

    assert store.schema().missing() == []


def test_what_is_stored_survives(store: SQLiteStore, raw: sqlite3.Connection) -> None:
    stored = store.put("manifests", ("shop", "#"), {"marks": [], "unswept": [], "recent": [], "closed": None}, expect=0)
    raw.execute("DROP INDEX togglebox_environments_gsi3")
    raw.execute("ALTER TABLE togglebox_environments DROP COLUMN gsi3sk")

    store.schema().create()

    assert store.get("manifests", ("shop", "#")) == stored


def test_a_statement_that_fails_leaves_the_rest_for_another_time(store: SQLiteStore, raw: sqlite3.Connection) -> None:
    raw.execute("DROP VIEW togglebox_flags_view")
    raw.execute("DROP TABLE togglebox_stats")
    raw.execute("CREATE TABLE togglebox_flags_view (flag_key TEXT)")

    with pytest.raises(StoreUnavailable):
        store.schema().create()

    assert list(store.schema().missing()) == ["togglebox_flags_view"]
    raw.execute("DROP TABLE togglebox_flags_view")
    store.schema().create()
    assert store.schema().missing() == []


def test_views_show_what_lives_in_columns(store: SQLiteStore, raw: sqlite3.Connection) -> None:
    client = World(store=store).client
    a_platform(client)
    an_environment(client)
    a_parameter(client)
    a_flag(client, "dark", enabled=True)
    a_flag(client, "gone")
    client.delete(f"{EDIT_FLAGS}/gone")
    client.post(EDIT_EXPERIMENTS, EXPERIMENT)
    raw.row_factory = sqlite3.Row

    def shown(view: str, *columns: str) -> list[tuple[object, ...]]:
        return [tuple(row) for row in raw.execute(f"SELECT {', '.join(columns)} FROM togglebox_{view}")]

    assert shown("platforms_view", "platform", "changed_by") == [("web", "system@togglebox.dev")]
    assert shown("environments_view", "platform", "environment") == [("web", "prod")]
    assert shown("configs_view", "platform", "environment", "parameter_key", "default_value", "store_version") == [
        ("web", "prod", "color", "red", 1)
    ]
    assert shown("flags_view", "environment", "flag_key", "enabled", "description") == [("prod", "dark", 1, None)]
    assert shown("experiments_view", "platform", "experiment_key", "status", "primary_metric") == [
        ("web", "checkout", "draft", "orders")
    ]
