"""Export and import: what comes out of one store goes into another and is the same, and life goes on there."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest

from tests.api.client import INTERNAL, PUBLIC
from tests.api.given import CONFIGS, EDIT_CONFIGS, EXPERIMENTS, FLAGS, PLATFORMS, a_change, a_platform
from tests.api.world import World
from tests.domain.transferring import exported, furnish, imported, memory, sqlite, stored
from togglebox.errors import NotFound, Refused
from togglebox.store.catalogue import COLLECTIONS
from togglebox.store.port import Document, Key, Store, StoreUnavailable, encode
from togglebox.transfer.places import LIES_UNDER, ROOT_MANIFEST

pytestmark = pytest.mark.engine("memory")

READS = (
    PLATFORMS,
    f"{PLATFORMS}/web",
    f"{PLATFORMS}/web/environments",
    CONFIGS,
    f"{CONFIGS}/list",
    f"{CONFIGS}/color/versions",
    FLAGS,
    f"{FLAGS}/dark/evaluate?userId=u1",
    EXPERIMENTS,
    f"{EXPERIMENTS}/checkout/assign?userId=u1",
    f"{PUBLIC}/platforms/mobile/environments/prod/configs",
)


@pytest.fixture
def source() -> World:
    world = World()
    furnish(world)
    return world


def a_process_on(store: Store, other: World) -> World:
    """Return a deployment on *store* in which it is as late as in the *other*."""
    world = World(store=store)
    world.clock.at = other.clock.at
    return world


@pytest.fixture(params=["memory", pytest.param("sqlite", marks=pytest.mark.engine("sqlite"))])
def target(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """Give an empty store."""
    if request.param == "memory":
        yield memory()
    else:
        with sqlite(tmp_path / "target.db") as store:
            yield store


def test_every_collection_has_a_place() -> None:
    assert LIES_UNDER.keys() == {name for name, collection in COLLECTIONS.items() if not collection.passing}
    assert {parent for parent in LIES_UNDER.values() if parent is not None} <= {"root", *LIES_UNDER}


def test_what_was_imported_is_what_was_exported(source: World, target: Store) -> None:
    content = exported(source.store)

    tally = imported(target, content)

    assert stored(target) == stored(source.store)
    assert exported(target) == content
    assert tally.new == tally.total == sum(map(len, stored(source.store).values()))


def test_an_export_leaves_out_what_is_passing_and_keeps_what_is_deleted(source: World) -> None:
    source.client.patch(f"{EDIT_CONFIGS}/color", {"defaultValue": "x"}, {"Idempotency-Key": "once"})
    assert source.store.content()["claims"]

    lines = [json.loads(line) for line in exported(source.store).splitlines()[1:-1]]

    assert {line["collection"] for line in lines} >= {name for name, parent in LIES_UNDER.items() if parent}
    assert {(line["collection"], line["sort"]) for line in lines if line["body"].get("deleted")} >= {
        ("platforms", "tv"),
        ("environments", "short"),
        ("parameters", "gone"),
    }


def test_the_restored_store_gives_the_same_answers_and_the_next_version_follows(source: World, target: Store) -> None:
    imported(target, exported(source.store))

    restored = a_process_on(target, source)

    for path in READS:
        before, after = source.client.get(path), restored.client.get(path)
        assert (after.status, after.body, after.headers.get("etag")) == (200, before.body, before.headers.get("etag"))
    a_change(restored.client, "color", "green")
    versions = restored.client.get(f"{CONFIGS}/color/versions").data
    assert [version["version"] for version in versions] == ["3", "2", "1"]
    assert restored.client.get(CONFIGS).data["color"] == "green"
    assert len(restored.client.get(f"{INTERNAL}/platforms/web/environments/prod/configs/color/history").data) == 3


def test_upkeep_goes_on_with_what_was_deleted_just_before(source: World, target: Store) -> None:
    imported(target, exported(source.store))
    restored = World(store=target)
    restored.clock.advance(hours=2)

    done = restored.app.upkeep.run()

    assert done["heads swept"] == 2


def test_an_import_may_be_repeated(source: World, target: Store) -> None:
    content = exported(source.store)
    imported(target, content)

    tally = imported(target, content)

    assert (tally.new, tally.there, tally.conflicts) == (0, tally.total, 0)
    assert stored(target) == stored(source.store)


def test_a_check_tells_what_would_be_done_and_does_nothing(source: World, target: Store) -> None:
    content = exported(source.store)

    tally = imported(target, content, check=True)

    assert tally.new == tally.total > 0
    assert not any(stored(target).values())


def test_what_is_there_with_other_content_is_named_and_nothing_is_written(source: World, target: Store) -> None:
    content = exported(source.store)
    (document,) = (flag for flag in stored(source.store)["flags"] if flag.key[1] == "dark")
    mine = Document(document.key, document.version, document.text.replace('"Dark"', '"Mine"'))
    target.restore("flags", [mine])

    tally = imported(target, content)

    assert (tally.conflicts, tally.written) == (1, 0)
    assert tally.named[0].endswith(f"flags 'dark' (below {document.key[0]}), version 2 there, 2 in the file")
    assert {name: found for name, found in stored(target).items() if found} == {"flags": [mine]}


def test_ten_conflicts_are_named_and_the_others_counted(source: World) -> None:
    content = exported(source.store)
    target = memory()
    for name in ("parameters", "parameter-journal", "experiment-journal"):
        target.restore(name, [Document(each.key, each.version + 1, each.text) for each in stored(source.store)[name]])

    tally = imported(target, content)

    assert len(tally.named) == 10
    assert tally.conflicts > 10
    assert f"and {tally.conflicts - 10} more" in tally.sentences("it", whole=True)


def test_an_entire_store_does_not_go_where_other_platforms_are(source: World) -> None:
    other = World(store=memory())
    a_platform(other.client, "kiosk")
    before = stored(other.store)

    tally = imported(other.store, exported(source.store))

    assert tally.conflicts == 1
    assert stored(other.store) == before


def test_a_server_that_knew_the_store_empty_sees_the_import(source: World) -> None:
    running = World(store=memory())
    assert running.client.get(PLATFORMS).data == []
    assert running.client.get(CONFIGS).data == {}

    imported(running.store, exported(source.store))

    assert [platform["name"] for platform in running.client.get(PLATFORMS).data] == ["mobile", "web"]
    assert running.client.get(CONFIGS).data == source.client.get(CONFIGS).data


def test_one_platform_comes_with_all_that_is_in_it_and_nothing_of_others(source: World, target: Store) -> None:
    content = exported(source.store, "web")

    imported(target, content)

    assert exported(target, "web") == content
    assert [document.key[1] for document in stored(target)["platforms"]] == ["web"]
    ids = {document.body["id"] for document in stored(target)["environments"]} | {
        stored(target)["platforms"][0].body["id"]
    }
    for name, documents in stored(source.store).items():
        if LIES_UNDER[name] in ("platforms", "environments"):
            expected = [document for document in documents if document.key[0] in ids]
            found = [document for document in stored(target)[name] if document.key != ROOT_MANIFEST]
            assert found == expected
    restored = a_process_on(target, source)
    for path in READS[1:-1]:
        before, after = source.client.get(path), restored.client.get(path)
        assert (path, after.status, after.data) == (path, 200, before.data)
    assert restored.client.get(PLATFORMS).data == [source.client.get(f"{PLATFORMS}/web").data]


def test_a_platform_enters_the_list_of_a_store_that_has_others(source: World, target: Store) -> None:
    running = World(store=target)
    a_platform(running.client, "kiosk")
    assert [platform["name"] for platform in running.client.get(PLATFORMS).data] == ["kiosk"]
    etag = running.client.get(PLATFORMS).etag

    imported(target, exported(source.store, "web"))

    answer = running.client.get(PLATFORMS, {"If-None-Match": etag})
    assert [platform["name"] for platform in answer.data] == ["kiosk", "web"]
    root = target.get("manifests", ROOT_MANIFEST)
    assert root is not None
    assert root.body["marks"] == []
    assert root.body["tiers"]["platforms"][1] == 2
    assert running.client.get(CONFIGS).data == source.client.get(CONFIGS).data
    assert running.client.delete(f"{INTERNAL}/platforms/web").status == 204
    assert [platform["name"] for platform in running.client.get(PLATFORMS).data] == ["kiosk"]


@pytest.mark.parametrize("deleted", [False, True])
def test_a_platform_whose_name_is_another_ones_is_refused(source: World, *, deleted: bool) -> None:
    other = World(store=memory())
    a_platform(other.client, "kiosk")  # takes the id that the other world gave its platform
    a_platform(other.client)
    if deleted:
        assert other.client.delete(f"{INTERNAL}/platforms/web").status == 204
    before = stored(other.store)

    with pytest.raises(Refused, match="There is another platform named web"):
        imported(other.store, exported(source.store, "web"))

    assert stored(other.store) == before


@pytest.mark.parametrize("name", ["nope", "tv"])
def test_a_platform_that_does_not_live_is_not_exported(source: World, name: str) -> None:
    with pytest.raises(NotFound, match=f"There is no platform named {name}"):
        exported(source.store, name)


@pytest.mark.parametrize("platform", [None, "web"])
def test_an_import_that_dies_at_any_call_shows_nothing_half_and_is_finished_by_the_next(
    source: World, platform: str | None
) -> None:
    content = exported(source.store, platform)
    whole = World(store=memory())
    if platform:
        a_platform(whole.client, "kiosk")
    with whole.counted() as calls:
        imported(whole.store, content)
    expected = {path: whole.client.get(path).data for path in READS[3:6]}

    for dies_at in range(len(calls)):
        world = World(store=memory())
        if platform:
            a_platform(world.client, "kiosk")
        world.store.fail_after(dies_at)
        with pytest.raises(StoreUnavailable):
            imported(world.store, content)
        world.store.recover()
        reader = world.process()
        seen = reader.get(CONFIGS).data
        assert seen in ({}, expected[CONFIGS])
        listed = [found["name"] for found in reader.get(PLATFORMS).data]
        assert "web" not in listed or seen == expected[CONFIGS]

        imported(world.store, content)

        assert {path: reader.get(path).data for path in expected} == expected
        assert _without_root(stored(world.store)) == _without_root(stored(whole.store))
        root, other = (each.get("manifests", ROOT_MANIFEST) for each in (world.store, whole.store))
        assert root is not None
        assert other is not None
        assert root.body["marks"] == []
        assert root.body["tiers"]["platforms"][1:3] == other.body["tiers"]["platforms"][1:3]


def test_a_dead_import_of_a_platform_is_finished_by_upkeep(source: World) -> None:
    content = exported(source.store, "web")
    world = World(store=memory())
    a_platform(world.client, "kiosk")
    world.store.meanwhile("restore platforms", lambda: world.store.fail_after(1))
    with pytest.raises(StoreUnavailable):
        imported(world.store, content)
    world.store.recover()
    world.clock.advance(minutes=2)

    world.app.upkeep.run()
    imported(world.store, content)

    root = world.store.get("manifests", ROOT_MANIFEST)
    assert root is not None
    assert (root.body["marks"], root.body["tiers"]["platforms"][1]) == ([], 2)
    assert [found["name"] for found in world.client.get(PLATFORMS).data] == ["kiosk", "web"]


def test_an_import_writes_a_hundred_documents_or_a_megabyte_at_once() -> None:
    there, large = World(store=memory()), encode({"change": {"at": "2026"}, "more": "x" * 290_000})
    source = memory()
    source.restore(
        "flag-journal", [Document((f"{number:03}", "1"), 1, '{"change":{"at":"2026"}}') for number in range(250)]
    )
    source.restore("experiment-journal", [Document((f"{number:03}", "1"), 1, large) for number in range(7)])

    with there.counted() as calls:
        imported(there.store, exported(source))

    assert (calls.count("restore flag-journal"), calls.count("restore experiment-journal")) == (3, 3)


def test_a_platform_whose_list_is_missing_is_listed(source: World, target: Store) -> None:
    """What an import of everything leaves, if it dies before its last document."""
    for name, documents in stored(source.store).items():
        target.restore(name, [document for document in documents if document.key != ROOT_MANIFEST])

    imported(target, exported(source.store, "web"))

    listed = World(store=target).client.get(PLATFORMS).data
    assert "web" in [found["name"] for found in listed]


def test_a_change_that_is_made_during_the_import_is_not_lost(source: World) -> None:
    content = exported(source.store, "web")
    world = World(store=memory())
    a_platform(world.client, "kiosk")
    world.store.meanwhile("restore platforms", lambda: a_platform(world.process(), "tablet"))

    imported(world.store, content)

    assert [found["name"] for found in world.client.get(PLATFORMS).data] == ["kiosk", "tablet", "web"]
    root = world.store.get("manifests", ROOT_MANIFEST)
    assert root is not None
    assert (root.body["marks"], root.body["tiers"]["platforms"][1]) == ([], 3)


def test_somebody_who_removes_what_is_being_imported_is_noticed_before_anybody_sees_it(source: World) -> None:
    content = exported(source.store)
    world = World(store=memory())
    flags: list[Key] = [document.key for document in stored(source.store)["flags"]]
    world.store.meanwhile("restore experiment-journal", lambda: world.store.delete_many("flags", flags))

    with pytest.raises(Refused, match=f"{len(flags)} documents were not found again"):
        imported(world.store, content)

    assert stored(world.store)["platforms"] == []
    assert stored(world.store)["manifests"] == []


def test_a_database_that_is_away_for_a_moment_does_not_end_an_import(source: World) -> None:
    content = exported(source.store)
    world = World(store=memory())
    world.store.meanwhile("restore flags", lambda: world.store.fail_after(0))
    pauses: list[float] = []

    def pause(seconds: float) -> None:
        pauses.append(seconds)
        world.store.recover()

    imported(world.store, content, pause=pause)

    assert pauses == [1.0]
    assert exported(world.store) == content


def _without_root(documents: Mapping[str, Sequence[Document]]) -> Mapping[str, Sequence[Document]]:
    return {
        name: [document for document in found if document.key != ROOT_MANIFEST] for name, found in documents.items()
    }
