"""AWS Signature Version 4 for requests with a body, after the AWS General Reference, "Create a signed request"."""

from __future__ import annotations

import hmac
import time
from collections.abc import Mapping
from hashlib import sha256
from typing import Final, NamedTuple


class Credentials(NamedTuple):
    access_key: str
    secret_key: str
    token: str | None = None


class Signer:
    """Sign POST requests to ``/`` of one *service* in one *region*."""

    def __init__(self, service: str, region: str) -> None:
        self._service: Final = service
        self._region: Final = region
        self._derived: tuple[str, str, bytes] = ("", "", b"")

    def signed(
        self, credentials: Credentials, headers: Mapping[str, str], *, host: str, body: bytes, at: float
    ) -> dict[str, str]:
        """Return *headers*, whose names are in lower case, and those that sign them, *host* and *body*, *at* a time."""
        now = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(at))
        signed = {**headers, "host": host, "x-amz-date": now}
        if credentials.token:
            signed["x-amz-security-token"] = credentials.token
        names = sorted(signed)
        listed = ";".join(names)
        canonical = "\n".join(
            ("POST", "/", "", *(f"{name}:{signed[name]}" for name in names), "", listed, sha256(body).hexdigest())
        )
        scope = f"{now[:8]}/{self._region}/{self._service}/aws4_request"
        text = f"AWS4-HMAC-SHA256\n{now}\n{scope}\n{sha256(canonical.encode()).hexdigest()}"
        signature = _mac(self._key(credentials.secret_key, now[:8]), text).hex()
        signed["authorization"] = (
            f"AWS4-HMAC-SHA256 Credential={credentials.access_key}/{scope}, "
            f"SignedHeaders={listed}, Signature={signature}"
        )
        del signed["host"]  # it is sent anyway, and once
        return signed

    def _key(self, secret: str, day: str) -> bytes:
        # One value, replaced whole: threads that meet here derive the same key twice, at worst.
        known_secret, known_day, key = self._derived
        if (known_secret, known_day) != (secret, day):
            key = f"AWS4{secret}".encode()
            for part in (day, self._region, self._service, "aws4_request"):
                key = _mac(key, part)
            self._derived = (secret, day, key)
        return key


def _mac(key: bytes, text: str) -> bytes:
    return hmac.digest(key, text.encode(), "sha256")
