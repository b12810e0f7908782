"""Credentials: which variables are heard, and when they are fetched anew."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.adapters.loopback import HANG, Reply, loopback, ok
from tests.engines.process import free_port
from togglebox.adapters.aws_credentials import ContainerCredentials, NoCredentials, source
from togglebox.adapters.aws_signature import Credentials

START = 1_800_000_000.0


class Clock:
    now = START

    def __call__(self) -> float:
        return self.now


def given(name: str, *, until: float) -> bytes:
    """Return an endpoint's answer with credentials of that name."""
    return ok(
        json.dumps(
            {
                "AccessKeyId": name,
                "SecretAccessKey": f"{name}'s secret",
                "Token": f"{name}'s token",
                "Expiration": datetime.fromtimestamp(until, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            }
        ).encode()
    )


def named(name: str) -> Credentials:
    return Credentials(name, f"{name}'s secret", f"{name}'s token")


def test_the_environment_comes_first() -> None:
    environment = {
        "AWS_ACCESS_KEY_ID": "A",
        "AWS_SECRET_ACCESS_KEY": "S",
        "AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://127.0.0.1:1/",
    }

    assert source(environment, Clock())() == Credentials("A", "S", None)
    assert source({**environment, "AWS_SESSION_TOKEN": "T"}, Clock())() == Credentials("A", "S", "T")


@pytest.mark.parametrize("environment", [{}, {"AWS_ACCESS_KEY_ID": "A"}, {"AWS_SECRET_ACCESS_KEY": "S"}])
def test_an_environment_without_credentials_says_so(environment: dict[str, str]) -> None:
    with pytest.raises(NoCredentials, match="AWS_ACCESS_KEY_ID"):
        source(environment, Clock())


@pytest.mark.parametrize(
    "uri", ["http://example.com/", "http://169.254.169.254/", "http://127.0.0.1.example.com/", "ftp://127.0.0.1/", "x"]
)
def test_credentials_are_not_fetched_in_the_clear_over_a_network(uri: str) -> None:
    with pytest.raises(ValueError, match=r"without TLS|not like http"):
        source({"AWS_CONTAINER_CREDENTIALS_FULL_URI": uri}, Clock())


def test_an_endpoint_is_shown_its_token() -> None:
    with loopback(given("A", until=START + 3_600)) as server:
        credentials = source(
            {
                "AWS_CONTAINER_CREDENTIALS_FULL_URI": f"{server.origin}/2021-04-23/credentials?x=y",
                "AWS_CONTAINER_AUTHORIZATION_TOKEN": "let me in",
            },
            Clock(),
        )
        assert isinstance(credentials, ContainerCredentials)
        assert credentials() == named("A")
        credentials.close()

    head = server.requests[0].head.split("\r\n")
    assert head[0] == "GET /2021-04-23/credentials?x=y HTTP/1.1"
    assert "authorization: let me in" in head


def test_a_token_file_is_read_each_time(tmp_path: Path) -> None:
    file, clock = tmp_path / "token", Clock()
    with loopback(given("A", until=START + 400), given("B", until=START + 900)) as server:
        credentials = ContainerCredentials(server.origin, clock, token_file=str(file))
        file.write_text("first\n")
        assert credentials() == named("A")
        file.write_text("second\n")
        clock.now += 200
        assert credentials() == named("B")
        credentials.close()

    assert ["authorization: first" in server.requests[0].head, "authorization: second" in server.requests[1].head] == [
        True,
        True,
    ]


def test_credentials_are_kept_until_shortly_before_they_expire() -> None:
    clock = Clock()
    with loopback(given("A", until=START + 3_600), given("B", until=START + 7_200)) as server:
        credentials = ContainerCredentials(server.origin, clock)
        with ThreadPoolExecutor(8) as pool:
            assert list(pool.map(lambda _: credentials(), range(8))) == [named("A")] * 8
        clock.now = START + 3_299
        assert credentials() == named("A")
        clock.now = START + 3_300
        assert credentials() == named("B")
        credentials.close()

    assert len(server.requests) == 2


def test_credentials_that_are_good_are_kept_while_the_endpoint_is_away() -> None:
    clock = Clock()
    away = ok(b"{}", status="500 Internal Server Error")
    with loopback(given("A", until=START + 3_600), away, away, given("B", until=START + 9_999)) as server:
        credentials = ContainerCredentials(server.origin, clock)
        credentials()
        clock.now = START + 3_599
        assert credentials() == named("A")
        clock.now = START + 3_600
        with pytest.raises(NoCredentials, match="500"):
            credentials()
        assert credentials() == named("B")
        credentials.close()


@pytest.mark.parametrize(
    "reply",
    [
        Reply(ok(b"<html>")),
        Reply(ok(b"[]")),
        Reply(ok(b"{}")),
        Reply(ok(b'{"AccessKeyId":"A","SecretAccessKey":"S","Expiration":"soon"}')),
        Reply(b"", close=True),
        HANG,
    ],
    ids=["no JSON", "no object", "empty", "no time", "cut", "silence"],
)
def test_an_endpoint_that_does_not_help_gives_no_credentials(reply: Reply) -> None:
    with loopback(reply) as server:
        credentials = ContainerCredentials(server.origin, Clock())
        with pytest.raises(NoCredentials):
            credentials()
        credentials.close()


def test_an_endpoint_that_is_not_there_gives_no_credentials() -> None:
    with pytest.raises(NoCredentials):
        ContainerCredentials(f"http://127.0.0.1:{free_port()}", Clock())()
