"""The settings: their defaults, what each variable takes, and the sentence for what it does not."""

import re

import pytest

from tests.engines import ROOT
from togglebox.adapters.file_mail import FileMailer
from togglebox.adapters.http_mail import HTTPMailer
from togglebox.adapters.ses import SESMailer
from togglebox.adapters.smtp import SMTPMailer, tls_of
from togglebox.settings import SCHEMES, VARIABLES, Settings, WrongSetting
from togglebox.wiring import mailer_of, store_of

SECRET = "kx2Vq9Lm4Rt7Zb0Hw3Nc6Yd8Jf1Ga5Pu"

WRONG = [
    ("DB_TYPE", "oracle"),
    ("DATABASE_URL", "oracle://db/app"),
    ("DATABASE_URL", "db.example.com/app"),
    ("DATABASE_URL", "sqlite://app.db"),
    ("DATABASE_URL", "postgresql://db:port/app"),
    ("SQLITE_FILE", ":memory:"),
    ("DATABASE_CONNECTION_LIMIT", "0"),
    ("DATABASE_POOL_TIMEOUT", "61"),
    ("DATABASE_MAX_POOL_SIZE", "many"),
    ("DATABASE_MIN_POOL_SIZE", "11"),
    ("DATABASE_MAX_IDLE_TIME_MS", "1"),
    ("AWS_REGION", "Frankfurt"),
    ("DYNAMODB_ENDPOINT", "localhost:8000"),
    ("DYNAMODB_ENDPOINT", "http://key:secret@localhost:8000"),
    ("AWS_ENDPOINT_URL_DYNAMODB", "ftp://localhost"),
    ("DYNAMODB_CLIENT", "boto2"),
    ("DYNAMODB_FLAGS_TABLE", "no spaces"),
    ("TABLE_PREFIX", "1st-"),
    ("TABLE_PREFIX", "a; DROP TABLE"),
    ("HOST", "example.com"),
    ("PORT", "0"),
    ("PORT", "65536"),
    ("PORT", "3000.0"),
    ("PORT", "٣٠٠٠"),
    ("PORT", "http"),
    ("TRUSTED_NETWORKS", "10.0.0.1/8"),
    ("TRUSTED_NETWORKS", "everybody"),
    ("TRUSTED_NETWORKS", "0.0.0.0/0, 10.0.0.300/8"),
    ("ALLOWED_HOSTS", "https://flags.example.com"),
    ("ALLOWED_HOSTS", "flags.example.com:3000"),
    ("CORS_ORIGIN", "app.example.com"),
    ("CORS_ORIGIN", "https://app.example.com/"),
    ("CORS_ORIGIN", "*, https://app.example.com"),
    ("CORS_ORIGIN", "null"),
    ("ENABLE_AUTHENTICATION", "yes"),
    ("ENABLE_AUTHENTICATION", "TRUE"),
    ("JWT_SECRET", "short"),
    ("JWT_SECRET", "your-secret-key-that-is-long-enough-to-pass"),
    ("JWT_SECRET", "a" * 40),
    ("JWT_SECRET", "abcd" * 8),
    ("JWT_SECRET_PREVIOUS", "<at least thirty-two characters here>"),
    ("TRUSTED_PROXIES", "everybody"),
    ("TRUSTED_PROXIES", "0.0.0.0/0"),
    ("TRUSTED_PROXIES", "10.0.0.0/8, ::/0"),
    ("JWT_EXPIRES_IN", "1 day"),
    ("JWT_EXPIRES_IN", "59"),
    ("JWT_EXPIRES_IN", "31d"),
    ("JWT_ISSUER", "two words"),
    ("JWT_AUDIENCE", "two words"),
    ("AUTH_CACHE_SECONDS", "6"),
    ("BCRYPT_COST", "9"),
    ("ALLOW_REGISTRATION", "yes"),
    ("RATE_LIMIT_MAX_REQUESTS", "-1"),
    ("RATE_LIMIT_WINDOW_MS", "1"),
    ("APP_URL", "app.example.com"),
    ("MAIL_PROVIDER", "pigeon"),
    ("FROM_EMAIL", "nobody"),
    ("FROM_NAME", "two\nlines"),
    ("SMTP_HOST", "mail server"),
    ("SMTP_PORT", "smtp"),
    ("SMTP_USER", "two\nlines"),
    ("SMTP_TLS", "maybe"),
    ("MAIL_HTTP_URL", "mail.example.com"),
    ("MAIL_HTTP_TOKEN", "two words"),
    ("MAIL_FILE", ":memory:"),
    ("CACHE_TTL", "-1"),
    ("CACHE_TTL", "86401"),
    ("SNAPSHOT_MAX_AGE", "61"),
    ("SNAPSHOT_MAX_AGE", "0.5"),
    ("AUDIT_RETENTION_DAYS", "0"),
    ("LOG_LEVEL", "verbose"),
]


@pytest.mark.parametrize(("variable", "value"), WRONG)
def test_a_value_that_cannot_be_used_is_refused_by_its_variable(variable: str, value: str) -> None:
    with pytest.raises(WrongSetting, match=rf"^{variable} .+; wanted: .+") as refused:
        Settings.of({variable: value})

    assert refused.value.variable == variable


D1 = {
    "DB_TYPE": "d1",
    "CLOUDFLARE_ACCOUNT_ID": "0123456789abcdef0123456789abcdef",
    "D1_DATABASE_ID": "01234567-89ab-cdef-0123-456789abcdef",
    "CLOUDFLARE_API_TOKEN": "t" * 40,
}
WRONG_FOR_AN_ENGINE = [
    ("POSTGRES_URL", "mysql://db/app", {"DB_TYPE": "postgresql"}),
    ("MYSQL_URL", "mysql:///app", {"DB_TYPE": "mysql"}),
    ("MYSQL_URL", "mysql://db:99999/app", {"DB_TYPE": "mysql"}),
    ("MONGO_URL", "http://db/app", {"DB_TYPE": "mongodb"}),
    ("DATABASE_URL", "mysql://db/app", {"DB_TYPE": "mongodb"}),
    ("CLOUDFLARE_ACCOUNT_ID", "mine", D1),
    ("D1_DATABASE_ID", "togglebox", D1),
    ("CLOUDFLARE_API_TOKEN", "two words", D1),
]


@pytest.mark.parametrize(("variable", "value", "engine"), WRONG_FOR_AN_ENGINE)
def test_what_an_engine_needs_is_refused_by_its_variable(variable: str, value: str, engine: dict[str, str]) -> None:
    with pytest.raises(WrongSetting, match=rf"^{variable} .+; wanted: .+"):
        Settings.of({**engine, variable: value})


@pytest.mark.parametrize(
    ("engine", "variable"),
    [
        ("postgresql", "POSTGRES_URL"),
        ("mysql", "MYSQL_URL"),
        ("mongodb", "MONGO_URL"),
        ("d1", "CLOUDFLARE_ACCOUNT_ID"),
    ],
)
def test_an_engine_says_which_variable_it_needs(engine: str, variable: str) -> None:
    with pytest.raises(WrongSetting, match=rf"^{variable} is not set; wanted: .+, since DB_TYPE is {engine}"):
        Settings.of({"DB_TYPE": engine})


@pytest.mark.parametrize(
    ("url", "engine"),
    [
        ("postgresql://app:secret@db:5432/togglebox?sslmode=verify-full", "postgresql"),
        ("postgres:///togglebox?host=/run/postgresql", "postgresql"),
        ("mysql://app:secret@db/togglebox", "mysql"),
        ("mariadb://app:secret@db/togglebox", "mysql"),
        ("mongodb://app:secret@db1:27017,db2:27018/togglebox?replicaSet=rs0", "mongodb"),
        ("mongodb+srv://app:secret@cluster.example.com/togglebox", "mongodb"),
    ],
)
def test_the_scheme_of_a_url_names_the_engine(url: str, engine: str) -> None:
    settings = Settings.of({"DATABASE_URL": url})

    assert (settings.db_type, settings.database_url, settings.url_variable) == (engine, url, "DATABASE_URL")
    assert Settings.of({"DB_TYPE": engine, "DATABASE_URL": url}) == settings


@pytest.mark.parametrize(
    ("url", "file"), [("sqlite:///data/app.db", "data/app.db"), ("sqlite:////srv/app.db", "/srv/app.db")]
)
def test_a_url_may_name_a_file(url: str, file: str) -> None:
    settings = Settings.of({"DATABASE_URL": url})

    assert (settings.db_type, settings.sqlite_file) == ("sqlite", file)


def test_an_engines_own_url_wins() -> None:
    urls = {"DATABASE_URL": "mysql://db/all", "MYSQL_URL": "mysql://db/own", "POSTGRES_URL": "postgresql://db/other"}

    assert Settings.of(urls).database_url == "mysql://db/own"
    assert Settings.of({**urls, "DB_TYPE": "postgresql"}).database_url == "postgresql://db/other"


@pytest.mark.parametrize("url", ["oracle://app:hunter2@db/x?password=hunter2", "hunter2", "mysql//app:hunter2@db"])
def test_what_is_secret_in_a_url_is_not_repeated(url: str) -> None:
    with pytest.raises(WrongSetting) as refused:
        Settings.of({"DATABASE_URL": url})

    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize(
    ("variable", "url"),
    [
        ("POSTGRES_URL", "postgresql://app:hunter2@db/togglebox?sslmod=require"),
        ("DATABASE_URL", "mysql://app:hunter2@db/togglebox?ssl-mode=perhaps"),
        ("MYSQL_URL", "mysql://app:hunter2@db"),
    ],
)
def test_what_only_the_engine_knows_of_its_url_is_told_by_the_variable(variable: str, url: str) -> None:
    settings = Settings.of({variable: url, "DB_TYPE": SCHEMES[url.partition("://")[0]]})

    with pytest.raises(WrongSetting, match=rf"^{variable} is '.+'; wanted: ") as refused:
        store_of(settings)

    assert "hunter2" not in str(refused.value)


def test_a_url_and_a_token_are_not_in_what_settings_show() -> None:
    shown = repr(Settings.of({"DATABASE_URL": "mysql://app:hunter2@db/x"})) + repr(Settings.of(D1))

    assert "hunter2" not in shown
    assert D1["CLOUDFLARE_API_TOKEN"] not in shown


def test_every_variable_that_can_be_wrong_is_tried() -> None:
    tables = {name for name in VARIABLES if re.fullmatch("DYNAMODB_.+_TABLE", name)}
    tried = {variable for variable, _ in WRONG} | {variable for variable, _, _ in WRONG_FOR_AN_ENGINE}

    assert set(VARIABLES) - tables - {"SMTP_PASS"} <= tried  # any password may be a mail server's


def test_a_sentence_says_what_was_seen_and_what_is_wanted() -> None:
    with pytest.raises(WrongSetting) as refused:
        Settings.of({"PORT": "http"})

    assert str(refused.value) == "PORT is 'http'; wanted: a whole number from 1 to 65,535"


def test_a_secret_is_not_repeated() -> None:
    with pytest.raises(WrongSetting) as refused:
        Settings.of({"JWT_SECRET": "hunter2"})

    assert str(refused.value).startswith("JWT_SECRET holds 7 characters; wanted: at least 32 characters")


def test_nothing_needs_to_be_set() -> None:
    assert Settings.of({}) == Settings()


def test_an_empty_variable_counts_as_unset() -> None:
    assert Settings.of(dict.fromkeys(VARIABLES, "")) == Settings()


def test_the_default_is_for_this_machine_alone() -> None:
    settings = Settings.of({})

    assert (settings.host, settings.networks) == ("127.0.0.1", None)
    assert settings.hosts == frozenset({"localhost", "127.0.0.1", "[::1]"})


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.7"])
def test_others_may_connect_only_if_it_is_said_who(host: str) -> None:
    with pytest.raises(WrongSetting, match=r"^TRUSTED_NETWORKS is not set"):
        Settings.of({"HOST": host})

    assert Settings.of({"HOST": host, "TRUSTED_NETWORKS": "10.0.0.0/8, ::1"}).networks == ("10.0.0.0/8", "::1")
    assert Settings.of({"HOST": host, "ENABLE_AUTHENTICATION": "true", "JWT_SECRET": SECRET}).networks is None


def test_where_everybody_can_connect_it_must_be_said_who_may() -> None:
    with pytest.raises(WrongSetting, match=r"^TRUSTED_NETWORKS is not set"):
        Settings.of({}, exposed=True)


def test_authentication_needs_a_secret() -> None:
    with pytest.raises(WrongSetting, match=r"^JWT_SECRET is not set; .*ENABLE_AUTHENTICATION is true"):
        Settings.of({"ENABLE_AUTHENTICATION": "true"})


@pytest.mark.parametrize(
    ("variables", "exposed", "hosts"),
    [
        ({"HOST": "localhost"}, False, {"localhost", "127.0.0.1", "[::1]"}),
        ({"HOST": "0.0.0.0"}, False, {"localhost", "127.0.0.1", "[::1]"}),
        ({"HOST": "192.0.2.7"}, False, {"localhost", "127.0.0.1", "[::1]", "192.0.2.7"}),
        ({"HOST": "2001:db8::7"}, False, {"localhost", "127.0.0.1", "[::1]", "[2001:db8::7]"}),
        ({"ALLOWED_HOSTS": "Flags.Example.com"}, False, {"localhost", "127.0.0.1", "[::1]", "flags.example.com"}),
        ({"ALLOWED_HOSTS": "flags.example.com"}, True, {"flags.example.com"}),
        ({}, True, None),
    ],
)
def test_internal_routes_answer_under_known_names(
    variables: dict[str, str], *, exposed: bool, hosts: set[str] | None
) -> None:
    settings = Settings.of({"TRUSTED_NETWORKS": "10.0.0.0/8", **variables}, exposed=exposed)

    assert settings.hosts == hosts


def test_public_answers_are_shared_only_where_everybody_may_ask() -> None:
    everybody = {"TRUSTED_NETWORKS": "0.0.0.0/0"}
    authenticated = {"ENABLE_AUTHENTICATION": "true", "JWT_SECRET": SECRET}

    assert Settings.of(everybody).policy.shared
    assert not Settings.of({**everybody, **authenticated}).policy.shared
    assert not Settings.of({"TRUSTED_NETWORKS": "10.0.0.0/8"}).policy.shared
    assert not Settings.of({}).policy.shared


def test_lists_are_parted_by_commas() -> None:
    settings = Settings.of({"CORS_ORIGIN": "https://a.example, capacitor://localhost ,"})

    assert settings.cors_origins == ("https://a.example", "capacitor://localhost")


def test_a_table_can_have_a_name_of_its_own() -> None:
    settings = Settings.of({"DYNAMODB_REMOTE_CONFIGS_TABLE": "shop.configs"})

    assert settings.table_names == {"remote-configs": "shop.configs"}


@pytest.mark.parametrize(
    ("level", "logged"), [("debug", True), ("info", True), ("warn", False), ("error", False), ("", True)]
)
def test_each_request_is_logged_from_info_on(level: str, *, logged: bool) -> None:
    assert Settings.of({"LOG_LEVEL": level}).log_requests is logged


def test_the_readme_names_every_variable() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")

    assert [name for name in VARIABLES if f"`{name}`" not in readme] == []


@pytest.mark.parametrize(
    ("variables", "variable"),
    [
        ({"SMTP_HOST": "mail.example.com", "SMTP_TLS": "none"}, "SMTP_TLS"),
        (
            {"MAIL_PROVIDER": "http", "MAIL_HTTP_URL": "http://mail.example.com/send", "MAIL_HTTP_TOKEN": "t0ken"},
            "MAIL_HTTP_URL",
        ),
        ({"MAIL_PROVIDER": "http", "MAIL_HTTP_URL": "https://mail.example.com/send"}, "MAIL_HTTP_TOKEN"),
        ({"MAIL_PROVIDER": "smtp"}, "SMTP_HOST"),
    ],
)
def test_mails_do_not_travel_where_others_may_read_them(variables: dict[str, str], variable: str) -> None:
    with pytest.raises(WrongSetting) as wrong:
        Settings.of(variables)

    assert wrong.value.variable == variable
    assert "t0ken" not in str(wrong.value)


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost"])
def test_on_this_machine_they_may(host: str) -> None:
    netloc = f"[{host}]" if ":" in host else host
    provider = {"MAIL_PROVIDER": "http", "MAIL_HTTP_URL": f"http://{netloc}:1/", "MAIL_HTTP_TOKEN": "t"}

    assert Settings.of({"SMTP_HOST": host, "SMTP_TLS": "none"}).mail.smtp_tls == "none"
    assert Settings.of(provider).mail.http_url == f"http://{netloc}:1/"


def test_a_provider_is_what_the_settings_name() -> None:
    named = {
        SMTPMailer: {"SMTP_HOST": "mail.example.com"},
        SESMailer: {"MAIL_PROVIDER": "ses"},
        HTTPMailer: {"MAIL_PROVIDER": "http", "MAIL_HTTP_URL": "https://mail.example.com/", "MAIL_HTTP_TOKEN": "t"},
        FileMailer: {"MAIL_PROVIDER": "file"},
    }

    assert [type(mailer_of(Settings.of(variables))) for variables in named.values()] == list(named)


def test_tls_begins_as_the_port_says() -> None:
    assert [tls_of(port) for port in (465, 587, 25, 2525)] == ["implicit", "starttls", "starttls", "starttls"]
