"""The composition root: environment variables to settings, settings to the App; read once."""

import os
import random
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
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
    from togglebox.adapters.sqlite import SQLiteStore

TABLE_PREFIX: Final = "togglebox-"
DB_TYPES: Final = ("sqlite", "dynamodb", "memory")
LOOPBACK: Final = frozenset({"127.0.0.1", "::1"})
EVERYTHING: Final = frozenset({"0.0.0.0/0", "::/0"})
SECRET: Final = re.compile(r"(SECRET|TOKEN|PASS|PASSWORD|_KEY|KEY_ID)$")
"""Variables whose values are never shown."""

VARIABLES: Final[Mapping[str, str]] = {
    "DB_TYPE": "the database: sqlite, dynamodb or memory (sqlite)",
    "SQLITE_FILE": "where SQLite keeps its file (data/togglebox.db)",
    "AWS_REGION": "where the DynamoDB tables are (us-east-1)",
    "DYNAMODB_ENDPOINT": "another DynamoDB than the region's, such as an emulator; also AWS_ENDPOINT_URL_DYNAMODB",
    "DYNAMODB_CLIENT": "signed, boto3, or auto: boto3 only where the credentials need it (auto)",
    "TABLE_PREFIX": "what the names of all tables begin with",
    **{
        f"DYNAMODB_{table.replace('-', '_').upper()}_TABLE": f"the table ({TABLE_PREFIX}{table}, after the prefix)"
        for table in TABLES
    },
    "HOST": "the address to listen on (127.0.0.1)",
    "PORT": "the port to listen on (3000)",
    "TRUSTED_NETWORKS": "CIDR blocks that may call; needed where others than this machine can, without authentication",
    "ALLOWED_HOSTS": "host names that internal routes answer to, besides this machine's, without authentication",
    "CORS_ORIGIN": "the origins of pages that may read answers, or * for all (*)",
    "ENABLE_AUTHENTICATION": "true or false (false)",
    "JWT_SECRET": "signs sessions; at least 32 characters; needed with authentication",
    "CACHE_TTL": "seconds that a shared cache may keep public answers (30)",
    "SNAPSHOT_MAX_AGE": "seconds that a public answer may lag behind the database (0)",
    "AUDIT_RETENTION_DAYS": "days that the history of changes is kept (400)",
    "LOG_LEVEL": "debug, info, warn or error: from info on, each request is logged (info)",
}
"""Each variable that is read: what it means, and its default. An empty one counts as unset."""


class WrongSetting(Exception):
    """A variable of the environment that cannot be used; says which, what it holds and what is wanted."""

    def __init__(self, variable: str, seen: str | None, wanted: str) -> None:
        super().__init__(f"{variable} {_shown(variable, seen)}; wanted: {wanted}")
        self.variable = variable
        self.seen = seen


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
    def of(cls, variables: Mapping[str, str], *, exposed: bool = False) -> Self:
        """
        Read the settings from *variables*; *exposed*: others than this machine can connect, whatever `HOST` says.

        Raises:
            WrongSetting: for the first variable that cannot be used.
        """
        read = _Reader(variables)
        host = read.address("HOST", "127.0.0.1")
        allowed = read.list("ALLOWED_HOSTS", (), _HOST_NAME, "host names without scheme and port, separated by commas")
        endpoint = "DYNAMODB_ENDPOINT" if variables.get("DYNAMODB_ENDPOINT") else "AWS_ENDPOINT_URL_DYNAMODB"
        settings = cls(
            db_type=read.choice("DB_TYPE", "sqlite", DB_TYPES),
            sqlite_file=read.file("SQLITE_FILE", "data/togglebox.db"),
            aws_region=read.text("AWS_REGION", "us-east-1", _REGION, "a region, as eu-central-1"),
            dynamodb_endpoint=read.text(endpoint, "", _ENDPOINT, "http://host:port or https://host") or None,
            table_prefix=read.text("TABLE_PREFIX", "", _PREFIX, "a letter, then up to 63 letters, digits, - or _"),
            table_names={
                table: name
                for table in TABLES
                if (name := read.text(_table_variable(table), "", _TABLE, "3 to 255 letters, digits, _, - or ."))
            },
            dynamodb_client=read.choice("DYNAMODB_CLIENT", "auto", ("auto", "signed", "boto3")),
            host=host,
            port=read.number("PORT", 3000, least=1, most=65_535),
            authentication=read.flag("ENABLE_AUTHENTICATION", default=False),
            networks=read.networks("TRUSTED_NETWORKS"),
            hosts=_hosts(host, allowed, exposed=exposed),
            cors_origins=read.origins("CORS_ORIGIN"),
            cache_ttl=read.number("CACHE_TTL", 30, least=0, most=86_400),
            snapshot_max_age=read.number("SNAPSHOT_MAX_AGE", 0, least=0, most=60),
            audit_retention_days=read.number("AUDIT_RETENTION_DAYS", 400, least=1, most=36_500),
            log_requests=read.choice("LOG_LEVEL", "info", ("debug", "info", "warn", "error")) in ("debug", "info"),
        )
        settings.check(variables, exposed=exposed or host not in LOOPBACK)
        return settings

    def check(self, variables: Mapping[str, str], *, exposed: bool) -> None:
        """
        Compare settings that are good by themselves with each other.

        Raises:
            WrongSetting: together, they would let in whom nobody meant to.
        """
        secret = variables.get("JWT_SECRET") or None
        if secret is None and self.authentication:
            raise WrongSetting("JWT_SECRET", None, "at least 32 characters, since ENABLE_AUTHENTICATION is true")
        if secret is not None and len(secret) < 32:
            raise WrongSetting("JWT_SECRET", secret, "at least 32 characters")
        if not self.authentication and self.networks is None and exposed:
            raise WrongSetting(
                "TRUSTED_NETWORKS",
                None,
                "the CIDR blocks that may call without credentials (0.0.0.0/0 for everybody), "
                "since ENABLE_AUTHENTICATION is false and others than this machine can connect",
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

    @property
    def url(self) -> str:
        """Where this machine reaches the server."""
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)  # noqa: S104
        return f"http://{f'[{host}]' if ':' in host else host}:{self.port}"


def on_lambda() -> bool:
    """Tell whether this process is a Lambda function's."""
    return "AWS_LAMBDA_FUNCTION_NAME" in os.environ


def traced() -> bool:
    """Tell whether Lambda traces this function's calls; only the AWS stack sets this."""
    return os.environ.get("TRACING") == "true"


def settings(given: Mapping[str, str] | None = None) -> Settings:
    """Return the settings of this process's environment, where *given* ones win; raises `WrongSetting`."""
    return Settings.of(os.environ | (given or {}), exposed=on_lambda())


def wrong_settings(given: Mapping[str, str] | None = None) -> Iterator[WrongSetting]:
    """Yield what is wrong with the environment, variable by variable: each is left out to find the next."""
    variables = os.environ | (given or {})
    while True:
        try:
            Settings.of(variables, exposed=on_lambda())
        except WrongSetting as error:
            yield error
            if not variables.get(error.variable):
                return
            variables = variables | {error.variable: ""}
        else:
            return


def settings_found(given: Mapping[str, str] | None = None) -> Mapping[str, str]:
    """Return the variables that are set, as they may be shown: secrets by their length only."""
    variables = os.environ | (given or {})
    return {name: _shown(name, seen) for name in VARIABLES if (seen := variables.get(name))}


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
            return _sqlite(chosen)
        case "dynamodb":
            from togglebox.adapters.dynamodb import DynamoDBStore

            return DynamoDBStore(
                _dynamodb_client(chosen),
                time.time,
                dice=random.random,
                prefix=chosen.table_prefix + TABLE_PREFIX,
                tables=chosen.table_names,
            )
        case _:
            from togglebox.adapters.memory import MemoryStore

            return MemoryStore(time.time)


@contextmanager
def schema_of(chosen: Settings) -> Iterator[Schema | None]:
    """Give what makes the tables of the database that *chosen* names, connected for the block; ``None``: no need."""
    match chosen.db_type:
        case "sqlite":
            store = _sqlite(chosen)
            try:
                yield store.schema()
            finally:
                store.close()
        case "dynamodb":
            from togglebox.adapters.dynamodb_schema import DynamoDBSchema

            client = _dynamodb_client(chosen)
            yield DynamoDBSchema(client, prefix=chosen.table_prefix + TABLE_PREFIX, tables=chosen.table_names)
        case _:
            yield None


def sweep_of(store: Store) -> Callable[[int], int]:
    """Return what removes up to so many expired documents and says how many, where the engine does not by itself."""
    sweep: Callable[[int], int] = getattr(store, "sweep", lambda limit: 0)
    return sweep


def request_ids() -> Callable[[], str]:
    """Return a maker of request ids: a random prefix for the process, and a count."""
    prefix, numbers = uuid4().hex[:12], count(1)
    return lambda: f"{prefix}-{next(numbers)}"


def _sqlite(chosen: Settings) -> "SQLiteStore":
    from togglebox.adapters.sqlite import SQLiteStore

    prefix = (chosen.table_prefix + TABLE_PREFIX).replace("-", "_")
    return SQLiteStore(chosen.sqlite_file, time.time, prefix=prefix)


def _dynamodb_client(chosen: Settings) -> "Client":
    """
    Return boto3's client where asked for, or where only it finds credentials; else our own, which starts faster.

    Raises:
        WrongSetting: our own was asked for, and finds no credentials.
    """
    from togglebox.adapters.aws_credentials import NoCredentials, source

    if chosen.dynamodb_client != "boto3":
        from togglebox.adapters.dynamodb_signed import SignedClient

        try:
            credentials = source(os.environ, time.time)
        except ValueError as error:
            seen = os.environ.get("AWS_CONTAINER_CREDENTIALS_FULL_URI")
            raise WrongSetting("AWS_CONTAINER_CREDENTIALS_FULL_URI", seen, "an address with TLS") from error
        except NoCredentials:
            if chosen.dynamodb_client == "signed":
                raise WrongSetting(
                    "AWS_ACCESS_KEY_ID", None, "credentials in the environment, since DYNAMODB_CLIENT is signed"
                ) from None
        else:
            return SignedClient(
                chosen.aws_region, credentials, time.time, dice=random.random, endpoint=chosen.dynamodb_endpoint
            )
    from togglebox.adapters.dynamodb_boto3 import Boto3Client

    return Boto3Client(chosen.aws_region, endpoint=chosen.dynamodb_endpoint)


_REGION: Final = r"[a-z0-9-]{1,40}"
_ENDPOINT: Final = r"https?://[^/@\s]+/?"
_PREFIX: Final = r"[A-Za-z][A-Za-z0-9_-]{0,63}"
_TABLE: Final = r"[A-Za-z0-9_.-]{3,255}"
_HOST_NAME: Final = r"[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\]"
_ORIGIN: Final = r"[a-z][a-z0-9+.-]*://[^/\s]+"


class _Reader:
    def __init__(self, variables: Mapping[str, str]) -> None:
        self._variables = variables

    def text(self, name: str, default: str, pattern: str, wanted: str) -> str:
        seen = self._variables.get(name)
        if not seen:
            return default
        if not re.fullmatch(pattern, seen):
            raise WrongSetting(name, seen, wanted)
        return seen

    def list(self, name: str, default: Sequence[str], pattern: str, wanted: str) -> tuple[str, ...]:
        seen = self._variables.get(name) or ""
        parts = tuple(part.strip() for part in seen.split(",") if part.strip())
        if not all(re.fullmatch(pattern, part) for part in parts):
            raise WrongSetting(name, seen, wanted)
        return parts or tuple(default)

    def flag(self, name: str, *, default: bool) -> bool:
        return self.choice(name, str(default).lower(), ("true", "false")) == "true"

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

    def file(self, name: str, default: str) -> str:
        seen = self._variables.get(name) or default
        if seen == ":memory:":
            raise WrongSetting(name, seen, "a path (with DB_TYPE=memory, nothing is kept)")
        return seen

    def address(self, name: str, default: str) -> str:
        seen = self._variables.get(name) or default
        if seen == "localhost":
            return "127.0.0.1"
        if seen not in LOOPBACK:
            from ipaddress import ip_address

            try:
                ip_address(seen)
            except ValueError:
                wanted = "an IP address of this machine, as 127.0.0.1, or 0.0.0.0 for all of them"
                raise WrongSetting(name, seen, wanted) from None
        return seen

    def networks(self, name: str) -> tuple[str, ...] | None:
        wanted = "CIDR blocks, separated by commas, as 10.0.0.0/8"
        parts = self.list(name, (), r"[0-9A-Fa-f.:/]+", wanted)
        if not EVERYTHING.issuperset(parts):
            from ipaddress import ip_network

            for part in parts:
                try:
                    ip_network(part)
                except ValueError:
                    raise WrongSetting(name, part, wanted) from None
        return parts or None

    def origins(self, name: str) -> tuple[str, ...]:
        if (self._variables.get(name) or "*").strip() == "*":
            return ("*",)
        return self.list(name, (), _ORIGIN, "* alone, or origins, separated by commas, as https://app.example.com")


def _table_variable(table: str) -> str:
    return f"DYNAMODB_{table.replace('-', '_').upper()}_TABLE"


def _hosts(host: str, allowed: Sequence[str], *, exposed: bool) -> frozenset[str] | None:
    """Return the names that internal routes answer to; an address that means all of them is none."""
    if exposed:
        return frozenset(map(str.lower, allowed)) or None
    own = {f"[{host}]" if ":" in host else host} - {"0.0.0.0", "[::]"}  # noqa: S104
    return LOOPBACK_HOSTS | own | frozenset(map(str.lower, allowed))


def _shown(variable: str, seen: str | None) -> str:
    if seen is None:
        return "is not set"
    return f"holds {len(seen)} characters" if SECRET.search(variable) else f"is {seen!r}"


def _log(line: str) -> None:
    try:  # noqa: SIM105  # `suppress` costs half as much as the write
        os.write(1, line.encode() + b"\n")
    except OSError:
        pass  # a full disk, or a reader that went away, is no reason not to answer


def _log_warnings(line: str) -> None:
    if '"level":"info"' not in line:
        _log(line)
