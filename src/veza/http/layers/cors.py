"""CORS: the origins whose pages may read responses, and send cookies.

Outside of the rate limits, so that pages can read refusals and their `Retry-After`.
"""

from collections.abc import Sequence

from litestar.types import ASGIApp, Receive, Scope, Send

from veza.http.asgi_scope import add_headers, find_header

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
        ]
    ),
)
_ALLOWED = [
    (b"access-control-allow-methods", b"GET, HEAD, POST, PUT, PATCH, DELETE"),
    (
        b"access-control-allow-headers",
        b", ".join(
            [
                *(b"Authorization", b"Content-Type", b"X-API-Key", b"X-CSRF-Token"),
                *(b"X-Request-ID", b"Range", b"Tus-Resumable", b"Upload-Offset", b"Upload-Length"),
                *(b"Upload-Metadata", b"Upload-Concat", b"Upload-Checksum"),
                b"X-HTTP-Method-Override",
            ]
        ),
    ),
    (b"access-control-max-age", b"3600"),
]


class Origins:
    """The allowed origins. `*` allows every origin, but without cookies."""

    def __init__(self, named: Sequence[str]) -> None:
        self.are_any = "*" in named
        self._named = frozenset(origin.lower() for origin in named) - {"*"}

    def has(self, origin: str) -> bool:
        """Return whether an origin itself is listed."""
        return origin.lower() in self._named


class CorsMiddleware:
    """Adds CORS headers, and responds to preflight requests (Fetch standard, 3.3)."""

    def __init__(self, app: ASGIApp, origins: Origins) -> None:
        self._app = app
        self._origins = origins

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        origin = find_header(scope, b"origin") or b""
        if self._origins.are_any:
            # Without cookies: with them, every site could act as the member.
            add_headers(scope, [_ANY_ORIGIN, _SHOWN])
        else:
            # Also for other origins, because caches must keep the responses apart.
            add_headers(scope, [_VARY])
        is_named = self._origins.has(origin.decode("latin-1"))
        if is_named and not self._origins.are_any:
            add_headers(scope, [(b"access-control-allow-origin", origin), _WITH_COOKIES, _SHOWN])
        if _is_preflight(scope) and (is_named or self._origins.are_any):
            await _answer_preflight(send)
        else:
            await self._app(scope, receive, send)


def _is_preflight(scope: Scope) -> bool:
    return (
        scope.get("method") == "OPTIONS"
        and find_header(scope, b"access-control-request-method") is not None
    )


async def _answer_preflight(send: Send) -> None:
    await send({"type": "http.response.start", "status": 204, "headers": _ALLOWED})
    await send({"type": "http.response.body", "body": b"", "more_body": False})
