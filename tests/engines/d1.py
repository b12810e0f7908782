"""Cloudflare's D1: workerd's own, with the real `D1Store` beside it in Pyodide, whose methods are called from here."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path
from queue import Empty, SimpleQueue
from tempfile import TemporaryDirectory
from typing import Any, Final

from tests.engines import D1, ROOT
from tests.engines.process import Server, serving
from togglebox.errors import LimitExceeded, Malformed
from togglebox.store.port import Body, Clock, Document, Key, NoAnswer, Page, StaleWrite, StoreUnavailable

NODE: Final = D1 / "node_modules" / ".bin" / "node"
WRANGLER: Final = D1 / "node_modules" / "wrangler" / "bin" / "wrangler.js"


def environment(temporary: Path) -> Mapping[str, str]:
    """Return what keeps Cloudflare's programs from telling anybody anything, and from asking."""
    return {
        "CI": "true",
        "CLOUDFLARE_CF_FETCH_ENABLED": "false",
        "DO_NOT_TRACK": "1",
        "WRANGLER_SEND_METRICS": "false",
        "WRANGLER_LOG_PATH": str(temporary / "logs"),
        "XDG_CONFIG_HOME": str(temporary),
    }


@dataclass(frozen=True, slots=True)
class LocalD1:
    """A running D1 with stores on it; calls may come from many threads, and from other processes."""

    port: int
    server: Server


@contextmanager
def local_d1(folder: Path | None = None) -> Iterator[LocalD1]:
    """Run D1 with its data in memory, or in *folder*, where wrangler looks for them, too."""
    runner = ROOT / "tests" / "engines" / "d1" / "stores.mjs"
    kept = [] if folder is None else [str(folder / "v3")]
    with (
        TemporaryDirectory(prefix="d1-") as temporary,
        serving(
            lambda port: [str(NODE), str(runner), str(port), *kept],
            environment=environment(Path(temporary)),
            within=60,
        ) as server,
    ):
        yield LocalD1(server.port, server)


@dataclass(frozen=True, slots=True)
class RemoteStore:
    """A `Store` and its `Schema`, by calling those that run beside D1; their exceptions are raised again here."""

    port: int
    catalogue: str
    prefix: str
    clock: Clock
    database: str = "DB"
    _idle: "SimpleQueue[HTTPConnection]" = field(default_factory=SimpleQueue, compare=False, repr=False)

    def get(self, collection: str, key: Key) -> Document | None:
        return _document(self._call("get", collection, key))

    def get_many(self, collection: str, keys: Sequence[Key]) -> list[Document | None]:
        return [_document(shown) for shown in self._call("get_many", collection, keys)]

    def put(self, collection: str, key: Key, body: Body, *, expect: int) -> Document:
        return _whole(self._call("put", collection, key, body, expect))

    def delete(self, collection: str, key: Key, *, expect: int) -> None:
        self._call("delete", collection, key, expect)

    def page(self, collection: str, partition: str, **options: Any) -> Page:
        return _page(self._call("page", collection, partition, options))

    def add_new(self, collection: str, documents: Iterable[tuple[Key, Body]]) -> list[bool]:
        new: list[bool] = self._call("add_new", collection, list(documents))
        return new

    def restore(self, collection: str, documents: Iterable[Document]) -> list[bool]:
        shown = [(document.key, document.version, document.text) for document in documents]
        new: list[bool] = self._call("restore", collection, shown)
        return new

    def scan(self, collection: str, **options: Any) -> Page:
        return _page(self._call("scan", collection, options))

    def delete_many(self, collection: str, keys: Iterable[Key]) -> None:
        self._call("delete_many", collection, list(keys))

    def sweep(self, limit: int) -> int:
        swept: int = self._call("sweep", limit)
        return swept

    def schema(self) -> "RemoteStore":
        return self

    def missing(self) -> Sequence[str]:
        missing: list[str] = self._call("missing")
        return missing

    def create(self, report: Callable[[int, int, str], None] = lambda done, total, what: None) -> None:
        for step in self._call("create"):
            report(*step)

    def empty(self) -> None:
        """Remove all rows of the catalogue's tables."""
        self._call("empty")

    def meet(self, count: int) -> bool:
        """Tell whether so many such calls were under way at once."""
        met: bool = self._call("meet", count)
        return met

    def close(self) -> None:
        try:
            while True:
                self._idle.get_nowait().close()
        except Empty:
            pass

    def _call(self, call: str, *arguments: Any) -> Any:
        asked = {
            "call": call,
            "database": self.database,
            "catalogue": self.catalogue,
            "prefix": self.prefix,
            "now": self.clock(),
            "arguments": arguments,
        }
        answer = self._asked(json.dumps(asked))
        if "raised" in answer:
            raise _error(answer)
        return answer["returned"]

    def _asked(self, body: str) -> Any:
        try:
            connection = self._idle.get_nowait()
        except Empty:
            connection = HTTPConnection("127.0.0.1", self.port, timeout=60)
        connection.request("POST", "/", body)
        response = connection.getresponse()
        said = response.read()
        assert response.status == 200, said.decode()
        self._idle.put(connection)
        return json.loads(said)


_ERRORS: Final[Mapping[str, Callable[[str], Exception]]] = {
    error.__name__: error for error in (StaleWrite, NoAnswer, StoreUnavailable, LimitExceeded, Malformed, ValueError)
}


class FaultInPyodide(Exception):
    """Something was raised beside D1 that no store may raise; the message is its trace."""


def _error(answer: Any) -> Exception:
    raised = answer["raised"]
    for name in raised["classes"]:
        if name in _ERRORS:
            error = _ERRORS[name](raised["sentence"])
            if isinstance(error, StoreUnavailable):
                error.retry_after = raised["retry_after"]
            if raised["cause"] is not None:
                error.__cause__ = Exception(raised["cause"])
            return error
    return FaultInPyodide(answer["trace"])


def _document(shown: Any) -> Document | None:
    return None if shown is None else _whole(shown)


def _whole(shown: Any) -> Document:
    (partition, sort), version, text = shown
    return Document((partition, sort), version, text)


def _page(shown: Any) -> Page:
    documents, following = shown
    return Page([_whole(document) for document in documents], following)
