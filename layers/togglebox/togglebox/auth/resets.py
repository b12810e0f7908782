"""Password resets: a token by mail, good once and for an hour, that lets its bearer choose another password."""

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Final

from togglebox.auth.outbox import Outbox
from togglebox.auth.passwords import Hasher
from togglebox.auth.users import Reset, User, UserNotFound, Users, normalised
from togglebox.errors import Refused
from togglebox.store.port import ABSENT, Store

LIFE: Final = 3_600
"""Seconds that a token is good for."""


TOKEN_BYTES: Final = 32
"""Of chance, in a token; so nobody guesses one, and what tries is not counted."""


class InvalidResetToken(Refused):
    def __init__(self) -> None:
        super().__init__("Invalid or expired password reset token")


class Resets:
    """
    Opens resets and completes them; *new_token* makes texts of `TOKEN_BYTES` random bytes.

    Only a token's SHA-256 is stored: in the user's document, which knows the one token that is good, and as the key of
    the document that leads from a token to its user. So another token, another password, or the deletion of the user
    end the token before, without looking for it.
    """

    def __init__(
        self,
        store: Store,
        users: Users,
        outbox: Outbox,
        hasher: Hasher,
        *,
        now: Callable[[], datetime],
        new_token: Callable[[], str],
    ) -> None:
        self._store: Final = store
        self._users: Final = users
        self._outbox: Final = outbox
        self._hasher: Final = hasher
        self._now: Final = now
        self._new_token: Final = new_token

    def request(self, email: str) -> None:
        """
        Have a token mailed to whoever has this address: the same work and no answer, also where nobody has.

        Raises:
            NoMail: this deployment sends none.
        """
        self._outbox.add("reset", normalised(email))

    def open(self, user: User) -> str:
        """
        Return a token for *user*; earlier ones are good no more.

        Raises:
            UserNotFound: the user was deleted meanwhile.
        """
        token = self._new_token()
        reset = Reset(_digest(token), int(self._now().timestamp()) + LIFE)
        # What leads to the user comes first: alone, it proves nothing.
        self._store.put("resets", (reset.token, "#"), {"user": user.id, "ttl": reset.expires}, expect=ABSENT)
        self._users.change(user.id, lambda user: replace(user, reset=reset))
        return token

    def verify(self, token: str) -> User:
        """
        Return the user whom *token* is for; two reads at most, and nothing is used up.

        Raises:
            InvalidResetToken: it is not good, or not any more.
        """
        found = self._store.get("resets", (_digest(token), "#"))
        if found is None:
            raise InvalidResetToken
        try:
            user = self._users.get(found.body["user"])
        except UserNotFound:
            raise InvalidResetToken from None
        self._check(user, token)
        return user

    def complete(self, token: str, password: str) -> None:
        """
        Give the user whom *token* is for another password, which uses it up and ends all sessions: one write for all.

        Raises:
            InvalidResetToken: it is not good, or not any more.
        """
        user = self.verify(token)
        stored = self._hasher.hash(password)

        def change(user: User) -> User:
            self._check(user, token)  # of two at once, one finds it used up
            return user.with_password(stored)

        try:
            self._users.change(user.id, change, seen=user)
        except UserNotFound:
            raise InvalidResetToken from None

    def _check(self, user: User, token: str) -> None:
        reset = user.reset
        if (
            reset is None
            or reset.expires <= self._now().timestamp()
            or not hmac.compare_digest(reset.token, _digest(token))
        ):
            raise InvalidResetToken


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
