"""A server on the loopback address that does to a client what a network may do."""

import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from ssl import SSLContext
from typing import NamedTuple


class Reply(NamedTuple):
    """Bytes to send after a request, possibly in *pieces* with a pause, and whether to hang up then."""

    raw: bytes
    close: bool = False
    pieces: int = 1


CUT = Reply(b"", close=True)
"""Hang up without an answer."""
HANG = Reply(b"", pieces=0)
"""Say nothing, and keep the connection."""


class Request(NamedTuple):
    connection: int
    """Counted from 1."""
    head: str
    body: bytes


def ok(body: bytes, *headers: str, status: str = "200 OK") -> bytes:
    """Return an answer with a length, as most servers send it."""
    return "\r\n".join([f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers, "", ""]).encode() + body


class Loopback:
    """Answers each request with the next reply, on whichever connection it comes; hangs when there is none left."""

    def __init__(self, replies: Sequence[Reply | bytes], tls: SSLContext | None) -> None:
        self.requests: list[Request] = []
        self._replies = [reply if isinstance(reply, Reply) else Reply(reply) for reply in replies]
        self._tls = tls
        self._open: list[socket.socket] = []
        self._over = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    @property
    def origin(self) -> str:
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self.port}"

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
                thread = threading.Thread(target=self._serve, args=(line, len(self._open)))
                self._threads.append(thread)
                thread.start()

    def _serve(self, line: socket.socket, number: int) -> None:
        with suppress(OSError), line if self._tls is None else self._tls.wrap_socket(line, server_side=True) as wire:
            self._open[number - 1] = wire  # wrapping has emptied the socket that was there
            while request := _read(wire, number):
                self.requests.append(request)
                reply = self._replies.pop(0) if self._replies else HANG
                if reply.pieces == 0:
                    self._over.wait()
                    return
                for piece in _cut(reply.raw, reply.pieces):
                    wire.sendall(piece)
                    if reply.pieces > 1:
                        self._over.wait(0.05)
                if reply.close:
                    return


@contextmanager
def loopback(*replies: Reply | bytes, tls: SSLContext | None = None) -> Iterator[Loopback]:
    server = Loopback(replies, tls)
    try:
        yield server
    finally:
        server.close()


def _read(wire: socket.socket, number: int) -> Request | None:
    received = b""
    while b"\r\n\r\n" not in received:
        more = wire.recv(65_536)
        if not more:
            return None
        received += more
    head, _, body = received.partition(b"\r\n\r\n")
    length = next(int(line[15:]) for line in head.decode().split("\r\n") if line.lower().startswith("content-length:"))
    while len(body) < length:
        body += wire.recv(65_536)
    return Request(number, head.decode(), body)


def _cut(raw: bytes, pieces: int) -> list[bytes]:
    size = max(1, -(-len(raw) // pieces))
    return [raw[start : start + size] for start in range(0, len(raw), size)]
