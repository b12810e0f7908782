"""The composition root: environment variables to settings, settings to the App; read once."""

import os
import random
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import TYPE_CHECKING, Final, Self
from uuid import uuid4

from togglebox.app import LOOPBACK_HOSTS, App, Policy
from togglebox.cdn.port import NoCdn
from togglebox.store.catalogue import TABLES
from togglebox.store.port import Schema, Store

if TYPE_CHECKING:
    from togglebox.adapters.dynamodb import Client

TABLE_PREFIX: Final = "togglebox-"
DB_TYPES: Final = ("sqlite", "dynamodb", "memory")
EVERYTHING: Final = frozenset({"0.0.0.0/0", "::/0"})
SECRET: Final = re.compile(r"SECRET|TOKEN|PASS|KEY")


class WrongSetting(Exception):
    """A variable of the environment that cannot be used; says which, what it holds and what is wanted."""

    def __init__(self, variable: str, seen: str | None, wanted: str) -> None:
        if seen is None:
            shown = "is not set"
        elif SECRET.search(variable):
            shown = f"holds {len(seen)} characters"
        else:
            shown = f"is {seen!r}"
        super().__init__(f"{variable} {shown}; wanted: {wanted}")
        self.variable = variable


@dataclass(frozen=True, slots=True)
class Settings:
    """What the environment says; the defaults are those of a developer's machine."""

    db_type: str = "sqlite"
    sqlite_file: str = "data/togglebox.db"
    aws_region: str = "us-east-1"
    dynamodb_endpoint: str | None = None
    table_prefix: str = ""
    table_names: Mapping[str, str] = field(default_factory=dict)
    dynamodb_client: str = "auto"
    host: str = "127.0.0.1"
    port: int = 3000
    authentication: bool = False
    networks: tuple[str, ...] | None = None
    hosts: frozenset[str] | None = LOOPBACK_HOSTS
    cors_origins: tuple[str, ...] = ("*",)
    cache_ttl: int = 30
    snapshot_max_age: float = 0.0
    audit_retention_days: int = 400
    log_requests: bool = True

    @classmethod
    def of(cls, variables: Mapping[str, str], *, on_lambda: bool = False) -> Self:
        """
        Read the settings.

        Raises:
            WrongSetting: for the first variable that cannot be used.
        """
        read = _Reader(variables)
        authentication = read.flag("ENABLE_AUTHENTICATION", default=False)
        secret = variables.get("JWT_SECRET")
        if authentication and (secret is None or len(secret) < 32):
            raise WrongSetting("JWT_SECRET", secret, "at least 32 characters, since ENABLE_AUTHENTICATION is true")
        host = read.text("HOST", "127.0.0.1")
        networks = read.networks("TRUSTED_NETWORKS")
        if not authentication and networks is None and (on_lambda or host not in ("127.0.0.1", "::1", "localhost")):
            raise WrongSetting(
                "TRUSTED_NETWORKS",
                None,
                "the CIDR blocks that may call without credentials (0.0.0.0/0 for everybody), "
                "since ENABLE_AUTHENTICATION is false and others than this machine can connect",
            )
        hosts = LOOPBACK_HOSTS | {host} | set(read.list("ALLOWED_HOSTS", ()))
        return cls(
            db_type=read.choice("DB_TYPE", "sqlite", DB_TYPES),
            sqlite_file=read.text("SQLITE_FILE", "data/togglebox.db"),
            aws_region=read.text("AWS_REGION", "us-east-1"),
            dynamodb_endpoint=variables.get("DYNAMODB_ENDPOINT") or variables.get("AWS_ENDPOINT_URL_DYNAMODB") or None,
            table_prefix=variables.get("TABLE_PREFIX", ""),
            table_names={
                table: name
                for table in TABLES
                if (name := variables.get(f"DYNAMODB_{table.replace('-', '_').upper()}_TABLE"))
            },
            dynamodb_client=read.choice("DYNAMODB_CLIENT", "auto", ("auto", "signed", "boto3")),
            host=host,
            port=read.number("PORT", 3000, least=0, most=65_535),
            authentication=authentication,
            networks=networks,
            hosts=None if on_lambda else frozenset(map(str.lower, hosts)),
            cors_origins=read.list("CORS_ORIGIN", ("*",)),
            cache_ttl=read.number("CACHE_TTL", 30, least=0, most=86_400),
            snapshot_max_age=read.number("SNAPSHOT_MAX_AGE", 0, least=0, most=60),
            audit_retention_days=read.number("AUDIT_RETENTION_DAYS", 400, least=1, most=36_500),
            log_requests=read.choice("LOG_LEVEL", "info", ("debug", "info", "warn", "error")) in ("debug", "info"),
        )

    @property
    def policy(self) -> Policy:
        return Policy(
            authentication=self.authentication,
            networks=self.networks,
            hosts=self.hosts,
            cors_origins=self.cors_origins,
            cache_ttl=self.cache_ttl,
            snapshot_max_age=self.snapshot_max_age,
        )


def on_lambda() -> bool:
    """Tell whether this process is a Lambda function's."""
    return "AWS_LAMBDA_FUNCTION_NAME" in os.environ


def settings() -> Settings:
    """Return the settings of this process's environment; raises `WrongSetting`."""
    return Settings.of(os.environ, on_lambda=on_lambda())


def app() -> App:
    """Return this process's App, made at the first call."""
    global _app  # noqa: PLW0603  # one process, one App: this is the composition root
    if _app is None:
        _app = assemble(settings())
    return _app


_app: App | None = None


def assemble(chosen: Settings, *, store: Store | None = None) -> App:
    """Put an App together on the database that *chosen* names, or on *store*."""
    return App(
        store_of(chosen) if store is None else store,
        NoCdn(),
        chosen.policy,
        now=lambda: datetime.now(UTC),
        clock=time.monotonic,
        new_id=lambda: str(uuid4()),
        pause=time.sleep,
        log=_log if chosen.log_requests else _log_warnings,
        engine=chosen.db_type,
        audit_retention=timedelta(days=chosen.audit_retention_days),
    )


def store_of(chosen: Settings) -> Store:
    """Return the store that *chosen* names; only that engine's driver is imported."""
    match chosen.db_type:
        case "sqlite":
            from togglebox.adapters.sqlite import SQLiteStore

            return SQLiteStore(chosen.sqlite_file, time.time)
        case "dynamodb":
            return _dynamodb(chosen)
        case _:
            from togglebox.adapters.memory import MemoryStore

            return MemoryStore(time.time)


def schema_of(chosen: Settings) -> Schema | None:
    """Return what makes the tables of the database that *chosen* names; ``None`` if it needs none."""
    match chosen.db_type:
        case "sqlite":
            from togglebox.adapters.sqlite import SQLiteStore

            return SQLiteStore(chosen.sqlite_file, time.time)
        case "dynamodb":
            from togglebox.adapters.dynamodb_schema import DynamoDBSchema

            return DynamoDBSchema(
                _dynamodb_client(chosen), prefix=chosen.table_prefix + TABLE_PREFIX, tables=chosen.table_names
            )
        case _:
            return None


def _dynamodb(chosen: Settings) -> Store:
    from togglebox.adapters.dynamodb import DynamoDBStore

    return DynamoDBStore(
        _dynamodb_client(chosen),
        time.time,
        dice=random.random,
        prefix=chosen.table_prefix + TABLE_PREFIX,
        tables=chosen.table_names,
    )


def _dynamodb_client(chosen: Settings) -> "Client":
    """Return boto3's client where asked for, or where only it finds credentials; else our own, which starts faster."""
    from togglebox.adapters.aws_credentials import NoCredentials, source

    if chosen.dynamodb_client != "boto3":
        from togglebox.adapters.dynamodb_signed import SignedClient

        try:
            credentials = source(os.environ, time.time)
        except NoCredentials:
            if chosen.dynamodb_client == "signed":
                raise
        else:
            return SignedClient(
                chosen.aws_region, credentials, time.time, dice=random.random, endpoint=chosen.dynamodb_endpoint
            )
    from togglebox.adapters.dynamodb_boto3 import Boto3Client

    return Boto3Client(chosen.aws_region, endpoint=chosen.dynamodb_endpoint)


def request_ids() -> Callable[[], str]:
    """Return a maker of request ids: a random prefix for the process, and a count."""
    prefix, numbers = uuid4().hex[:12], count(1)
    return lambda: f"{prefix}-{next(numbers)}"


class _Reader:
    def __init__(self, variables: Mapping[str, str]) -> None:
        self._variables = variables

    def text(self, name: str, default: str) -> str:
        return self._variables.get(name) or default

    def list(self, name: str, default: Sequence[str]) -> tuple[str, ...]:
        parts = tuple(part.strip() for part in self._variables.get(name, "").split(",") if part.strip())
        return parts or tuple(default)

    def flag(self, name: str, *, default: bool) -> bool:
        seen = self._variables.get(name) or str(default).lower()
        if seen not in ("true", "false"):
            raise WrongSetting(name, seen, "true or false")
        return seen == "true"

    def choice(self, name: str, default: str, choices: Sequence[str]) -> str:
        seen = self._variables.get(name) or default
        if seen not in choices:
            raise WrongSetting(name, seen, "one of " + ", ".join(choices))
        return seen

    def number(self, name: str, default: int, *, least: int, most: int) -> int:
        seen = self._variables.get(name) or str(default)
        if not re.fullmatch(r"[0-9]{1,9}", seen) or not least <= int(seen) <= most:
            raise WrongSetting(name, seen, f"a whole number from {least} to {most:,}")
        return int(seen)

    def networks(self, name: str) -> tuple[str, ...] | None:
        parts = self.list(name, ())
        if not parts:
            return None
        if not EVERYTHING.issuperset(parts):
            from ipaddress import ip_network

            for part in parts:
                try:
                    ip_network(part)
                except ValueError:
                    raise WrongSetting(name, part, "CIDR blocks, separated by commas, as 10.0.0.0/8") from None
        return parts


def _log(line: str) -> None:
    os.write(1, line.encode() + b"\n")


def _log_warnings(line: str) -> None:
    if '"level":"info"' not in line:
        _log(line)
