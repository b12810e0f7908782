"""Servers that a test run starts: each on a port of its own, ready only when it is ours, stopped whatever happens."""

import os
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import IO

import psutil

from tests.engines.secrecy import WATCH


class NotReady(Exception):
    """A server did not come up; the message ends with the last it said."""


@dataclass(frozen=True, slots=True)
class Server:
    """A running process, leader of its own process group, that listens on *port*."""

    process: subprocess.Popen[bytes]
    port: int
    output: IO[bytes]

    def said(self) -> str:
        """Return what it has written so far, both streams; it goes on writing."""
        descriptor = self.output.fileno()
        return os.pread(descriptor, os.fstat(descriptor).st_size, 0).decode(errors="replace")

    def kill(self) -> None:
        """End the whole group at once, as a crash would."""
        _signal(self.process, signal.SIGKILL)
        self.process.wait()


@contextmanager
def serving(
    command: Callable[[int], Sequence[str]],
    *,
    port: int | None = None,
    environment: Mapping[str, str] | None = None,
    within: float = 30,
) -> Iterator[Server]:
    """
    Start ``command(port)`` on a free port and wait until that process, or a child of it, listens there.

    A *port* that is given is that of a server which was there before.

    An answering port alone proves nothing: another server may have it. On the way out the process group gets
    SIGTERM, and SIGKILL after ten seconds.

    Raises:
        NotReady: the process ended, or did not listen *within* so many seconds.
    """
    with tempfile.TemporaryFile() as output:
        server = _started(command, port, environment, within, output)
        try:
            yield server
        finally:
            _stop(server.process)
        leaked = WATCH.leaked(server.said())
        assert not leaked, f"secrets in what a server said: {leaked}"


def free_port() -> int:
    """Return a port of the loopback address that nobody listens on at the moment."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def _started(
    command: Callable[[int], Sequence[str]],
    given: int | None,
    environment: Mapping[str, str] | None,
    within: float,
    output: IO[bytes],
) -> Server:
    deadline = time.monotonic() + within
    for _ in range(3):  # somebody else may take the free port before our process does
        port = free_port() if given is None else given
        process = subprocess.Popen(
            command(port),
            env={**os.environ, **(environment or {})},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            while process.poll() is None and time.monotonic() < deadline:
                if _listens(process.pid, port):
                    return Server(process, port, output)
                time.sleep(0.02)
        except BaseException:
            _stop(process)
            raise
        _stop(process)
    output.seek(0)
    said = output.read().decode(errors="replace")[-2_000:]
    raise NotReady(f"{command(0)[0]} did not listen on its port within {within:g} s. It said: {said or 'nothing'}")


def _listens(pid: int, port: int) -> bool:
    with suppress(psutil.NoSuchProcess):
        process = psutil.Process(pid)
        return any(
            connection.status == psutil.CONN_LISTEN and connection.laddr.port == port
            for member in (process, *process.children(recursive=True))
            for connection in member.net_connections(kind="tcp")
        )
    return False


def _stop(process: subprocess.Popen[bytes]) -> None:
    _signal(process, signal.SIGTERM)
    try:
        process.wait(timeout=10)
    except subprocess.TimeoutExpired:
        pass
    finally:
        _signal(process, signal.SIGKILL)  # whatever of the group is left
        process.wait()


def _signal(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    with suppress(ProcessLookupError, PermissionError):  # macOS answers EPERM for a group that has ended
        os.killpg(process.pid, number)
