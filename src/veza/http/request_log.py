"""The outermost layer: request ids, security headers, the log line and the metrics of a request."""

import re
import time
from collections.abc import Iterable
from typing import Any

import structlog
from litestar.types import ASGIApp, Message, Receive, Scope, Send
from prometheus_client import Counter, Histogram
from structlog.contextvars import bind_contextvars, clear_contextvars, get_contextvars

from veza.core.ids import new_id
from veza.http.asgi_scope import add_headers, added_headers
from veza.http.gpc import gpc_headers

log = structlog.get_logger("veza.requests")

_REQUEST_ID = re.compile(rb"[A-Za-z0-9._:/+=-]{1,128}")

_REQUESTS = Counter("veza_http_requests_total", "Requests answered.", ["method", "route", "status"])
_SECONDS = Histogram(
    "veza_http_request_seconds",
    "Time until the answer was sent whole.",
    ["method", "route"],
    buckets=(0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60),
)

# Nothing that we answer is meant to run in a browser; the API page brings a policy of its own.
_SECURITY_HEADERS = {
    b"content-security-policy": b"default-src 'none'; object-src 'none'; base-uri 'none'; "
    b"form-action 'none'; frame-ancestors 'none'",
    b"x-frame-options": b"DENY",
    b"x-content-type-options": b"nosniff",
    b"referrer-policy": b"no-referrer",
    b"permissions-policy": b"camera=(), geolocation=(), microphone=(), payment=()",
    b"cross-origin-resource-policy": b"cross-origin",
}
# An answer to somebody in particular is for no cache, where it doesn't say otherwise.
_CREDENTIALS = {b"authorization", b"cookie", b"x-api-key"}
_NO_STORE = (b"cache-control", b"no-store")
_HSTS = (b"strict-transport-security", b"max-age=31536000; includeSubDomains")


def current_request_id() -> str:
    """Tell the id of the request being answered."""
    return str(get_contextvars().get("request_id", ""))


class RequestLogMiddleware:
    """Wraps the whole application."""

    def __init__(self, app: ASGIApp, *, is_production: bool) -> None:
        self._app = app
        self._security = list(_SECURITY_HEADERS.items()) + ([_HSTS] if is_production else [])

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one connection."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = _find_request_id(scope["headers"])
        clear_contextvars()
        bind_contextvars(request_id=request_id.decode())
        add_headers(scope, [(b"x-request-id", request_id), *gpc_headers(scope)])
        started = time.perf_counter()
        status = 0

        async def send_on(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = int(message["status"])
                message["headers"] = self._complete(message["headers"], scope)
            await send(message)

        try:
            await self._app(scope, receive, send_on)
        finally:
            _record(scope, status, time.perf_counter() - started)

    def _complete(
        self, headers: Iterable[tuple[bytes, bytes]], scope: Scope
    ) -> list[tuple[bytes, bytes]]:
        given = list(headers)
        names = {name for name, _ in given}
        given += [header for header in self._security if header[0] not in names]
        given += added_headers(scope)
        if b"cache-control" not in names and _has_credentials(scope):
            given.append(_NO_STORE)
        return given


def _has_credentials(scope: Any) -> bool:
    return any(name in _CREDENTIALS for name, _ in scope["headers"])


def _find_request_id(headers: Iterable[tuple[bytes, bytes]]) -> bytes:
    for name, value in headers:
        if name == b"x-request-id" and _REQUEST_ID.fullmatch(value):
            return value
    return str(new_id()).encode()


def _record(scope: Any, status: int, seconds: float) -> None:
    # The template, not the path: ids would make a series each, and paths may hold secrets.
    route = scope.get("path_template") or "unknown"
    method = scope["method"] if route != "unknown" else "unknown"
    _REQUESTS.labels(method, route, status).inc()
    _SECONDS.labels(method, route).observe(seconds)
    log.info(
        "request",
        method=scope["method"],
        route=route,
        status=status,
        ms=round(seconds * 1000, 1),
    )
