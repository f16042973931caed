"""The outermost layer: request ids, the log line and metrics of a request, and last headers."""

import asyncio
import re
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from litestar import Request
from litestar.types import ASGIApp, Receive, Scope, Send
from msgspec import UNSET, structs

from veza.core.addresses import Network
from veza.core.errors import ServerStopping
from veza.core.ids import new_id_text
from veza.core.traffic import TrafficCounts
from veza.http.asgi_scope import (
    add_headers,
    added_headers,
    fill_ids,
    find_header,
    has_credentials,
    noted_error,
)
from veza.http.layers.request_metrics import REQUEST_METRICS
from veza.http.responses.errors import render
from veza.http.responses.file_responses import ZERO_COPY
from veza.http.security.client import is_trusted
from veza.http.security.gpc import gpc_headers
from veza.http.security.host_addresses import without_sharing
from veza.http.security.security_headers import SecurityHeaders
from veza.infra.logs.request_lines import REQUEST_ID, REQUEST_LINES, RequestLine, current_request_id
from veza.infra.tracing.spans import TRACING, Span, SpanType, current_trace_id, start_span

# What this process has answered since that was last stored.
TRAFFIC = TrafficCounts()

_REQUEST_ID = re.compile(rb"[A-Za-z0-9._:/+=-]{1,128}")

# A method that a client invents must not make a series.
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_UNKNOWN = "unknown"

_NO_STORE = (b"cache-control", b"no-store")


class RequestLogMiddleware:
    """The outermost layer: assigns request ids, and logs and counts each request at its end."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        is_production: bool,
        trusted: Sequence[Network] = (),
        more_headers: Mapping[str, str] | None = None,
    ) -> None:
        self._app = app
        self._is_production = is_production
        self._trusted = trusted
        self._security = SecurityHeaders(is_production=is_production, more=more_headers or {})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = _find_request_id(scope)
        REQUEST_ID.set(request_id)
        add_headers(scope, [(b"x-request-id", request_id.encode()), *gpc_headers(scope)])
        span = None if TRACING.start is None else self._start_span(scope)
        began = started = time.perf_counter()
        status = size = 0

        async def send_on(message: Any) -> None:
            nonlocal status, size, began
            if message["type"] == "http.response.start":
                began = time.perf_counter()
                status = int(message["status"])
                message["headers"] = self._complete(message["headers"], scope)
            elif message["type"] == "http.response.body":
                size += len(message.get("body", b""))
            elif message["type"] == ZERO_COPY:
                size += message["count"]
            await send(message)

        try:
            await self._app(scope, receive, send_on)
        except asyncio.CancelledError:
            # The server stops, and can't wait any longer.
            await _answer_stopped(scope, receive, send_on, has_begun=bool(status))
            raise
        finally:
            TRAFFIC.count(status, began - started)
            self._record(scope, status, time.perf_counter() - started, size=size)
            _end_span(span, scope, status)

    def _start_span(self, scope: Any) -> Span | None:
        """Start a span, which continues a trace of a trusted proxy, but none of a client."""
        peer = scope["client"][0] if scope.get("client") else ""
        parent = find_header(scope, b"traceparent") if is_trusted(peer, self._trusted) else None
        return start_span(SpanType.REQUEST, (parent or b"").decode("latin-1"))

    def _complete(
        self, headers: Iterable[tuple[bytes, bytes]], scope: Scope
    ) -> list[tuple[bytes, bytes]]:
        given = list(headers)
        names = {name for name, _ in given}
        given += self._security.find_missing(given, names)
        given += added_headers(scope)
        # Responses to requests with credentials are not cached unless they say otherwise.
        if b"cache-control" not in names and has_credentials(scope):
            given.append(_NO_STORE)
        return without_sharing(given, scope)

    def _record(self, scope: Any, status: int, seconds: float, *, size: int) -> None:
        # The route, not the path: ids would make a series each, and paths may hold secrets.
        route = scope.get("path_template") or _UNKNOWN
        is_known = route is not _UNKNOWN and scope["method"] in _METHODS
        REQUEST_METRICS.count(scope["method"] if is_known else _UNKNOWN, route, status, seconds)
        if REQUEST_LINES.write is None:
            return
        ms = round(seconds * 1000, 1)
        code = noted_error(scope) or UNSET
        line = RequestLine(scope["method"], route, status, ms, current_request_id(), code)
        if not self._is_production:
            path = fill_ids(route, scope.get("path_params", {}))
            line = structs.replace(line, path=path, bytes=size)
        if TRACING.start is not None:
            line = structs.replace(line, trace_id=current_trace_id())
        REQUEST_LINES.write(line)


async def _answer_stopped(scope: Scope, receive: Receive, send: Send, *, has_begun: bool) -> None:
    """Answer a request that was cancelled, unless its response has begun."""
    if has_begun:
        return
    request: Request[Any, Any, Any] = Request(scope, receive, send)
    response = render(request, ServerStopping())
    await response.to_asgi_response(None, request)(scope, receive, send)


def _end_span(span: Span | None, scope: Any, status: int) -> None:
    if span is None:
        return
    route = scope.get("path_template") or _UNKNOWN
    method = scope["method"] if scope["method"] in _METHODS else _UNKNOWN
    attributes = {
        "http.request.method": method,
        "http.route": route,
        "http.response.status_code": status,
        "veza.request_id": current_request_id(),
    }
    # 0 is a request without an answer.
    error = str(status) if status >= 500 or not status else ""
    span.end(f"{method} {route}", attributes, error)


def _find_request_id(scope: Any) -> str:
    given = find_header(scope, b"x-request-id")
    if given is not None and _REQUEST_ID.fullmatch(given):
        return given.decode()
    return new_id_text()
