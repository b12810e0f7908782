"""The local server: granian around the WSGI door, the jobs once a minute beside it, and a graceful end."""

import gc
import json
import os
import signal
import socket
import sys
import traceback
from collections import Counter
from collections.abc import Callable, Iterable
from functools import partial
from multiprocessing import connection, parent_process
from pathlib import Path
from threading import Event, Thread
from typing import Final

from togglebox import wiring
from togglebox.app import App
from togglebox.edge.endpoint import Endpoint
from togglebox.edge.local import Application, wsgi
from togglebox.edge.router import Router
from togglebox.errors import Unavailable
from togglebox.settings import Settings

JOBS_EVERY: Final = 60.0
"""Seconds."""

MOMENT: Final = 0.2
"""Seconds that a request's answer has for itself before the work begins that the request asked for."""

SWEPT_AT_ONCE: Final = 10_000
"""Expired documents."""

FINISH_WITHIN: Final = 10
"""Seconds that requests in flight get when the server is told to stop."""

PROBES: Final = {
    getattr(socket, "TCP_KEEPIDLE", getattr(socket, "TCP_KEEPALIVE", 0)): 15,  # the latter on macOS
    socket.TCP_KEEPINTVL: 5,
    socket.TCP_KEEPCNT: 3,
}
"""After so many silent seconds the kernel asks whether a client is still there; how often, and how many times."""

GRANIANS_LOG: Final = {
    "handlers": {"stderr": {"class": "logging.StreamHandler"}},
    "loggers": {"_granian": {"handlers": ["stderr"], "propagate": False}},
}
"""What granian itself has to say, such as that the process which answers is gone."""

WAITING: Final = 1_024
"""How many requests may wait for a thread."""

LOCAL_THREADS: Final = 3
NETWORK_THREADS: Final = 8
"""
So many requests are answered at once: one that waits for its database, disk or client holds up no other.

Where the database is this process's neighbour, threads mostly wait for each other: eight cost twice the processor time.
One of them is never given to bodies, which clients may send slowly.
"""


class AddressInUse(Exception):
    """Another server listens on the address that this one was to listen on."""


def serve(chosen: Settings, endpoints: Callable[[], Iterable[Endpoint]], *, ready: Callable[[], None]) -> None:
    """
    Answer on the host and port that *chosen* names until SIGTERM or SIGINT, then finish what is in flight.

    *endpoints* is called, and *ready* once requests are answered, in a process of its own: both must pickle, for
    systems whose processes do not fork.

    Raises:
        AddressInUse: somebody else answers there.
    """
    _check_address(chosen.host, chosen.port)
    threads = LOCAL_THREADS if chosen.db_type in ("sqlite", "memory") else NETWORK_THREADS
    make = partial(load, chosen, endpoints, ready, uploads=threads - 1)
    listen(chosen.host, chosen.port, make, threads=threads)


def listen(host: str, port: int, make: Callable[[], Application], *, threads: int = LOCAL_THREADS) -> None:
    """Serve the application that *make* returns in the process that serves it; bare, as benchmarks measure it."""
    from granian.constants import Interfaces
    from granian.log import LogLevels
    from granian.server import Server

    server = Server(
        "togglebox",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=1,
        blocking_threads=threads,
        backpressure=WAITING,
        log_level=LogLevels.error,
        log_dictconfig=GRANIANS_LOG,
        workers_kill_timeout=FINISH_WITHIN,
        websockets=False,
    )
    server.serve(target_loader=make, wrap_loader=False)


def load(
    chosen: Settings, endpoints: Callable[[], Iterable[Endpoint]], ready: Callable[[], None], *, uploads: int
) -> Application:
    """Make the application, in the process that serves it, and start what runs beside it."""
    # Ctrl+C reaches both processes. The parent answers with a SIGTERM to this one; the two together would hang granian.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    mail = Event()
    app = wiring.assemble(chosen, mail_waits=mail.set)
    application = wsgi(Router(endpoints()), app, wiring.request_ids(), uploads=uploads)
    _beside(_end_with_parent)
    _beside(partial(_announce, chosen.host, chosen.port, ready))
    _beside(partial(repeat, "upkeep", partial(_upkeep, app), Event(), log=app.log))
    _beside(partial(repeat, "schedule", app.run_schedule, Event(), log=app.log))
    _beside(partial(repeat, "mail", app.deliver_mail, Event(), log=app.log, wanted=mail))
    gc.collect()
    gc.freeze()
    return application


def repeat(
    job: str,
    work: Callable[[], Counter[str]],
    stopped: Event,
    *,
    log: Callable[[str], None],
    every: float = JOBS_EVERY,
    wanted: Event | None = None,
) -> None:
    """
    Do *work* now, and *every* so many seconds until *stopped*, whatever becomes of it; log what it did.

    It is done earlier where it is *wanted*, a moment later: what follows from a request does not slow its answer.
    """
    while True:
        try:
            done = +work()
        except Unavailable as error:
            log(json.dumps({"level": "warn", job: error.sentence}))
        except Exception:  # noqa: BLE001  # the next time may go better
            log(json.dumps({"level": "error", job: "failed", "trace": traceback.format_exc()}))
        else:
            if done:
                log(json.dumps({"level": "info", job: dict(done)}))
        pause = every
        if wanted is not None and not stopped.is_set():
            pause = MOMENT if wanted.wait(every) else 0.0
            wanted.clear()
        if stopped.wait(pause):
            return


def _upkeep(app: App) -> Counter[str]:
    done = Counter(app.upkeep.run())
    done["expired documents removed"] += wiring.sweep_of(app.store)(SWEPT_AT_ONCE)
    return done


def _beside(work: Callable[[], None]) -> None:
    Thread(target=work, daemon=True).start()


def _end_with_parent() -> None:
    """Stop serving once the process that started this one is gone, also if it was killed."""
    parent = parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os.kill(os.getpid(), signal.SIGTERM)


def notice_lost_clients() -> None:
    """
    Have the kernel probe silent connections, and end those whose client is gone.

    Connections inherit this from the listening sockets, which granian opens; without it, a client that vanished in the
    middle of a body would hold its thread for ever.
    """
    for descriptor in Path("/dev/fd").iterdir():
        try:
            found = socket.socket(fileno=int(descriptor.name))
        except OSError:
            continue  # a file
        if found.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
            found.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            for option, value in PROBES.items():
                found.setsockopt(socket.IPPROTO_TCP, option, value)
        found.detach()


def _announce(host: str, port: int, ready: Callable[[], None]) -> None:
    pause = Event()
    while True:
        try:
            socket.create_connection((host, port), timeout=1).close()
        except OSError:
            pause.wait(0.01)
        else:
            notice_lost_clients()
            ready()
            return


def _check_address(host: str, port: int) -> None:
    """Bind for a moment without sharing: granian shares its port, so that a second server would go unnoticed."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, sys.platform != "win32")
        try:
            probe.bind((host, port))
        except OSError as error:
            raise AddressInUse(f"Cannot listen on {host} port {port}: {error.strerror}") from error
