"""Passwords hashed with PBKDF2-SHA256: what a Worker uses, where bcrypt has no build and WebCrypto derives keys."""

import hmac
import re
import secrets
from collections.abc import Callable
from typing import Final

type Derive = Callable[[bytes, bytes, int], bytes]
"""(password, salt, iterations) to the 32 bytes of PBKDF2 with HMAC-SHA-256 (RFC 8018, section 5.2)."""

SCHEME: Final = "pbkdf2-sha256:"
MOST_ITERATIONS: Final = 100_000
"""What Cloudflare's `crypto.subtle.deriveBits` takes in one call."""

_STORED: Final = re.compile(
    r"(?P<calls>[1-9][0-9]?):(?P<iterations>[1-9][0-9]{0,5}):(?P<salt>[0-9a-f]{32}):(?P<digest>[0-9a-f]{64})"
)


class WebCryptoHasher:
    """
    PBKDF2-SHA256 in several *calls* of *derive*, of *iterations* each; OWASP asks for 600,000 in all.

    The calls are chained: each takes the password, and for its salt what the one before returned. So none can begin
    before the one before has ended, and no entropy of the password is lost on the way.
    """

    def __init__(
        self,
        derive: Derive,
        *,
        calls: int = 6,
        iterations: int = MOST_ITERATIONS,
        dice: Callable[[int], bytes] = secrets.token_bytes,
    ) -> None:
        assert 1 <= calls <= 99, "what a stored string can say"
        assert 1 <= iterations <= MOST_ITERATIONS, "what WebCrypto takes"
        self._derive: Final = derive
        self._calls: Final = calls
        self._iterations: Final = iterations
        self._dice: Final = dice

    def hash(self, password: str) -> str:
        salt = self._dice(16)
        digest = self._chained(password, salt, self._calls, self._iterations)
        return f"{SCHEME}{self._calls}:{self._iterations}:{salt.hex()}:{digest.hex()}"

    def verify(self, password: str, stored: str) -> bool:
        found = _readable(stored)
        if found is None:
            self._chained(password, bytes(16), self._calls, self._iterations)
            return False
        salt = bytes.fromhex(found["salt"])
        digest = self._chained(password, salt, int(found["calls"]), int(found["iterations"]))
        return hmac.compare_digest(digest, bytes.fromhex(found["digest"]))

    def outdated(self, stored: str) -> bool:
        found = _readable(stored)
        return found is None or int(found["calls"]) * int(found["iterations"]) < self._calls * self._iterations

    def _chained(self, password: str, salt: bytes, calls: int, iterations: int) -> bytes:
        secret = password.encode(errors="replace")
        for _ in range(calls):
            salt = self._derive(secret, salt, iterations)
        return salt


def _readable(stored: str) -> re.Match[str] | None:
    found = _STORED.fullmatch(stored.removeprefix(SCHEME)) if stored.startswith(SCHEME) else None
    return found if found is not None and int(found["iterations"]) <= MOST_ITERATIONS else None
