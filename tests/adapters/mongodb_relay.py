"""A relay before a server that speaks MongoDB's protocol: of commands with some name it does what a network may do."""

import socket
import struct
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from enum import Enum, auto
from typing import Any, Final

import bson

MESSAGE: Final = 2013
"""The protocol's OP_MSG; whatever else is sent is part of the first greeting."""

type Answer = Mapping[str, Any]
"""What is said in the server's place, which never hears of the command."""


class Trouble(Enum):
    CUT = auto()
    """Hang up; the server never hears of it."""
    CUT_AFTERWARDS = auto()
    """Hang up once the server has answered."""
    SILENCE = auto()
    """Say nothing, and keep the connection; the server never hears of it."""
    DELAY = auto()
    """Pass it on half a second later."""


class Relay:
    """Passes on what is sent to *port*, but for the commands that `troubles` names: the first trouble is the next."""

    def __init__(self, upstream: int) -> None:
        self.heard: list[dict[str, Any]] = []
        """The commands that came, without the greetings that the driver sends by itself."""
        self.troubles: dict[str, list[Trouble | Answer]] = {}
        self._upstream: Final = upstream
        self._over: Final = threading.Event()
        self._open: Final[list[socket.socket]] = []
        self._listener: Final = socket.create_server(("127.0.0.1", 0))
        self.port: Final[int] = self._listener.getsockname()[1]
        self._threads: Final = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    @property
    def url(self) -> str:
        return f"mongodb://127.0.0.1:{self.port}"

    def names(self) -> list[str]:
        return [next(iter(command)) for command in self.heard]

    def close(self) -> None:
        self._over.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for line in self._open:
            with suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                line, _ = self._listener.accept()
                self._open.append(line)
                thread = threading.Thread(target=self._serve, args=(line,))
                self._threads.append(thread)
                thread.start()

    def _serve(self, line: socket.socket) -> None:
        with line, socket.create_connection(("127.0.0.1", self._upstream)) as server, suppress(OSError):
            while message := _read(line):
                command = _command(message)
                match self._trouble(command) if command else None:
                    case None:
                        server.sendall(message)
                        line.sendall(_read(server))
                    case Trouble.CUT:
                        return
                    case Trouble.CUT_AFTERWARDS:
                        server.sendall(message)
                        _read(server)
                        return
                    case Trouble.SILENCE:
                        self._over.wait()
                        return
                    case Trouble.DELAY:
                        time.sleep(0.5)
                        server.sendall(message)
                        line.sendall(_read(server))
                    case answer:
                        line.sendall(_reply(message, answer))

    def _trouble(self, command: dict[str, Any]) -> Trouble | Answer | None:
        name = next(iter(command))
        if name.lower() not in {"hello", "ismaster", "endsessions"}:
            self.heard.append(command)
        waiting = self.troubles.get(name)
        return waiting.pop(0) if waiting else None


@contextmanager
def relay(upstream: int) -> Iterator[Relay]:
    running = Relay(upstream)
    try:
        yield running
    finally:
        running.close()


def _read(line: socket.socket) -> bytes:
    """Return the next message, or nothing if there is none."""
    received = b""
    length = 4
    while len(received) < length:
        more = line.recv(length - len(received))
        if not more:
            return b""
        received += more
        if len(received) == 4:
            (length,) = struct.unpack("<i", received)
    return received


def _command(message: bytes) -> dict[str, Any] | None:
    """Return the command in a message (its first section; those that follow hold documents to write)."""
    if struct.unpack_from("<i", message, 12)[0] != MESSAGE:
        return None
    (length,) = struct.unpack_from("<i", message, 21)
    return bson.decode(message[21 : 21 + length])


def _reply(message: bytes, answer: Answer) -> bytes:
    (request,) = struct.unpack_from("<i", message, 4)
    body = b"\0\0\0\0\0" + bson.encode(answer)
    return struct.pack("<iiii", 16 + len(body), 0, request, MESSAGE) + body
