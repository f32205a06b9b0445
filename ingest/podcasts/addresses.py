"""Which addresses may be fetched from: those of the public internet.

A feed's URL is anybody's, and what it leads to is fetched from inside our network. So every
address is looked at in the moment in which a socket to it is made, after names were resolved and
redirects followed: there is no later look-up that could give another.
"""

from collections.abc import Callable, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import Final, TypeAlias

Address: TypeAlias = IPv4Address | IPv6Address
AddressPolicy: TypeAlias = Callable[[Address], bool]
"""Whether a connection to this address may be made."""

_SPECIAL_4: Final = tuple(
    map(
        IPv4Network,
        (
            "192.0.0.0/24",  # protocol assignments; some clouds have their metadata there
            "192.31.196.0/24",  # AS112
            "192.52.193.0/24",  # AMT
            "192.88.99.0/24",  # 6to4 relays
            "192.175.48.0/24",  # AS112
            "168.63.129.16/32",  # Azure's platform, a public address that is not public
        ),
    )
)
_GLOBAL_6: Final = IPv6Network("2000::/3")
_SPECIAL_6: Final = tuple(
    map(
        IPv6Network,
        (
            "2001::/23",  # protocol assignments: Teredo, ORCHID, benchmarks
            "2001:db8::/32",
            "2002::/16",  # 6to4: an IPv4 address in disguise
            "2620:4f:8000::/48",  # AS112
            "3fff::/20",  # documentation
        ),
    )
)


def is_public(address: Address) -> bool:
    """Whether an address is of the public internet, by IANA's registries of special addresses.

    An IPv6 address that stands for an IPv4 one (mapped, NAT64, 6to4, Teredo) is not, whichever.
    """
    if isinstance(address, IPv4Address):
        return (
            address.is_global
            and not address.is_multicast
            and not address.is_reserved
            and not any(address in network for network in _SPECIAL_4)
        )
    return (
        address in _GLOBAL_6
        and address.is_global
        and address.scope_id is None
        and not any(address in network for network in _SPECIAL_6)
    )


def public_or_in(networks: Sequence[IPv4Network | IPv6Network]) -> AddressPolicy:
    """The public internet and these networks of one's own."""

    def allows(address: Address) -> bool:
        return is_public(address) or any(address in network for network in networks)

    return allows
