"""The Cdn port: how the edge forgets what a change made stale."""

from collections.abc import Sequence
from typing import Protocol

from togglebox.errors import Unavailable


class CdnUnavailable(Unavailable):
    """The CDN did not take the purge; the change stands, and the purge is repeated by upkeep."""


class Cdn(Protocol):
    """What every provider promises."""

    def purge(self, paths: Sequence[str]) -> str | None:
        """
        Forget everything under *paths* (each may end in ``*``); return the provider's id of the purge, if it has one.

        Raises:
            CdnUnavailable: the provider refused or did not answer.
        """


class NoCdn:
    """The provider of a deployment that has none."""

    def purge(self, paths: Sequence[str]) -> str | None:
        return None
