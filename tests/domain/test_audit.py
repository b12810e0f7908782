"""The audit's reads are bounded, whatever is looked for and however long ago it was."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from tests.domain.given import Deployment
from togglebox.errors import Malformed
from togglebox.journal.audit import CHUNK, READS, Audit, Entry, Found, Wanted


def audit_of(given: Deployment, *, days: int) -> Audit:
    return Audit(given.store, now=given.clock.now, retention=timedelta(days=days))


def pages(audit: Audit, wanted: Wanted, *, limit: int = 20) -> Iterator[Found]:
    before = None
    for _ in range(200):
        page = audit.page(wanted, before=before, limit=limit)
        yield page
        before = page.next
        if before is None:
            return


def test_what_lies_far_back_is_found_after_pages_that_hold_nothing() -> None:
    given = Deployment()
    given.clock.advance(days=3_000)
    audit = audit_of(given, days=3_650)
    given.store.calls.clear()

    found: list[Entry] = []
    for page in pages(audit, Wanted(kind="platform")):
        assert len(given.store.calls) <= READS
        given.store.calls.clear()
        found += page.entries

    assert [entry.key for entry in found] == ["web"]


def test_what_is_searched_through_is_bounded_too() -> None:
    given = Deployment()
    for number in range(5 * CHUNK):
        given.create(f"p{number}")
        given.clock.advance(seconds=1)
    given.store.calls.clear()

    (only,) = pages(audit_of(given, days=1), Wanted(key="p3", since="2026-03-01T00:00:00.000Z"))

    assert [entry.key for entry in only.entries] == ["p3"]
    assert given.store.calls.count("page parameter-journal") == 5


@pytest.mark.parametrize("limit", [1, 7, 100])
def test_however_long_its_pages_are_the_list_is_the_same(limit: int) -> None:
    given = Deployment()
    for number in range(2 * CHUNK):
        given.create(f"p{number}")
        given.clock.advance(hours=7)
    audit = audit_of(given, days=400)

    found = [entry for page in pages(audit, Wanted(), limit=limit) for entry in page.entries]

    assert [entry.key for entry in found if entry.kind == "parameter"] == [f"p{number}" for number in range(50)][::-1]
    assert len({entry.position for entry in found}) == len(found) == 52


def test_what_is_older_than_the_audit_keeps_is_not_shown_before_it_is_removed() -> None:
    given = Deployment()
    given.clock.advance(days=2)

    assert list(pages(audit_of(given, days=1), Wanted())) == [Found([], None)]


@pytest.mark.parametrize("position", ["", "x", "2026-13~", "2026-03-\u00fc", "2026-03-" + "9" * 400, "2026-03~\n"])
def test_what_is_no_position_is_refused(position: str) -> None:
    with pytest.raises(Malformed):
        audit_of(Deployment(), days=1).page(Wanted(), before=position, limit=1)


@pytest.mark.parametrize("position", ["9999-12~", "0000-01~", "0001-01-01", "2026-03~", "2026-03-~"])
def test_any_position_ends_in_bounded_reads(position: str) -> None:
    given = Deployment()
    given.store.calls.clear()

    audit_of(given, days=400).page(Wanted(), before=position, limit=1)

    assert len(given.store.calls) <= READS
