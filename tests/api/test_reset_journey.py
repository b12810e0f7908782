"""A forgotten password, from the request through a real mail to the login: served over HTTP, on real databases."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest

from tests.api.client import Client, Headers, over_http
from tests.api.test_password_resets import COMPLETE, INVALID, NEW, REQUEST, SAID, VERIFY, outcome, token_in
from tests.api.test_sessions import ADA, AUTH, LOGIN, ME, bearing
from tests.api.world import PASSWORD, SECRET
from tests.engines.certificate import self_signed
from tests.engines.dynamodb import DynamoDBLocal
from tests.engines.mail import PASSWORD as STAMPS
from tests.engines.mail import USER, MailServer, Received, mail_server
from tests.engines.process import free_port
from tests.engines.server import LocalServer, local_server

APP_URL: Final = "https://flags.example"
WITHIN: Final = 10.0
"""Seconds: far less than the minute after which the job would run by itself."""


@pytest.fixture(
    params=[
        pytest.param("sqlite", marks=pytest.mark.engine("sqlite")),
        pytest.param("dynamodb", marks=pytest.mark.engine("dynamodb")),
    ]
)
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Mapping[str, str]:
    """Give the settings of an empty database."""
    if request.param == "sqlite":
        return {"DB_TYPE": "sqlite", "SQLITE_FILE": str(tmp_path / "togglebox.db")}
    dynamodb: DynamoDBLocal = request.getfixturevalue("dynamodb")
    return {"DB_TYPE": "dynamodb", "DYNAMODB_ENDPOINT": dynamodb.endpoint, "TABLE_PREFIX": f"reset{free_port()}-"}


@contextmanager
def served(
    database: Mapping[str, str], certificate: Path, port: int, monkeypatch: pytest.MonkeyPatch
) -> Iterator[LocalServer]:
    """Run a server that asks for credentials, and whose mails leave by the mail server at *port*."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    settings = {
        "ENABLE_AUTHENTICATION": "true",
        "ALLOW_REGISTRATION": "true",
        "JWT_SECRET": SECRET,
        "AUTH_CACHE_SECONDS": "0",
        "BCRYPT_COST": "10",
        "APP_URL": APP_URL,
        "FROM_EMAIL": "noreply@flags.example",
        "SMTP_HOST": "127.0.0.1",
        "SMTP_PORT": str(port),
        "SMTP_USER": USER,
        "SMTP_PASS": STAMPS,
    }
    with local_server({**database, **settings}) as server:
        yield server


@pytest.mark.engine("server")
def test_a_forgotten_password_is_reset_by_the_mail_that_comes_at_once(
    database: Mapping[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = self_signed(tmp_path)
    with (
        mail_server(certificate, signing_in=True) as mails,
        served(database, certificate, mails.port, monkeypatch) as server,
    ):
        client = Client(over_http(server.port))
        assert client.post(f"{AUTH}/register", ADA).status == 201
        welcome = arrived(mails, 1)
        sessions = [logged_in(client, PASSWORD), logged_in(client, PASSWORD)]

        said = [client.post(REQUEST, {"email": "eve@example.com"}), client.post(REQUEST, {"email": "ADA@example.com"})]
        earlier = token_of(arrived(mails, 2))
        client.post(REQUEST, {"email": "ada@example.com"})
        reset = arrived(mails, 3)
        token = token_of(reset)

        assert {outcome(answer) for answer in said} == {(200, SAID)}
        assert outcome(client.post(VERIFY, {"token": earlier})) == INVALID
        assert outcome(client.post(VERIFY, {"token": token})) == (200, "Token is valid")
        assert {client.get(ME, session).status for session in sessions} == {200}

        completed = client.post(COMPLETE, {"token": token, "newPassword": NEW})

        assert outcome(completed) == (200, "Password has been reset successfully")
        assert {client.get(ME, session).status for session in sessions} == {401}
        assert client.post(f"{AUTH}/login", LOGIN).status == 401
        assert client.get(ME, logged_in(client, NEW)).data["email"] == "Ada@example.com"
        for used in (earlier, token):
            assert outcome(client.post(VERIFY, {"token": used})) == INVALID
            assert outcome(client.post(COMPLETE, {"token": used, "newPassword": "Another5Horse"})) == INVALID
        logged = server.server.said()

    assert [received.recipients for received in mails.received] == [["Ada@example.com"]] * 3
    assert {(received.encrypted, received.user) for received in mails.received} == {(True, USER)}
    assert welcome.message["Subject"] == "Welcome to ToggleBox"
    assert f"{APP_URL}/password-reset/verify/{token}" in reset.part("plain")
    assert f'href="{APP_URL}/password-reset/verify/{token}"' in reset.part("html")
    assert '"mail": {"sent": 1}' in logged
    for secret in (token, earlier, PASSWORD, NEW, STAMPS, SECRET, "ada@", "Ada@", "eve@"):
        assert secret not in logged


@pytest.mark.engine("server")
@pytest.mark.engine("sqlite")
def test_a_mail_server_that_is_away_changes_no_answer_and_loses_no_mail(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate, port = self_signed(tmp_path), free_port()
    database = {"DB_TYPE": "sqlite", "SQLITE_FILE": str(tmp_path / "togglebox.db")}
    with served(database, certificate, port, monkeypatch) as server:
        client = Client(over_http(server.port))
        client.post(f"{AUTH}/register", ADA)
        said = [client.post(REQUEST, {"email": email}) for email in ("eve@example.com", "ada@example.com")]
        eventually(lambda: server.server.said().count('"outcome": "failed"') == 2)
        logged = server.server.said()
    assert {outcome(answer) for answer in said} == {(200, SAID)}
    assert '"cause": "ConnectionRefusedError"' in logged
    assert "@example.com" not in logged


def logged_in(client: Client, password: str) -> Headers:
    return bearing(client.post(f"{AUTH}/login", {**LOGIN, "password": password}).data["token"])


def arrived(mails: MailServer, number: int) -> Received:
    """Wait for so many mails, and return the last of them."""
    eventually(lambda: len(mails.received) >= number)
    return mails.received[number - 1]


def token_of(received: Received) -> str:
    return token_in(received.part("plain"))


def eventually(seen: Callable[[], bool]) -> None:
    deadline = time.monotonic() + WITHIN
    while not seen():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)
