"""Who is at the other end: the address (behind proxies that we trust) and the device."""

from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Network
from typing import Any

from litestar.connection import ASGIConnection
from msgspec import Struct

from veza.core.addresses import network_of, parse_address

type Network = IPv4Network | IPv6Network


class ClientInfo(Struct, frozen=True):
    """The other end of a connection."""

    address: str
    device: str


def find_client(
    connection: ASGIConnection[Any, Any, Any, Any], trusted: Sequence[Network]
) -> ClientInfo:
    """Tell who is asking; `X-Forwarded-For` counts only from trusted proxies."""
    peer = connection.client.host if connection.client else ""
    forwarded = connection.headers.getall("x-forwarded-for", [])
    address = client_address(peer, ",".join(forwarded), trusted)
    return ClientInfo(address, connection.headers.get("user-agent", "")[:300])


def client_network(scope: Any, trusted: Sequence[Network]) -> str:
    """Return what counts as one client: its IPv4 address, or the /64 of its IPv6 address."""
    forwarded = ""
    if trusted:
        said = [value for name, value in scope["headers"] if name == b"x-forwarded-for"]
        forwarded = b",".join(said).decode("latin-1")
    peer = scope["client"][0] if scope.get("client") else ""
    return network_of(client_address(peer, forwarded, trusted))


def client_address(peer: str, forwarded: str, trusted: Sequence[Network]) -> str:
    """Walk `X-Forwarded-For` from the right, past the proxies that we trust.

    Each proxy appends whom it heard from, so the first address from the right that is no proxy of
    ours is the client; what stands further left the client wrote itself.
    """
    hops = [hop.strip() for hop in forwarded.split(",") if hop.strip()]
    address = peer
    while hops and _is_trusted(address, trusted):
        candidate = hops.pop()
        if parse_address(candidate) is None:
            break
        address = candidate
    parsed = parse_address(address)
    return str(parsed) if parsed is not None else address


def _is_trusted(address: str, trusted: Sequence[Network]) -> bool:
    if not trusted:
        return False
    parsed = parse_address(address)
    return parsed is not None and any(parsed in network for network in trusted)


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
    scheme = connection.scope["scheme"]
    if trusted:
        peer = connection.client.host if connection.client else ""
        if _is_trusted(peer, trusted):
            scheme = connection.headers.get("x-forwarded-proto", scheme)
    # Of a WebSocket it is `ws` or `wss`, where URLs are for what is fetched.
    scheme = scheme.replace("ws", "http", 1)
    host = connection.headers.get("host", "localhost")
    return f"{scheme}://{host}"
