"""For whom something is decided: a user, and what is known about them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final, NamedTuple

NO_ATTRIBUTES: Final[Mapping[str, Any]] = MappingProxyType({})


class Context(NamedTuple):
    """
    A user and what is known about them.

    *user_id* is any text, compared and hashed as it stands. *country* and *language* are codes in any case, ``None``
    where unknown. *attributes* have no effect yet.
    """

    user_id: str
    country: str | None = None
    language: str | None = None
    attributes: Mapping[str, Any] = NO_ATTRIBUTES
