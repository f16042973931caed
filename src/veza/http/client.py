"""Who is at the other end: the address (behind proxies that we trust) and the device."""

from collections.abc import Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any

from litestar.connection import ASGIConnection
from msgspec import Struct

# An IPv6 address with the name of an interface behind it.
_LONGEST = 64

type Network = IPv4Network | IPv6Network
type Address = IPv4Address | IPv6Address


class Client(Struct, frozen=True):
    """The other end of a connection."""

    address: str
    device: str


def find_client(
    connection: ASGIConnection[Any, Any, Any, Any], trusted: Sequence[Network]
) -> Client:
    """Tell who is asking; `X-Forwarded-For` counts only from trusted proxies."""
    peer = connection.client.host if connection.client else ""
    forwarded = connection.headers.getall("x-forwarded-for", [])
    address = client_address(peer, ",".join(forwarded), trusted)
    return Client(address, connection.headers.get("user-agent", "")[:300])


def client_address(peer: str, forwarded: str, trusted: Sequence[Network]) -> str:
    """Walk `X-Forwarded-For` from the right, past the proxies that we trust.

    Each proxy appends whom it heard from, so the first address from the right that is no proxy of
    ours is the client; what stands further left the client wrote itself.
    """
    hops = [hop.strip() for hop in forwarded.split(",") if hop.strip()]
    address = peer
    while hops and _is_trusted(address, trusted):
        candidate = hops.pop()
        if _parse(candidate) is None:
            break
        address = candidate
    parsed = _parse(address)
    return str(parsed) if parsed is not None else address


def network_of(address: str) -> str:
    """Name what is counted as one client: an IPv4 address, or the /64 of an IPv6 one.

    Whoever has an IPv6 address has at least all the others of its /64 too.
    """
    parsed = _parse(address) if ":" in address else None
    return str(ip_network((parsed, 64), strict=False)) if parsed is not None else address


def _is_trusted(address: str, trusted: Sequence[Network]) -> bool:
    if not trusted:
        return False
    parsed = _parse(address)
    return parsed is not None and any(parsed in network for network in trusted)


def _parse(text: str) -> Address | None:
    return _parse_short(text) if len(text) <= _LONGEST else None


# Each request asks for one or two, and they are mostly the same ones.
@lru_cache(maxsize=4096)
def _parse_short(text: str) -> Address | None:
    try:
        parsed = ip_address(text.split("%", maxsplit=1)[0])
    except ValueError:
        return None
    return parsed.ipv4_mapped or parsed if isinstance(parsed, IPv6Address) else parsed


def find_base_url(
    connection: ASGIConnection[Any, Any, Any, Any],
    public_url: str | None,
    trusted: Sequence[Network],
) -> str:
    """Tell under which address the client reaches us, for the URLs in answers.

    The setting counts first, then what a trusted proxy says, then the `Host` that was asked for.
    """
    if public_url is not None:
        return public_url
    scheme = str(connection.scope.get("scheme", "http"))
    peer = connection.client.host if connection.client else ""
    if _is_trusted(peer, trusted):
        scheme = connection.headers.get("x-forwarded-proto", scheme)
    host = connection.headers.get("host", "localhost")
    return f"{scheme}://{host}"
