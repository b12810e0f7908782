"""HTTP/1.1 over kept-alive connections, for clients that must know whether a request was sent."""

from __future__ import annotations

import select
import socket
import time
from collections.abc import Mapping
from typing import Any, Final, NamedTuple, Protocol

from togglebox.store.port import Clock

CONNECT_TIMEOUT: Final = 1.0
IDLE_AT_MOST: Final = 20.0
"""Seconds after which a connection is not used again. A frozen process does not hear that the other side hung up."""

_HEAD_AT_MOST: Final = 65_536
_CHUNK: Final = 65_536


class Unsent(Exception):
    """The request did not leave in full, so that nobody can have acted on it."""


class Unanswered(Exception):
    """The request left, and no whole answer came."""


class Answer(NamedTuple):
    status: int
    headers: Mapping[str, str]
    """By names in lower case."""
    body: bytes


class Host:
    """
    One origin (``https://dynamodb.eu-west-1.amazonaws.com``), and the idle connections to it.

    Threads may share it: a connection belongs to one request at a time.
    """

    def __init__(self, origin: str, clock: Clock) -> None:
        """
        Take the *origin*: a scheme, a host and possibly a port; connections are made when needed.

        Raises:
            ValueError: it is no such thing.
        """
        scheme, separator, authority = origin.rstrip("/").partition("://")
        if scheme not in _PORTS or not separator or not authority or "/" in authority or "@" in authority:
            raise ValueError(f"{origin!r} is not like http://host:port or https://host")
        self.authority: Final = authority
        self._secure: Final = scheme == "https"
        name, colon, port = authority.rpartition(":")
        if not colon or authority.endswith("]"):
            name, port = authority, str(_PORTS[scheme])
        if not port.isdecimal():
            raise ValueError(f"{origin!r} has no number for a port")
        self._address: Final = (name.strip("[]"), int(port))
        self._clock: Final = clock
        self._idle: Final[list[_Line]] = []
        self._tls: Any = None

    def request(
        self,
        method: str,
        target: str,
        headers: Mapping[str, str],
        body: bytes = b"",
        *,
        timeout: float,
        fresh: bool = False,
    ) -> Answer:
        """
        Send one request and return its answer, all within *timeout* seconds.

        A kept connection that fails before the request has left in full is replaced once; *fresh* uses none.

        Raises:
            Unsent: no connection could be made, or it broke before all of the request had left.
            Unanswered: anything later.
        """
        deadline = time.monotonic() + timeout
        lines = [f"{method} {target} HTTP/1.1", f"Host: {self.authority}", f"Content-Length: {len(body)}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        message = "\r\n".join([*lines, "", ""]).encode("ascii") + body

        line = None if fresh else self._kept()
        if line is not None:
            try:
                line.send(message, deadline)
            except OSError:
                line.close()
                line = None
        if line is None:
            line = self._connected(deadline)
            try:
                line.send(message, deadline)
            except OSError as error:
                line.close()
                raise Unsent(str(error)) from error
        try:
            answer, reusable = line.receive(deadline)
        except (EOFError, OSError, ValueError) as error:
            line.close()
            raise Unanswered(str(error)) from error
        if reusable:
            line.used_at = self._clock()
            self._idle.append(line)
        else:
            line.close()
        return answer

    def close(self) -> None:
        """Close the idle connections; a later request makes new ones."""
        while self._idle:
            self._idle.pop().close()

    def _kept(self) -> _Line | None:
        while self._idle:
            line = self._idle.pop()
            if self._clock() - line.used_at < IDLE_AT_MOST and line.is_quiet():
                return line
            line.close()
        return None

    def _connected(self, deadline: float) -> _Line:
        try:
            wire = socket.create_connection(self._address, timeout=min(CONNECT_TIMEOUT, _left(deadline)))
        except OSError as error:
            raise Unsent(str(error)) from error
        try:
            wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self._secure:
                wire = self._context().wrap_socket(wire, server_hostname=self._address[0])
        except OSError as error:
            wire.close()
            raise Unsent(str(error)) from error
        return _Line(wire)

    def _context(self) -> Any:
        if self._tls is None:
            import ssl

            self._tls = ssl.create_default_context()
        return self._tls


class _Socket(Protocol):
    def close(self) -> None: ...
    def fileno(self) -> int: ...
    def recv(self, size: int, /) -> bytes: ...
    def sendall(self, message: bytes, /) -> None: ...
    def settimeout(self, seconds: float, /) -> None: ...


class _Line:
    """One connection, and what was received on it but not read yet."""

    def __init__(self, wire: _Socket) -> None:
        self._wire: Final = wire
        self._received: Final = bytearray()
        self.used_at = 0.0

    def is_quiet(self) -> bool:
        """Tell whether nothing waits to be read: between two requests that would be a farewell."""
        poll = select.poll()
        poll.register(self._wire.fileno(), select.POLLIN)
        return not poll.poll(0)

    def send(self, message: bytes, deadline: float) -> None:
        self._wire.settimeout(_left(deadline))
        self._wire.sendall(message)

    def receive(self, deadline: float) -> tuple[Answer, bool]:
        """Return the answer, and whether the connection is good for another request."""
        version, status, headers = self._head(deadline)
        while 100 <= status < 200:
            version, status, headers = self._head(deadline)
        open_ended = False
        if headers.get("transfer-encoding", "").lower() == "chunked":
            body = self._chunks(deadline)
        elif "content-length" in headers:
            body = self._exactly(int(headers["content-length"]), deadline)
        elif status in _BODILESS:
            body = b""
        else:
            open_ended = True
            body = self._rest(deadline)
        keeps = version == "HTTP/1.1" and headers.get("connection", "").lower() != "close"
        return Answer(status, headers, body), keeps and not open_ended and not self._received

    def close(self) -> None:
        self._wire.close()

    def _head(self, deadline: float) -> tuple[str, int, dict[str, str]]:
        first, *lines = self._until(b"\r\n\r\n", deadline).decode("latin-1").split("\r\n")
        version, status, *_ = first.split(" ", 2)
        if not version.startswith("HTTP/1."):
            raise ValueError(f"{version!r} is no version of HTTP/1")
        headers = {}
        for line in lines:
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        return version, int(status), headers

    def _chunks(self, deadline: float) -> bytes:
        body = bytearray()
        while size := int(self._until(b"\r\n", deadline).partition(b";")[0], 16):
            body += self._exactly(size, deadline)
            self._until(b"\r\n", deadline)
        while self._until(b"\r\n", deadline):
            pass  # trailing headers
        return bytes(body)

    def _until(self, end: bytes, deadline: float) -> bytes:
        while (at := self._received.find(end)) < 0:
            if len(self._received) > _HEAD_AT_MOST:
                raise ValueError("The head of the answer does not end")
            self._more(deadline)
        return self._taken(at, at + len(end))

    def _exactly(self, size: int, deadline: float) -> bytes:
        while len(self._received) < size:
            self._more(deadline)
        return self._taken(size, size)

    def _rest(self, deadline: float) -> bytes:
        try:
            while True:
                self._more(deadline)
        except EOFError:
            return self._taken(len(self._received), len(self._received))

    def _taken(self, size: int, removed: int) -> bytes:
        taken = bytes(self._received[:size])
        del self._received[:removed]
        return taken

    def _more(self, deadline: float) -> None:
        self._wire.settimeout(_left(deadline))
        some = self._wire.recv(_CHUNK)
        if not some:
            raise EOFError("The connection was closed")
        self._received.extend(some)


_PORTS = {"http": 80, "https": 443}
_BODILESS = frozenset({204, 304})


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError("The time is up")
    return left
