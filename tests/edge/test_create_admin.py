"""`togglebox create-admin`: the first account, made by whoever runs the deployment."""

import os
import subprocess
from pathlib import Path
from select import select

import pytest

from tests.api.client import PUBLIC, Client, over_http
from tests.api.world import SECRET
from tests.engines.server import TOGGLEBOX, local_server, only, run

PASSWORD = "Correct4Horse"
COMMAND = ("create-admin", "--email", "Ada@example.com", "--name", "Ada Lovelace")


@pytest.fixture
def migrated(tmp_path: Path) -> dict[str, str]:
    settings = {"DB_TYPE": "sqlite", "SQLITE_FILE": str(tmp_path / "togglebox.db"), "BCRYPT_COST": "10"}
    run("migrate", settings)
    return settings


def create_admin(
    settings: dict[str, str], *options: str, said: bytes = PASSWORD.encode() + b"\n", command: tuple[str, ...] = COMMAND
) -> tuple[int, str]:
    """Return what the command ended with, and what it said on both streams."""
    done = subprocess.run(
        [TOGGLEBOX, *command, *options],
        env={**os.environ, **only(settings)},
        input=said,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=60,
        check=False,
    )
    return done.returncode, done.stdout.decode()


@pytest.mark.engine("sqlite")
@pytest.mark.engine("server")
def test_who_is_made_administrator_signs_in_and_manages_users(migrated: dict[str, str]) -> None:
    status, said = create_admin(migrated, "--password-stdin")

    assert (status, said) == (
        0,
        f"Created the administrator Ada@example.com in the SQLite file {migrated['SQLITE_FILE']}.\n",
    )
    with local_server({**migrated, "JWT_SECRET": SECRET, "ENABLE_AUTHENTICATION": "true"}, migrate=False) as server:
        client = Client(over_http(server.port))
        login = client.post(f"{PUBLIC}/auth/login", {"email": "ada@example.com", "password": PASSWORD}).data
        assert (login["user"]["role"], login["user"]["name"]) == ("admin", "Ada Lovelace")


@pytest.mark.parametrize("said", [PASSWORD.encode(), PASSWORD.encode() + b"\r\n", PASSWORD.encode() + b"\nmore\n"])
def test_the_password_is_the_first_line(migrated: dict[str, str], said: bytes) -> None:
    assert create_admin(migrated, "--password-stdin", said=said)[0] == 0


def test_a_second_account_for_an_address_is_refused(migrated: dict[str, str]) -> None:
    create_admin(migrated, "--password-stdin")

    assert create_admin(migrated, "--password-stdin") == (1, "User with this email already exists.\n")


@pytest.mark.parametrize(
    ("password", "told"),
    [
        (b"", "Password: must have at least 8 characters"),
        (b"Password1\n", "Password: is one of the commonest passwords: choose another"),
        (b"aB3" + b"x" * 70 + b"\n", "Password: must have at most 72 bytes"),
        (b"Corr\xffect4Horse\n", "The password on standard input is not in UTF-8."),
    ],
)
def test_a_bad_password_is_told_and_makes_nobody(migrated: dict[str, str], password: bytes, told: str) -> None:
    status, said = create_admin(migrated, "--password-stdin", said=password)

    assert status == 1
    assert told in said
    assert "Traceback" not in said
    assert create_admin(migrated, "--password-stdin")[0] == 0


def test_a_bad_address_and_a_bad_name_are_told(migrated: dict[str, str]) -> None:
    command = ("create-admin", "--email", "ada", "--name", " ")

    status, said = create_admin(migrated, "--password-stdin", command=command)

    assert status == 1
    assert "ame: must have 1 to 100 printable characters\n" in said
    assert "email: must" in said


def test_a_terminal_is_asked_twice_and_shows_nothing(migrated: dict[str, str]) -> None:
    ours, theirs = os.openpty()
    with subprocess.Popen(
        [TOGGLEBOX, *COMMAND],
        env={**os.environ, **only(migrated)},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,  # without a terminal of its own, it asks on its standard input
    ) as asking:
        os.close(theirs)
        said = until(ours, "Password: ")
        os.write(ours, PASSWORD.encode() + b"\n")
        said += until(ours, "Repeat for confirmation: ")
        os.write(ours, PASSWORD.encode() + b"\n")
        said += until(ours, "togglebox.db.")
        assert asking.wait(timeout=30) == 0
    os.close(ours)
    assert PASSWORD not in said


def until(terminal: int, expected: str) -> str:
    """Return what is said on *terminal* up to and including *expected*."""
    said = ""
    while expected not in said:
        ready, _, _ = select([terminal], [], [], 30)
        assert ready, f"waited for {expected!r}, heard {said!r}"
        said += os.read(terminal, 1_000).decode()
    return said


def test_without_a_terminal_the_password_is_not_asked_for(migrated: dict[str, str]) -> None:
    assert create_admin(migrated) == (
        2,
        "There is no terminal to ask for the password: send it to --password-stdin.\n",
    )


def test_the_password_is_no_argument(migrated: dict[str, str]) -> None:
    status, said = create_admin(migrated, "--password", PASSWORD)

    assert (status, "No such option" in said) == (2, True)


def test_missing_tables_are_told(tmp_path: Path) -> None:
    settings = {"DB_TYPE": "sqlite", "SQLITE_FILE": str(tmp_path / "togglebox.db")}

    status, said = create_admin(settings, "--password-stdin")

    assert (status, "run `togglebox migrate`" in said) == (1, True)
