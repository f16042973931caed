"""Global Privacy Control: a browser's word that nothing of its user may be sold or shared.

We sell nothing. Whoever adds what could be taken for it asks here first.
"""

from datetime import date
from typing import Any

import msgspec
from litestar import Response, get
from litestar.connection import ASGIConnection
from msgspec import Struct

from veza.http.asgi_scope import Headers, find_header

_SAID, _HEARD = b"sec-gpc", [(b"gpc", b"1")]


class GpcSupport(Struct, frozen=True, rename="camel"):
    """What a site says of itself at the address that the standard names."""

    gpc: bool
    last_update: date


def opts_out_of_sale(connection: ASGIConnection[Any, Any, Any, Any]) -> bool:
    """Tell whether this request says that nothing of its sender may be sold or shared.

    A member may have said so once and for all too: see `do_not_sell` of their account.
    """
    return is_private(connection.scope)


def is_private(scope: Any) -> bool:
    """Tell the same of a bare request."""
    return find_header(scope, _SAID) == b"1"


def gpc_headers(scope: Any) -> Headers:
    """Give the headers that tell whoever said so that they were heard."""
    return _HEARD if is_private(scope) else ()


@get("/.well-known/gpc.json", include_in_schema=False, credentials="ignored", sync_to_thread=False)
def show_gpc_support() -> Response[bytes]:
    """Say that we heed it: plain JSON, as the standard has it."""
    # The day from which on we stand by it.
    support = GpcSupport(gpc=True, last_update=date(2026, 11, 24))
    headers = {"cache-control": "public, max-age=86400"}
    body = msgspec.json.encode(support)
    return Response(body, media_type="application/json", headers=headers)
