"""The outermost layer: request ids, security headers, the log line and metrics of a request."""

import re
import time
from collections.abc import Iterable
from typing import Any

import structlog
from litestar.types import ASGIApp, Receive, Scope, Send
from prometheus_client import Counter, Histogram
from structlog.contextvars import bind_contextvars, clear_contextvars, get_contextvars

from veza.core.ids import new_id
from veza.http.asgi_scope import add_headers, added_headers, fill_ids
from veza.http.file_responses import ZERO_COPY
from veza.http.gpc import gpc_headers

log = structlog.get_logger("veza.requests")

_REQUEST_ID = re.compile(rb"[A-Za-z0-9._:/+=-]{1,128}")

_REQUESTS = Counter("veza_http_requests_total", "Requests answered.", ["method", "route", "status"])
_SECONDS = Histogram(
    "veza_http_request_seconds",
    "Time until the response was sent completely.",
    ["method", "route"],
    buckets=(0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60),
)

# No response is meant to run in a browser; the API page sets its own policy.
_SECURITY_HEADERS = {
    b"content-security-policy": b"default-src 'none'; object-src 'none'; base-uri 'none'; "
    b"form-action 'none'; frame-ancestors 'none'",
    b"x-frame-options": b"DENY",
    b"x-content-type-options": b"nosniff",
    b"referrer-policy": b"no-referrer",
    b"permissions-policy": b"camera=(), geolocation=(), microphone=(), payment=()",
    b"cross-origin-resource-policy": b"cross-origin",
}
# Responses to requests with credentials are not cached unless they say otherwise.
_CREDENTIALS = {b"authorization", b"cookie", b"x-api-key"}
_NO_STORE = (b"cache-control", b"no-store")
_HSTS = (b"strict-transport-security", b"max-age=31536000; includeSubDomains")


def current_request_id() -> str:
    """Return the id of the current request."""
    return str(get_contextvars().get("request_id", ""))


class RequestLogMiddleware:
    """The outermost layer: assigns request ids, and logs and counts each request at its end."""

    def __init__(self, app: ASGIApp, *, is_production: bool) -> None:
        self._app = app
        self._is_production = is_production
        self._security = list(_SECURITY_HEADERS.items()) + ([_HSTS] if is_production else [])

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = _find_request_id(scope["headers"])
        clear_contextvars()
        bind_contextvars(request_id=request_id.decode())
        add_headers(scope, [(b"x-request-id", request_id), *gpc_headers(scope)])
        started = time.perf_counter()
        status = size = 0

        async def send_on(message: Any) -> None:
            nonlocal status, size
            if message["type"] == "http.response.start":
                status = int(message["status"])
                message["headers"] = self._complete(message["headers"], scope)
            elif message["type"] == "http.response.body":
                size += len(message.get("body", b""))
            elif message["type"] == ZERO_COPY:
                size += message["count"]
            await send(message)

        try:
            await self._app(scope, receive, send_on)
        finally:
            self._record(scope, status, time.perf_counter() - started, size=size)

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

    def _record(self, scope: Any, status: int, seconds: float, *, size: int) -> None:
        # The route, not the path: ids would make a series each, and paths may hold secrets.
        route = scope.get("path_template") or "unknown"
        method = scope["method"] if route != "unknown" else "unknown"
        _REQUESTS.labels(method, route, status).inc()
        _SECONDS.labels(method, route).observe(seconds)
        details: dict[str, object] = {}
        if not self._is_production:
            details = {"path": fill_ids(route, scope.get("path_params", {})), "bytes": size}
        log.info(
            "request",
            method=scope["method"],
            route=route,
            status=status,
            ms=round(seconds * 1000, 1),
            **details,
        )


def _has_credentials(scope: Any) -> bool:
    return any(name in _CREDENTIALS for name, _ in scope["headers"])


def _find_request_id(headers: Iterable[tuple[bytes, bytes]]) -> bytes:
    for name, value in headers:
        if name == b"x-request-id" and _REQUEST_ID.fullmatch(value):
            return value
    return str(new_id()).encode()
