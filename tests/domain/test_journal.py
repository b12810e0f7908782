"""Publishing a change, and reading it back: what is kept, what is refused, and what a refusal leaves."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.domain.given import ROOT, Deployment
from tests.domain.interleavings import Explorer, ForkedStore, Scenario
from tests.domain.publishing import (
    LOGO,
    PROD,
    THEME,
    WEB,
    Desk,
    Published,
    brittle,
    quiet,
    world,
    writer,
)
from togglebox.errors import (
    Conflict,
    IdempotencyKeyReused,
    LimitExceeded,
    NotFound,
    PreconditionFailed,
    Unavailable,
)
from togglebox.journal.kinds import ENVIRONMENTS, PARAMETERS, PLATFORMS
from togglebox.journal.manifest import Manifest
from togglebox.journal.publish import ScopeBusy
from togglebox.journal.record import Change, Claim, Head
from togglebox.journal.scopes import EnvironmentNotFound, PlatformNotFound
from togglebox.store.port import Document, NoAnswer, StaleWrite, StoreUnavailable


@pytest.fixture
def given() -> Deployment:
    return Deployment()


def head_of(given: Deployment, name: str = "theme") -> Head:
    head = given.desk.journal.last(PROD, PARAMETERS, name)
    assert head is not None
    return head


def planted(given: Deployment, *, count: int | None = None, size: int | None = None) -> None:
    """Let the environment hold so many parameters, or bytes of them, as far as its manifest knows."""
    manifest = given.manifest()
    tier = manifest.tier("configs")
    tier = replace(tier, count=tier.count if count is None else count, size=tier.size if size is None else size)
    body = replace(manifest, tiers={"configs": tier}).body()
    given.store.put("manifests", manifest.key, body, expect=manifest.version)


def content(given: Deployment) -> object:
    """Return what is published and recorded; manifests move on with every attempt."""
    return {name: documents for name, documents in given.store.content().items() if name != "manifests"}


# -- what is kept ------------------------------------------------------------------------------------------------


def test_each_version_is_kept_and_refers_to_the_one_before(given: Deployment) -> None:
    published = [given.create("theme"), given.update("theme"), given.update("theme"), given.delete("theme")]

    versions = given.desk.journal.versions(PARAMETERS, published[-1], limit=10)

    assert versions == published[::-1]
    assert [head.number for head in versions] == [4, 3, 2, 1]
    assert [head.change.get("previous") for head in versions] == [
        published[2].digest,
        published[1].digest,
        published[0].digest,
        None,
    ]
    assert [head.change["action"] for head in versions] == ["delete", "update", "update", "create"]


def test_versions_are_read_page_by_page_and_one_by_one(given: Deployment) -> None:
    published = [given.create("theme"), *(given.update("theme") for _ in range(4))]
    journal = given.desk.journal

    assert journal.versions(PARAMETERS, published[-1], limit=2) == published[:2:-1]
    assert journal.versions(PARAMETERS, published[-1], before=4, limit=2) == published[2:0:-1]
    assert journal.versions(PARAMETERS, published[-1], before=2, limit=2) == published[:1]
    assert [journal.version(PARAMETERS, published[-1], number) for number in range(7)] == [None, *published, None]


def test_the_last_version_is_read_back_though_its_writer_died_before_it_copied_it(given: Deployment) -> None:
    first = given.create("theme")
    given.store.fail_after(5)  # manifest, head, mark, copy, put
    with pytest.raises(NoAnswer):
        given.update("theme")
    given.store.recover()
    last = head_of(given)

    assert last.version == 2
    assert given.desk.journal.versions(PARAMETERS, last, limit=10) == [last, first]


def test_a_new_life_of_a_name_shows_nothing_of_the_one_before(given: Deployment) -> None:
    given.create("theme")
    given.delete("theme")
    again = given.create("theme")

    assert (again.number, again.version) == (1, 3)
    assert given.desk.journal.versions(PARAMETERS, again, limit=10) == [again]
    assert given.desk.journal.version(PARAMETERS, again, 1) is None


def test_fields_that_this_release_does_not_know_are_kept_by_a_change(given: Deployment) -> None:
    head = given.create("theme")
    given.store.put("parameters", head.key, {**head.document.body, "future": {"a": 1}, "tags": ["x"]}, expect=1)

    changed = given.update("theme")

    assert changed.document.body["future"] == {"a": 1}
    assert changed.document.body["tags"] == ["x"]


def test_an_uncontended_change_costs_at_most_eight_store_calls(given: Deployment) -> None:
    cold = given.process()
    with given.counted() as creating:
        given.create("theme", desk=cold)
    with given.counted() as updating:
        given.update("theme", desk=cold)
    with given.counted() as deleting:
        given.delete("theme", desk=cold)

    assert (len(creating), len(updating), len(deleting)) == (8, 7, 7)


# -- what is refused ---------------------------------------------------------------------------------------------


def test_who_read_an_older_version_publishes_nothing(given: Deployment) -> None:
    given.create("theme")
    given.store.meanwhile("put parameters", lambda: given.update("theme", desk=given.process()))

    with pytest.raises(StaleWrite):
        given.update("theme")

    assert head_of(given).version == 2
    assert given.manifest().marks == ()
    assert given.manifest().tier("configs").count == 1


def test_if_match_lets_only_the_version_that_it_names_be_changed(given: Deployment) -> None:
    head = given.create("theme")
    given.update("theme")
    before = content(given)

    with pytest.raises(PreconditionFailed):
        given.desk.update(PROD, "theme", given.desk.change("update", 9, if_match=((head.id, 1), ("other", 2))))
    assert content(given) == before

    changed = given.desk.update(PROD, "theme", given.desk.change("update", 9, if_match=(("other", 1), (head.id, 2))))
    assert changed.version == 3


def test_if_match_with_a_star_asks_for_any_version_but_for_one(given: Deployment) -> None:
    with pytest.raises(PreconditionFailed):
        given.desk.create(PROD, "theme", given.desk.change("create", 8, if_match="*"))
    given.create("theme")
    assert given.desk.update(PROD, "theme", given.desk.change("update", 9, if_match="*")).version == 2
    given.delete("theme")
    with pytest.raises(PreconditionFailed):
        given.desk.create(PROD, "theme", given.desk.change("create", 10, if_match="*"))


def test_if_match_fails_too_if_the_version_changes_at_the_last_moment(given: Deployment) -> None:
    head = given.create("theme")
    given.store.meanwhile("put parameters", lambda: given.update("theme", desk=given.process()))

    with pytest.raises(PreconditionFailed):
        given.desk.update(PROD, "theme", given.desk.change("update", 9, if_match=((head.id, 1),)))

    assert head_of(given).version == 2


@pytest.mark.parametrize(
    ("names", "refusal"),
    [
        (("nope", "prod"), PlatformNotFound),
        (("web", "nope"), EnvironmentNotFound),
        (("nope",), PlatformNotFound),
    ],
)
def test_nothing_is_published_where_there_is_no_such_scope(
    given: Deployment, names: tuple[str, ...], refusal: type[NotFound]
) -> None:
    before = given.store.content()

    with pytest.raises(refusal):
        given.create("theme", names, PARAMETERS if len(names) > 1 else ENVIRONMENTS)

    assert given.store.content() == before


def test_nothing_begins_in_an_environment_that_is_being_deleted(given: Deployment) -> None:
    given.create("theme")
    refused: list[Exception] = []

    def change() -> None:
        with pytest.raises(ScopeBusy) as error:
            given.update("theme", desk=given.process())
        refused.append(error.value)

    given.store.meanwhile("put environments", change)
    given.delete("prod", WEB, ENVIRONMENTS)

    assert len(refused) == 1
    with pytest.raises(EnvironmentNotFound):
        given.update("theme")


def test_the_deletion_of_an_environment_that_is_refused_leaves_it_open(given: Deployment) -> None:
    given.create("theme")
    given.store.meanwhile("put environments", lambda: given.update("prod", WEB, ENVIRONMENTS, desk=given.process()))

    with pytest.raises(StaleWrite):
        given.delete("prod", WEB, ENVIRONMENTS)

    assert given.manifest().marks == ()
    assert given.update("theme").version == 2


def test_the_deletion_of_an_environment_that_meets_its_platforms_leaves_it_open(given: Deployment) -> None:
    """The platform's comes first, in between."""
    given.create("theme")
    edit = given.desk.journal.begin(WEB, ENVIRONMENTS, "prod", given.desk.change("delete", 8))
    closing = given.desk.journal.close(edit, PROD)
    platform = given.process()
    begun = platform.journal.begin(ROOT, PLATFORMS, "web", platform.change("delete", 9))
    platform.journal.close(begun, WEB, alone=True)

    with pytest.raises(ScopeBusy):
        given.desk.journal.publish(edit, {}, deleted=True, closing=closing)

    assert given.manifest().marks == ()


def test_a_writer_that_was_held_up_for_more_than_thirty_seconds_gives_up(given: Deployment) -> None:
    given.create("theme")
    given.store.meanwhile("add_new parameter-journal", lambda: given.clock.advance(seconds=31))

    with pytest.raises(StoreUnavailable, match="held up"):
        given.update("theme")

    assert head_of(given).version == 1
    assert given.manifest().marks == ()


def test_a_body_that_no_database_takes_leaves_no_mark(given: Deployment) -> None:
    given.create("theme")
    before = given.store.content()
    edit = given.desk.journal.begin(PROD, PARAMETERS, "theme", given.desk.change("update", 9))

    with pytest.raises(LimitExceeded, match="300,000 bytes"):
        given.desk.journal.publish(edit, {"by": ["x" * 300_000]})

    assert given.store.content() == before


# -- when answers are lost ---------------------------------------------------------------------------------------


def test_a_change_that_stands_but_could_not_be_announced_is_in_doubt_and_stands(given: Deployment) -> None:
    given.create("theme")
    given.store.fail_after(6)

    with pytest.raises(NoAnswer, match="within two minutes"):
        given.update("theme")

    given.store.recover()
    assert head_of(given).version == 2
    assert len(given.manifest().marks) == 1


@pytest.mark.parametrize("calls", range(5))
def test_a_database_that_is_away_before_the_put_leaves_all_as_it_was(given: Deployment, calls: int) -> None:
    given.create("theme")
    before = content(given)
    given.store.fail_after(calls)

    with pytest.raises(Unavailable):
        given.update("theme")

    given.store.recover()
    assert content(given) == before


def test_the_next_writer_finishes_what_a_dead_one_began(given: Deployment) -> None:
    given.store.fail_after(6)  # manifest, platform, environment, head, mark, put
    with pytest.raises(NoAnswer):
        given.create("theme", desk=given.process())
    given.store.recover()
    given.clock.advance(seconds=61)

    given.create("logo")

    manifest = given.manifest()
    assert manifest.marks == ()
    assert manifest.tier("configs").count == 2
    head = head_of(given)
    assert given.store.get("parameter-journal", head.entry[0]) is not None


def test_a_mark_that_is_not_a_minute_old_is_left_to_its_writer(given: Deployment) -> None:
    given.store.fail_after(6)
    with pytest.raises(NoAnswer):
        given.create("theme", desk=given.process())
    given.store.recover()
    given.clock.advance(seconds=60)

    given.create("logo")

    assert [mark.key[1] for mark in given.manifest().marks] == ["theme"]


# -- limits ------------------------------------------------------------------------------------------------------


def test_an_environment_holds_two_thousand_parameters_and_not_one_more(given: Deployment) -> None:
    given.create("theme")
    planted(given, count=1_999)

    given.create("logo")
    with pytest.raises(LimitExceeded, match=r"at most 2,000 parameters here; there are 2,000"):
        given.create("font")
    assert given.desk.journal.last(PROD, PARAMETERS, "font") is None

    given.update("theme")
    given.delete("logo")
    given.create("font")


def test_a_creation_under_way_counts_until_it_is_refused(given: Deployment) -> None:
    given.create("theme")
    planted(given, count=1_999)
    refused: list[Exception] = []

    def create() -> None:
        with pytest.raises(LimitExceeded) as error:
            given.create("font", desk=given.process())
        refused.append(error.value)

    given.store.meanwhile("put parameters", create)
    given.create("logo")

    assert len(refused) == 1
    assert given.manifest().tier("configs").count == 2_000


class NotOneMore(Published):
    """The limit, as a rule for all interleavings."""

    def readable(self, store: ForkedStore) -> None:
        (document,) = (found for found in store.scan("manifests", limit=10).documents if found.key[1] == "prod")
        assert Manifest.of(document).tier("configs").count <= 2_000


@pytest.mark.parametrize(("count", "made"), [(1_998, 2), (1_999, 1), (2_000, 0)])
def test_two_creations_at_once_do_not_pass_the_limit(count: int, made: int) -> None:
    store = world(parameters=("font",))
    (document,) = (found for found in store.scan("manifests", limit=10).documents if found.key[1] == "prod")
    manifest = Manifest.of(document)
    tiers = {"configs": replace(manifest.tier("configs"), count=count)}
    store.put("manifests", document.key, replace(manifest, tiers=tiers).body(), expect=document.version)
    ends: list[int] = []

    class Counting(NotOneMore):
        def settled(self, store: ForkedStore) -> ForkedStore:
            ends.append(len(store.scan("parameters", limit=10).documents) - 1)
            return super().settled(store)

    rules = Counting((THEME, LOGO), counts=False)
    processes = [
        writer("w1", lambda desk, change: desk.create(PROD, "theme", change)),
        writer("w2", lambda desk, change: desk.create(PROD, "logo", change)),
    ]
    scenario = Scenario(store, processes, (0.0,), quiet=quiet("platforms", "environments"), brittle=brittle)
    Explorer(scenario, rules, rules.past(store, 2)).explore()

    assert ends
    assert set(ends) == {made}


def test_the_parameters_of_an_environment_take_at_most_four_megabytes(given: Deployment) -> None:
    given.create("theme")
    planted(given, size=3_999_990)

    with pytest.raises(LimitExceeded, match=r"at most 4,000,000 bytes .* would take 4,000,0\d\d"):
        given.create("logo")
    with pytest.raises(LimitExceeded):
        given.update("theme")

    given.delete("theme")
    given.create("logo")


# -- Idempotency-Key ---------------------------------------------------------------------------------------------

type Send = Callable[..., Head]


@pytest.fixture
def send(given: Deployment) -> Send:
    """Send the request that creates the parameter ``theme``, each time from a process of its own."""
    numbers = iter(range(100, 200))

    def send(*, body: str = "body", key: str = "key", desk: Desk | None = None) -> Head:
        desk = desk or given.process()
        return desk.create(PROD, "theme", desk.change("create", next(numbers), claim=Claim(key, body)))

    return send


def test_a_repeated_request_publishes_once_and_is_answered_alike(given: Deployment, send: Send) -> None:
    first = send()

    assert [send(), send()] == [first, first]
    assert head_of(given) == first


def test_a_repeated_request_is_answered_alike_after_further_changes(given: Deployment, send: Send) -> None:
    first = send()
    given.update("theme")
    given.delete("theme")
    given.create("theme")

    assert send() == first
    assert head_of(given).version == 4


def test_a_request_is_repeated_where_the_first_one_died(given: Deployment, send: Send) -> None:
    for calls in range(9):
        given.store.fail_after(calls)
        with pytest.raises(Unavailable):
            send(key=f"key-{calls}")
        given.store.recover()

        published = send(key=f"key-{calls}")
        assert send(key=f"key-{calls}") == published
        given.delete("theme")

    given.clock.advance(seconds=61)
    given.create("logo")
    assert given.manifest().tier("configs").count == 1
    assert given.manifest().marks == ()


def test_the_same_key_with_another_body_is_refused(given: Deployment, send: Send) -> None:
    first = send()

    with pytest.raises(IdempotencyKeyReused):
        send(body="another body")

    assert head_of(given) == first


def test_the_same_key_with_another_body_is_refused_though_the_first_was_never_published(
    given: Deployment, send: Send
) -> None:
    given.store.fail_after(5)
    with pytest.raises(Unavailable):
        send()
    given.store.recover()

    with pytest.raises(IdempotencyKeyReused):
        send(body="another body")


def test_a_key_holds_for_a_day(given: Deployment, send: Send) -> None:
    send()
    given.delete("theme")

    given.clock.advance(hours=23, minutes=59)
    assert send().version == 1
    given.clock.advance(minutes=2)
    assert send().version == 3


def test_a_repeat_is_refused_once_somebody_else_has_published(given: Deployment, send: Send) -> None:
    given.store.fail_after(5)
    with pytest.raises(Unavailable):
        send()
    given.store.recover()
    given.create("theme")

    with pytest.raises(StaleWrite):
        send()

    assert head_of(given).version == 1


def test_a_key_costs_at_most_two_store_calls_more(given: Deployment, send: Send) -> None:
    with given.counted() as plain:
        given.create("logo", desk=given.process())
    with given.counted() as first:
        published = send()
    with given.counted() as repeated:
        assert send() == published

    assert len(first) <= len(plain) + 2
    assert len(repeated) <= len(plain) + 2


# -- the CDN -----------------------------------------------------------------------------------------------------


def test_the_cdn_hears_of_a_change_before_it_is_acknowledged(given: Deployment) -> None:
    given.create("theme")

    assert given.cdn.purged == ["/api/v1/platforms/web/environments/prod/configs*"]


def test_a_refused_change_purges_nothing(given: Deployment) -> None:
    given.create("theme")
    given.store.meanwhile("put parameters", lambda: given.update("theme", desk=given.process()))
    given.store.meanwhile("put manifests", given.cdn.purged.clear)

    with pytest.raises(Conflict):
        given.update("theme")

    assert len(given.cdn.purged) == 1  # the other's


def test_a_change_stands_though_the_cdn_is_away_and_its_purge_is_noted(given: Deployment) -> None:
    given.cdn.away = True

    given.create("theme")

    assert [change.purge for change in given.manifest().recent] == [True]


# -- what lies in the store --------------------------------------------------------------------------------------


def test_a_head_says_who_changed_what_when_and_why(given: Deployment) -> None:
    change = Change(
        "change-id",
        "ada@example.com",
        "2026-03-01T12:00:00.000Z",
        "create",
        comment="as agreed",
        source="api",
        request_id="request-1",
        change_set="set-1",
    )
    head = given.desk.create(PROD, "theme", change)

    document = given.store.get("parameters", head.key)
    assert document == Document(head.key, 1, head.document.text)
    assert document is not None
    assert document.body["change"] == {
        "id": "change-id",
        "author": "ada@example.com",
        "at": "2026-03-01T12:00:00.000Z",
        "action": "create",
        "comment": "as agreed",
        "source": "api",
        "requestId": "request-1",
        "set": "set-1",
    }
