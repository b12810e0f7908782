"""Tokens: ours are read while they last, and nobody else's, whatever they say."""

import base64
import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import jwt
import pytest

from togglebox.auth.permissions import Role
from togglebox.auth.tokens import CLAIMS, Claims, Tokens
from togglebox.auth.users import User
from togglebox.errors import NotAuthenticated

AT: Final = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
NOW: Final = int(AT.timestamp())
SECRET: Final = "kx2Vq9Lm4Rt7Zb0Hw3Nc6Yd8Jf1Ga5Pu"
OLD: Final = "Pu5Ga1Jf8Yd6Nc3Hw0Zb7Rt4Lm9Vq2kx"
ADA: Final = User("ada-id", "ada@example.com", "Ada", Role.DEVELOPER, "bcrypt:x", "", "")
GOOD: Final = {
    "id": "ada-id",
    "email": "ada@example.com",
    "role": "developer",
    "sid": "s-1",
    "iat": NOW,
    "exp": NOW + 3_600,
    "iss": "config-service",
    "aud": "config-service-api",
}


def tokens(*, secret: str = SECRET, previous: str = "", at: datetime = AT) -> Tokens:
    return Tokens(
        secret=secret,
        previous=previous,
        issuer="config-service",
        audience="config-service-api",
        seconds=3_600,
        now=lambda: at,
    )


def signed(claims: Mapping[str, Any] = GOOD, *, secret: str = SECRET, algorithm: str = "HS256", **more: Any) -> str:
    return jwt.encode(dict(claims), secret, algorithm=algorithm, **more)


def encoded(part: object) -> str:
    content = part if isinstance(part, bytes) else json.dumps(part).encode()
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def without(name: str) -> dict[str, Any]:
    return {claim: value for claim, value in GOOD.items() if claim != name}


def test_a_token_says_who_and_in_which_session() -> None:
    text = tokens().issue(ADA, "s-1")

    assert tokens().read(text) == Claims("ada-id", "s-1", NOW + 3_600)
    assert jwt.get_unverified_header(text) == {"alg": "HS256", "typ": "JWT"}
    assert jwt.decode(text, options={"verify_signature": False}) == GOOD


def test_a_token_lasts_until_it_expires() -> None:
    text = tokens().issue(ADA, "s-1")

    assert tokens(at=AT + timedelta(seconds=3_599)).read(text).sid == "s-1"
    with pytest.raises(NotAuthenticated):
        tokens(at=AT + timedelta(seconds=3_600)).read(text)


def test_what_the_secret_before_signed_is_read_while_that_is_set() -> None:
    text = tokens(secret=OLD).issue(ADA, "s-1")

    assert tokens(previous=OLD).read(text).id == "ada-id"
    with pytest.raises(NotAuthenticated):
        tokens().read(text)
    assert tokens().read(tokens(previous=OLD).issue(ADA, "s-1")).id == "ada-id"


def test_a_clock_may_be_a_minute_ahead() -> None:
    assert tokens().read(signed({**GOOD, "iat": NOW + 60})).id == "ada-id"


FORGED: Final[dict[str, Callable[[], str]]] = {
    "empty": lambda: "",
    "no token": lambda: "x.y.z",
    "two parts": lambda: ".".join(signed().split(".")[:2]),
    "alg none": lambda: f"{encoded({'alg': 'none', 'typ': 'JWT'})}.{encoded(GOOD)}.",
    "alg None, signed": lambda: f"{encoded({'alg': 'None', 'typ': 'JWT'})}.{encoded(GOOD)}.{encoded(b'x')}",
    "no alg": lambda: f"{encoded({'typ': 'JWT'})}.{encoded(GOOD)}.{encoded(b'x')}",
    "HS384": lambda: signed(algorithm="HS384", secret=SECRET * 2),
    "HS512": lambda: signed(algorithm="HS512", secret=SECRET * 2),
    "HS384, same secret": lambda: signed(algorithm="HS384", secret=SECRET.ljust(48, "x")),
    "another secret": lambda: signed(secret=OLD),
    "the empty secret": lambda: f"{encoded({'alg': 'HS256'})}.{encoded(GOOD)}.{encoded(bytes(32))}",
    "a secret of the documentation": lambda: signed(secret="your-secret-key-change-this-in-production"),
    "another role": lambda: tampered({"role": "admin"}),
    "another user": lambda: tampered({"id": "grace-id"}),
    "expired": lambda: signed({**GOOD, "iat": NOW - 10, "exp": NOW}),
    "expired long ago": lambda: signed({**GOOD, "exp": 1}),
    "issued later": lambda: signed({**GOOD, "iat": NOW + 61}),
    "not yet valid": lambda: signed({**GOOD, "nbf": NOW + 61}),
    "another audience": lambda: signed({**GOOD, "aud": "another-api"}),
    "another issuer": lambda: signed({**GOOD, "iss": "another-service"}),
    "expiry as text": lambda: signed({**GOOD, "exp": "never"}),
    "expiry as infinity": lambda: signed({**GOOD, "exp": float("inf")}),
    "expiry is no number": lambda: signed({**GOOD, "exp": float("nan")}),
    "expiry as truth": lambda: signed({**GOOD, "exp": True}),
    "begin as a list": lambda: signed({**GOOD, "nbf": [NOW]}),
    "id as a number": lambda: signed({**GOOD, "id": 7}),
    "id as an operator": lambda: signed({**GOOD, "id": {"$ne": ""}}),
    "session as null": lambda: signed({**GOOD, "sid": None}),
    "a hundred thousand bytes": lambda: signed({**GOOD, "more": "x" * 100_000}),
    "a header that never ends": lambda: f"{encoded(b'[' * 3_000)}.{encoded(GOOD)}.x",
    "claims that are a list": lambda: jwt.api_jws.encode(b"[1]", SECRET, algorithm="HS256"),
    "claims that never end": lambda: jwt.api_jws.encode(b"[" * 2_500, SECRET, algorithm="HS256"),
    "claims that are no JSON": lambda: jwt.api_jws.encode(b"\xff", SECRET, algorithm="HS256"),
    "critical extensions": lambda: signed(headers={"crit": ["exp"], "exp": 1}),
    "other letters": lambda: signed().replace("e", "\u0435"),
    "a line break": lambda: signed() + "\r\nX-Role: admin",
    "a null": lambda: signed() + "\0",
    "spaces": lambda: f" {signed()} ",
    **{f"no {claim}": lambda claim=claim: signed(without(claim)) for claim in CLAIMS},  # type: ignore[misc]  # its default
}


def tampered(claims: Mapping[str, Any]) -> str:
    """Return a good token in which *claims* were changed after it was signed."""
    header, _, signature = signed().split(".")
    return f"{header}.{encoded({**GOOD, **claims})}.{signature}"


@pytest.mark.parametrize("made", FORGED.values(), ids=FORGED)
def test_a_forged_token_proves_nothing(made: Callable[[], str]) -> None:
    with pytest.raises(NotAuthenticated, match=r"^Invalid or expired JWT token$"):
        tokens(previous=OLD[::-1]).read(made())


def test_the_good_token_of_these_tests_is_read() -> None:
    assert tokens().read(signed()) == Claims("ada-id", "s-1", NOW + 3_600)
