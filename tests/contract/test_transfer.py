"""An export from any engine goes into any other, and comes out of it as the identical file."""

from datetime import UTC, datetime

import pytest

from tests.api.given import CONFIGS, a_change
from tests.api.world import World
from tests.contract.conftest import FixedClock
from tests.domain.transferring import exported, furnish, imported, memory, stored
from togglebox.store.port import Document, Store, encode

AT = datetime(2040, 3, 1, 12, tzinfo=UTC)
"""What the clocks say: an engine that has one of its own removes nothing before this."""


@pytest.fixture
def source(clock: FixedClock) -> World:
    clock.now = AT.timestamp()
    world = World()
    world.clock.at = AT
    furnish(world)
    return world


@pytest.mark.parametrize("platform", [None, "web"])
def test_what_goes_in_comes_out_as_the_identical_file(
    catalogued_store: Store, source: World, platform: str | None
) -> None:
    content = exported(source.store, platform)

    tally = imported(catalogued_store, content)
    again = imported(catalogued_store, content)

    assert exported(catalogued_store, platform) == content
    assert tally.new == again.there == tally.total
    if platform is None:
        assert stored(catalogued_store) == stored(source.store)


def test_changes_go_on_where_they_were(catalogued_store: Store, source: World) -> None:
    imported(catalogued_store, exported(source.store))
    restored = World(store=catalogued_store)
    restored.clock.at = source.clock.at

    a_change(restored.client, "color", "green")

    assert [version["version"] for version in restored.client.get(f"{CONFIGS}/color/versions").data] == ["3", "2", "1"]


def test_hard_documents_survive(catalogued_store: Store) -> None:
    change = {"change": {"at": "2026-03-01T12:00:00.000Z"}}
    hard = [
        Document(("🐘 ", "trailing "), 2**40, encode({"n": [2.0, 2**53, 2**70, -0.0, 0.1, 1e22], **change})),
        Document(("🐘 ", "trailing"), 1, encode({"": {"deep": [[[{}]]]}, **change})),
        Document(("'\"\\%_", "ﬀ é é"), 7, encode({"text": "nul \0, \u2028, \r\n", **change})),
        Document(("Long", "x" * 900), 3, encode({"x": "é" * 149_000, **change})),
    ]
    first = memory()
    first.restore("flag-journal", hard)
    content = exported(first)

    imported(catalogued_store, content)

    assert stored(catalogued_store)["flag-journal"] == sorted(hard, key=lambda document: document.key)
    assert exported(catalogued_store) == content
