"""What the public reads: at what price, how old it may be, and that it never goes back."""

from dataclasses import replace
from itertools import permutations

import pytest

from tests.domain.given import ROOT, Deployment
from tests.domain.publishing import PROD, WEB, Desk
from togglebox.journal.kinds import ENVIRONMENTS, PARAMETERS, PLATFORMS
from togglebox.journal.record import Head
from togglebox.snapshot import KEPT_SCOPES, NOWHERE, View, _joined_views
from togglebox.store.port import NoAnswer, encode


@pytest.fixture
def given() -> Deployment:
    return Deployment()


@pytest.fixture
def reader(given: Deployment) -> Desk:
    """Give a process that has read the environment, which holds ``theme`` and ``logo``."""
    given.create("theme")
    given.create("logo")
    reader = given.process()
    given.seen(reader)
    return reader


def planted(given: Deployment, name: str) -> None:
    """Change a head as no writer does: nobody is told."""
    head = given.desk.journal.last(PROD, PARAMETERS, name)
    assert head is not None
    body = {**head.document.body, "data": {"by": ["planted"]}}
    given.store.put("parameters", head.key, body, expect=head.version)


def dies_after_put(given: Deployment, name: str) -> None:
    """Publish a change whose writer dies before it can announce it."""
    writer = given.process()
    given.seen(writer)
    given.store.fail_after(5)
    with pytest.raises(NoAnswer):
        given.update(name, desk=writer)
    given.store.recover()


# -- the price ---------------------------------------------------------------------------------------------------


def test_a_list_costs_three_reads_cold_one_warm_and_two_after_a_change(given: Deployment) -> None:
    given.create("theme")
    reader = given.process()

    with given.counted() as cold:
        given.seen(reader)
    with given.counted() as warm:
        given.seen(reader)
    given.update("theme")
    with given.counted() as changed:
        given.seen(reader)

    assert cold == ["get platforms", "get manifests", "page parameters"]
    assert warm == ["get manifests"]
    assert changed == ["get manifests", "get parameters"]


def test_one_parameter_costs_no_more_than_itself(given: Deployment) -> None:
    given.create("theme")
    given.create("logo")
    reader = given.process()

    with given.counted() as cold:
        reader.snapshots.item(PROD, PARAMETERS, "theme")
    with given.counted() as warm:
        reader.snapshots.item(PROD, PARAMETERS, "theme")
    given.update("logo")
    with given.counted() as another_changed:
        reader.snapshots.item(PROD, PARAMETERS, "theme")

    assert cold == ["get platforms", "get manifests", "get parameters"]
    assert warm == ["get manifests"]
    assert another_changed == ["get manifests"]


def test_what_several_changes_touched_is_read_at_once(given: Deployment, reader: Desk) -> None:
    given.update("theme")
    given.update("logo")
    given.update("theme")

    with given.counted() as calls:
        assert {name: len(by) for name, by in given.seen(reader).items()} == {"theme": 3, "logo": 2}

    assert calls == ["get manifests", "get_many parameters"]


def test_after_more_changes_than_are_remembered_all_is_read(given: Deployment, reader: Desk) -> None:
    for _ in range(31):
        given.update("theme")

    with given.counted() as calls:
        assert len(given.seen(reader)["theme"]) == 32

    assert calls == ["get manifests", "page parameters"]


def test_changes_of_another_kind_cost_nothing(given: Deployment) -> None:
    reader = given.process()
    reader.snapshots.view(ROOT, PLATFORMS)
    reader.snapshots.view(WEB, ENVIRONMENTS)
    given.create("theme")

    with given.counted() as calls:
        reader.snapshots.view(WEB, ENVIRONMENTS)

    assert calls == ["get manifests"]


def test_a_long_list_is_read_page_by_page_to_its_end(given: Deployment) -> None:
    for number in range(501):
        given.create(f"parameter-{number:03}")
    reader = given.process()

    with given.counted() as calls:
        seen = given.seen(reader)

    assert list(seen) == [f"parameter-{number:03}" for number in range(501)]
    assert calls == ["get platforms", "get manifests", "page parameters", "page parameters"]


# -- its age -----------------------------------------------------------------------------------------------------


def test_a_change_is_seen_by_the_next_read(given: Deployment, reader: Desk) -> None:
    changed = given.update("theme")
    assert given.seen(reader)["theme"] == changed.data["by"]

    given.delete("theme")
    assert list(given.seen(reader)) == ["logo"]

    created = given.create("theme")
    assert given.seen(reader)["theme"] == created.data["by"]


def test_within_its_maximum_age_a_snapshot_costs_nothing(given: Deployment, reader: Desk) -> None:
    before = given.seen(reader)
    given.update("theme")
    given.clock.advance(seconds=5)

    with given.counted() as calls:
        assert given.seen(reader, max_age=5) == before
    assert calls == []

    given.clock.advance(seconds=1)
    with given.counted() as calls:
        assert len(given.seen(reader, max_age=5)["theme"]) == 2
    assert calls == ["get manifests", "get parameters"]


def test_reading_does_not_make_a_snapshot_younger(given: Deployment, reader: Desk) -> None:
    given.update("theme")
    for _ in range(4):
        given.clock.advance(seconds=2)
        given.seen(reader, max_age=5)

    assert len(given.seen(reader, max_age=5)["theme"]) == 2


def test_everything_is_read_anew_after_a_minute(given: Deployment, reader: Desk) -> None:
    before = given.seen(reader)
    planted(given, "theme")

    given.clock.advance(seconds=60)
    assert given.seen(reader) == before
    given.clock.advance(seconds=1)
    with given.counted() as calls:
        assert given.seen(reader)["theme"] == ["planted"]
    assert calls == ["get manifests", "page parameters"]


def test_one_parameter_is_read_anew_after_a_minute(given: Deployment) -> None:
    given.create("theme")
    reader = given.process()
    reader.snapshots.item(PROD, PARAMETERS, "theme")
    planted(given, "theme")
    given.clock.advance(seconds=61)

    shown = reader.snapshots.item(PROD, PARAMETERS, "theme")

    assert shown is not None
    assert shown.head.data == {"by": ["planted"]}


def test_a_change_whose_writer_died_is_seen_within_a_second(given: Deployment, reader: Desk) -> None:
    before = given.seen(reader)
    dies_after_put(given, "theme")

    given.seen(reader)
    given.clock.advance(seconds=1)
    after = given.seen(reader)

    assert (len(before["theme"]), len(after["theme"])) == (1, 2)


def test_while_a_change_is_under_way_its_parameter_is_looked_at_once_a_second(given: Deployment, reader: Desk) -> None:
    dies_after_put(given, "theme")
    given.seen(reader)

    given.clock.advance(seconds=0.9)
    with given.counted() as calls:
        given.seen(reader)
    assert calls == ["get manifests"]

    given.clock.advance(seconds=0.1)
    with given.counted() as calls:
        given.seen(reader)
    assert calls == ["get manifests", "get parameters"]


def test_a_process_that_slept_for_hours_sees_what_was_deleted_meanwhile(given: Deployment, reader: Desk) -> None:
    """Some clocks stand still while a machine sleeps; the time of day does not."""
    sleeper = Desk("sleeper", given.store, now=given.clock.now, clock=lambda: 0.0)
    given.seen(sleeper)
    given.delete("theme")
    given.clock.advance(hours=2)

    assert list(given.seen(sleeper)) == ["logo"]


# -- what may be kept by others ----------------------------------------------------------------------------------


def test_a_snapshot_is_settled_unless_a_change_is_under_way(given: Deployment, reader: Desk) -> None:
    assert reader.snapshots.view(PROD, PARAMETERS).settled

    dies_after_put(given, "theme")
    assert not reader.snapshots.view(PROD, PARAMETERS).settled

    given.clock.advance(minutes=2)
    given.desk.upkeep.run()
    assert reader.snapshots.view(PROD, PARAMETERS).settled


def test_the_revision_names_the_content(given: Deployment, reader: Desk) -> None:
    seen = [reader.snapshots.view(PROD, PARAMETERS)]
    for name in ("theme", "logo", "theme"):
        given.update(name)
        seen.append(reader.snapshots.view(PROD, PARAMETERS))

    assert [view.revision for view in seen] == [2, 3, 4, 5]
    assert given.process().snapshots.view(PROD, PARAMETERS).living == seen[-1].living


def test_the_time_of_a_list_is_that_of_its_last_change(given: Deployment, reader: Desk) -> None:
    given.clock.advance(seconds=30)
    given.update("theme")
    given.clock.advance(seconds=20)

    assert reader.snapshots.view(PROD, PARAMETERS).at == "2026-03-01T12:00:30.000Z"


# -- what is not there -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("names", [("nope", "prod"), ("web", "nope"), ("nope",)])
def test_what_does_not_exist_holds_nothing(given: Deployment, names: tuple[str, ...]) -> None:
    assert given.desk.snapshots.view(names, PARAMETERS) is NOWHERE
    assert given.desk.snapshots.item(names, PARAMETERS, "theme") is None


def test_a_deleted_environment_is_gone_at_once_and_stays_gone_in_its_next_life(given: Deployment, reader: Desk) -> None:
    given.delete("prod", WEB, ENVIRONMENTS)
    assert given.seen(reader) == {}

    given.create("prod", WEB, ENVIRONMENTS)
    assert given.seen(reader) == {}

    given.create("font")
    assert list(given.seen(reader)) == ["font"]
    assert list(given.seen(given.process())) == ["font"]


def test_the_environments_of_a_deleted_platform_are_gone_at_once(given: Deployment, reader: Desk) -> None:
    given.desk.platforms.delete("web", given.desk.change("delete", 99))
    assert given.seen(reader) == {}

    given.create("web", ROOT, PLATFORMS)
    given.create("prod", WEB, ENVIRONMENTS)
    assert given.seen(reader) == {}


def test_an_environment_that_one_thread_saw_gone_does_not_come_back_for_another(
    given: Deployment, reader: Desk
) -> None:
    """The slow thread found the environment before it was deleted, and has read it to the end after that."""

    def deleted_and_seen_gone() -> None:
        given.delete("prod", WEB, ENVIRONMENTS)
        assert given.seen(reader, max_age=5) == {}

    given.clock.advance(seconds=10)
    given.update("theme")
    given.store.meanwhile("get parameters", deleted_and_seen_gone)
    given.seen(reader, max_age=5)

    assert given.seen(reader, max_age=5) == {}


def test_no_more_scopes_are_kept_than_there_is_room_for(given: Deployment) -> None:
    for number in range(KEPT_SCOPES + 20):
        given.create(f"env-{number}", WEB, ENVIRONMENTS)
        given.create("theme", ("web", f"env-{number}"))
        given.seen(given.desk, ("web", f"env-{number}"))

    assert len(given.desk.snapshots._states) == KEPT_SCOPES
    with given.counted() as calls:
        given.seen(given.desk, ("web", f"env-{KEPT_SCOPES + 19}"))
    assert calls == ["get manifests"]


# -- joining what several threads read ---------------------------------------------------------------------------


def history(given: Deployment) -> list[tuple[View, dict[str, Head]]]:
    """Return views as processes read them at different times, each with the truth of its time."""
    views: list[tuple[View, dict[str, Head]]] = []

    def note(view: View) -> None:
        fresh = given.process().snapshots.view(PROD, PARAMETERS)
        views.append((view, {head.name: head for head in fresh.living}))

    given.create("theme")
    given.create("logo")
    note(given.process().snapshots.view(PROD, PARAMETERS))
    given.update("theme")
    partial = given.process()
    partial.snapshots.item(PROD, PARAMETERS, "theme")
    shown = partial.snapshots.item(PROD, PARAMETERS, "theme")
    assert shown is not None
    note(shown.view)
    given.delete("logo")
    given.create("font")
    note(given.process().snapshots.view(PROD, PARAMETERS))
    given.update("font")
    partial = given.process()
    shown = partial.snapshots.item(PROD, PARAMETERS, "font")
    assert shown is not None
    note(shown.view)
    return views


def test_a_joined_view_holds_all_up_to_its_revision_in_whatever_order_the_views_were_read(given: Deployment) -> None:
    views = history(given)
    truths = {view.revision: truth for view, truth in views}

    for order in permutations(views):
        joined = order[0][0]
        for view, _ in order[1:]:
            joined = _joined_views(joined, view)
            truth = truths[joined.revision]
            assert not joined.complete or joined.heads.keys() >= truth.keys()
            assert all(joined.heads[name].version >= truth[name].version for name in joined.heads.keys() & truth.keys())
        assert joined.complete
        assert joined.revision == max(view.revision for view, _ in views if view.complete)
        assert {head.name: head.version for head in joined.living} == {"theme": 2, "font": 2}


def test_a_joined_view_is_settled_only_if_its_revision_names_its_content(given: Deployment) -> None:
    views = history(given)

    for order in permutations(views):
        joined = order[0][0]
        for view, _ in order[1:]:
            joined = _joined_views(joined, view)
            if joined.complete and joined.settled:
                (truth,) = (truth for view, truth in views if view.complete and view.revision == joined.revision)
                assert {head.name: head for head in joined.living} == truth


def test_nothing_that_is_kept_is_ever_changed(given: Deployment, reader: Desk) -> None:
    view = reader.snapshots.view(PROD, PARAMETERS)
    before = (view.revision, view.living, dict(view.heads))

    given.update("theme")
    given.delete("logo")
    given.seen(reader)

    assert (view.revision, view.living, dict(view.heads)) == before


def test_a_manifest_is_told_from_another_of_the_same_version(given: Deployment, reader: Desk) -> None:
    """Tombstones are forgotten after a month; then versions begin anew."""
    manifest = given.manifest()
    reopened = replace(manifest, id="another life", tiers={})
    given.store.delete("manifests", manifest.key, expect=manifest.version)
    for version in range(manifest.version):
        given.store.put("manifests", manifest.key, reopened.body(), expect=version)

    found = reader.scopes.find(PROD)

    assert found is not None
    assert encode(found.body()) == encode(reopened.body())
