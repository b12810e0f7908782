"""The one table from what a caller can cause to status and code."""

from collections.abc import Mapping
from typing import Final

from togglebox import errors

REFUSALS: Final[Mapping[type[errors.ToggleBoxError], tuple[int, str]]] = {
    errors.Malformed: (400, "MALFORMED_REQUEST"),
    errors.Refused: (400, "REFUSED"),
    errors.IllegalStep: (400, "ILLEGAL_TRANSITION"),
    errors.NotAuthenticated: (401, "UNAUTHORIZED"),
    errors.Forbidden: (403, "FORBIDDEN"),
    errors.NotFound: (404, "NOT_FOUND"),
    errors.MethodNotAllowed: (405, "METHOD_NOT_ALLOWED"),
    errors.Conflict: (409, "CONFLICT"),
    errors.PreconditionFailed: (412, "PRECONDITION_FAILED"),
    errors.TooLarge: (413, "PAYLOAD_TOO_LARGE"),
    errors.UnsupportedMediaType: (415, "UNSUPPORTED_MEDIA_TYPE"),
    errors.Invalid: (422, "VALIDATION_FAILED"),
    errors.LimitExceeded: (422, "LIMIT_EXCEEDED"),
    errors.IdempotencyKeyReused: (422, "IDEMPOTENCY_KEY_REUSED"),
    errors.TooManyRequests: (429, "TOO_MANY_REQUESTS"),
    errors.Unavailable: (503, "SERVICE_UNAVAILABLE"),
    errors.AccountsNotConfigured: (503, "ACCOUNTS_NOT_CONFIGURED"),
}

INTERNAL: Final = (500, "INTERNAL_SERVER_ERROR")
INTERNAL_SENTENCE: Final = "Something went wrong; the request id leads to the log"


def refusal_of(error: errors.ToggleBoxError) -> tuple[int, str]:
    """Return status and code for *error*, by the nearest of its classes in the table."""
    return next((REFUSALS[kind] for kind in type(error).__mro__ if kind in REFUSALS), INTERNAL)
