"""Who is behind a request's credentials: a person by a token, or a program by an API key."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final

from togglebox.auth.allowance import Allowance
from togglebox.auth.keys import APIKey, Keys, UnknownKey
from togglebox.auth.permissions import PERMISSIONS
from togglebox.auth.principal import Principal
from togglebox.auth.throttle import WRONG_CREDENTIALS, Throttle, network
from togglebox.auth.tokens import ForgedToken, Tokens
from togglebox.auth.users import User, UserNotFound, Users
from togglebox.errors import NotAuthenticated


class Authenticate:
    """
    Finds out who asks, by what the database says; tokens and keys only tell where to look.

    A token costs one read, a key two; none if they were made some seconds ago in this process. What is no token or
    key of ours is counted for the network that it comes from; who has a good one is let in even from there.
    """

    def __init__(
        self,
        users: Users,
        keys: Keys,
        tokens: Tokens,
        throttle: Throttle,
        *,
        now: Callable[[], datetime],
        allowance: Allowance | None = None,
    ) -> None:
        self._users: Final = users
        self._keys: Final = keys
        self._tokens: Final = tokens
        self._throttle: Final = throttle
        self._now: Final = now
        self._allowance: Final = allowance

    def __call__(self, headers: Mapping[str, str], client: str) -> Principal | None:
        """
        Return the caller that the headers prove, ``None`` if they hold no credentials; a token counts before a key.

        Raises:
            NotAuthenticated: they hold some that prove nothing.
            TooManyRequests: so did too many others from the network of *client*, or the key is used too often.
        """
        authorization, text = headers.get("authorization"), headers.get("x-api-key")
        if authorization is None and text is None:
            return None
        try:
            if authorization is not None:
                try:
                    return self._person(authorization)
                except NotAuthenticated:
                    if text is None:
                        raise
            return self._program(text or "")
        except (ForgedToken, UnknownKey):
            self._throttle.take(WRONG_CREDENTIALS, network(client))
            raise

    def _person(self, authorization: str) -> Principal:
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer":
            raise ForgedToken
        claims = self._tokens.read(token)

        def signed_in(user: User) -> bool:
            return user.session(claims.sid, at=self._now()) is not None

        # A session that began since the user was read is no reason to refuse it, nor to wait.
        user = self._user(claims.id, good=signed_in)
        if user is None or not signed_in(user):
            raise NotAuthenticated("Invalid or expired JWT token")
        return Principal(user.id, user.email, PERMISSIONS[user.role], role=user.role, session=claims.sid)

    def _program(self, text: str) -> Principal:
        key = self._keys.by_text(text)
        owner = None if key.has_expired(at=self._now()) else self._user(key.owner)
        if owner is None:
            raise NotAuthenticated("Invalid API key")
        if self._allowance is not None:
            self._allowance.spend(key.id)
        self._keys.used(key)
        return _principal(key, owner)

    def _user(self, user_id: str, *, good: Callable[[User], bool] = lambda user: True) -> User | None:
        try:
            return self._users.recently(user_id, good=good)
        except UserNotFound:
            return None


def _principal(key: APIKey, owner: User) -> Principal:
    """Return what a key makes of a request: what it opens of what its owner's role opens."""
    return Principal(
        key.id,
        owner.email,
        PERMISSIONS[owner.role] & frozenset(key.permissions),
        is_key=True,
        platforms=None if key.platforms is None else frozenset(key.platforms),
        environments=None if key.environments is None else frozenset(key.environments),
    )
