"""HTTP as it is on the wire: bytes to a server, bytes back, so that nothing is tidied up in between."""

import socket

from tests.api.client import Answer

HOST = "Host: localhost"
JSON = "Content-Type: application/json"


def request(method: str, target: str, *headers: str, body: bytes = b"") -> bytes:
    """Return the bytes of a request that ends its connection; a `Host` is added unless *headers* name one."""
    lines = [f"{method} {target} HTTP/1.1", *headers, "Connection: close"]
    if not any(header.lower().startswith("host:") for header in headers):
        lines.insert(1, HOST)
    if body:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


def exchange(port: int, sent: bytes) -> Answer:
    """Send bytes, and return the answer, read until the server closes."""
    with connected(port) as connection:
        connection.sendall(sent)
        return answer_of(connection)


def connected(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=10)


def answer_of(connection: socket.socket) -> Answer:
    received = b""
    while part := connection.recv(65_536):
        received += part
    head, _, body = received.partition(b"\r\n\r\n")
    status, *fields = head.decode("latin-1").split("\r\n")
    pairs = (field.split(": ", 1) for field in fields)
    return Answer(int(status.split()[1]), {name.lower(): value for name, value in pairs}, body)
