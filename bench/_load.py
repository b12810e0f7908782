"""A load generator: a process of its own that keeps so many connections busy, one request on each at a time."""

import json
import os
import selectors
import socket
import sys
import time
from array import array

READ = 1 << 14
"""Bytes asked for at once: a larger buffer costs more than it saves."""


def load(port: int, request: bytes, *, status: bytes, connections: int, seconds: float) -> dict[str, float]:
    """
    Send *request* again and again on each connection for so many seconds; return what came of it.

    Raises:
        ValueError: an answer had another status.
    """
    sockets = [socket.create_connection(("127.0.0.1", port)) for _ in range(connections)]
    with selectors.DefaultSelector() as selector:
        for each in sockets:
            each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            selector.register(each, selectors.EVENT_READ)
        sent = {each.fileno(): time.perf_counter() for each in sockets}
        part = dict.fromkeys(sent, b"")
        latencies = array("d")
        begin = b"HTTP/1.1 " + status

        began = time.perf_counter()
        for fd in sent:
            os.write(fd, request)
        while (now := time.perf_counter()) - began < seconds:
            for key, _ in selector.select(1):
                fd = key.fd
                received = part[fd] + os.read(fd, READ)
                if not _whole(received):
                    part[fd] = received
                    continue
                if not received.startswith(begin):
                    raise ValueError(received.partition(b"\r\n")[0].decode())
                part[fd] = b""
                now = time.perf_counter()
                latencies.append(now - sent[fd])
                sent[fd] = now
                os.write(fd, request)
    for each in sockets:
        each.close()

    ordered = sorted(latencies)
    return {
        "requests": len(ordered),
        "seconds": now - began,
        **{f"p{of}": ordered[min(len(ordered) - 1, len(ordered) * of // 100)] for of in (50, 99)},
    }


def _whole(received: bytes) -> bool:
    end = received.find(b"\r\n\r\n")
    if end < 0:
        return False
    start = received.find(b"content-length: ", 0, end)
    length = 0 if start < 0 else int(received[start + 16 : received.index(b"\r\n", start)])
    return len(received) >= end + 4 + length


if __name__ == "__main__":
    asked = json.load(sys.stdin)
    result = load(
        asked["port"],
        asked["request"].encode(),
        status=asked["status"].encode(),
        connections=asked["connections"],
        seconds=asked["seconds"],
    )
    json.dump(result, sys.stdout)
