"""Whose request it is, where proxies stand in front: the address that the last one that is trusted has seen."""

import re
from typing import Final

from togglebox.edge.guard import within

MOST_HOPS: Final = 20
LONGEST: Final = 60
HOP: Final = re.compile(
    r"\[(?P<six>[0-9A-Fa-f:.]+)\](:[0-9]{1,5})?|(?P<four>[0-9.]+)(:[0-9]{1,5})?|(?P<bare>[0-9A-Fa-f:.]+)"
)
"""An address, as proxies write it: some put IPv6 in brackets, some add the port."""


def client_of(peer: str, forwarded: str | None, proxies: tuple[str, ...]) -> str:
    """
    Return the address of the client behind *proxies* (CIDR blocks), when *peer* is who connected.

    *forwarded* is `X-Forwarded-For`, to which each proxy adds whom it heard from. It is read from its end, and only as
    far as those who wrote it are trusted: whatever a client sends itself stands before that.
    """
    if not proxies or not forwarded:
        return peer
    client = peer
    for hop in reversed(forwarded.rsplit(",", MOST_HOPS)[-MOST_HOPS:]):
        if not within(client, proxies):
            return client
        found = HOP.fullmatch(hop.strip()) if len(hop) <= LONGEST else None
        if found is None:
            return client
        client = found["six"] or found["four"] or found["bare"]
    return client
