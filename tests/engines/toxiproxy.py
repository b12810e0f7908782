"""Toxiproxy: connections to an engine that are delayed, silenced, cut, or refused."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from typing import Any, Final

from tests.engines import TOOLS
from tests.engines.process import free_port, serving

_PROGRAM: Final = TOOLS / "toxiproxy" / "toxiproxy"


@dataclass(frozen=True, slots=True)
class Toxiproxy:
    """A running server, which opens proxies on demand."""

    port: int

    @contextmanager
    def before(self, upstream: int) -> Iterator["Proxy"]:
        """Open a port that leads to the *upstream* port of the loopback address, as long as the block lasts."""
        name = f"to-{upstream}-{free_port()}"
        opened = self.ask("POST", "/proxies", {"name": name, "listen": "127.0.0.1:0",
                                               "upstream": f"127.0.0.1:{upstream}", "enabled": True})  # fmt: skip
        try:
            yield Proxy(self, name, int(opened["listen"].rpartition(":")[2]))
        finally:
            self.ask("DELETE", f"/proxies/{name}")

    def ask(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request(method, path, json.dumps(body) if body is not None else None)
            answer = connection.getresponse()
            said = answer.read()
            assert answer.status < 300, said
            return json.loads(said) if said else None
        finally:
            connection.close()


@dataclass(frozen=True, slots=True)
class Proxy:
    """The way to one engine: clients connect to *port*."""

    server: Toxiproxy
    name: str
    port: int

    @contextmanager
    def toxic(self, kind: str, *, upstream: bool = False, **attributes: int) -> Iterator[None]:
        """
        Spoil what comes down from the engine, or goes *upstream* to it, while the block runs.

        The kinds are Toxiproxy's: ``latency`` (latency, jitter: milliseconds), ``timeout`` (timeout: milliseconds after
        which a connection whose data is swallowed is closed; 0: never), ``limit_data`` (bytes), ``reset_peer``,
        ``slicer``.
        """
        name = f"{kind}-{'up' if upstream else 'down'}stream"
        self.server.ask(
            "POST",
            f"/proxies/{self.name}/toxics",
            {"name": name, "type": kind, "stream": "upstream" if upstream else "downstream", "attributes": attributes},
        )
        try:
            yield
        finally:
            self.server.ask("DELETE", f"/proxies/{self.name}/toxics/{name}")

    @contextmanager
    def down(self) -> Iterator[None]:
        """Cut all connections and refuse further ones while the block runs."""
        self._enable(enabled=False)
        try:
            yield
        finally:
            self._enable(enabled=True)

    def cut(self) -> None:
        """Cut all connections; the next ones are let through."""
        with self.down():
            pass

    def _enable(self, *, enabled: bool) -> None:
        self.server.ask("POST", f"/proxies/{self.name}", {"enabled": enabled, "listen": f"127.0.0.1:{self.port}"})


@contextmanager
def toxiproxy() -> Iterator[Toxiproxy]:
    with serving(lambda port: [str(_PROGRAM), f"127.0.0.1:{port}"]) as server:
        yield Toxiproxy(server.port)
