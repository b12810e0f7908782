"""What a caller can cause: one tree, raised by the domain, turned into statuses by `togglebox.edge`."""

from collections.abc import Mapping, Sequence
from typing import Any


class ToggleBoxError(Exception):
    """
    The root of the tree.

    The first argument is a sentence that a caller may read. *details* is what the answer's ``details`` holds:
    strings ``path: message``, or mappings where the wire contract says so.
    """

    def __init__(self, sentence: str, *, details: Sequence[str | Mapping[str, Any]] = ()) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.details = tuple(details)


class Malformed(ToggleBoxError):
    """The request cannot be read as what it claims to be: broken JSON, a broken page token."""


class Refused(ToggleBoxError):
    """The request is understood, but what it names does not fit what is there."""


class IllegalStep(Refused):
    """A state machine does not allow the step from where it stands; *details* say what it allows."""


class NotAuthenticated(ToggleBoxError):
    """Nobody, or nobody we know, asks for something that needs a caller."""


class Forbidden(ToggleBoxError):
    """The caller is known, and may not."""


class NotFound(ToggleBoxError):
    """What the path names does not exist."""


class MethodNotAllowed(ToggleBoxError):
    """The path exists, but not for this method; *allowed* are those that do."""

    def __init__(self, method: str, allowed: Sequence[str]) -> None:
        super().__init__(f"Method {method} is not allowed here; allowed: {', '.join(allowed)}")
        self.allowed = tuple(allowed)


class Conflict(ToggleBoxError):
    """Somebody else was there first: the name is taken, or the version read is no longer the last."""


class PreconditionFailed(ToggleBoxError):
    """`If-Match` names a version that is not the current one."""


class TooLarge(ToggleBoxError):
    """The request's body is larger than the endpoint takes."""


class UnsupportedMediaType(ToggleBoxError):
    """The request's body is not in a form that the endpoint reads."""


class Invalid(ToggleBoxError):
    """The request can be read, but breaks a rule; *details* name each path."""

    def __init__(self, *details: str | Mapping[str, Any], sentence: str = "Validation failed") -> None:
        super().__init__(sentence, details=details)


class LimitExceeded(ToggleBoxError):
    """The change would pass a limit; the sentence holds both numbers."""


class IdempotencyKeyReused(ToggleBoxError):
    """An `Idempotency-Key` came again with another request body."""


class TooManyRequests(ToggleBoxError):
    """The caller tries too often; it may go on after *retry_after* seconds."""

    def __init__(self, sentence: str, *, retry_after: int) -> None:
        super().__init__(sentence)
        self.retry_after = retry_after


class Unavailable(ToggleBoxError):
    """Something that we depend on is away; nothing was promised. *retry_after* is in seconds."""

    def __init__(self, sentence: str, *, retry_after: int = 1) -> None:
        super().__init__(sentence)
        self.retry_after = retry_after


class AccountsNotConfigured(Unavailable):
    """The deployment has no secret to sign sessions with, so nobody can have an account."""

    def __init__(self) -> None:
        super().__init__("There are no accounts here: the operator has to set JWT_SECRET", retry_after=3_600)
