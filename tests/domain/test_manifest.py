"""The manifest of a scope: what it counts, what it remembers of the last changes, and that it stays small."""

from dataclasses import replace
from itertools import pairwise

import pytest

from togglebox.errors import Conflict
from togglebox.journal.manifest import MAX_BYTES, MAX_RECENT, Manifest, Mark, Recent, Tier
from togglebox.store.port import Document, encode

AT = "2026-03-01T12:00:00.000Z"
LATER = "2026-03-01T12:00:01.000Z"


def a_manifest() -> Manifest:
    return Manifest(("platform-id", "prod"), 1, id="environment-id", names=("web", "prod"))


def a_mark(
    change: str = "change-1", *, name: str = "theme", count: int = 1, size: int = 100, attempt: str = ""
) -> Mark:
    return Mark("configs", ("environment-id", name), "entity", 0, change, AT, count=count, size=size, attempt=attempt)


def stored(manifest: Manifest) -> Manifest:
    """Return the manifest as it comes back from a store."""
    return Manifest.of(Document(manifest.key, manifest.version, encode(manifest.body())))


def test_what_is_stored_comes_back() -> None:
    manifest = (
        a_manifest()
        .settled(a_mark("change-0"), stands=True, at=AT)
        .with_purges([("configs", 1)], due=True)
        .marked(a_mark("change-1"))
        .marked(replace(a_mark("change-2", attempt="attempt"), closes=True, author="ada@example.com"))
    )

    assert stored(manifest) == manifest


def test_the_manifest_stays_within_one_read_unit_and_forgets_the_oldest_changes_first() -> None:
    names = [f"{number:03}-{'x' * 200}" for number in range(40)]
    manifest = a_manifest()
    for number, name in enumerate(names):
        manifest = stored(manifest.settled(a_mark(f"change-{number}", name=name), stands=True, at=AT))
        assert len(encode(manifest.body()).encode()) <= MAX_BYTES

    assert 10 < len(manifest.recent) < MAX_RECENT
    assert [change.key for change in manifest.recent] == names[-len(manifest.recent) :]


def test_no_more_than_thirty_changes_are_remembered() -> None:
    manifest = a_manifest()
    for number in range(MAX_RECENT + 5):
        manifest = stored(manifest.settled(a_mark(f"change-{number}", name=str(number)), stands=True, at=AT))

    assert [change.key for change in manifest.recent] == [str(number) for number in range(5, MAX_RECENT + 5)]


def test_marks_push_out_what_is_remembered_and_are_refused_once_there_is_no_room_left() -> None:
    manifest = a_manifest().settled(a_mark("change-0", name="y" * 1_000), stands=True, at=AT)
    for number in range(1, 11):
        manifest = manifest.marked(a_mark(f"change-{number}", name="x" * 200))

    assert stored(manifest) == replace(manifest, recent=())

    for number in range(11, 21):
        manifest = manifest.marked(a_mark(f"change-{number}", name="x" * 200))
    with pytest.raises(Conflict, match="repeat in a moment"):
        manifest.body()


def test_a_reader_learns_which_keys_changed_since_its_revision() -> None:
    manifest = a_manifest()
    for number, name in enumerate(["theme", "logo", "theme", "font"]):
        manifest = manifest.settled(a_mark(f"change-{number}", name=name), stands=True, at=AT)

    assert manifest.since("configs", 4) == frozenset()
    assert manifest.since("configs", 3) == frozenset({"font"})
    assert manifest.since("configs", 2) == frozenset({"theme", "font"})
    assert manifest.since("configs", 0) == frozenset({"theme", "logo", "font"})
    assert manifest.since("flags", 0) == frozenset()


def test_a_reader_that_missed_what_is_forgotten_is_told_to_read_all() -> None:
    manifest = a_manifest()
    for number in range(MAX_RECENT + 2):
        manifest = stored(manifest.settled(a_mark(f"change-{number}", name=str(number)), stands=True, at=AT))

    assert manifest.since("configs", 1) is None
    assert manifest.since("configs", 2) == frozenset({str(number) for number in range(2, MAX_RECENT + 2)})


def test_the_revision_moves_with_every_change_whether_it_stands_or_not() -> None:
    mark = a_mark()
    refused = a_manifest().marked(mark).settled(mark, stands=False, at=AT)
    again = refused.settled(mark, stands=False, at=LATER)

    assert refused.tier("configs") == Tier(revision=1, count=0, size=0, at=AT)
    assert again.tier("configs") == Tier(revision=2, count=0, size=0, at=LATER)
    assert again.recent == (Recent(1, "configs", "theme"), Recent(2, "configs", "theme"))


def test_a_change_is_counted_once_by_whoever_takes_its_mark_off() -> None:
    mark = a_mark()
    once = a_manifest().marked(mark).settled(mark, stands=True, at=AT)
    twice = once.settled(mark, stands=True, at=AT)

    assert (once.tier("configs").count, once.tier("configs").size) == (1, 100)
    assert (twice.tier("configs").count, twice.tier("configs").size) == (1, 100)


def test_attempts_of_one_change_have_marks_of_their_own() -> None:
    first, second = a_mark(), a_mark(attempt="second")
    manifest = a_manifest().marked(first).marked(second)

    left = manifest.settled(first, stands=False, at=AT)

    assert left.marks == (second,)
    assert left.settled(second, stands=True, at=AT).tier("configs").count == 1


def test_the_time_of_a_tier_never_goes_back() -> None:
    manifest = a_manifest().settled(a_mark("change-1"), stands=True, at=LATER)

    assert manifest.settled(a_mark("change-2"), stands=True, at=AT).tier("configs").at == LATER


def test_a_deleted_scope_counts_nothing_and_is_to_be_swept() -> None:
    mark = a_mark()
    manifest = a_manifest().marked(mark).settled(mark, stands=True, at=AT).marked(a_mark("change-2"))

    shut = manifest.shut(at=LATER)

    assert shut.closed == LATER
    assert shut.marks == ()
    assert shut.unswept == (("environment-id", LATER),)
    assert shut.tier("configs") == Tier(revision=1, count=0, size=0, at=AT)


def test_a_new_life_goes_on_with_the_revisions_and_forgets_the_rest() -> None:
    mark = a_mark()
    dead = a_manifest().marked(mark).settled(mark, stands=True, at=AT).shut(at=LATER)

    alive = dead.reopened("second-id")

    assert (alive.id, alive.closed, alive.recent) == ("second-id", None, ())
    assert alive.tier("configs").revision > dead.tier("configs").revision
    assert alive.unswept == (("environment-id", LATER),)
    assert alive.since("configs", dead.tier("configs").revision) is None


def test_a_new_life_shuts_the_old_one_if_its_writer_has_not_come_to_that() -> None:
    closing = replace(a_mark("deletion"), kind="environments", count=0, size=0, closes=True, at=LATER)
    manifest = a_manifest().settled(a_mark("change-1"), stands=True, at=AT).marked(closing)

    alive = manifest.reopened("second-id")

    assert (alive.id, alive.closed, alive.marks) == ("second-id", None, ())
    assert alive.unswept == (("environment-id", LATER),)


def test_revisions_are_never_given_twice() -> None:
    manifest, revisions = a_manifest(), []
    for life in range(3):
        for number in range(3):
            manifest = manifest.settled(a_mark(f"change-{life}-{number}"), stands=True, at=AT)
            revisions.append(manifest.tier("configs").revision)
        manifest = manifest.shut(at=AT).reopened(f"life-{life}")

    assert all(earlier < later for earlier, later in pairwise(revisions))
