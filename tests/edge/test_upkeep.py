"""What runs beside the server: its jobs, once a minute, whatever happens to them."""

import json
import socket
from collections import Counter
from collections.abc import Callable
from threading import Event

from togglebox.edge.server import notice_lost_clients, repeat
from togglebox.store.port import StoreUnavailable


class Work:
    """Does what it is told to, one thing a call, and stops its caller after the last."""

    def __init__(self, *turns: Callable[[], Counter[str]]) -> None:
        self.turns = list(turns)
        self.stopped = Event()

    def __call__(self) -> Counter[str]:
        turn = self.turns.pop(0)
        if not self.turns:
            self.stopped.set()
        return turn()


def away() -> Counter[str]:
    raise StoreUnavailable


def broken() -> Counter[str]:
    raise ZeroDivisionError


def test_upkeep_says_what_it_did_and_nothing_if_it_did_nothing() -> None:
    lines: list[str] = []
    work = Work(lambda: Counter(swept=0), lambda: Counter(swept=3, forgotten=0))

    repeat("upkeep", work, work.stopped, log=lines.append, every=0)

    assert [json.loads(line) for line in lines] == [{"level": "info", "upkeep": {"swept": 3}}]


def test_upkeep_goes_on_after_the_database_was_away_and_after_a_fault_of_its_own() -> None:
    lines: list[str] = []
    work = Work(away, broken, lambda: Counter(swept=1))

    repeat("upkeep", work, work.stopped, log=lines.append, every=0)

    assert [json.loads(line)["level"] for line in lines] == ["warn", "error", "info"]
    assert json.loads(lines[0])["upkeep"] == "The database is not available"
    assert "ZeroDivisionError" in json.loads(lines[1])["trace"]


def test_every_job_logs_under_its_own_name() -> None:
    lines: list[str] = []
    work = Work(away, lambda: Counter(start=1))

    repeat("schedule", work, work.stopped, log=lines.append, every=0)

    assert [json.loads(line)["schedule"] for line in lines] == ["The database is not available", {"start": 1}]


def test_a_job_that_is_wanted_does_not_wait_for_its_time() -> None:
    lines: list[str] = []
    wanted = Event()

    def ask() -> Counter[str]:
        wanted.set()
        return Counter(sent=1)

    work = Work(Counter, ask, lambda: Counter(sent=2))
    wanted.set()  # before the first turn is over: it is not forgotten

    repeat("mail", work, work.stopped, log=lines.append, every=600, wanted=wanted)

    assert [json.loads(line)["mail"] for line in lines] == [{"sent": 1}, {"sent": 2}]


def test_a_job_that_nobody_wants_is_done_in_its_time() -> None:
    lines: list[str] = []
    work = Work(Counter, lambda: Counter(sent=1))

    repeat("mail", work, work.stopped, log=lines.append, every=0.01, wanted=Event())

    assert [json.loads(line)["mail"] for line in lines] == [{"sent": 1}]


def test_connections_are_probed_for_clients_that_vanished() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        notice_lost_clients()
        with socket.create_connection(listener.getsockname()), listener.accept()[0] as connection:
            assert connection.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) != 0
