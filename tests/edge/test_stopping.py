"""How the server ends, and what it holds on to meanwhile: requests under way, slow clients, its own port."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack
from select import select

import psutil
import pytest

from tests.edge.seeded import EDIT_PLATFORMS, PLATFORMS
from tests.edge.wire import JSON, answer_of, connected, exchange, request
from tests.engines.server import LocalServer, local_server

BODY = b'{"name": "sent-in-two-parts"}'
HALF = request("POST", EDIT_PLATFORMS, JSON, f"Content-Length: {len(BODY)}") + BODY[:10]
SLOW_CLIENTS = 20
SOON = 10
"""Seconds within which the first of them are refused, on a busy machine, too."""


@pytest.fixture
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalServer]:
    """Run a server of its own for a test that ends it, or that others would not like to share it with."""
    settings = {"DB_TYPE": "sqlite", "SQLITE_FILE": str(tmp_path_factory.mktemp("stopping") / "togglebox.db")}
    with local_server(settings) as server:
        yield server


def ended(process: subprocess.Popen[bytes]) -> int:
    return process.wait(timeout=8)  # granian would kill after ten seconds


@pytest.mark.engine("server")
def test_a_request_under_way_is_answered_before_the_server_ends(running: LocalServer) -> None:
    with connected(running.port) as connection:
        connection.sendall(HALF)
        assert exchange(running.port, request("GET", PLATFORMS)).status == 200  # so the half is with the server, too
        running.server.process.terminate()
        connection.sendall(BODY[10:])
        answer = answer_of(connection)

    assert answer.status == 201
    assert ended(running.server.process) == 0


@pytest.mark.engine("server")
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl+C", "a service manager"])
def test_a_signal_to_all_its_processes_ends_the_server_well(running: LocalServer, how: signal.Signals) -> None:
    os.killpg(running.server.process.pid, how)

    assert ended(running.server.process) == 0


@pytest.mark.engine("server")
def test_no_process_is_left_serving_when_the_first_one_is_killed(running: LocalServer) -> None:
    children = psutil.Process(running.server.process.pid).children()

    running.server.process.kill()

    gone, alive = psutil.wait_procs(children, timeout=8)
    assert (len(gone), alive) == (len(children), [])


@pytest.mark.engine("server")
def test_the_server_ends_in_failure_when_the_process_that_answers_is_killed(running: LocalServer) -> None:
    for child in psutil.Process(running.server.process.pid).children():
        child.kill()

    assert ended(running.server.process) == 1


@pytest.mark.engine("server")
def test_clients_that_send_slowly_hold_up_no_others(running: LocalServer) -> None:
    with ExitStack() as held:
        slow = [held.enter_context(connected(running.port)) for _ in range(SLOW_CLIENTS)]
        for connection in slow:
            connection.sendall(HALF)
        read = exchange(running.port, request("GET", PLATFORMS))
        refused = [answered(connection) for connection in select(slow, [], [], SOON)[0]]

    assert read.status == 200
    assert set(refused) == {b"HTTP/1.1 503 Service Unavailable"}
    assert written_at_last(running) == 201


def answered(connection: socket.socket) -> bytes:
    """Return the first line of the answer, which is there."""
    return connection.recv(65_536).partition(b"\r\n")[0]


def written_at_last(server: LocalServer) -> int:
    """Write until the server has noticed that the slow clients are gone."""
    for _ in range(100):
        answer = exchange(server.port, request("POST", EDIT_PLATFORMS, JSON, body=BODY))
        if answer.status != 503:
            return answer.status
        assert answer.headers["retry-after"] == "1"
        time.sleep(0.05)
    return 503
