"""Addresses of push services, which browsers choose: requests reach public hosts only."""

import asyncio
import socket
from collections.abc import Collection
from urllib.parse import urlsplit

from msgspec import Struct

from veza.core.addresses import is_public, parse_address

MAX_LENGTH = 1000
_HTTPS_PORT = 443
# A host may have an address of a family that this server can't reach.
_MAX_ADDRESSES = 4


class PrivateEndpoint(Exception):
    """An endpoint isn't HTTPS at a public host, and its origin isn't trusted."""


class PushEndpoint(Struct, frozen=True):
    """The parts of an endpoint; `is_trusted` may lie in a private network."""

    host: str
    port: int
    is_trusted: bool


def read_endpoint(url: str, trusted: Collection[str] = ()) -> PushEndpoint:
    """Parse an endpoint without looking its host up. Raises PrivateEndpoint."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        port = parts.port
    except ValueError as error:
        raise PrivateEndpoint from error
    # Control characters and spaces would end a request's line.
    if len(url) > MAX_LENGTH or not url.isascii() or any(char <= " " for char in url) or not host:
        raise PrivateEndpoint
    if f"{parts.scheme}://{parts.netloc}" in trusted:
        default = _HTTPS_PORT if parts.scheme == "https" else 80
        return PushEndpoint(host, port or default, is_trusted=True)
    address = parse_address(host)
    if (
        parts.scheme != "https"
        or port not in {None, _HTTPS_PORT}
        or "@" in parts.netloc
        or (address is not None and not is_public(address))
    ):
        raise PrivateEndpoint
    return PushEndpoint(host, _HTTPS_PORT, is_trusted=False)


async def resolve(endpoint: PushEndpoint) -> list[str]:
    """Return the addresses of an endpoint's host, IPv4 first. Raises PrivateEndpoint, OSError.

    If any of them is private, none is used: what is connected to is exactly what was checked.
    """
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(endpoint.host, endpoint.port, type=socket.SOCK_STREAM)
    texts = [str(entry[4][0]) for entry in sorted(found, key=lambda entry: entry[0])]
    for text in texts:
        address = parse_address(text)
        if not endpoint.is_trusted and (address is None or not is_public(address)):
            raise PrivateEndpoint
    return list(dict.fromkeys(texts))[:_MAX_ADDRESSES]
