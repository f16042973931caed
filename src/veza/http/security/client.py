"""The client of a request: its address, behind trusted proxies, and its user agent."""

import re
from collections.abc import Sequence
from typing import Any

from litestar.connection import ASGIConnection
from msgspec import Struct

from veza.core.addresses import Network, network_of, parse_address

# More proxies than stand in front of any server; what else the header has, a client sent.
_MAX_HOPS = 32
_COUNTRY = re.compile("[A-Z]{2}")
# Codes of an unknown country, and of regions in databases of addresses.
_NO_COUNTRIES = frozenset({"XX", "EU", "AP"})
# Headers that proxies add: of these only `X-Forwarded-For` is read.
_PROXY_HEADERS = ("x-forwarded-for", "x-forwarded-host", "x-real-ip", "forwarded", "via")


class ClientInfo(Struct, frozen=True):
    """The address of a client, and the user agent as `device`."""

    address: str
    device: str


def find_client(
    connection: ASGIConnection[Any, Any, Any, Any], trusted: Sequence[Network]
) -> ClientInfo:
    """Return the client of a request; `X-Forwarded-For` is read from trusted proxies only."""
    peer = connection.client.host if connection.client else ""
    forwarded = connection.headers.getall("x-forwarded-for", [])
    address = client_address(peer, ",".join(forwarded), trusted)
    return ClientInfo(address, connection.headers.get("user-agent", "")[:300])


def find_country(
    connection: ASGIConnection[Any, Any, Any, Any], header: str | None, trusted: Sequence[Network]
) -> str | None:
    """Return the country of a client's network as a trusted proxy tells it; None if it does not.

    Values that are not countries are left out, such as `XX` (unknown) and `T1` (Tor).
    """
    peer = connection.client.host if connection.client else ""
    if header is None or not is_trusted(peer, trusted):
        return None
    said = connection.headers.getall(header, [])
    country = said[0].strip().upper() if len(said) == 1 else ""
    return country if _COUNTRY.fullmatch(country) and country not in _NO_COUNTRIES else None


def client_network(scope: Any, trusted: Sequence[Network]) -> str:
    """Return the network that counts as one client: an IPv4 address, or a /64 of IPv6."""
    forwarded = ""
    if trusted:
        said = [value for name, value in scope["headers"] if name == b"x-forwarded-for"]
        forwarded = b",".join(said).decode("latin-1")
    peer = scope["client"][0] if scope.get("client") else ""
    return network_of(client_address(peer, forwarded, trusted))


def client_address(peer: str, forwarded: str, trusted: Sequence[Network]) -> str:
    """Return the address of the client: the last of `X-Forwarded-For` that is no trusted proxy.

    Each proxy appends the address of its peer; anything further left was sent by the client itself
    and can't be trusted.
    """
    last = forwarded.rsplit(",", _MAX_HOPS)
    hops = [hop.strip() for hop in last if hop.strip()]
    address = peer
    while hops and is_trusted(address, trusted):
        candidate = hops.pop()
        if parse_address(candidate) is None:
            break
        address = candidate
    parsed = parse_address(address)
    return str(parsed) if parsed is not None else address


def is_directly_from(
    connection: ASGIConnection[Any, Any, Any, Any],
    networks: Sequence[Network],
    trusted: Sequence[Network],
) -> bool:
    """Return whether the client is in one of these networks, as far as that is sure.

    A proxy on this machine makes everybody a client of this machine. So where a header says that
    there is one, it has to be trusted, and to say who its client is.
    """
    headers = connection.headers
    peer = connection.client.host if connection.client else ""
    if any(name in headers for name in _PROXY_HEADERS):
        last = ",".join(headers.getall("x-forwarded-for", [])).rpartition(",")[2].strip()
        if not is_trusted(peer, trusted) or parse_address(last) is None:
            return False
    address = find_client(connection, trusted).address
    return is_trusted(address, networks)


def is_trusted(address: str, trusted: Sequence[Network]) -> bool:
    """Return whether an address is in one of the networks, such as those of trusted proxies."""
    if not trusted:
        return False
    parsed = parse_address(address)
    return parsed is not None and any(parsed in network for network in trusted)


def find_base_url(
    connection: ASGIConnection[Any, Any, Any, Any],
    public_url: str | None,
    trusted: Sequence[Network],
) -> str:
    """Return the address at which the client reaches the server, for the URLs in responses.

    It is the setting, else the scheme of a trusted proxy or of the connection, and the `Host`.
    """
    if public_url is not None:
        return public_url
    scheme = connection.scope["scheme"]
    if trusted:
        peer = connection.client.host if connection.client else ""
        if is_trusted(peer, trusted):
            scheme = connection.headers.get("x-forwarded-proto", scheme)
    # A WebSocket has `ws` or `wss`, but URLs in frames are fetched over HTTP.
    scheme = scheme.replace("ws", "http", 1)
    host = connection.headers.get("host", "localhost")
    return f"{scheme}://{host}"
