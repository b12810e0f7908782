"""An export at work: of one moment though others write, gone on with where it stopped, in its place only when whole."""

import stat
from collections.abc import Callable, Sequence
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest

from tests.api.client import INTERNAL
from tests.api.given import CONFIGS, EDIT_CONFIGS, EDIT_ENVIRONMENTS, EDIT_PLATFORMS, a_change, a_parameter, a_platform
from tests.api.world import World
from tests.domain.transferring import exported, furnish, imported, memory, stored
from togglebox.errors import Refused
from togglebox.journal.publish import MARK_EXPIRES
from togglebox.store.port import Document, StoreUnavailable
from togglebox.transfer.export import Exported, NeverStill, NotStorable, export
from togglebox.transfer.working import OtherWork, WorkingFile, WorkingFileFailed

pytestmark = pytest.mark.engine("memory")


@pytest.fixture
def world() -> World:
    world = World()
    furnish(world)
    return world


def to(
    target: Path,
    world: World,
    *,
    platform: str | None = None,
    source: str = "a store",
    pause: Callable[[float], None] = lambda seconds: None,
) -> Exported:
    return export(
        world.store,
        str(target),
        source=source,
        platform=platform,
        now=world.clock.now,
        pause=pause,
        output=BytesIO,
    )


def left(folder: Path) -> Sequence[str]:
    return sorted(path.name for path in folder.iterdir())


# In its place.


def test_a_file_is_its_owners_only_and_leaves_nothing_beside_it(world: World, tmp_path: Path) -> None:
    target = tmp_path / "all.ndjson"

    done = to(target, world)

    assert left(tmp_path) == ["all.ndjson"]
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert target.read_bytes() == exported(world.store)
    assert done.total == target.read_bytes().count(b"\n") - 2


def test_the_last_export_stays_until_the_next_is_whole(world: World, tmp_path: Path) -> None:
    target = tmp_path / "all.ndjson"
    to(target, world)
    target.chmod(0o644)
    before = target.read_bytes()
    a_change(world.client, "color", "green")
    world.store.meanwhile("scan flags", lambda: world.store.fail_after(0))

    with pytest.raises(StoreUnavailable):
        to(target, world)

    assert target.read_bytes() == before
    assert left(tmp_path)[:2] == ["all.ndjson", "all.ndjson.part"]
    world.store.recover()
    to(target, world)
    assert target.read_bytes() == exported(world.store) != before
    assert stat.S_IMODE(target.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("name", "sentence"),
    [("", "is a folder; name a file"), ("missing/all.ndjson", "cannot be used .No such file or directory.")],
)
def test_a_target_that_cannot_be_is_refused(world: World, tmp_path: Path, name: str, sentence: str) -> None:
    with pytest.raises(Refused, match=sentence):
        to(tmp_path / name, world)


# Where it stopped.


@pytest.mark.parametrize("platform", [None, "web"])
def test_an_export_that_dies_at_any_call_is_gone_on_with(world: World, tmp_path: Path, platform: str | None) -> None:
    with world.counted() as calls:
        expected = exported(world.store, platform)

    for dies_at in range(len(calls)):
        target = tmp_path / f"{dies_at}.ndjson"
        world.store.fail_after(dies_at)
        with pytest.raises(StoreUnavailable):
            to(target, world, platform=platform)
        world.store.recover()
        assert not target.exists()

        with world.counted() as left_to_do:
            done = to(target, world, platform=platform)

        assert target.read_bytes() == expected
        assert done.resumed
        walked = dies_at - len(calls) // 2  # of what was gathered before, most is not asked for again
        assert len(left_to_do) <= len(calls) + 1 - max(walked, 0) // 2


def test_an_export_goes_on_within_a_collection(tmp_path: Path) -> None:
    world = World()
    entries = [Document((f"life-{number:03}", "1"), 1, '{"change":{"at":"2026"}}') for number in range(350)]
    world.store.restore("flag-journal", entries)
    world.store.meanwhile("scan flag-journal", lambda: world.store.fail_after(2))
    with pytest.raises(StoreUnavailable):
        to(tmp_path / "all.ndjson", world)
    world.store.recover()

    with world.counted() as calls:
        to(tmp_path / "all.ndjson", world)

    assert calls.count("scan flag-journal") == 2
    assert (tmp_path / "all.ndjson").read_bytes() == exported(world.store)


def test_what_changed_between_the_runs_is_in_it(world: World, tmp_path: Path) -> None:
    target = tmp_path / "all.ndjson"
    world.store.meanwhile("scan experiments", lambda: world.store.fail_after(0))
    with pytest.raises(StoreUnavailable):
        to(target, world)
    world.store.recover()
    a_change(world.client, "color", "green")
    assert world.client.delete(f"{EDIT_CONFIGS}/again").status == 204
    assert world.client.delete(f"{EDIT_PLATFORMS}/mobile").status == 204
    a_platform(world.client, "kiosk")
    world.clock.advance(hours=1)
    world.app.upkeep.run()

    to(target, world)

    assert target.read_bytes() == exported(world.store)


def test_a_working_file_of_another_export_is_refused(world: World, tmp_path: Path) -> None:
    target = tmp_path / "all.ndjson"
    world.store.meanwhile("scan flags", lambda: world.store.fail_after(0))
    with pytest.raises(StoreUnavailable):
        to(target, world)
    world.store.recover()

    with pytest.raises(OtherWork, match=r"is the working file of another export \(everything, format 1, a store\)"):
        to(target, world, source="another store")
    with pytest.raises(OtherWork):
        to(target, world, platform="web")

    to(target, world)
    assert target.read_bytes() == exported(world.store)


def test_two_exports_to_one_target_do_not_meet(world: World, tmp_path: Path) -> None:
    target = tmp_path / "all.ndjson"
    said = []

    def second() -> None:
        with pytest.raises(OtherWork) as refused:
            to(target, world)
        said.append(refused.value.sentence)

    world.store.meanwhile("scan flags", second)

    to(target, world)

    assert said == [f"Another export works on {target}.part"]
    assert target.read_bytes() == exported(world.store)


def test_a_file_that_is_no_working_file_is_left_alone(world: World, tmp_path: Path) -> None:
    part = tmp_path / "all.ndjson.part"
    part.write_text("my notes\n" * 1_000)

    with pytest.raises(WorkingFileFailed, match="remove the file if it is no working file"):
        to(tmp_path / "all.ndjson", world)

    assert part.read_text().startswith("my notes")


def test_a_working_file_that_was_written_out_is_not_written_out_again(world: World, tmp_path: Path) -> None:
    target = tmp_path / "all.ndjson"
    about = {"content": "everything", "format": "format 1", "store": "a store"}
    with WorkingFile(Path(f"{target}.part"), about) as work:
        work.keep("flags", "", [Document(("old", "old"), 1, "{}")], None)
        work.note("written", "yes")

    done = to(target, world)

    assert not done.resumed
    assert target.read_bytes() == exported(world.store)


# Of one moment.


def changes(world: World) -> Sequence[Callable[[], object]]:
    """Return changes of every kind, made by another process."""
    client = world.process()
    old = EDIT_ENVIRONMENTS

    def swept() -> None:
        world.clock.advance(hours=1)
        world.app.upkeep.run()

    return (
        lambda: a_change(client, "color", "green"),
        lambda: client.delete(f"{EDIT_CONFIGS}/color"),
        lambda: a_parameter(client, "fresh", "1"),
        lambda: client.delete(f"{old}/old"),
        lambda: client.post(old, {"environment": "fresh"}),
        lambda: client.delete(f"{INTERNAL}/platforms/web"),
        lambda: client.delete(f"{INTERNAL}/platforms/mobile"),
        lambda: a_platform(client, "fresh"),
        swept,
    )


@pytest.mark.parametrize("platform", [None, "web"])
@pytest.mark.parametrize("number", range(9))
def test_a_change_at_any_time_is_in_the_export_as_a_whole_or_not_at_all(platform: str | None, number: int) -> None:
    pristine = World()
    furnish(pristine)
    with pristine.counted() as calls:
        before = exported(pristine.store, platform)

    for place, call in enumerate(calls):
        if call in calls[:place]:
            continue
        world = World()
        furnish(world)
        world.store.meanwhile(call, changes(world)[number])
        try:
            during = exported(world.store, platform)
        except Refused as error:
            assert "was deleted and created" in error.sentence  # noqa: PT017
            continue
        except Exception as error:  # noqa: BLE001  # a platform that was deleted
            assert "There is no platform named web" in str(error)  # noqa: PT017
            continue
        assert during in (before, exported(world.store, platform)), f"the change before {call}"


def test_a_change_under_way_is_waited_for(world: World, tmp_path: Path) -> None:
    client = world.process()
    world.store.meanwhile("put parameters", lambda: world.store.fail_after(1))
    assert client.patch(f"{EDIT_CONFIGS}/color", {"defaultValue": "green"}).status == 503
    world.store.recover()
    pauses: list[float] = []

    def pause(seconds: float) -> None:
        pauses.append(seconds)
        world.clock.advance(seconds=seconds)

    to(tmp_path / "all.ndjson", world, pause=pause)

    assert len(pauses) == MARK_EXPIRES.total_seconds() + 1
    restored = World(store=memory())
    imported(restored.store, (tmp_path / "all.ndjson").read_bytes())
    assert any(manifest.body["marks"] for manifest in stored(restored.store)["manifests"])
    restored.clock.at = world.clock.at + timedelta(minutes=5)
    restored.app.upkeep.run()
    assert not any(manifest.body["marks"] for manifest in stored(restored.store)["manifests"])
    assert restored.client.get(CONFIGS).data["color"] == "green"


@pytest.mark.parametrize("meanwhile", ["scan flags", "page flags"], ids=["first reading", "second reading"])
def test_a_change_that_lands_late_is_in_it(world: World, tmp_path: Path, meanwhile: str) -> None:
    world.store.meanwhile("put parameters", lambda: world.store.fail_after(0))
    assert world.client.patch(f"{EDIT_CONFIGS}/color", {"defaultValue": "green"}).status == 503
    world.store.recover()
    twin = World()
    furnish(twin)
    a_change(twin.client, "color", "green")
    (landing,) = (head for head in stored(twin.store)["parameters"] if head.key[1] == "color")

    def late() -> None:
        world.store.put("parameters", landing.key, landing.body, expect=landing.version - 1)
        world.clock.at += MARK_EXPIRES + timedelta(seconds=1)

    world.store.meanwhile(meanwhile, late)  # when the parameters of the scope have just been read

    to(tmp_path / "all.ndjson", world)

    content = (tmp_path / "all.ndjson").read_bytes()
    assert landing.text.encode() in content
    assert content == exported(world.store)


def test_changes_that_never_end_end_the_export(world: World, tmp_path: Path) -> None:
    client = world.process()
    made = 0

    def again() -> None:
        nonlocal made
        made += 1
        a_change(client, "color", f"green {made}")
        world.store.meanwhile("scan manifests", again)

    world.store.meanwhile("scan manifests", again)

    with pytest.raises(NeverStill):
        to(tmp_path / "all.ndjson", world)

    assert not (tmp_path / "all.ndjson").exists()


def test_a_document_that_was_broken_by_hand_is_named(world: World) -> None:
    target = memory()
    target._rows["flags"] = {}
    imported(target, exported(world.store))
    key, (version, record) = next(iter(target._rows["flags"].items()))
    object.__setattr__(record, "text", "{broken")
    target._rows["flags"][key] = (version, record)

    with pytest.raises(NotStorable, match=r"flags '\w+' \(below [\w-]+\) cannot be exported: it was changed by hand"):
        exported(target)
