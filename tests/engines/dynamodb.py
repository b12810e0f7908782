"""DynamoDB Local, the vendor's emulator, as `make engines` installs it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path

from tests.engines import ENGINES, TOOLS
from tests.engines.process import Server, serving

_INSTALLED = TOOLS / "dynamodb-local"


@dataclass(frozen=True, slots=True)
class DynamoDBLocal:
    """A running emulator; it takes any credentials, and has one set of tables for all of them and all regions."""

    endpoint: str
    version: str
    server: Server


@contextmanager
def dynamodb_local(folder: Path | None = None) -> Iterator[DynamoDBLocal]:
    """
    Run the emulator, with its tables in memory, or as files in *folder* so that they outlive a kill.

    It listens on every interface: it has no option for less.
    """
    keep = ["-inMemory"] if folder is None else ["-dbPath", str(folder)]
    with serving(lambda port: [*_JAVA, *keep, "-sharedDb", "-disableTelemetry", "-port", str(port)]) as server:
        _wait_for_an_answer(server.port)
        yield DynamoDBLocal(f"http://127.0.0.1:{server.port}", ENGINES["dynamodb"].version(), server)


_JAVA = [
    "java",
    "-Xmx512m",
    f"-Djava.library.path={_INSTALLED}",
    "-cp",
    f"{_INSTALLED}/*",
    "software.amazon.dynamodb.services.local.main.ServerRunner",
]


def _wait_for_an_answer(port: int) -> None:
    """Ask until it answers; a GET of / is not a call it knows, so any status will do."""
    connection = HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request("GET", "/")
        connection.getresponse().read()
    finally:
        connection.close()
