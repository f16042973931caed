"""Global Privacy Control: a browser's opt-out from sale and sharing of personal data.

Veza sells nothing. Features that could count as sale must check this first.
"""

from datetime import date
from typing import Any

import msgspec
from litestar import Response, get
from litestar.connection import ASGIConnection
from msgspec import Struct

from veza.http.asgi_scope import Headers, find_header

_HEADER = b"sec-gpc"
_CONFIRMATION = [(b"gpc", b"1")]


class GpcSupport(Struct, frozen=True, rename="camel"):
    """The GPC support resource of a site."""

    gpc: bool
    last_update: date


def opts_out_of_sale(connection: ASGIConnection[Any, Any, Any, Any]) -> bool:
    """Return whether a request opts out. Members may also set `do_not_sell` in their account."""
    return find_header(connection.scope, _HEADER) == b"1"


def gpc_headers(scope: Any) -> Headers:
    """Return the headers that confirm the opt-out of a request, if it has one."""
    return _CONFIRMATION if find_header(scope, _HEADER) == b"1" else ()


@get("/.well-known/gpc.json", include_in_schema=False, credentials="ignored", sync_to_thread=False)
def show_gpc_support() -> Response[bytes]:
    """Show that this site respects GPC: plain JSON, as the standard defines."""
    # The day from which on this holds.
    support = GpcSupport(gpc=True, last_update=date(2026, 11, 24))
    headers = {"cache-control": "public, max-age=86400"}
    body = msgspec.json.encode(support)
    return Response(body, media_type="application/json", headers=headers)
