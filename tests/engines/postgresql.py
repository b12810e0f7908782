"""PostgreSQL's server: the one that comes as a Python package, and Debian's, an older version, where it is there."""

import os
import pwd
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import psutil
import psycopg

from tests.engines import debian_postgresql, postgresql_programs
from tests.engines.process import Server, serving

USER: Final = "togglebox"
PASSWORD: Final = "correct horse"
DATABASE: Final = "togglebox"

_NOBODY: Final = "nobody"


class PostgreSQL:
    """A server with its data in *folder*, on the same port in all its lives, and a database of ours on it."""

    def __init__(self, programs: Path, folder: Path, *, durable: bool) -> None:
        self._programs: Final = programs
        self._data: Final = folder / "data"
        # Without it a commit is not synchronised with the disk, which a test that kills no server cannot tell.
        self._options: Final = [] if durable else ["-c", "fsync=off", "-c", "full_page_writes=off"]
        self._life: Final = ExitStack()
        self._server: Server | None = None

    @property
    def port(self) -> int:
        assert self._server is not None
        return self._server.port

    @property
    def url(self) -> str:
        """Where the database is, for the user who owns it."""
        return self.url_of(USER, PASSWORD)

    def url_of(self, user: str, password: str, database: str = DATABASE) -> str:
        return f"postgresql://{user}:{password.replace(' ', '%20')}@127.0.0.1:{self.port}/{database}"

    def root(self, sql: str, *values: object, database: str = DATABASE) -> list[tuple[Any, ...]]:
        """Run a statement as a user who may do everything, and return its rows."""
        with psycopg.connect(self.url_of("postgres", PASSWORD, database), autocommit=True) as connection:
            cursor = connection.execute(sql.encode(), values or None)
            return cursor.fetchall() if cursor.description else []

    def start(self) -> None:
        """Start it, and again after a kill: on the same data, at the same port."""
        command = [*_as_nobody(), str(self._programs / "postgres"), "-D", str(self._data), "-k", "", *self._options]
        server = serving(
            lambda port: [*command, "-c", "listen_addresses=127.0.0.1", "-p", str(port)],
            port=None if self._server is None else self._server.port,
        )
        self._server = self._life.enter_context(server)
        self._wait_until_recovered()

    def kill(self) -> None:
        """End it and all the processes that serve its connections, which lead groups of their own, as a crash would."""
        assert self._server is not None
        parts = _with_children(self._server.process.pid)
        self._server.kill()
        for part in parts[1:]:
            if part.is_running():
                part.kill()
        psutil.wait_procs(parts[1:], timeout=10)

    def stop(self) -> None:
        """End it quickly, and in order: it does not wait for those who are connected."""
        if self._server is not None and self._server.process.poll() is None:
            self._server.process.send_signal(signal.SIGINT)
            self._server.process.wait(timeout=30)
        self._life.close()

    def _wait_until_recovered(self) -> None:
        for _ in range(500):
            try:
                self.root("SELECT 1", database="postgres")
                return
            except psycopg.OperationalError:  # it listens before it has read its log again, and says so
                time.sleep(0.02)
        assert self._server is not None
        raise AssertionError(self._server.said())


@contextmanager
def postgresql(*, durable: bool = False, debian: bool = False) -> Iterator[PostgreSQL]:
    """
    Run a server on a port of the loopback address, with its data in a folder that goes with it.

    With *durable* it keeps to its own defaults, which are.
    """
    programs = debian_postgresql() if debian else postgresql_programs()
    assert programs is not None, "tests ask for an engine only where it is"
    with TemporaryDirectory(prefix="postgresql-") as temporary:
        folder = Path(temporary)
        _give_away(folder)
        _make(programs, folder)
        server = PostgreSQL(programs, folder, durable=durable)
        try:
            server.start()
            server.root(f"CREATE ROLE {USER} LOGIN PASSWORD '{PASSWORD}'", database="postgres")
            server.root(f"CREATE DATABASE {DATABASE} OWNER {USER}", database="postgres")
            yield server
        finally:
            server.stop()


def _make(programs: Path, folder: Path) -> None:
    password = folder / "password"
    password.write_text(PASSWORD)
    _give_away(password)
    options = [f"--pgdata={folder / 'data'}", "--username=postgres", f"--pwfile={password}", "--auth=scram-sha-256"]
    # Words of a language compare otherwise than bytes: what relies on the database's own order shows itself.
    order = ["--locale-provider=icu", "--icu-locale=en-US"] if _knows_languages(programs) else []
    said = subprocess.run(
        [*_as_nobody(), str(programs / "initdb"), *options, *order, "--encoding=UTF8", "--locale=C", "--no-sync"],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=60,
        check=False,
    )
    assert said.returncode == 0, said.stdout


def _knows_languages(programs: Path) -> bool:
    libraries = subprocess.run(["ldd", programs / "postgres"], stdout=subprocess.PIPE, text=True, check=False).stdout
    return "libicu" in libraries


def _as_nobody() -> Sequence[str]:
    # It refuses to run as root. Nobody is on every system, and nothing of this one's belongs to nobody.
    if os.geteuid() != 0:
        return []
    return ["setpriv", f"--reuid={_NOBODY}", f"--regid={pwd.getpwnam(_NOBODY).pw_gid}", "--clear-groups"]


def _give_away(path: Path) -> None:
    if os.geteuid() == 0:
        shutil.chown(path, _NOBODY)


def _with_children(pid: int) -> list[psutil.Process]:
    leader = psutil.Process(pid)
    return [leader, *leader.children(recursive=True)]
