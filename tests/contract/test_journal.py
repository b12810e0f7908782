"""The journal on every engine: versions follow each other, whoever writes at once, and whoever stops in between."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from itertools import count
from typing import Any, Final

import pytest

from tests.api.world import WatchedStore
from tests.contract.conftest import FixedClock
from tests.contract.engines import RACES
from tests.contract.racing import at_once
from tests.domain.publishing import PROD, WEB, Desk
from tests.faults.test_stopped_writers import Faulty, Killed, lands
from togglebox.errors import Conflict, ToggleBoxError
from togglebox.journal.kinds import ENVIRONMENTS, PARAMETERS, PLATFORMS
from togglebox.journal.record import Head
from togglebox.store.port import Store

MOST_CALLS: Final = 12
"""More store calls than any change of a parameter makes."""

CHANGES: Final[dict[str, Callable[[Desk], Head]]] = {
    "create": lambda desk: desk.create(PROD, "theme", desk.change("create")),
    "update": lambda desk: desk.update(PROD, "theme", desk.change("update")),
    "delete": lambda desk: desk.delete(PROD, "theme", desk.change("delete")),
}


class Office:
    """A store with one environment in it, and desks of as many processes as a test wants, which remember nothing."""

    def __init__(self, store: Store, clock: FixedClock) -> None:
        self.store = store
        self._clock = clock
        self._names = count(1)
        keeper = self.desk()
        keeper.create((), "web", keeper.change("create", 1), PLATFORMS)
        keeper.create(WEB, "prod", keeper.change("create", 2), ENVIRONMENTS)

    def desk(self, store: Any = None) -> Desk:
        return Desk(
            f"desk-{next(self._names):03}",
            store or self.store,
            now=lambda: datetime.fromtimestamp(self._clock.now, UTC),
            clock=self._clock,
        )

    def do(self, change: str) -> Head:
        """Make a change as a process that has just started."""
        return CHANGES[change](self.desk())

    def last(self) -> Head | None:
        return self.desk().journal.last(PROD, PARAMETERS, "theme")

    def seen(self) -> Sequence[str] | None:
        """Return what a reader sees: which desks have changed the parameter since it was created."""
        head = self.desk().snapshots.view(PROD, PARAMETERS).get("theme")
        return None if head is None else [author.partition("/")[0] for author in head.data["by"]]

    def assert_whole(self) -> None:
        """Each life's versions follow each other without a gap, and nobody has anything to resolve."""
        assert self.store.page("manifests", "due", index="GSI3", limit=10).documents == []
        manifests = self.store.scan("manifests", limit=10).documents
        assert [document.body["marks"] for document in manifests] == [[]] * len(manifests)
        head = self.last()
        entries = self.store.scan("parameter-journal", limit=5_000).documents
        assert sorted(int(entry.key[1]) for entry in entries) == list(range(1, (head.version if head else 0) + 1))
        if head is not None:
            assert self.store.get("parameter-journal", head.entry[0]) is not None
            (counted,) = (document.body["tiers"]["configs"][1] for document in manifests if document.key[1] == "prod")
            assert counted == (0 if head.deleted else 1)


@pytest.fixture
def office(catalogued_store: Store, clock: FixedClock) -> Office:
    return Office(catalogued_store, clock)


def test_what_is_created_changed_and_deleted_may_be_created_again(office: Office) -> None:
    heads = [office.do(change) for change in ("create", "update", "delete", "create", "update")]

    assert [(head.version, head.born, head.deleted) for head in heads] == [
        (1, 1, False),
        (2, 1, False),
        (3, 1, True),
        (4, 4, False),
        (5, 4, False),
    ]
    assert len({head.id for head in heads[:3]}) == len({head.id for head in heads[3:]}) == 1
    assert heads[0].id != heads[3].id
    assert office.last() == heads[4]
    journal = office.desk().journal
    assert [journal.version(PARAMETERS, heads[2], version) for version in (1, 2, 3)] == heads[:3]
    assert [head.change.get("previous") for head in heads] == [None, *(head.digest for head in heads[:4])]
    office.assert_whole()


def test_a_life_is_read_in_one_page_newest_first(office: Office) -> None:
    heads = [office.do("create"), *(office.do("update") for _ in range(11))]
    watched = WatchedStore(office.store)
    journal = office.desk(watched).journal

    versions = journal.versions(PARAMETERS, heads[-1], limit=20)
    assert watched.calls == ["page parameter-journal"]
    assert versions == heads[::-1]
    assert journal.versions(PARAMETERS, heads[-1], before=9, limit=3) == heads[7:4:-1]
    month = heads[0].change["at"][:7]
    audit = office.store.page("parameter-journal", month, index="GSI1", limit=100).documents
    assert sorted(document.key for document in audit) == [head.entry[0] for head in heads]


def test_changes_that_did_not_see_the_last_version_are_refused(office: Office) -> None:
    head = office.do("create")
    late = office.desk()
    edit = late.journal.begin(PROD, PARAMETERS, "theme", late.change("update"))
    second = office.do("update")

    with pytest.raises(Conflict):
        late.journal.publish(edit, {"by": ["too late"]})

    assert office.last() == second
    assert second.version == head.version + 1
    office.assert_whole()


@pytest.mark.needs(RACES)
def test_of_two_writers_at_once_one_wins_each_version(office: Office) -> None:
    office.do("create")
    times = 6
    desks = [office.desk(), office.desk()]

    def change_often(number: int) -> list[Head]:
        done: list[Head] = []
        for attempt in range(1_000):
            try:
                done.append(desks[number].update(PROD, "theme", desks[number].change("update", attempt)))
            except Conflict:
                continue
            if len(done) == times:
                break
        return done

    heads = sorted((head for done in at_once(2, change_often) for head in done), key=lambda head: head.version)

    last = office.last()
    assert last is not None
    assert [head.version for head in heads] == list(range(2, 2 + 2 * times))
    assert last.data["by"][1:] == [head.change["id"] for head in heads]
    assert office.desk().journal.versions(PARAMETERS, last, limit=50)[:-1] == heads[::-1]
    office.assert_whole()


@pytest.mark.parametrize("fault", ["killed after", "late"])
@pytest.mark.parametrize("change", CHANGES)
def test_whoever_stops_at_any_call_leaves_the_old_or_the_new_and_upkeep_the_rest(
    office: Office, clock: FixedClock, change: str, fault: str
) -> None:
    for at in range(1, MOST_CALLS):
        if office.seen() is not None:
            office.do("delete")
        if change != "create":
            office.do("create")
        faulty = Faulty(office.store, fault, at)
        writer = office.desk(faulty)
        old = office.seen()
        new = None if change == "delete" else [*(old or []), writer.name]

        try:
            CHANGES[change](writer)
        except (Killed, ToggleBoxError):
            acknowledged = False
        else:
            acknowledged = True
        first = office.seen()
        assert first in (old, new)
        assert first == new or not acknowledged
        for late in faulty.late:
            lands(late)

        for seconds in (90, 60):  # first the marks expire, then what they left is done
            clock.now += seconds
            office.desk().upkeep.run()
        resolved = office.seen()
        assert resolved in (old, new)
        assert resolved == new or first == old
        office.assert_whole()
        if not faulty.struck:
            return
    raise AssertionError(f"a change makes {MOST_CALLS} store calls or more")
