"""All that is about people and programs who prove who they are, put together once and only where it is asked for."""

from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from togglebox.auth.authenticator import Authenticate
from togglebox.auth.keys import Keys
from togglebox.auth.outbox import Outbox
from togglebox.auth.passwords import Hasher
from togglebox.auth.resets import Resets
from togglebox.auth.signing_in import SigningIn
from togglebox.auth.throttle import Throttle
from togglebox.auth.tokens import Tokens
from togglebox.auth.users import User, Users
from togglebox.errors import Unavailable


@dataclass(frozen=True, slots=True)
class Accounts:
    """The accounts' use cases; *deliver* sends the mails that are due, and tells the log what became of them."""

    users: Users
    keys: Keys
    tokens: Tokens
    throttle: Throttle
    authenticate: Authenticate
    hasher: Hasher
    signing_in: SigningIn
    outbox: Outbox
    resets: Resets
    deliver: Callable[[Callable[[str], None]], Counter[str]]

    def welcome(self, user: User) -> None:
        """Have a mail sent to somebody who has an account now; without it, the account is as good."""
        with suppress(Unavailable):
            self.outbox.add("welcome", user.id)

    def delete_user(self, user_id: str) -> None:
        """
        Delete a user, which ends all sessions and API keys at once, and then remove the keys.

        Raises:
            LastAdmin: nobody would be left who may manage users.
            UserNotFound: there is none.
        """
        self.users.delete(user_id)
        self.keys.remove_all(user_id)
