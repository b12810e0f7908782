"""What upkeep finishes, repeats, sweeps and forgets, and what it leaves alone."""

from datetime import UTC, datetime

import pytest

from tests.api.world import START
from tests.domain.given import ROOT, Deployment
from tests.domain.publishing import PROD, WEB, Desk
from togglebox.journal.kinds import ENVIRONMENTS, PARAMETERS, PLATFORMS
from togglebox.journal.record import Head, iso
from togglebox.store.port import NoAnswer, StoreUnavailable

CONFIGS = "/api/v1/platforms/web/environments/prod/configs*"


@pytest.fixture
def given() -> Deployment:
    given = Deployment()
    given.create("theme")
    given.cdn.purged.clear()
    return given


def dies(given: Deployment, calls: int, desk: Desk | None = None) -> None:
    """Let a warm writer die after so many calls of an update: manifest, head, mark, copy, put, copy, manifest."""
    writer = desk or given.process()
    writer.journal.last(PROD, PARAMETERS, "theme")
    given.store.fail_after(calls)
    with pytest.raises(StoreUnavailable):
        given.update("theme", desk=writer)
    given.store.recover()


def runs(given: Deployment, *, times: int = 1) -> dict[str, int]:
    """Let upkeep run once a minute, each time in a process of its own; return what it did in all."""
    done: dict[str, int] = {}
    for _ in range(times):
        given.clock.advance(minutes=1)
        for what, number in given.process().upkeep.run().items():
            done[what] = done.get(what, 0) + number
    return {what: number for what, number in done.items() if number}


def history(given: Deployment, name: str = "theme") -> list[Head]:
    journal = given.process().journal
    head = journal.last(PROD, PARAMETERS, name)
    assert head is not None
    return journal.versions(PARAMETERS, head, limit=100)


def entries(given: Deployment) -> int:
    return len(given.store.content().get("parameter-journal", []))


# -- what dead writers left --------------------------------------------------------------------------------------


def test_upkeep_has_nothing_to_do_where_all_is_quiet(given: Deployment) -> None:
    before = given.store.content()

    assert runs(given, times=3) == {}
    assert given.store.content() == before


def test_upkeep_records_and_announces_what_a_dead_writer_published(given: Deployment) -> None:
    dies(given, 5)
    assert entries(given) == 1
    given.clock.advance(seconds=1)

    assert runs(given) == {"marks resolved": 1}

    manifest = given.manifest()
    assert (manifest.marks, manifest.tier("configs").revision) == ((), 2)
    assert entries(given) == 2
    assert [head.version for head in history(given)] == [2, 1]
    assert given.cdn.purged == [CONFIGS]


def test_upkeep_takes_off_the_mark_of_what_was_never_published(given: Deployment) -> None:
    dies(given, 4)
    given.clock.advance(seconds=1)

    assert runs(given) == {"marks resolved": 1}

    assert given.manifest().marks == ()
    assert [head.version for head in history(given)] == [1]
    assert given.cdn.purged == []


def test_upkeep_leaves_alone_what_may_still_be_under_way(given: Deployment) -> None:
    dies(given, 5)

    assert runs(given) == {}

    assert len(given.manifest().marks) == 1


def test_upkeep_finishes_the_deletion_of_an_environment(given: Deployment) -> None:
    deleter = given.process()
    given.store.meanwhile("put environments", lambda: given.store.fail_after(1))
    with pytest.raises(NoAnswer):
        given.delete("prod", WEB, ENVIRONMENTS, desk=deleter)
    given.store.recover()
    given.clock.advance(seconds=1)

    done = runs(given)

    assert done["marks resolved"] == 2
    assert given.process().scopes.find(PROD) is None
    assert given.manifest(WEB).tier("environments").count == 0


def test_upkeep_opens_an_environment_again_whose_deletion_was_never_published(given: Deployment) -> None:
    deleter = given.process()
    given.store.meanwhile("put environments", lambda: given.store.fail_after(0))
    with pytest.raises(StoreUnavailable):
        given.delete("prod", WEB, ENVIRONMENTS, desk=deleter)
    given.store.recover()
    given.clock.advance(seconds=1)

    runs(given)

    assert given.manifest().marks == ()
    assert given.manifest(WEB).marks == ()
    assert given.update("theme").version == 2


def test_upkeep_never_takes_the_deletion_of_an_environment_for_that_of_its_platform(given: Deployment) -> None:
    """The mark comes from a writer that was held up, and is old when upkeep first sees it, behind another one."""
    dies(given, 5)
    deleter = given.process()
    edit = deleter.journal.begin(WEB, ENVIRONMENTS, "prod", deleter.change("delete"))
    given.clock.advance(seconds=61)
    given.store.meanwhile("put manifests", lambda: deleter.journal.close(edit, PROD))

    given.process().upkeep.run()

    assert given.process().journal.last(ROOT, PLATFORMS, "web") is not None
    assert list(given.seen(given.process())) == ["theme"]
    runs(given, times=3)
    assert given.manifest().marks == ()
    assert list(given.seen(given.process())) == ["theme"]


@pytest.mark.parametrize("calls", range(5, 25))
def test_upkeep_goes_on_with_the_deletion_of_a_platform_wherever_it_stopped(given: Deployment, calls: int) -> None:
    given.create("test", WEB, ENVIRONMENTS)
    deleter = given.process()
    change = deleter.change("delete")
    given.store.fail_after(calls)
    with pytest.raises(StoreUnavailable):
        deleter.platforms.delete("web", change)
    given.store.recover()
    given.clock.advance(seconds=1)

    runs(given, times=6)

    head = given.process().journal.last(ROOT, PLATFORMS, "web")
    assert head is not None
    assert head.deleted
    assert head.change["id"] == change.id
    assert given.manifest(ROOT).tier("platforms").count == 0
    for environment in ("prod", "test"):
        assert given.process().scopes.find(("web", environment)) is None
    for manifest in given.store.content()["manifests"]:
        assert manifest.body["marks"] == []


def test_upkeep_tends_to_everything_that_is_due_in_one_run(given: Deployment) -> None:
    for number in range(150):
        names = ("web", f"env-{number}")
        given.create(names[1], WEB, ENVIRONMENTS)
        given.cdn.away = True
        given.create("theme", names)
        given.cdn.away = False

    assert runs(given)["purges repeated"] == 150


# -- purges ------------------------------------------------------------------------------------------------------


def test_upkeep_repeats_a_purge_until_the_cdn_takes_it(given: Deployment) -> None:
    given.cdn.away = True
    given.update("theme")

    assert runs(given, times=2) == {"purges refused": 2}
    given.cdn.away = False
    assert runs(given) == {"purges repeated": 1}
    assert given.cdn.purged == [CONFIGS]
    assert runs(given, times=2) == {}


def test_a_purge_that_upkeep_makes_up_for_is_one_for_many_changes(given: Deployment) -> None:
    given.cdn.away = True
    for _ in range(5):
        given.update("theme")
    given.cdn.away = False

    assert runs(given) == {"purges repeated": 1}
    assert given.cdn.purged == [CONFIGS]


def test_the_purge_of_a_dead_writers_change_is_repeated_if_the_cdn_is_away(given: Deployment) -> None:
    dies(given, 5)
    given.cdn.away = True
    given.clock.advance(seconds=1)
    assert runs(given) == {"marks resolved": 1, "purges refused": 1}

    given.cdn.away = False
    assert runs(given) == {"purges repeated": 1}
    assert given.cdn.purged == [CONFIGS]


# -- what deletions leave ----------------------------------------------------------------------------------------


def test_what_lay_in_a_deleted_environment_is_swept_after_two_minutes_page_by_page(given: Deployment) -> None:
    for number in range(249):
        given.create(f"parameter-{number}")
    given.delete("prod", WEB, ENVIRONMENTS)

    assert runs(given, times=2) == {}
    assert [runs(given) for _ in range(4)] == [
        {"heads swept": 100},
        {"heads swept": 100},
        {"heads swept": 50},
        {},
    ]
    assert "parameters" not in given.store.content()
    assert entries(given) == 250


def test_the_journal_keeps_what_a_dead_writer_published_in_an_environment_that_was_deleted(given: Deployment) -> None:
    dies(given, 5)
    given.delete("prod", WEB, ENVIRONMENTS)
    assert entries(given) == 1

    runs(given, times=4)

    assert "parameters" not in given.store.content()
    assert entries(given) == 2


def test_sweeping_leaves_the_next_life_of_the_environment_alone(given: Deployment) -> None:
    given.delete("prod", WEB, ENVIRONMENTS)
    given.create("prod", WEB, ENVIRONMENTS)
    given.create("logo")

    assert runs(given, times=5) == {"heads swept": 1}

    assert list(given.seen(given.process())) == ["logo"]
    assert given.manifest().tier("configs").count == 1


def test_several_dead_lives_are_swept(given: Deployment) -> None:
    for _ in range(3):
        given.delete("prod", WEB, ENVIRONMENTS)
        given.create("prod", WEB, ENVIRONMENTS)
        given.create("theme")

    assert runs(given, times=5) == {"heads swept": 3}
    assert given.manifest().unswept == ()
    assert list(given.seen(given.process())) == ["theme"]


def test_upkeep_that_is_killed_anywhere_is_made_up_for_by_the_next_run(given: Deployment) -> None:
    for calls in range(40):
        dies(given, 5)
        given.delete("prod", WEB, ENVIRONMENTS)
        given.create("prod", WEB, ENVIRONMENTS)
        given.create("theme")
        given.clock.advance(minutes=3)
        given.store.fail_after(calls)
        try:
            given.process().upkeep.run()
        except StoreUnavailable:
            finished = False
        else:
            finished = True
        given.store.recover()

        runs(given, times=4)

        assert given.manifest().unswept == ()
        assert len(given.store.content()["parameters"]) == 1
        if finished:
            return
    pytest.fail("upkeep makes more than 40 calls")


# -- what is forgotten -------------------------------------------------------------------------------------------


def test_a_tombstone_is_removed_after_thirty_days(given: Deployment) -> None:
    given.delete("theme")

    given.clock.advance(days=29, hours=23)
    assert runs(given) == {}
    given.clock.advance(hours=1)
    assert runs(given) == {"tombstones removed": 1}

    assert "parameters" not in given.store.content()
    assert entries(given) == 2
    created = given.create("theme")
    assert (created.version, created.number) == (1, 1)


def test_the_tombstones_of_environments_and_platforms_and_their_manifests_are_removed(given: Deployment) -> None:
    given.desk.platforms.delete("web", given.desk.change("delete", 99))
    runs(given, times=5)
    given.clock.advance(days=30)

    assert runs(given) == {"tombstones removed": 4}  # two heads, two manifests

    assert [document.key for document in given.store.content()["manifests"]] == [("root", "#")]
    given.create("web", ROOT, PLATFORMS)
    given.create("prod", WEB, ENVIRONMENTS)
    given.create("theme")
    assert list(given.seen(given.process())) == ["theme"]


def test_a_tombstone_whose_name_is_used_again_just_now_stays(given: Deployment) -> None:
    given.delete("theme")
    given.clock.advance(days=31)
    given.store.meanwhile("delete parameters", lambda: given.create("theme"))

    given.process().upkeep.run()

    assert list(given.seen(given.process())) == ["theme"]


def test_a_process_that_knew_a_manifest_before_its_tombstone_was_removed_reads_the_next_one(given: Deployment) -> None:
    given.seen(given.desk)
    given.delete("prod", WEB, ENVIRONMENTS)
    given.desk.scopes.find(PROD)
    runs(given, times=4)
    given.clock.advance(days=31)
    runs(given)
    writer = given.process()
    given.create("prod", WEB, ENVIRONMENTS, desk=writer)
    for number in range(3):
        given.create(f"parameter-{number}", desk=writer)
        assert len(given.seen(given.desk)) == number + 1


def test_journals_are_kept_for_the_retention_of_the_audit(given: Deployment) -> None:
    for _ in range(3):
        given.update("theme")
        given.clock.advance(days=100)
    assert entries(given) == 4

    given.clock.at = datetime.combine(given.clock.at.date(), given.clock.at.time(), UTC).replace(minute=59)
    given.clock.at = given.clock.at.replace(hour=12)
    assert (given.clock.at - START).days == 300
    assert runs(given) == {}
    given.clock.advance(days=101)
    given.clock.at = given.clock.at.replace(minute=59)

    assert runs(given) == {"journal entries removed": 4}  # of the platform, the environment and two of the parameter

    assert entries(given) == 2
    assert [head.version for head in history(given)] == [4, 3]
    assert list(given.seen(given.process())) == ["theme"]


def test_journals_are_looked_through_once_an_hour(given: Deployment) -> None:
    given.update("theme")
    given.clock.advance(days=401)
    given.clock.at = given.clock.at.replace(minute=10)

    assert runs(given, times=49) == {}
    assert runs(given)["journal entries removed"] == 4


def test_journal_entries_of_several_months_are_removed(given: Deployment) -> None:
    for _ in range(5):
        given.update("theme")
        given.clock.advance(days=20)
    given.clock.advance(days=400)
    given.clock.at = given.clock.at.replace(minute=59)

    runs(given)

    assert entries(given) == 0
    assert [head.version for head in history(given)] == [6]


def test_times_are_written_as_the_wire_writes_them() -> None:
    assert iso(datetime(2026, 3, 1, 12, 0, 0, 1_999, tzinfo=UTC)) == "2026-03-01T12:00:00.001Z"
