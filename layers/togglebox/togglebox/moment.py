"""Moments that callers send: as text, with an offset, and nothing else that could be read as a time."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Final

from pydantic import AwareDatetime, BeforeValidator, PlainSerializer

from togglebox.journal.record import iso

EARLIEST: Final = datetime(1970, 1, 1, tzinfo=UTC)
LATEST: Final = datetime(9999, 1, 1, tzinfo=UTC)


def _moment(value: Any) -> Any:
    try:
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        moment = None
    if moment is None or moment.utcoffset() is None:
        raise ValueError("must be a time with its offset, as 2026-01-31T09:30:00Z")
    if not EARLIEST + timedelta(days=1) <= moment <= LATEST:
        raise ValueError("must be between the years 1970 and 9999")
    return moment


type Moment = Annotated[
    AwareDatetime,
    BeforeValidator(_moment),
    PlainSerializer(lambda moment: iso(moment.astimezone(UTC)), return_type=str),
]
