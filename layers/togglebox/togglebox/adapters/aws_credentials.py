"""AWS credentials: from the environment, or from the endpoint that containers and SnapStart functions are given."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from threading import Lock
from typing import Any, Final

from togglebox.adapters.aws_signature import Credentials
from togglebox.adapters.http1 import Host, Unanswered, Unsent
from togglebox.store.port import Clock

type Source = Callable[[], Credentials]
"""Answers with credentials that are good now; raises `NoCredentials`."""

REFRESH_BEFORE: Final = 300
"""Seconds before their expiry at which credentials are fetched anew."""
TIMEOUT: Final = 1.0

_CONTAINER_ORIGIN: Final = "http://169.254.170.2"
_PLAIN_HOSTS: Final = frozenset(
    {"127.0.0.1", "localhost", "[::1]", "169.254.170.2", "169.254.170.23", "[fd00:ec2::23]"}
)
"""Hosts that may be asked without TLS: this machine, and the link-local ones of ECS and EKS."""


class NoCredentials(Exception):
    """There are no credentials, or they could not be fetched."""


def source(environment: Mapping[str, str], clock: Clock) -> Source:
    """
    Return where credentials come from, by the variables that AWS's own SDKs read.

    Raises:
        NoCredentials: no variable names any.
        ValueError: the endpoint's address is none, or would be asked in the clear over a network.
    """
    access_key, secret_key = environment.get("AWS_ACCESS_KEY_ID"), environment.get("AWS_SECRET_ACCESS_KEY")
    if access_key and secret_key:
        fixed = Credentials(access_key, secret_key, environment.get("AWS_SESSION_TOKEN"))
        return lambda: fixed
    relative = environment.get("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI")
    uri = _CONTAINER_ORIGIN + relative if relative else environment.get("AWS_CONTAINER_CREDENTIALS_FULL_URI")
    if not uri:
        raise NoCredentials("Neither AWS_ACCESS_KEY_ID nor a container's credentials endpoint is set")
    return ContainerCredentials(
        uri,
        clock,
        token=environment.get("AWS_CONTAINER_AUTHORIZATION_TOKEN"),
        token_file=environment.get("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"),
    )


class ContainerCredentials:
    """Credentials from a container's endpoint, fetched anew before they expire; threads may share it."""

    def __init__(self, uri: str, clock: Clock, *, token: str | None = None, token_file: str | None = None) -> None:
        """
        Take the endpoint's *uri*, and the *token* to show, or the file that holds it and is renewed.

        Raises:
            ValueError: *uri* is none, or is plain HTTP to a host elsewhere.
        """
        scheme, _, rest = uri.partition("://")
        authority, slash, path = rest.partition("/")
        name = authority if authority.endswith("]") else authority.rpartition(":")[0] or authority
        if scheme == "http" and name not in _PLAIN_HOSTS:
            raise ValueError(f"Credentials are not fetched from {authority!r} without TLS")
        self._host: Final = Host(f"{scheme}://{authority}", clock)
        self._target: Final = slash + path or "/"
        self._clock: Final = clock
        self._token: Final = token
        self._token_file: Final = token_file
        self._lock: Final = Lock()
        self._held: tuple[Credentials, float] | None = None

    def __call__(self) -> Credentials:
        held = self._held
        if held is not None and self._clock() < held[1] - REFRESH_BEFORE:
            return held[0]
        with self._lock:
            if self._held is None or self._clock() >= self._held[1] - REFRESH_BEFORE:
                self._refresh()
            assert self._held is not None
            return self._held[0]

    def close(self) -> None:
        self._host.close()

    def _refresh(self) -> None:
        try:
            self._held = self._fetched()
        except NoCredentials:
            # Those that we hold are good for some minutes more: the next call tries again.
            if self._held is None or self._clock() >= self._held[1]:
                raise

    def _fetched(self) -> tuple[Credentials, float]:
        from datetime import datetime
        from pathlib import Path

        headers = {"accept": "application/json"}
        try:
            if self._token_file:
                headers["authorization"] = Path(self._token_file).read_text(encoding="ascii").strip()
            elif self._token:
                headers["authorization"] = self._token
            answer = self._host.request("GET", self._target, headers, timeout=TIMEOUT)
            if answer.status != 200:
                raise NoCredentials(f"The credentials endpoint answered {answer.status}")
            given: Any = json.loads(answer.body)
            credentials = Credentials(given["AccessKeyId"], given["SecretAccessKey"], given.get("Token"))
            return credentials, datetime.fromisoformat(given["Expiration"]).timestamp()
        except (Unsent, Unanswered, OSError, ValueError, KeyError, TypeError) as error:
            raise NoCredentials(f"The credentials endpoint did not help: {error}") from error
