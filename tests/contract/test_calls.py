"""What the port's calls cost: one of the engine's own, wherever one does."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.contract.catalogue import FLAGS
from tests.contract.engines import CALLS, Scale
from togglebox.store.port import ABSENT, Store

pytestmark = pytest.mark.needs(CALLS)


class Counted:
    """Passes on what a store asks its driver, and counts it."""

    def __init__(self, driver: Any) -> None:
        self._driver = driver
        self.calls = 0

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._driver, name)
        return self._counting(found) if callable(found) else found

    def _counting(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def counting(*arguments: Any, **options: Any) -> Any:
            self.calls += 1
            return call(*arguments, **options)

        return counting


@pytest.fixture
def counted(store: Store) -> Counted:
    """Fill the store, and count from then on."""
    store.add_new(FLAGS, [(("shop", f"{number:02}"), {"owner": "ann", "rank": f"{number:02}"}) for number in range(20)])
    driver = getattr(store, "_connection", None) or getattr(store, "_client")  # noqa: B009  # no port has either
    counted = Counted(driver)
    for name in [name for name, value in vars(store).items() if value is driver]:
        setattr(store, name, counted)
    return counted


CALLED: dict[str, Callable[[Store], object]] = {
    "get": lambda store: store.get(FLAGS, ("shop", "01")),
    "get many": lambda store: store.get_many(FLAGS, [("shop", "01"), ("shop", "02"), ("x", "03")]),
    "create": lambda store: store.put(FLAGS, ("shop", "new"), {}, expect=ABSENT),
    "update": lambda store: store.put(FLAGS, ("shop", "01"), {}, expect=1),
    "delete": lambda store: store.delete(FLAGS, ("shop", "01"), expect=1),
    "add one": lambda store: store.add_new(FLAGS, [(("shop", "new"), {})]),
    "add some": lambda store: store.add_new(FLAGS, [(("shop", f"new {number}"), {}) for number in range(25)]),
    "delete many": lambda store: store.delete_many(FLAGS, [("shop", "01"), ("shop", "02")]),
    "scan": lambda store: store.scan(FLAGS, limit=100),
}

PAGES: dict[str, dict[str, Any]] = {
    "from the beginning": {},
    "from the end": {"reverse": True},
    "whole": {"limit": 20},
    "longer than there is": {"limit": 100},
    "further on": {"after": "04"},
    "between bounds": {"low": "02", "high": "11"},
    "of an index": {"index": "GSI1"},
    "of an index, from the end, between bounds": {"index": "GSI1", "reverse": True, "low": "02", "high": "11"},
    "of nothing": {"low": "50"},
}


@pytest.mark.parametrize("call", CALLED.values(), ids=CALLED)
def test_it_is_one_call(store: Store, counted: Counted, call: Callable[[Store], object]) -> None:
    call(store)

    assert counted.calls == 1


def test_adding_some_of_which_some_are_there_takes_little_more(store: Store, counted: Counted, scale: Scale) -> None:
    new = store.add_new(FLAGS, [(("shop", f"{number}"), {}) for number in range(25)])

    assert new == [not 10 <= number < 20 for number in range(25)]
    assert counted.calls == scale.calls_to_tell_new


@pytest.mark.parametrize("options", PAGES.values(), ids=PAGES)
def test_a_page_is_one_call(store: Store, counted: Counted, options: dict[str, Any]) -> None:
    page = store.page(FLAGS, "shop" if "index" not in options else "ann", **{"limit": 5, **options})

    assert counted.calls == 1
    assert len(page.documents) == (0 if options.get("low") == "50" else min(options.get("limit", 5), 20))
