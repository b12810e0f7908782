"""Two servers that speak MongoDB's protocol, as `make engines` installs them; neither is MongoDB."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from pymongo import MongoClient

from tests.engines import TOOLS
from tests.engines.process import Server, serving


@dataclass(frozen=True, slots=True)
class MongoDB:
    """A running server that takes anybody; *url* names no database."""

    url: str
    server: Server

    def drop(self, database: str) -> None:
        """Remove a database that this run has made."""
        with closing(self.client()) as client:
            client.drop_database(database)

    def client(self) -> MongoClient[dict[str, Any]]:
        """Open the driver's own client, which somebody has to close."""
        return MongoClient(self.url, serverSelectionTimeoutMS=10_000)


@contextmanager
def mongo_java_server() -> Iterator[MongoDB]:
    """
    Run mongo-java-server in memory: right in every race, but its strings are in the order of UTF-16.

    It takes an index that expires documents, and never removes one.
    """
    jars = TOOLS / "mongo-java-server"
    with serving(lambda port: ["java", "-Xmx512m", "-cp", f"{jars}:{jars}/*", "MongoJavaServer", str(port)]) as server:
        yield MongoDB(f"mongodb://127.0.0.1:{server.port}", server)


@contextmanager
def ferretdb(folder: Path | None = None, *, port: int | None = None) -> Iterator[MongoDB]:
    """
    Run FerretDB on SQLite, with its files in *folder* so that they outlive a kill.

    Of updates that come at once, through different connections, it loses some. It has no index that expires documents.
    """
    with TemporaryDirectory() as temporary:
        command = [str(TOOLS / "ferretdb" / "ferretdb")]
        with serving(
            lambda free: [*command, f"127.0.0.1:{free}", str(folder or temporary)],
            port=port,
            environment={"DO_NOT_TRACK": "1"},
        ) as server:
            yield MongoDB(f"mongodb://127.0.0.1:{server.port}", server)
