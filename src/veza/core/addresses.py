"""IP addresses: parsing, and the network that counts as one client."""

from functools import lru_cache
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

type Address = IPv4Address | IPv6Address
type Network = IPv4Network | IPv6Network

# Enough for an IPv6 address with the name of an interface.
_MAX_LENGTH = 64
# Addresses that stand for an IPv4 address, which may be a private one: NAT64, 6to4, Teredo.
_TRANSLATED = tuple(map(IPv6Network, ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32")))


def parse_address(text: str) -> Address | None:
    """Parse an address. Return None if it is not valid. IPv4-mapped IPv6 becomes IPv4."""
    return _parse(text) if len(text) <= _MAX_LENGTH else None


def network_of(address: str) -> str:
    """Return the network that counts as one client: an IPv4 address, or a /64 of IPv6.

    A client with an IPv6 address usually has its whole /64.
    """
    parsed = parse_address(address)
    if not isinstance(parsed, IPv6Address):
        return str(parsed or address)
    return str(ip_network((parsed, 64), strict=False))


def is_public(address: Address) -> bool:
    """Return whether an address is one host of the public Internet."""
    if isinstance(address, IPv6Address) and any(address in network for network in _TRANSLATED):
        return False
    is_local = isinstance(address, IPv6Address) and address.is_site_local
    return address.is_global and not (is_local or address.is_multicast or address.is_reserved)


# Each request parses one or two addresses, mostly the same.
@lru_cache(maxsize=4096)
def _parse(text: str) -> Address | None:
    try:
        parsed = ip_address(text.split("%", maxsplit=1)[0])
    except ValueError:
        return None
    return parsed.ipv4_mapped or parsed if isinstance(parsed, IPv6Address) else parsed
