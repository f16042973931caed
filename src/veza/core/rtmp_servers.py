"""Addresses of servers that receive RTMP, which members choose: public hosts only.

The operator may trust some hosts of the own network.
"""

import re
from collections.abc import Collection
from urllib.parse import urlsplit

from msgspec import Struct

from veza.core.addresses import is_public, parse_address

MAX_URL_LENGTH = 500
_RTMP_PORT = 1935
_TLS_PORT = 443
# Services behind lower ports can't be addressed by a name of ours.
_LOW_PORTS = {80, 443}
_FIRST_HIGH_PORT = 1024
_SCHEMES = {"rtmp": _RTMP_PORT, "rtmps": _TLS_PORT}
_HOST = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?|[0-9A-Fa-f:.]{2,45}")
_APP = re.compile(r"[A-Za-z0-9._~!$&'()*+,;=:@%/-]{1,200}")


class NotRtmp(Exception):
    """An address isn't one of RTMP, or its host is not public."""


class RtmpServer(Struct, frozen=True):
    """The parts of an address: `app` is its path, `is_trusted` may lie in a private network."""

    url: str
    host: str
    port: int
    app: str
    is_encrypted: bool
    is_trusted: bool = False


def read_server(url: str, trusted: Collection[str] = ()) -> RtmpServer:
    """Parse an address without looking its host up. Raises NotRtmp.

    `trusted` are hosts with their ports.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise NotRtmp from error
    app = parts.path.strip("/")
    if (
        len(url) > MAX_URL_LENGTH
        or parts.scheme not in _SCHEMES
        or not url.isascii()
        or any(char <= " " for char in url)
        or _HOST.fullmatch(host) is None
        or _APP.fullmatch(app) is None
        or any(mark in url for mark in "@?#\\")
    ):
        raise NotRtmp
    port = port or _SCHEMES[parts.scheme]
    shown = f"[{host}]" if ":" in host else host
    is_trusted = f"{shown}:{port}" in trusted
    address = parse_address(host)
    is_allowed = port in _LOW_PORTS or port >= _FIRST_HIGH_PORT
    if not is_trusted and (not is_allowed or (address is not None and not is_public(address))):
        raise NotRtmp
    return RtmpServer(
        url=f"{parts.scheme}://{shown}:{port}/{app}",
        host=host,
        port=port,
        app=app,
        is_encrypted=parts.scheme == "rtmps",
        is_trusted=is_trusted,
    )
