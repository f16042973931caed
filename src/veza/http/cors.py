"""Front-ends on other origins: which may read our answers from a browser, and which with cookies.

Outside of the limits, so that a front-end can read that it is refused, and when to come back.
"""

from collections.abc import Sequence

from litestar.types import ASGIApp, Receive, Scope, Send

from veza.http.asgi_scope import add_headers, find_header

_ANYBODY = (b"access-control-allow-origin", b"*")
_WITH_COOKIES = (b"access-control-allow-credentials", b"true")
_VARY = (b"vary", b"Origin")
_SHOWN = (
    b"access-control-expose-headers",
    b", ".join(
        [
            *(b"X-Request-ID", b"Retry-After", b"Content-Range", b"Accept-Ranges", b"ETag", b"GPC"),
            *(b"X-RateLimit-Limit", b"X-RateLimit-Remaining", b"RateLimit", b"RateLimit-Policy"),
        ]
    ),
)
_ALLOWED = [
    (b"access-control-allow-methods", b"GET, HEAD, POST, PUT, DELETE"),
    (
        b"access-control-allow-headers",
        b"Authorization, Content-Type, X-API-Key, X-CSRF-Token, X-Request-ID, Range",
    ),
    (b"access-control-max-age", b"3600"),
]


class Origins:
    """The origins that a setting names; `*` stands for all of them, but never with cookies."""

    def __init__(self, named: Sequence[str]) -> None:
        self.are_any = "*" in named
        self._named = frozenset(origin.lower() for origin in named) - {"*"}

    def has(self, origin: str) -> bool:
        """Tell whether an origin is named itself."""
        return origin.lower() in self._named


class CorsMiddleware:
    """Tells browsers which origins may read an answer (the Fetch standard, 3.3)."""

    def __init__(self, app: ASGIApp, origins: Origins) -> None:
        self._app = app
        self._origins = origins

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one connection; a browser's question beforehand is answered here."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        origin = find_header(scope, b"origin") or b""
        if self._origins.are_any:
            # Cookies and any origin together would let everybody in.
            add_headers(scope, [_ANYBODY, _SHOWN])
        else:
            # Said to those who may not read it too: a cache must not give this answer to others.
            add_headers(scope, [_VARY])
        is_named = self._origins.has(origin.decode("latin-1"))
        if is_named and not self._origins.are_any:
            add_headers(scope, [(b"access-control-allow-origin", origin), _WITH_COOKIES, _SHOWN])
        if _is_preflight(scope) and (is_named or self._origins.are_any):
            await _answer_preflight(send)
        else:
            await self._app(scope, receive, send)


def _is_preflight(scope: Scope) -> bool:
    is_asking = scope.get("method") == "OPTIONS"
    return is_asking and find_header(scope, b"access-control-request-method") is not None


async def _answer_preflight(send: Send) -> None:
    await send({"type": "http.response.start", "status": 204, "headers": _ALLOWED})
    await send({"type": "http.response.body", "body": b"", "more_body": False})
