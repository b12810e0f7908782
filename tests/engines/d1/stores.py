"""Runs in Pyodide: calls methods of the real `D1Store` as requests ask for them, as many at a time as come."""

import asyncio
import json
import traceback
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from js import Promise  # type: ignore[import-not-found]
from pyodide.ffi import run_sync  # type: ignore[import-not-found]
from workers.rpc import _EnvWrapper  # type: ignore[import-not-found]

from tests.contract.catalogue import CATALOGUES
from togglebox.adapters.d1 import D1Connection, D1Store
from togglebox.store.port import Document, Page

type Answer = Callable[[str], Awaitable[str]]


def serving(env: Any) -> Answer:
    """
    Return what answers requests on the binding ``DB`` of *env*, which the SDK wraps as it does in a Worker.

    There is also one that is ``silent``: it never answers, and is not waited for long.
    """
    connections = {
        "DB": D1Connection(_EnvWrapper(env).DB, run_sync),
        "silent": D1Connection(_Silent(), run_sync, patience=0.2),
    }

    async def answer(request: str) -> str:
        asked = json.loads(request)
        store = D1Store(
            connections[asked["database"]],
            lambda: asked["now"],
            prefix=asked["prefix"],
            collections=CATALOGUES[asked["catalogue"]],
        )
        try:
            returned = CALLS[asked["call"]](store, *asked["arguments"])
        except Exception as error:  # noqa: BLE001  # whoever asked gets it, whatever it is
            return json.dumps({"raised": dict(_told(error)), "trace": traceback.format_exc()})
        return json.dumps({"returned": returned})

    return answer


class _Silent:
    def prepare(self, sql: str) -> "_Silent":
        return self

    def bind(self, *values: Any) -> "_Silent":
        return self

    def raw(self) -> Awaitable[Any]:
        return Promise.new(lambda resolve, reject: None)  # type: ignore[no-any-return]  # JavaScript's

    run = raw


def _told(error: BaseException) -> Iterator[tuple[str, Any]]:
    yield "classes", [each.__name__ for each in type(error).__mro__]
    yield "sentence", str(error)
    yield "retry_after", getattr(error, "retry_after", None)
    yield "cause", None if error.__cause__ is None else str(error.__cause__)


def _key(key: Sequence[str]) -> tuple[str, str]:
    partition, sort = key
    return partition, sort


def _shown(document: Document | None) -> Any:
    return None if document is None else [document.key, document.version, document.text]


def _many(documents: Sequence[Document | None]) -> Any:
    return [_shown(document) for document in documents]


def _page(page: Page) -> Any:
    return [_many(page.documents), page.next]


def _put(store: D1Store, collection: str, key: Sequence[str], body: Any, expect: int) -> Any:
    return _shown(store.put(collection, _key(key), body, expect=expect))


def _restore(store: D1Store, collection: str, documents: Sequence[Any]) -> Any:
    return store.restore(collection, [Document(_key(key), version, text) for key, version, text in documents])


def _empty(store: D1Store) -> None:
    tables = sorted({plan.table for plan in store._plans.values()})
    store._connection.change_together([(f"DELETE FROM {table}", ()) for table in tables])


def _meet(store: D1Store, count: int) -> bool:
    """Tell whether so many calls of this were under way at once, within ten seconds."""
    global _met  # noqa: PLW0603  # what they share is the process
    _met += 1
    for _ in range(1_000):
        if _met >= count:
            return True
        run_sync(asyncio.sleep(0.01))
    return False


_met = 0


def _create(store: D1Store) -> Any:
    steps: list[Any] = []
    store.schema().create(lambda *step: steps.append(step))
    return steps


CALLS: Final[Mapping[str, Callable[..., Any]]] = {
    "get": lambda store, collection, key: _shown(store.get(collection, _key(key))),
    "get_many": lambda store, collection, keys: _many(store.get_many(collection, [_key(key) for key in keys])),
    "put": _put,
    "delete": lambda store, collection, key, expect: store.delete(collection, _key(key), expect=expect),
    "page": lambda store, collection, partition, options: _page(store.page(collection, partition, **options)),
    "add_new": lambda store, collection, new: store.add_new(collection, [(_key(key), body) for key, body in new]),
    "restore": _restore,
    "scan": lambda store, collection, options: _page(store.scan(collection, **options)),
    "delete_many": lambda store, collection, keys: store.delete_many(collection, map(_key, keys)),
    "sweep": lambda store, limit: store.sweep(limit),
    "missing": lambda store: store.schema().missing(),
    "create": _create,
    "empty": _empty,
    "meet": _meet,
}
"""What can be asked for: the methods of a store and of its schema, and what tests need beside them."""
