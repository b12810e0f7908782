"""The settings: what each variable of the environment means, takes and defaults to; how a wrong one is told."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Self

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
LOCAL_NAMES: Final = LOOPBACK | {"localhost"}
EVERYTHING: Final = frozenset({"0.0.0.0/0", "::/0"})
SECRET: Final = re.compile(r"(SECRET|SECRET_PREVIOUS|TOKEN|PASS|PASSWORD|_KEY|KEY_ID)$")
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
    "TRUSTED_PROXIES": "CIDR blocks of proxies whose X-Forwarded-For is believed: they have to drop X_Forwarded_For",
    "JWT_SECRET": "signs sessions; at least 32 characters; needed with authentication, and for accounts",
    "JWT_SECRET_PREVIOUS": "the secret before this one, which still proves sessions",
    "JWT_EXPIRES_IN": "how long a session lasts, as 15m, 24h, 7d, or seconds (24h)",
    "JWT_ISSUER": "who signs sessions (config-service)",
    "JWT_AUDIENCE": "whom they are for (config-service-api)",
    "AUTH_CACHE_SECONDS": "seconds that a process trusts what it read of users and API keys, at most 5 (5)",
    "BCRYPT_COST": "how slow hashing a password is, 10 to 16 (12)",
    "ALLOW_REGISTRATION": "true or false: whether everybody may register (true without authentication, else false)",
    "RATE_LIMIT_MAX_REQUESTS": "requests of one API key in a window; 0 for any number (0)",
    "RATE_LIMIT_WINDOW_MS": "milliseconds of that window (60000)",
    "APP_URL": "where people find the admin pages; mails link there (http://localhost:3001)",
    "MAIL_PROVIDER": "smtp, ses, http, file, or none (smtp if SMTP_HOST is set, else none)",
    "FROM_EMAIL": "who mails come from (noreply@localhost)",
    "FROM_NAME": "the sender's name (ToggleBox)",
    "SMTP_HOST": "the mail server",
    "SMTP_PORT": "its port; TLS from the first byte at 465, else STARTTLS (587)",
    "SMTP_USER": "who signs in at the mail server",
    "SMTP_PASS": "the password for that",
    "SMTP_TLS": "required, or none for a server on this machine (required)",
    "MAIL_HTTP_URL": "where MAIL_PROVIDER=http posts mails",
    "MAIL_HTTP_TOKEN": "the bearer token for that",
    "MAIL_FILE": "the file that MAIL_PROVIDER=file appends to (data/mail.txt)",
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
class AccountSettings:
    """How people and programs prove who they are; *secret* is empty where there are no accounts."""

    secret: str = field(default="", repr=False)
    previous_secret: str = field(default="", repr=False)
    expires_in: int = 86_400
    issuer: str = "config-service"
    audience: str = "config-service-api"
    cache_seconds: int = 5
    bcrypt_cost: int = 12
    registration: bool = True
    key_requests: int = 0
    key_window: float = 60.0


@dataclass(frozen=True, slots=True)
class MailSettings:
    """How mails leave, and what they say about us."""

    provider: str = "none"
    app_url: str = "http://localhost:3001"
    from_email: str = "noreply@localhost"
    from_name: str = "ToggleBox"
    smtp_host: str = ""
    smtp_port: int = 587
    smtp_user: str = ""
    smtp_password: str = field(default="", repr=False)
    smtp_tls: str = "required"
    http_url: str = ""
    http_token: str = field(default="", repr=False)
    file: str = "data/mail.txt"


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
    accounts: AccountSettings = AccountSettings()
    mail: MailSettings = MailSettings()
    proxies: tuple[str, ...] = ()
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
            accounts=read.accounts(),
            mail=read.mail(),
            proxies=read.proxies("TRUSTED_PROXIES"),
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
        self._check_mail()
        if self.authentication and not self.accounts.secret:
            raise WrongSetting("JWT_SECRET", None, "at least 32 characters, since ENABLE_AUTHENTICATION is true")
        if not self.authentication and self.networks is None and exposed:
            raise WrongSetting(
                "TRUSTED_NETWORKS",
                None,
                "the CIDR blocks that may call without credentials (0.0.0.0/0 for everybody), "
                "since ENABLE_AUTHENTICATION is false and others than this machine can connect",
            )

    def _check_mail(self) -> None:
        """Let no password and no token travel where others may read it."""
        mail = self.mail
        if mail.provider == "smtp" and mail.smtp_tls == "none" and mail.smtp_host not in LOCAL_NAMES:
            raise WrongSetting("SMTP_TLS", "none", "required, since SMTP_HOST is not this machine")
        if mail.provider == "http":
            from urllib.parse import urlsplit

            parts = urlsplit(mail.http_url)
            if parts.scheme != "https" and parts.hostname not in LOCAL_NAMES:
                raise WrongSetting("MAIL_HTTP_URL", mail.http_url, "https://, since it is not this machine")

    @property
    def policy(self) -> Policy:
        return Policy(
            authentication=self.authentication,
            accounts=bool(self.accounts.secret),
            proxies=self.proxies,
            networks=self.networks,
            hosts=self.hosts,
            cors_origins=self.cors_origins,
            cache_ttl=self.cache_ttl,
            snapshot_max_age=self.snapshot_max_age,
        )

    @property
    def url(self) -> str:
        """Where this machine reaches the server."""
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)  # noqa: S104  # not bound to
        return f"http://{f'[{host}]' if ':' in host else host}:{self.port}"


_REGION: Final = r"[a-z0-9-]{1,40}"
_ENDPOINT: Final = r"https?://[^/@\s]+/?"
_PREFIX: Final = r"[A-Za-z][A-Za-z0-9_-]{0,63}"
_TABLE: Final = r"[A-Za-z0-9_.-]{3,255}"
_HOST_NAME: Final = r"[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\]"
_WORD: Final = r"[!-~]{1,200}"
_WEB: Final = r"https?://[^/@\s?#]+(/[^\s?#]*)?"
_ADDRESS: Final = r"[^@\s<>,;:\"()]{1,64}@[A-Za-z0-9.-]{1,190}"
_WEAK: Final = re.compile(
    r"^<.*>$|your[-_ ]?secret|change[-_ ]?(this|me)|replace[-_ ]?me|example|test[-_ ]?secret|default|placeholder"
    r"|1234567890|^(.+?)\2+$",
    re.IGNORECASE,
)
"""What documentation and example files hold in the place of secrets, and what only repeats itself."""
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
        from urllib.parse import urlsplit

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

    def accounts(self) -> AccountSettings:
        return AccountSettings(
            secret=self.secret("JWT_SECRET"),
            previous_secret=self.secret("JWT_SECRET_PREVIOUS"),
            expires_in=self.duration("JWT_EXPIRES_IN", 86_400, least=60, most=30 * 86_400),
            issuer=self.text("JWT_ISSUER", "config-service", _WORD, "1 to 200 characters without spaces"),
            audience=self.text("JWT_AUDIENCE", "config-service-api", _WORD, "1 to 200 characters without spaces"),
            cache_seconds=self.number("AUTH_CACHE_SECONDS", 5, least=0, most=5),
            bcrypt_cost=self.number("BCRYPT_COST", 12, least=10, most=16),
            registration=self.flag("ALLOW_REGISTRATION", default=not self.flag("ENABLE_AUTHENTICATION", default=False)),
            key_requests=self.number("RATE_LIMIT_MAX_REQUESTS", 0, least=0, most=1_000_000),
            key_window=self.number("RATE_LIMIT_WINDOW_MS", 60_000, least=1_000, most=3_600_000) / 1_000,
        )

    def secret(self, name: str) -> str:
        """Return a secret that signs; the examples of documentation are none."""
        seen = self._variables.get(name) or ""
        if seen and (len(seen) < 32 or len(set(seen)) < 4 or _WEAK.search(seen)):
            raise WrongSetting(name, seen, "at least 32 characters that nobody can guess: openssl rand -hex 32")
        return seen

    def duration(self, name: str, default: int, *, least: int, most: int) -> int:
        seen = self._variables.get(name)
        if not seen:
            return default
        found = re.fullmatch(r"([0-9]{1,8})([smhd]?)", seen)
        seconds = int(found[1]) * {"": 1, "s": 1, "m": 60, "h": 3_600, "d": 86_400}[found[2]] if found else 0
        if not least <= seconds <= most:
            raise WrongSetting(name, seen, f"{least} seconds to {most // 86_400} days, as 15m, 24h or 7d")
        return seconds

    def mail(self) -> MailSettings:
        default = "smtp" if self._variables.get("SMTP_HOST") else "none"
        provider = self.choice("MAIL_PROVIDER", default, ("smtp", "ses", "http", "file", "none"))
        needed = {"smtp": ("SMTP_HOST",), "http": ("MAIL_HTTP_URL", "MAIL_HTTP_TOKEN")}
        for name in needed.get(provider, ()):
            if not self._variables.get(name):
                raise WrongSetting(name, None, f"something, since MAIL_PROVIDER is {provider}")
        return MailSettings(
            provider=provider,
            app_url=self.text("APP_URL", "http://localhost:3001", _WEB, "http:// or https://, and a host").rstrip("/"),
            from_email=self.text("FROM_EMAIL", "noreply@localhost", _ADDRESS, "an e-mail address"),
            from_name=self.text("FROM_NAME", "ToggleBox", r"[^\x00-\x1f\x7f]{1,100}", "1 to 100 printable characters"),
            smtp_host=self.text("SMTP_HOST", "", r"[A-Za-z0-9.:-]{1,253}", "a host name"),
            smtp_port=self.number("SMTP_PORT", 587, least=1, most=65_535),
            smtp_user=self.text("SMTP_USER", "", r"[^\x00-\x1f\x7f]{1,320}", "1 to 320 printable characters"),
            smtp_password=self._variables.get("SMTP_PASS") or "",
            smtp_tls=self.choice("SMTP_TLS", "required", ("required", "none")),
            http_url=self.text("MAIL_HTTP_URL", "", _WEB, "http:// or https://, and a host"),
            http_token=self.text("MAIL_HTTP_TOKEN", "", r"[!-~]{1,500}", "up to 500 characters without spaces"),
            file=self.file("MAIL_FILE", "data/mail.txt"),
        )

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

    def proxies(self, name: str) -> tuple[str, ...]:
        """Return the networks of proxies; whoever believed everybody would believe whatever address a client claims."""
        proxies = self.networks(name) or ()
        if any(proxy.endswith("/0") for proxy in proxies):
            raise WrongSetting(name, self._variables.get(name), "the CIDR blocks of your proxies, and not everybody's")
        return proxies

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
    own = {f"[{host}]" if ":" in host else host} - {"0.0.0.0", "[::]"}  # noqa: S104  # left out
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
