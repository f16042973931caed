"""Addresses on the network: read in every way of writing them, and who counts as one client."""

from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

type Address = IPv4Address | IPv6Address

# An IPv6 address with the name of an interface behind it.
_LONGEST = 64


def parse_address(text: str) -> Address | None:
    """Read an address; None where it is none. IPv4 in the clothes of IPv6 is IPv4."""
    return _parse(text) if len(text) <= _LONGEST else None


def network_of(address: str) -> str:
    """Name what is counted as one client: an IPv4 address, or the /64 of an IPv6 one.

    Whoever has an IPv6 address has at least all the others of its /64 too.
    """
    parsed = parse_address(address)
    if not isinstance(parsed, IPv6Address):
        return str(parsed or address)
    return str(ip_network((parsed, 64), strict=False))


# Each request asks for one or two, and they are mostly the same ones.
@lru_cache(maxsize=4096)
def _parse(text: str) -> Address | None:
    try:
        parsed = ip_address(text.split("%", maxsplit=1)[0])
    except ValueError:
        return None
    return parsed.ipv4_mapped or parsed if isinstance(parsed, IPv6Address) else parsed
