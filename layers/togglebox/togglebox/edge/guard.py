"""Who may come near: the network that a request comes from, the host it asks for, the page that sent it."""

from functools import lru_cache
from typing import Any, Final

from togglebox.app import LOOPBACK_HOSTS, Policy
from togglebox.edge.request import Request
from togglebox.errors import Forbidden

EVERYTHING: Final = frozenset({"0.0.0.0/0", "::/0"})


LONGEST: Final = 300
"""Characters of an origin: a scheme, a host name (253, RFC 1035), a port. What is longer is not remembered whole."""


def check_origin(request: Request[Any], policy: Policy) -> None:
    """
    Refuse strangers where the network, and no credential, decides who may.

    Internal routes without authentication answer only to known hosts, and to pages from known origins: else any web
    page could reach them through the browser of somebody inside (DNS rebinding, cross-site requests).

    Raises:
        Forbidden: saying what was not expected, and which setting allows it.
    """
    if policy.networks is not None and not within(request.client, policy.networks):
        raise Forbidden("This address is not among TRUSTED_NETWORKS")
    if policy.authentication or request.area != "internal":
        return
    host = _host(request.headers.get("host", ""))
    if policy.hosts is not None and host not in policy.hosts:
        raise Forbidden("This host name is not among ALLOWED_HOSTS")
    origin = request.headers.get("origin")
    if origin is not None and origin not in policy.cors_origins and _origin_host(origin) not in LOOPBACK_HOSTS:
        raise Forbidden("This origin is not among CORS_ORIGIN")


@lru_cache(maxsize=1_024)
def within(address: str, networks: tuple[str, ...]) -> bool:
    """Tell whether an address lies in one of the CIDR blocks; what is no address lies nowhere, unless they are all."""
    if not EVERYTHING.isdisjoint(networks):
        return True
    from ipaddress import ip_address, ip_network

    try:
        client = ip_address(address)
    except ValueError:
        return False
    mapped = getattr(client, "ipv4_mapped", None) or client
    return any(mapped in ip_network(network) for network in networks)


def _host(header: str) -> str:
    """Return the name in a `Host` header, without the port."""
    return _name(header[:LONGEST])


@lru_cache(maxsize=256)
def _name(header: str) -> str:
    return header.lower() if header.endswith("]") else header.rpartition(":")[0].lower() or header.lower()


def _origin_host(origin: str) -> str:
    from urllib.parse import urlsplit

    try:
        place = urlsplit(origin[:LONGEST]).netloc
    except ValueError:
        return ""
    return "" if "@" in place else _host(place)
