"""The engines and runtimes that tests exercise: their names, versions, and what to do where one is missing."""

import platform
import shutil
import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
TOOLS: Final = ROOT / ".tools"


@dataclass(frozen=True, slots=True)
class Engine:
    """A row of the table that closes a test run; *missing* says how to get what is not here, if anything."""

    title: str
    version: Callable[[], str]
    missing: Callable[[], str | None] = lambda: None


def _dynamodb_local() -> str | None:
    if not (TOOLS / "dynamodb-local" / ".made").exists():
        return "DynamoDB Local is not installed: run `make engines`"
    if shutil.which("java") is None:
        return "DynamoDB Local needs Java 17 or newer: install one, then run `make engines`"
    return None


def _dynamodb_local_version() -> str:
    (jar,) = (TOOLS / "dynamodb-local").glob("DynamoDBLocal-*.jar")
    return jar.stem.removeprefix("DynamoDBLocal-")


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
    "lambda": Engine("AWS Lambda runtime", _lambda_runtime_version, _lambda_runtime),
    "server": Engine("local server", lambda: f"granian {version('granian')}"),
    "openapi": Engine("API description", lambda: f"schemathesis {version('schemathesis')}"),
}
