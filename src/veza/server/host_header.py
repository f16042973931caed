"""Checks the header `Host`, of which the URLs in responses are made."""

import re

# A name or an address, and a port (RFC 9112, 3.2). Empty for a target without a host.
_HOST = re.compile(rb"(?:[A-Za-z0-9._-]{0,255}|\[[0-9A-Fa-f:.]{2,45}\])(?::(?P<port>[0-9]{0,5}))?")
_MAX_PORT = 65_535


def is_host(value: bytes) -> bool:
    """Return whether the value of `Host` is a host, with or without a port."""
    found = _HOST.fullmatch(value.strip())
    return found is not None and int(found["port"] or 0) <= _MAX_PORT
