"""The settings: their defaults, what each variable takes, and the sentence for what it does not."""

import re

import pytest

from tests.engines import ROOT
from togglebox.wiring import VARIABLES, Settings, WrongSetting

SECRET = "s" * 32

WRONG = [
    ("DB_TYPE", "oracle"),
    ("SQLITE_FILE", ":memory:"),
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


def test_every_variable_that_can_be_wrong_is_tried() -> None:
    tables = {name for name in VARIABLES if re.fullmatch("DYNAMODB_.+_TABLE", name)}

    assert set(VARIABLES) - tables <= {variable for variable, _ in WRONG}


def test_a_sentence_says_what_was_seen_and_what_is_wanted() -> None:
    with pytest.raises(WrongSetting) as refused:
        Settings.of({"PORT": "http"})

    assert str(refused.value) == "PORT is 'http'; wanted: a whole number from 1 to 65,535"


def test_a_secret_is_not_repeated() -> None:
    with pytest.raises(WrongSetting) as refused:
        Settings.of({"JWT_SECRET": "hunter2"})

    assert str(refused.value) == "JWT_SECRET holds 7 characters; wanted: at least 32 characters"


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
