"""The local server, as `togglebox serve` starts it, on tables that `togglebox migrate` made."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Final

from tests.engines.process import NotReady, Server, serving
from tests.engines.secrecy import WATCH
from togglebox.settings import VARIABLES

TOGGLEBOX: Final = str(Path(sys.executable).with_name("togglebox"))


@dataclass(frozen=True, slots=True)
class LocalServer:
    """A running server that answers at *url*; *settings* are those it was started with."""

    url: str
    port: int
    settings: Mapping[str, str]
    server: Server

    def kill(self) -> None:
        """End it at once, as a crash would."""
        self.server.kill()


@contextmanager
def local_server(settings: Mapping[str, str], *, migrate: bool = True) -> Iterator[LocalServer]:
    """
    Run `togglebox serve` with *settings* and no others, on a free port of the loopback address, until the block ends.

    A `DB_TYPE` of ``sqlite`` needs a `SQLITE_FILE`, whose folder is the caller's; ``dynamodb`` a `DYNAMODB_ENDPOINT`.

    Raises:
        NotReady: it did not start; the message ends with the last it said.
    """
    environment = only(settings)
    WATCH.settings(settings)
    if migrate:
        run("migrate", settings)
    command = lambda port: [TOGGLEBOX, "serve", "--port", str(port)]  # noqa: E731
    with serving(command, environment=environment) as server:
        _wait_for_an_answer(server.port)
        yield LocalServer(f"http://127.0.0.1:{server.port}", server.port, settings, server)


def run(command: str, settings: Mapping[str, str], *, expect: int = 0) -> str:
    """Run a `togglebox` command with *settings* and no others to its end; return what it said, both streams."""
    done = subprocess.run(
        [TOGGLEBOX, *command.split()],
        env={**os.environ, **only(settings)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=60,
        check=False,
    )
    said = done.stdout.decode(errors="replace")
    assert done.returncode == expect, f"togglebox {command} ended with {done.returncode}: {said}"
    return said


def only(settings: Mapping[str, str]) -> dict[str, str]:
    """Return *settings* with every other variable that ToggleBox reads emptied, which stands for its default."""
    return {**dict.fromkeys(VARIABLES, ""), **settings}


def _wait_for_an_answer(port: int, *, within: float = 10) -> None:
    deadline = time.monotonic() + within
    while True:
        connection = HTTPConnection("127.0.0.1", port, timeout=within)
        try:
            connection.request("GET", "/health")
            if connection.getresponse().status == 200:
                return
        except OSError:
            pass
        finally:
            connection.close()
        if time.monotonic() > deadline:
            raise NotReady(f"togglebox serve listens on port {port}, and does not answer GET /health")
        time.sleep(0.02)
