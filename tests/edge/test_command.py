"""The `togglebox` command: what each command does, says and ends with."""

import json
import shlex
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.api.client import Client, over_http
from tests.edge.seeded import CONFIGS, EDIT_CONFIGS, EDIT_PLATFORMS, PLATFORMS
from tests.engines.process import free_port
from tests.engines.server import LocalServer, local_server, run

SEEDED = 32
MADE = 48
"""Ten tables with 33 indexes between them, and five views."""


@pytest.fixture
def settings(tmp_path: Path) -> dict[str, str]:
    return {"DB_TYPE": "sqlite", "SQLITE_FILE": str(tmp_path / "data" / "togglebox.db")}


@pytest.fixture
def migrated(settings: dict[str, str]) -> dict[str, str]:
    run("migrate", settings)
    return settings


@pytest.fixture
def running(migrated: dict[str, str]) -> Iterator[LocalServer]:
    run("seed", migrated)
    with local_server(migrated, migrate=False) as server:
        yield server


# Whatever is asked, a wrong setting is told first.


@pytest.mark.parametrize("command", ["serve", "migrate", "seed", "doctor"])
def test_a_wrong_setting_is_told_and_nothing_is_done(settings: dict[str, str], command: str) -> None:
    said = run(command, {**settings, "CACHE_TTL": "soon"}, expect=2)

    assert "CACHE_TTL is 'soon'; wanted: a whole number from 0 to 86,400." in said
    assert not Path(settings["SQLITE_FILE"]).exists()


def test_an_option_is_checked_like_its_variable(settings: dict[str, str]) -> None:
    said = run("serve --port http", settings, expect=2)

    assert said == "PORT is 'http'; wanted: a whole number from 1 to 65,535.\n"


def test_the_version_is_told() -> None:
    assert run("--version", {}).startswith("togglebox 0.")


def test_every_command_is_told_with_what_it_does() -> None:
    said = run("--help", {})

    assert [name for name in ("serve", "migrate", "seed", "doctor") if f"  {name} " not in said] == []


def test_migrate_makes_what_is_missing_and_then_nothing(settings: dict[str, str]) -> None:
    first, second = run("migrate", settings), run("migrate", settings)

    assert first == f"Made {MADE} tables, indexes and views in the SQLite file {settings['SQLITE_FILE']}.\n"
    assert second == f"Made 0 tables, indexes and views in the SQLite file {settings['SQLITE_FILE']}.\n"


@pytest.mark.parametrize("command", ["serve", "seed", "doctor"])
def test_missing_tables_are_told_with_the_command_that_makes_them(settings: dict[str, str], command: str) -> None:
    said = run(command, settings, expect=1)

    named = (
        "togglebox_users, togglebox_api_keys, togglebox_password_resets, togglebox_platforms, togglebox_environments"
    )
    assert f"lacks {named} and {MADE - 5} more: " in said
    assert "run `togglebox migrate`" in said


def test_seed_does_nothing_to_what_is_there(running: LocalServer) -> None:
    client = Client(over_http(running.port))
    client.patch(f"{EDIT_CONFIGS}/welcomeMessage", {"defaultValue": "Mine"})

    said = run("seed", running.settings)

    assert said.startswith(f"Created 0 of {SEEDED} ")
    assert client.get(CONFIGS).data["welcomeMessage"] == "Mine"


def test_seed_brings_nothing_back_that_was_deleted(running: LocalServer) -> None:
    client = Client(over_http(running.port))
    client.delete(f"{EDIT_CONFIGS}/welcomeMessage")
    client.delete(f"{EDIT_PLATFORMS}/mobile/environments/production")
    client.delete(f"{EDIT_PLATFORMS}/ecommerce")

    said = run("seed", running.settings)

    assert said.startswith(f"Created 0 of {SEEDED} ")
    assert "welcomeMessage" not in client.get(CONFIGS).data
    assert [environment["environment"] for environment in client.get(f"{PLATFORMS}/mobile/environments").data] == [
        "staging"
    ]
    assert [platform["name"] for platform in client.get(PLATFORMS).data] == ["mobile", "web"]


def test_seeded_parameters_are_of_every_type(running: LocalServer) -> None:
    client = Client(over_http(running.port))

    parameters = client.get(f"{CONFIGS}/list").data

    assert {parameter["valueType"] for parameter in parameters} == {"string", "number", "boolean", "json"}


def test_seeded_experiments_run_and_seeded_flags_are_of_every_type(running: LocalServer) -> None:
    client = Client(over_http(running.port))
    environments = [f"{PLATFORMS}/{platform}/environments/production" for platform in ("web", "mobile", "ecommerce")]

    flags = [flag for environment in environments for flag in client.get(f"{environment}/flags").data]
    experiments = [found for environment in environments for found in client.get(f"{environment}/experiments").data]

    assert {flag["flagType"] for flag in flags} == {"boolean", "string", "number"}
    assert len(flags) == 5
    assert [experiment["status"] for experiment in experiments] == ["running", "running"]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (None, "cannot be read: No such file or directory."),
        ("[", "The body is not valid JSON"),
        ('{"platforms": [{"name": "a b"}]}', "platforms.0.name: must match"),
        ('{"platforms": [], "flags": []}', "flags: is not a field here"),
    ],
)
def test_a_file_that_is_no_seed_is_refused(
    migrated: dict[str, str], tmp_path: Path, content: str | None, sentence: str
) -> None:
    file = tmp_path / "seed.json"
    if content is not None:
        file.write_text(content, encoding="utf-8")

    said = run(f"seed {file}", migrated, expect=1)

    assert said.startswith(str(file))
    assert sentence in said


def test_a_seed_of_ones_own_is_stored(migrated: dict[str, str], tmp_path: Path) -> None:
    file = tmp_path / "seed.json"
    file.write_text(json.dumps({"platforms": [{"name": "tv", "environments": [{"environment": "live"}]}]}))

    said = run(f"seed {file}", migrated)

    assert said.startswith("Created 2 of 2 ")


def test_doctor_finds_a_healthy_deployment_healthy(migrated: dict[str, str]) -> None:
    said = run("doctor", migrated)

    assert f"SQLITE_FILE is '{migrated['SQLITE_FILE']}'." in said
    assert said.endswith("answers, and has all that it needs.\n")


def test_doctor_tells_every_wrong_setting(settings: dict[str, str]) -> None:
    wrong = {**settings, "PORT": "x", "CORS_ORIGIN": "here", "ENABLE_AUTHENTICATION": "true"}

    said = run("doctor", wrong, expect=2)

    told = [line.split()[0] for line in said.splitlines() if "; wanted: " in line]
    assert told == ["PORT", "CORS_ORIGIN", "JWT_SECRET"]


def test_doctor_shows_no_secret(settings: dict[str, str]) -> None:
    secret = "correct horse battery staple, twice"

    said = run("doctor", {**settings, "JWT_SECRET": secret}, expect=1)

    assert f"JWT_SECRET holds {len(secret)} characters." in said
    assert secret not in said


@pytest.mark.parametrize("command", ["migrate", "seed", "doctor"])
def test_a_file_that_cannot_be_opened_is_told_with_what_to_look_at(tmp_path: Path, command: str) -> None:
    (tmp_path / "occupied").touch()

    said = run(command, {"DB_TYPE": "sqlite", "SQLITE_FILE": str(tmp_path / "occupied" / "togglebox.db")}, expect=1)

    assert "is not available" in said
    assert "see that SQLITE_FILE is a database of ours" in said


def test_a_file_that_is_no_database_is_told_with_what_to_look_at(tmp_path: Path) -> None:
    file = tmp_path / "notes.txt"
    file.write_text("not a database, " * 1_000, encoding="utf-8")

    said = run("doctor", {"DB_TYPE": "sqlite", "SQLITE_FILE": str(file)}, expect=1)

    assert "see that SQLITE_FILE is a database of ours" in said


def test_a_second_server_on_the_same_port_is_refused(running: LocalServer) -> None:
    said = run(f"serve --port {running.port}", running.settings, expect=2)

    assert said == (
        f"Cannot listen on 127.0.0.1 port {running.port}: Address already in use; set HOST or PORT to another.\n"
    )


def test_a_port_that_somebody_else_has_is_refused(migrated: dict[str, str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        said = run(f"serve --port {listener.getsockname()[1]}", migrated, expect=2)

    assert "Address already in use" in said


@pytest.mark.engine("server")
def test_the_lines_that_the_server_greets_with_read_change_and_read_again(running: LocalServer) -> None:
    lines = [line for line in running.server.said().splitlines() if line.startswith("curl ")]

    first, changed, again = (pasted(line, running) for line in lines)

    assert first["data"]["welcomeMessage"] == "Welcome"
    assert changed["data"]["defaultValue"] == "Hello"
    assert again["data"]["defaultValue"] == "Hello"


def pasted(line: str, server: LocalServer) -> dict[str, dict[str, str]]:
    """Do what curl does with such a line."""
    command, *words = shlex.split(line)
    assert command == "curl"
    options = {word: words[place + 1] for place, word in enumerate(words) if word in {"-X", "-H", "-d"}}
    (url,) = [word for word in words if word.startswith("http")]
    name, _, value = options.get("-H", "Accept: */*").partition(": ")
    target = url.removeprefix(server.url)
    body = options.get("-d", "").encode()
    answer = Client(over_http(server.port)).send(options.get("-X", "GET"), target, body or None, {name: value})
    parsed: dict[str, dict[str, str]] = answer.json
    return parsed


@pytest.mark.engine("server")
def test_each_request_is_one_line_without_query_and_headers(running: LocalServer) -> None:
    client = Client(over_http(running.port))

    client.get(f"{CONFIGS}/list?limit=7777", {"X-API-Key": "tbx_live_8888", "X-Request-ID": "the-one"})

    (line,) = (line for line in running.server.said().splitlines() if '"the-one"' in line)
    logged = json.loads(line)
    assert logged.pop("ms") >= 0
    assert logged == {
        "level": "info",
        "request": "the-one",
        "method": "GET",
        "path": f"{CONFIGS}/list",
        "status": 200,
    }


@pytest.mark.engine("server")
def test_the_server_starts_without_its_database_and_says_so_to_each_who_asks() -> None:
    away = {"DB_TYPE": "dynamodb", "DYNAMODB_ENDPOINT": f"http://127.0.0.1:{free_port()}"}

    with local_server(away, migrate=False) as server:
        client = Client(over_http(server.port))
        ready, read = client.get("/ready"), client.get(CONFIGS)
        said = server.server.said()

    assert (ready.status, read.status) == (503, 503)
    assert ready.json["checks"] == {"database": "disconnected"}
    assert read.headers["retry-after"] == "1"
    assert "Serving all the same: it may come back." in said


def test_a_database_across_the_network_that_is_away_is_told_with_what_to_look_at() -> None:
    endpoint = f"http://127.0.0.1:{free_port()}"

    said = run("doctor", {"DB_TYPE": "dynamodb", "DYNAMODB_ENDPOINT": endpoint}, expect=1)

    assert f"DynamoDB at {endpoint} is not available" in said
    assert "see that DYNAMODB_ENDPOINT and AWS_REGION are right" in said
