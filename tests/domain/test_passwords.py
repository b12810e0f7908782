"""Which passwords are taken."""

import pytest

from togglebox.auth.passwords import COMMON, fault


@pytest.mark.parametrize("password", ["Abcdefg1x", "Correct4Horse", "aB3" + "x" * 69, "Ünïcode9wört", "a B c 1 2 3"])
def test_a_good_password_is_taken(password: str) -> None:
    assert fault(password) is None


@pytest.mark.parametrize(
    ("password", "wrong"),
    [
        ("", "must have at least 8 characters"),
        ("Abcde1x", "must have at least 8 characters"),
        ("aB3" + "x" * 126, "must have at most 128 characters"),
        ("aB3" + "x" * 70, "must have at most 72 bytes in UTF-8, which accents and other scripts fill faster"),
        ("aB3" + "ü" * 35, "must have at most 72 bytes in UTF-8, which accents and other scripts fill faster"),
        ("CORRECT4HORSE", "must have a lower-case letter"),
        ("correct4horse", "must have an upper-case letter"),
        ("CorrectHorse", "must have a digit"),
        ("Correct\0004Horse", "must not have U+0000"),
        ("Password1", "is one of the commonest passwords: choose another"),
        ("PassWord123", "is one of the commonest passwords: choose another"),
    ],
)
def test_a_bad_password_is_told_what_is_wrong(password: str, wrong: str) -> None:
    assert fault(password) == wrong


@pytest.mark.parametrize("common", sorted(COMMON))
def test_a_common_password_is_refused_for_nothing_else(common: str) -> None:
    first = next(place for place, letter in enumerate(common) if letter.isalpha())
    spelled = common[:first] + common[first:].capitalize()

    assert fault(spelled) == "is one of the commonest passwords: choose another"
