"""Where a request came from: the peer, or what proxies that are trusted say of it."""

from collections.abc import Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Final

from starlette.types import Scope

Network = IPv4Network | IPv6Network

IPV6_PREFIX: Final = 64
"""A household or a server has so many bits of an IPv6 address to itself, so they count as one."""

UNKNOWN: Final = "unknown"
"""Whoever comes by a socket of Unix, or whose proxy says nonsense."""


class Addresses:
    """Tells the address that a request is counted by."""

    def __init__(self, trusted_proxies: Sequence[Network]) -> None:
        self._trusted = tuple(trusted_proxies)
        self._is_trusted = lru_cache(10_000)(self._look_up)

    def of(self, scope: Scope) -> str:
        """An IPv4 address, or the first 64 bits of an IPv6 one.

        What X-Forwarded-For says is believed as far as those who said it are trusted: from its
        end to the first address that is no trusted proxy.
        """
        client = scope.get("client")
        peer: str = client[0] if client else UNKNOWN
        if self._trusted and self._is_trusted(peer):
            peer = self._forwarded(scope) or peer
        return _prefix(peer) if ":" in peer else peer

    def _forwarded(self, scope: Scope) -> str | None:
        said = b",".join(value for name, value in scope["headers"] if name == b"x-forwarded-for")
        hops = [hop.strip() for hop in said.decode("latin-1").split(",") if hop.strip()]
        for hop in reversed(hops):
            address = _parsed(hop)
            if address is None:
                return UNKNOWN
            if not self._is_trusted(str(address)):
                return str(address)
        return hops[0] if hops else None

    def _look_up(self, address: str) -> bool:
        parsed = _parsed(address)
        return parsed is not None and any(parsed in network for network in self._trusted)


def _parsed(text: str) -> IPv4Address | IPv6Address | None:
    """An address, perhaps with a port, as some proxies write it."""
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


@lru_cache(10_000)
def _prefix(text: str) -> str:
    address = _parsed(text)
    if not isinstance(address, IPv6Address):
        return UNKNOWN if address is None else str(address)
    return str(IPv6Network((address, IPV6_PREFIX), strict=False))
