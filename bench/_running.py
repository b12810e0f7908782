"""What the benchmarks of the server share: starting it, loading it, and reading what it took."""

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Final

import psutil

ROOT: Final = Path(__file__).parents[1]
TOGGLEBOX: Final = str(Path(sys.executable).with_name("togglebox"))


@dataclass(frozen=True, slots=True)
class Load:
    """What came of one run: *rate* is requests a second, *p50* and *p99* milliseconds, *cpu* µs of the server each."""

    rate: float
    p50: float
    p99: float
    cpu: float


@dataclass(frozen=True, slots=True)
class Running:
    """A server with all its processes."""

    port: int
    processes: tuple[psutil.Process, ...]

    def load(
        self,
        target: str,
        *,
        connections: int,
        seconds: float,
        headers: Mapping[str, str],
        status: int,
        body: str = "",
    ) -> Load:
        """Ask for *target* on so many connections at once, from a process of its own; with a *body*, post it."""
        method = "POST" if body else "GET"
        sent = {"Accept": "*/*"} | (
            {"Content-Type": "application/json", "Content-Length": str(len(body))} if body else {}
        )
        fields = "".join(f"{name}: {value}\r\n" for name, value in {**headers, **sent}.items())
        asked = {
            "port": self.port,
            "request": f"{method} {target} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\n{fields}\r\n{body}",
            "status": str(status),
            "connections": connections,
            "seconds": seconds,
        }
        before = self._cpu_seconds()
        done = subprocess.run(
            [sys.executable, "-m", "bench._load"],
            cwd=ROOT,
            input=json.dumps(asked).encode(),
            stdout=subprocess.PIPE,
            check=True,
        )
        took = self._cpu_seconds() - before
        result = json.loads(done.stdout)
        return Load(
            rate=result["requests"] / result["seconds"],
            p50=result["p50"] * 1_000,
            p99=result["p99"] * 1_000,
            cpu=took / result["requests"] * 1_000_000,
        )

    def get(self, target: str) -> Mapping[str, str]:
        """Return the headers of one answer, by their names in lower case."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request("GET", target)
            answer = connection.getresponse()
            answer.read()
            return {name.lower(): value for name, value in answer.getheaders()}
        finally:
            connection.close()

    def megabytes(self) -> float:
        """Return what all processes hold, what they share counted once (on Linux; elsewhere what is theirs alone)."""
        infos = (process.memory_full_info() for process in self.processes)
        return sum(getattr(info, "pss", info.uss) for info in infos) / 1_000_000

    def _cpu_seconds(self) -> float:
        return sum(sum(process.cpu_times()[:2]) for process in self.processes)


@contextmanager
def running(command: Sequence[str], settings: Mapping[str, str] | None = None) -> Iterator[Running]:
    """Run *command* with a free port as its last argument until the block ends; its log goes to a file."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(
            [*command, str(port)], cwd=ROOT, env={**os.environ, **(settings or {})}, stdout=log, stderr=log
        )
        try:
            _wait(port, process)
            parent = psutil.Process(process.pid)
            yield Running(port, (parent, *parent.children(recursive=True)))
        finally:
            process.terminate()
            process.wait()


def _wait(port: int, process: subprocess.Popen[bytes]) -> None:
    while process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.02)
        else:
            return
    raise RuntimeError(f"{process.args!r} ended with {process.returncode}")
