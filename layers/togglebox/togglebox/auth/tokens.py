"""Tokens: what a signed-in person's requests carry, as signed JSON (JWT, RFC 7519)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from togglebox.auth.users import User
from togglebox.errors import NotAuthenticated

# PyJWT is imported where a token is at hand: a function that only API keys ask need not wait for it.

ALGORITHM: Final = "HS256"
CLAIMS: Final = ("id", "email", "role", "sid", "iat", "exp", "iss", "aud")
MOST_CHARACTERS: Final = 4_096
"""Ours have a few hundred; what is longer is not even looked at."""

SKEW: Final = 60
"""Seconds by which the clock of the process that signed may be ahead."""


class ForgedToken(NotAuthenticated):
    """No secret of ours signed it."""

    def __init__(self) -> None:
        super().__init__("Invalid or expired JWT token")


@dataclass(frozen=True, slots=True)
class Claims:
    """What a token proves: that user *id* was given session *sid*. *expires* is in epoch seconds."""

    id: str
    sid: str
    expires: int


class Tokens:
    """
    Issues tokens for *seconds*, and reads them.

    They are signed with *secret*; what *previous* signed is read too while it is set, so that secrets can be changed
    without signing everybody out.
    """

    def __init__(
        self, *, secret: str, previous: str, issuer: str, audience: str, seconds: int, now: Callable[[], datetime]
    ) -> None:
        self.seconds: Final = seconds
        self._secret: Final = secret
        self._secrets: Final = tuple(filter(None, (secret, previous)))
        self._issuer: Final = issuer
        self._audience: Final = audience
        self._now: Final = now

    def issue(self, user: User, sid: str) -> str:
        """Return a token that proves *user*'s session *sid* from now on."""
        import jwt

        at = int(self._now().timestamp())
        claims = {
            "id": user.id,
            "email": user.email,
            "role": user.role.value,
            "sid": sid,
            "iat": at,
            "exp": at + self.seconds,
            "iss": self._issuer,
            "aud": self._audience,
        }
        return jwt.encode(claims, self._secret, algorithm=ALGORITHM)

    def read(self, text: str) -> Claims:
        """
        Return what a token proves; whether the session still lasts, only the user's document knows.

        Raises:
            ForgedToken: it is not one of ours.
            NotAuthenticated: it is, and not for now.
        """
        signed = filter(None, (self._signed(text, secret) for secret in self._secrets))
        claims = next(signed, None) if len(text) <= MOST_CHARACTERS else None
        if claims is None:
            raise ForgedToken
        if not self._is_current(claims):
            raise NotAuthenticated("Invalid or expired JWT token")
        return Claims(claims["id"], claims["sid"], claims["exp"])

    def _signed(self, text: str, secret: str) -> Mapping[str, Any] | None:
        import jwt

        try:
            claims: Mapping[str, Any] = jwt.decode(
                text,
                secret,
                algorithms=[ALGORITHM],
                issuer=self._issuer,
                audience=self._audience,
                # PyJWT would ask the system for the time.
                options={"require": list(CLAIMS), "verify_exp": False, "verify_iat": False, "verify_nbf": False},
            )
        except (jwt.PyJWTError, ValueError, RecursionError):  # strangers write the header; stacks are short in a Worker
            return None
        return claims

    def _is_current(self, claims: Mapping[str, Any]) -> bool:
        now = self._now().timestamp()
        begins, ends = (claims["iat"], claims.get("nbf", claims["iat"])), claims["exp"]
        return (
            all(isinstance(claims[name], str) for name in ("id", "sid"))
            and all(type(time) is int for time in (*begins, ends))
            and max(begins) <= now + SKEW
            and now < ends
        )
