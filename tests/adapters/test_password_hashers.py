"""Ways of hashing passwords: what each stores, and that what it cannot read is a wrong password, at the same cost."""

import hashlib
from collections.abc import Callable

import pytest

from togglebox.adapters.bcrypt import BcryptHasher
from togglebox.adapters.webcrypto import WebCryptoHasher
from togglebox.auth.passwords import Hasher


class Deriving:
    """PBKDF2 by OpenSSL, in the place of WebCrypto's; remembers the iterations that it was asked for."""

    def __init__(self) -> None:
        self.iterations: list[int] = []

    def __call__(self, password: bytes, salt: bytes, iterations: int) -> bytes:
        self.iterations.append(iterations)
        return hashlib.pbkdf2_hmac("sha256", password, salt, iterations)


def webcrypto(calls: int = 2, iterations: int = 10) -> WebCryptoHasher:
    return WebCryptoHasher(Deriving(), calls=calls, iterations=iterations)


HASHERS: list[Callable[[], Hasher]] = [lambda: BcryptHasher(4), webcrypto]
IDS = ["bcrypt", "webcrypto"]
SALT = "." * 22
DIGEST = "." * 31


@pytest.mark.parametrize("hasher", HASHERS, ids=IDS)
@pytest.mark.parametrize("password", ["Correct4Horse", "Übergrößen1", "x" * 72, "a\0b", "1' OR '1'='1"])
def test_a_password_is_right_and_every_other_is_wrong(hasher: Callable[[], Hasher], password: str) -> None:
    stored = hasher().hash(password)

    assert hasher().verify(password, stored)
    for other in ("", password + "x", password[:-1], password.swapcase(), password + " "):
        assert not hasher().verify(other, stored)
    assert password not in stored


@pytest.mark.parametrize("hasher", HASHERS, ids=IDS)
def test_the_same_password_is_stored_under_another_salt_each_time(hasher: Callable[[], Hasher]) -> None:
    assert hasher().hash("Correct4Horse") != hasher().hash("Correct4Horse")


@pytest.mark.parametrize("hasher", HASHERS, ids=IDS)
@pytest.mark.parametrize(
    "stored",
    [
        "",
        "bcrypt:",
        "plain:Correct4Horse",
        "Correct4Horse",
        f"$2b$04${SALT}{DIGEST}",
        f"bcrypt:$2b$03${SALT}{DIGEST}",
        f"bcrypt:$2b$99${SALT}{DIGEST}",
        f"bcrypt:$2b$04${'a' * 53}",
        f"bcrypt:$2b$04${SALT}",
        f"pbkdf2-sha256:2:10:{'0' * 32}:{'0' * 63}",
        f"pbkdf2-sha256:0:10:{'0' * 32}:{'0' * 64}",
        f"pbkdf2-sha256:1:100001:{'0' * 32}:{'0' * 64}",
        f"pbkdf2-sha256:100:10:{'0' * 32}:{'0' * 64}",
        f"argon2:{DIGEST}",
        "\ud800",
    ],
)
def test_what_another_scheme_stored_is_a_wrong_password(hasher: Callable[[], Hasher], stored: str) -> None:
    assert not hasher().verify("Correct4Horse", stored)
    assert hasher().outdated(stored)


def test_bcrypt_takes_no_password_of_which_it_would_ignore_a_part() -> None:
    stored = BcryptHasher(4).hash("x" * 72)

    assert not BcryptHasher(4).verify("x" * 73, stored)


def test_bcrypt_names_itself_and_its_cost() -> None:
    assert BcryptHasher(5).hash("Correct4Horse").startswith("bcrypt:$2b$05$")


@pytest.mark.parametrize(("cost", "outdated"), [(4, False), (5, False), (6, True)])
def test_bcrypt_is_outdated_once_the_cost_has_grown(cost: int, outdated: bool) -> None:  # noqa: FBT001
    stored = BcryptHasher(5).hash("Correct4Horse")

    assert BcryptHasher(cost).outdated(stored) is outdated
    assert BcryptHasher(cost).verify("Correct4Horse", stored)


def test_webcrypto_derives_in_chained_calls_of_at_most_a_hundred_thousand_iterations() -> None:
    deriving = Deriving()
    hasher = WebCryptoHasher(deriving, dice=bytes)

    stored = hasher.hash("Correct4Horse")

    expected = bytes(16)
    for _ in range(6):
        expected = hashlib.pbkdf2_hmac("sha256", b"Correct4Horse", expected, 100_000)
    assert stored == f"pbkdf2-sha256:6:100000:{'00' * 16}:{expected.hex()}"
    assert deriving.iterations == [100_000] * 6


def test_webcrypto_does_the_same_work_for_an_account_that_is_not_there() -> None:
    deriving = Deriving()
    hasher = WebCryptoHasher(deriving, calls=3, iterations=7)
    stored = hasher.hash("Correct4Horse")
    deriving.iterations.clear()

    hasher.verify("Correct4Horse", stored)
    known = [*deriving.iterations]
    deriving.iterations.clear()
    hasher.verify("Correct4Horse", "")

    assert known == deriving.iterations == [7, 7, 7]


@pytest.mark.parametrize(("calls", "outdated"), [(1, False), (2, False), (3, True)])
def test_webcrypto_is_outdated_once_there_is_more_to_do(calls: int, outdated: bool) -> None:  # noqa: FBT001
    stored = webcrypto(calls=2).hash("Correct4Horse")

    assert webcrypto(calls=calls).outdated(stored) is outdated
    assert webcrypto(calls=calls).verify("Correct4Horse", stored)
