"""Ports of UDP at which encoders are received."""

import asyncio
import socket

_BUFFER_BYTES = 4 << 20


def open_udp_port(port: int) -> socket.socket:
    """Open a port of all addresses, of IPv4 alone where there is no IPv6. Raises OSError."""
    try:
        opened = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
        opened.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        opened.bind(("::", port))
    except OSError:
        opened = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        opened.bind(("0.0.0.0", port))  # noqa: S104
    opened.setblocking(False)
    return opened


def enlarge_buffer(transport: asyncio.BaseTransport) -> None:
    """Set the size of the receive buffer, for packets that arrive while this process is busy."""
    found = transport.get_extra_info("socket")
    found.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER_BYTES)
