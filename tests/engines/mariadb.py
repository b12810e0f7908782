"""MariaDB's server: the one that `make engines` installs, and Debian's, an older version, where it is there."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import pymysql

from tests.engines import MARIADB, debian_mariadb
from tests.engines.certificate import self_signed
from tests.engines.process import Server, serving

USER: Final = "togglebox"
PASSWORD: Final = "correct horse"
DATABASE: Final = "togglebox"


@dataclass(frozen=True, slots=True)
class MariaDB:
    """A running server, and the *url* of an empty database on it, of whose user it holds the password."""

    url: str
    port: int
    certificate: Path
    server: Server

    def kill(self) -> None:
        """End it at once, as a crash would."""
        self.server.kill()

    def root(self, sql: str, *values: object) -> tuple[tuple[Any, ...], ...]:
        """Run a statement as a user who may do everything, and return its rows."""
        with closing(_as_root(self.port)) as connection, connection.cursor() as cursor:
            cursor.execute(sql, values or None)
            return tuple(cursor.fetchall())


@contextmanager
def mariadb(
    folder: Path | None = None, *, port: int | None = None, durable: bool = False, debian: bool = False
) -> Iterator[MariaDB]:
    """
    Run a server on a port of the loopback address, with its data in *folder* so that they outlive a kill.

    Given a *folder* with data it starts on those. Without *durable* nothing waits for the disk, which a test that kills
    no server cannot tell; with it, the server keeps to its own defaults, which are durable.
    """
    with TemporaryDirectory(prefix="mariadb-") as temporary:
        data = (folder or Path(temporary)) / "data"
        program = debian_mariadb() if debian else MARIADB
        assert program is not None, "tests ask for an engine only where it is"
        if not data.exists():
            _make(program, data, temporary)
        tls = self_signed(Path(temporary))  # else it makes one, which takes seconds
        options = [
            f"--ssl-cert={tls}",
            f"--ssl-key={tls}",
            f"--tmpdir={temporary}",  # a server that starts clears it, whoever else uses it
            "--bind-address=127.0.0.1",
            f"--socket={temporary}/socket",  # a path that is short enough, wherever the data are
            f"--pid-file={temporary}/pid",
            f"--lc-messages-dir={_messages(program)}",
            "--skip-name-resolve",
            "--innodb-buffer-pool-size=64M",
            "--innodb-log-file-size=32M",
            *([] if durable else ["--innodb-flush-log-at-trx-commit=0", *_HASTY]),
        ]
        with serving(lambda free: [*_start(program, data), *options, f"--port={free}"], port=port) as server:
            with closing(_as_root(server.port)) as connection, connection.cursor() as cursor:
                cursor.execute(f"CREATE DATABASE IF NOT EXISTS {DATABASE} CHARACTER SET utf8mb4")
                cursor.execute(f"CREATE USER IF NOT EXISTS {USER} IDENTIFIED BY %s", (PASSWORD,))
                cursor.execute(f"GRANT ALL ON {DATABASE}.* TO {USER}")
            password = PASSWORD.replace(" ", "%20")
            yield MariaDB(f"mysql://{USER}:{password}@127.0.0.1:{server.port}/{DATABASE}", server.port, tls, server)


_HASTY = ["--debug-no-sync", "--innodb-flush-method=nosync"]


def _start(program: Path, data: Path) -> list[str]:
    # As root it wants to be told that it is to stay root; nobody else may tell it anything.
    user = ["--user=root"] if os.geteuid() == 0 else []
    return [str(program), "--no-defaults", *user, f"--basedir={program.parents[1]}", f"--datadir={data}"]


def _make(program: Path, data: Path, temporary: str) -> None:
    script = next(program.parents[1].glob("*/mariadb-install-db"))
    subprocess.run(
        [
            str(script),
            *_start(program, data)[1:],
            "--auth-root-authentication-method=normal",
            "--skip-test-db",
            "--skip-name-resolve",
            "--force",  # where the machine's own name cannot be looked up
            f"--tmpdir={temporary}",
            *_HASTY,
        ],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        timeout=60,
        check=True,
    )


def _messages(program: Path) -> Path:
    (file,) = (program.parents[1] / "share").rglob("english/errmsg.sys")
    return file.parents[1]


def _as_root(port: int) -> "pymysql.Connection[Any]":
    return pymysql.connect(host="127.0.0.1", port=port, user="root", autocommit=True, connect_timeout=30)
