"""All that is about people and programs who prove who they are, put together once and only where it is asked for."""

from dataclasses import dataclass

from togglebox.auth.authenticator import Authenticate
from togglebox.auth.keys import Keys
from togglebox.auth.passwords import Hasher
from togglebox.auth.signing_in import SigningIn
from togglebox.auth.throttle import Throttle
from togglebox.auth.tokens import Tokens
from togglebox.auth.users import Users


@dataclass(frozen=True, slots=True)
class Accounts:
    """The accounts' use cases."""

    users: Users
    keys: Keys
    tokens: Tokens
    throttle: Throttle
    authenticate: Authenticate
    hasher: Hasher
    signing_in: SigningIn

    def delete_user(self, user_id: str) -> None:
        """
        Delete a user, which ends all sessions and API keys at once, and then remove the keys.

        Raises:
            LastAdmin: nobody would be left who may manage users.
            UserNotFound: there is none.
        """
        self.users.delete(user_id)
        self.keys.remove_all(user_id)
