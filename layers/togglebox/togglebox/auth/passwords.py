"""Passwords: which ones are taken, and what every way of hashing them promises."""

from typing import Final, Protocol

LEAST: Final = 8
MOST: Final = 128
MOST_BYTES: Final = 72
"""What bcrypt reads; it would ignore the rest, so that two passwords were the same."""

COMMON: Final = frozenset(
    # A list literal would take a line for each.
    """
    123456aa 12345abc 123456abc 1234abcd 123abc123 123qweasd 123qweasdzxc 1a2b3c4d 1q2w3e4r 1q2w3e4r5t 1q2w3e4r5t6y
    1qaz2wsx 1qaz2wsx3edc 1qazxsw2 aa123456 aa12345678 abc12345 abc123456 abc123abc abc1234567 abcd1234 abcd12345
    abcdef123 abcdefg1 admin123 admin1234 admin12345 admin2020 admin2021 admin2022 admin2023 admin2024 admin2025
    admin2026 administrator1 asd12345 asdf1234 asdfgh123 asdfghjkl1 autumn2024 autumn2025 autumn2026 baseball1
    changeme1 changeme123 charlie1 company1 company123 computer1 default1 default123 dragon123 football1 football123
    freedom1 hello123 hello1234 iloveyou1 iloveyou12 iloveyou123 iloveyou2 jordan23 letmein1 letmein12 letmein123
    liverpool1 login123 london123 master123 michael1 monkey123 p4ssw0rd p455w0rd pa55w0rd pa55word pass1234 pass12345
    passw0rd passw0rd1 passw0rd123 password0 password01 password1 password10 password11 password12 password123
    password1234 password12345 password2 password2024 password2025 password2026 password3 password7 password9
    password99 princess1 q1w2e3r4 q1w2e3r4t5 qaz12345 qazwsx123 qwe12345 qwe123qwe qwer1234 qwerty01 qwerty11 qwerty12
    qwerty123 qwerty1234 qwerty12345 qwerty123456 qwertyuiop1 root1234 secret12 shadow123 spring2024 spring2025
    spring2026 starwars1 summer2023 summer2024 summer2025 summer2026 sunshine1 superman1 superuser1 temp1234 test1234
    test12345 testing1 testing123 togglebox1 togglebox123 trustno1 user1234 welcome01 welcome1 welcome12 welcome123
    welcome1234 welcome2024 welcome2025 welcome2026 winter2023 winter2024 winter2025 winter2026 zaq12wsx zxcvbnm1
    zxcvbnm123
    """.split()  # noqa: SIM905
)
"""The commonest of those that the other rules would take, without case: what guessers try first."""


class Hasher(Protocol):
    """
    A way of hashing passwords, slow on purpose.

    What it stores begins with its scheme's name and a colon, so that a database may hold several schemes.
    """

    def hash(self, password: str) -> str:
        """Return what is stored for *password*, with a salt of its own; the password has passed `fault`."""

    def verify(self, password: str, stored: str) -> bool:
        """
        Tell whether *stored* was made of *password*.

        What another scheme stored, or none (an empty string: there is no such account), is never right, and costs the
        work of one hash all the same.
        """

    def outdated(self, stored: str) -> bool:
        """Tell whether `hash` would make a stronger string today."""


def fault(password: str) -> str | None:
    """Return what is wrong with a new password, as the end of a sentence; ``None`` if it may be taken."""
    if len(password) < LEAST:
        return f"must have at least {LEAST} characters"
    if len(password) > MOST:
        return f"must have at most {MOST} characters"
    if len(password.encode()) > MOST_BYTES:
        return f"must have at most {MOST_BYTES} bytes in UTF-8, which accents and other scripts fill faster"
    if not any(map(str.islower, password)):
        return "must have a lower-case letter"
    if not any(map(str.isupper, password)):
        return "must have an upper-case letter"
    if not any(map(str.isdecimal, password)):
        return "must have a digit"
    if "\0" in password:
        return "must not have U+0000"
    if password.lower() in COMMON:
        return "is one of the commonest passwords: choose another"
    return None
