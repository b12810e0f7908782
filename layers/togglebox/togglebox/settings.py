"""The settings: what each variable of the environment means, takes and defaults to; how a wrong one is told."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Self
from urllib.parse import urlsplit

from togglebox.app import LOOPBACK_HOSTS, Policy
from togglebox.store.catalogue import TABLES

TABLE_PREFIX: Final = "togglebox-"
DB_TYPES: Final = ("sqlite", "postgresql", "mysql", "mongodb", "dynamodb", "d1", "memory")
SCHEMES: Final[Mapping[str, str]] = {
    "postgresql": "postgresql",
    "postgres": "postgresql",
    "mysql": "mysql",
    "mariadb": "mysql",
    "mongodb": "mongodb",
    "mongodb+srv": "mongodb",
    "sqlite": "sqlite",
}
"""The database that a URL's scheme means."""
URLS: Final[Mapping[str, str]] = {"postgresql": "POSTGRES_URL", "mysql": "MYSQL_URL", "mongodb": "MONGO_URL"}
"""The variable for a database's own URL; `DATABASE_URL` serves each of them."""
LOOPBACK: Final = frozenset({"127.0.0.1", "::1"})
EVERYTHING: Final = frozenset({"0.0.0.0/0", "::/0"})
SECRET: Final = re.compile(r"(SECRET|TOKEN|PASS|PASSWORD|_KEY|KEY_ID)$")
"""Variables whose values are never shown."""
URL: Final = re.compile(r"_URL$")
"""Variables whose values are shown without user, password and parameters."""

VARIABLES: Final[Mapping[str, str]] = {
    "DB_TYPE": f"the database: {', '.join(DB_TYPES[:-1])} or memory (sqlite, or what DATABASE_URL says)",
    "DATABASE_URL": "where the database is: postgresql://, mysql://, mongodb:// or sqlite:///file",
    "POSTGRES_URL": "where PostgreSQL is, as postgresql://user:password@host/database; wins over DATABASE_URL",
    "MYSQL_URL": "where MySQL or MariaDB is, as mysql://user:password@host/database; wins over DATABASE_URL",
    "MONGO_URL": "where MongoDB is, as mongodb://user:password@host/database; wins over DATABASE_URL",
    "SQLITE_FILE": "where SQLite keeps its file (data/togglebox.db)",
    "DATABASE_CONNECTION_LIMIT": "connections of a process to PostgreSQL or MySQL at most (10)",
    "DATABASE_POOL_TIMEOUT": "seconds to wait for one of them, or for one to MongoDB (10)",
    "DATABASE_MAX_POOL_SIZE": "connections of a process to MongoDB at most (10)",
    "DATABASE_MIN_POOL_SIZE": "connections to MongoDB that are kept open (0)",
    "DATABASE_MAX_IDLE_TIME_MS": "milliseconds after which an idle connection to MongoDB is closed (60000)",
    "CLOUDFLARE_ACCOUNT_ID": "the account that owns the D1 database; needed with DB_TYPE=d1 outside a Worker",
    "D1_DATABASE_ID": "the D1 database; needed with DB_TYPE=d1 outside a Worker",
    "CLOUDFLARE_API_TOKEN": "a token that may edit D1; needed with DB_TYPE=d1 outside a Worker",
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
        super().__init__(f"{variable} {shown(variable, seen)}; wanted: {wanted}")
        self.variable = variable
        self.seen = seen


@dataclass(frozen=True, slots=True)
class D1Database:
    """Where a D1 database is that no Worker has bound: the REST API's *account*, *database* and *token*."""

    account: str
    database: str
    token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Settings:
    """What the environment says; the defaults are those of a developer's machine."""

    db_type: str = "sqlite"
    sqlite_file: str = "data/togglebox.db"
    database_url: str = field(default="", repr=False)
    url_variable: str = ""
    connection_limit: int = 10
    pool_timeout: int = 10
    most_connections: int = 10
    least_connections: int = 0
    idle_seconds: float = 60.0
    d1: D1Database | None = None
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
        db_type = read.choice("DB_TYPE", read.scheme("DATABASE_URL") or "sqlite", DB_TYPES)
        settings = cls(
            db_type=db_type,
            sqlite_file=read.file("SQLITE_FILE", read.sqlite_path("DATABASE_URL") or "data/togglebox.db"),
            database_url=read.database_url(db_type) if db_type in URLS else "",
            url_variable=read.url_variable(db_type) if db_type in URLS else "",
            connection_limit=read.number("DATABASE_CONNECTION_LIMIT", 10, least=1, most=1_000),
            pool_timeout=read.number("DATABASE_POOL_TIMEOUT", 10, least=1, most=60),
            most_connections=read.number("DATABASE_MAX_POOL_SIZE", 10, least=1, most=1_000),
            least_connections=read.number("DATABASE_MIN_POOL_SIZE", 0, least=0, most=1_000),
            idle_seconds=read.number("DATABASE_MAX_IDLE_TIME_MS", 60_000, least=1_000, most=86_400_000) / 1_000,
            d1=read.d1() if db_type == "d1" else None,
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
        if self.least_connections > self.most_connections:
            seen = str(self.least_connections)
            raise WrongSetting("DATABASE_MIN_POOL_SIZE", seen, "no more than DATABASE_MAX_POOL_SIZE")
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

    def scheme(self, name: str) -> str | None:
        """Return the database that the URL in *name* means, if there is one."""
        seen = self._variables.get(name)
        if not seen:
            return None
        engine = SCHEMES.get(seen.partition("://")[0].lower())
        if engine is None:
            raise WrongSetting(
                name, seen, f"a URL that begins with one of {', '.join(f'{each}://' for each in SCHEMES)}"
            )
        return engine

    def sqlite_path(self, name: str) -> str | None:
        """Return the path in a URL of SQLite: ``sqlite:///relative`` or ``sqlite:////absolute``."""
        if self.scheme(name) != "sqlite":
            return None
        seen = self._variables[name]
        found = re.fullmatch(r"sqlite:///([^?#]+)", seen)
        if found is None:
            raise WrongSetting(name, seen, "sqlite:///file, or sqlite:////folder/file")
        return found[1]

    def url_variable(self, engine: str) -> str:
        """Return the variable that holds the URL of *engine*: its own, or else the one for all."""
        return URLS[engine] if self._variables.get(URLS[engine]) else "DATABASE_URL"

    def database_url(self, engine: str) -> str:
        name = self.url_variable(engine)
        schemes = [scheme for scheme, meant in SCHEMES.items() if meant == engine]
        wanted = f"{schemes[0]}://user:password@host:port/database"
        seen = self._variables.get(name)
        if not seen:
            raise WrongSetting(URLS[engine], None, f"{wanted}, since DB_TYPE is {engine}")
        try:
            parts = urlsplit(seen)
            good = parts.scheme in schemes and (parts.hostname or engine != "mysql")
            if engine != "mongodb":  # whose URL may list several hosts, each with its port
                _ = parts.port
        except ValueError:
            good = False
        if not good:
            raise WrongSetting(name, seen, wanted)
        return seen

    def d1(self) -> D1Database:
        for name in ("CLOUDFLARE_ACCOUNT_ID", "D1_DATABASE_ID", "CLOUDFLARE_API_TOKEN"):
            if not self._variables.get(name):
                raise WrongSetting(name, None, "what Cloudflare's dashboard shows, since DB_TYPE is d1")
        return D1Database(
            self.text("CLOUDFLARE_ACCOUNT_ID", "", r"[0-9a-f]{32}", "32 hexadecimal digits"),
            self.text("D1_DATABASE_ID", "", r"[0-9a-f-]{36}", "a UUID"),
            self.text("CLOUDFLARE_API_TOKEN", "", r"[!-~]{20,200}", "20 to 200 characters without spaces"),
        )

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


def shown(variable: str, seen: str | None) -> str:
    if seen is None:
        return "is not set"
    if SECRET.search(variable):
        return f"holds {len(seen)} characters"
    return f"is {shown_url(seen)!r}" if URL.search(variable) else f"is {seen!r}"


def shown_url(url: str) -> str:
    """Return *url* without what may be secret in it: user, password, parameters, and all that is no URL."""
    found = re.fullmatch(r"([a-zA-Z][a-zA-Z0-9+]{0,20}://)(?:[^/?#]*@)?([^@?#]*)(?:[?#].*)?", url, re.DOTALL)
    return found[1] + found[2] if found else "..."
