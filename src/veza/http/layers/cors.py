"""CORS: the origins whose pages may read responses, and send cookies.

Pages of all origins may read what is answered without credentials: tracks, streams, feeds, cards.
`*` lets no browser show them what it gets with cookies, and asking with a token needs a preflight.
Outside of the rate limits, so that pages can read refusals and their `Retry-After`.
"""

from http import HTTPStatus

from litestar.types import ASGIApp, HTTPScope, Receive, Scope, Send

from veza.http.asgi_scope import Headers, add_headers, find_header, send_response
from veza.http.route_classes import RouteClasses
from veza.http.security.origins import Origins

_ANY_ORIGIN = (b"access-control-allow-origin", b"*")
_WITH_COOKIES = (b"access-control-allow-credentials", b"true")
_VARY = (b"vary", b"Origin")
_SHOWN = (
    b"access-control-expose-headers",
    b", ".join(
        [
            *(b"X-Request-ID", b"Retry-After", b"Content-Range", b"Accept-Ranges", b"ETag", b"GPC"),
            *(b"X-RateLimit-Limit", b"X-RateLimit-Remaining", b"RateLimit", b"RateLimit-Policy"),
            # Of resumable uploads.
            *(b"Location", b"Tus-Resumable", b"Tus-Version", b"Tus-Extension", b"Tus-Max-Size"),
            *(b"Tus-Checksum-Algorithm", b"Upload-Offset", b"Upload-Length", b"Upload-Expires"),
            *(b"Upload-Metadata", b"Upload-Concat", b"Upload-Result", b"Upload-Limit"),
            b"Upload-Defer-Length",
        ]
    ),
)
_AGE = (b"access-control-max-age", b"3600")
_ALLOWED = [
    (b"access-control-allow-methods", b"GET, HEAD, POST, PUT, PATCH, DELETE"),
    (
        b"access-control-allow-headers",
        b", ".join(
            [
                *(b"Authorization", b"Content-Type", b"X-API-Key", b"X-CSRF-Token"),
                *(b"X-Request-ID", b"Range", b"Tus-Resumable", b"Upload-Offset", b"Upload-Length"),
                *(b"Upload-Metadata", b"Upload-Concat", b"Upload-Checksum", b"Upload-Defer-Length"),
                *(b"X-HTTP-Method-Override", b"X-Veza-Profile"),
            ]
        ),
    ),
    _AGE,
]
_ALLOWED_TO_ALL = [
    (b"access-control-allow-methods", b"GET, HEAD"),
    (b"access-control-allow-headers", b"Range, If-None-Match, X-Request-ID"),
    _AGE,
]
_READING = {b"GET", b"HEAD"}


class CorsMiddleware:
    """Adds CORS headers, and responds to preflight requests (Fetch standard, 3.3)."""

    def __init__(self, app: ASGIApp, origins: Origins, classes: RouteClasses) -> None:
        self._app = app
        self._origins = origins
        self._classes = classes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        wanted = _find_preflight(scope)
        allowed = self._allow(scope, wanted)
        if wanted is not None and allowed:
            await _answer_preflight(send, allowed)
        else:
            await self._app(scope, receive, send)

    def _allow(self, scope: HTTPScope, wanted: bytes | None) -> Headers:
        """Add the headers of a response; return those of a preflight, or nothing if it fails."""
        if self._origins.are_any:
            # Without cookies: with them, every site could act as the member.
            add_headers(scope, [_ANY_ORIGIN, _SHOWN])
            return _ALLOWED
        if self._origins.are_some:
            # Also for other origins, because caches must keep the responses apart.
            add_headers(scope, [_VARY])
            origin = find_header(scope, b"origin") or b""
            if self._origins.has(origin.decode("latin-1")):
                allowed = (b"access-control-allow-origin", origin)
                add_headers(scope, [allowed, _WITH_COOKIES, _SHOWN])
                return _ALLOWED
        method = scope["method"] if wanted is None else wanted.decode("latin-1")
        if not self._classes.find(_as_get(method), scope["path"]).is_for_all_origins:
            return ()
        add_headers(scope, [_ANY_ORIGIN, _SHOWN])
        return _ALLOWED_TO_ALL if wanted in _READING else ()


def _as_get(method: str) -> str:
    return "GET" if method == "HEAD" else method


def _find_preflight(scope: HTTPScope) -> bytes | None:
    """Return the method that a browser asks leave for; None in any other request."""
    if scope["method"] != "OPTIONS":
        return None
    return find_header(scope, b"access-control-request-method")


async def _answer_preflight(send: Send, headers: Headers) -> None:
    await send_response(send, HTTPStatus.NO_CONTENT.value, headers, b"")
