"""Refuses requests when the process has more to do than it can, by their importance."""

from collections.abc import Awaitable
from http import HTTPStatus

import msgspec
from litestar import Request
from litestar.datastructures import State
from litestar.types import ASGIApp, Receive, Scope, Send
from prometheus_client import Counter

from veza.core.errors import Unavailable
from veza.http.asgi_scope import find_header, note_error, send_response
from veza.http.context import context_in
from veza.http.responses.errors import Failure, render
from veza.http.route_classes import RouteClasses
from veza.infra.concurrency.overload import Importance
from veza.infra.logs.request_lines import current_request_id

RETRY_AFTER_S = 2
_HEADERS = (
    (b"content-type", b"application/json"),
    (b"cache-control", b"no-store"),
    (b"retry-after", b"%d" % RETRY_AFTER_S),
)

_REFUSED = Counter(
    "veza_overload_refused_total", "Requests refused because of an overload.", ["importance"]
)
# `labels` takes longer than counting does.
_REFUSED_OF = {importance: _REFUSED.labels(importance.name.lower()) for importance in Importance}


class ServerOverloaded(Unavailable):
    """The process has more requests than it can answer in time."""

    code = "overloaded"
    message = "Many people are here at the moment: try again in a few seconds."


class OverloadMiddleware:
    """Answers 503 with `Retry-After` to some requests during an overload."""

    def __init__(self, app: ASGIApp, state: State, classes: RouteClasses) -> None:
        self._app = app
        self._state = state
        self._classes = classes

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Handle one connection."""
        if scope["type"] != "http":
            return self._app(scope, receive, send)
        gauge = context_in(self._state).overload
        gauge.begin()
        if gauge.severity:
            importance = self._classes.find_importance(scope["method"], scope["path"])
            if importance is not None and gauge.refuses(importance):
                _REFUSED_OF[importance].inc()
                return _refuse(scope, receive, send)
        return self._app(scope, receive, send)


async def _refuse(scope: Scope, receive: Receive, send: Send) -> None:
    error = ServerOverloaded(retry_after=RETRY_AFTER_S)
    if b"problem+json" in (find_header(scope, b"accept") or b""):
        request: Request[object, object, State] = Request(scope, receive, send)
        await render(request, error).to_asgi_response(None, request)(scope, receive, send)
        return
    # The same as above for a tenth of its cost: it counts when there are many.
    note_error(scope, error.code)
    failure = Failure(False, str(error), error.code, current_request_id())
    body = msgspec.json.encode(failure)
    headers = (*_HEADERS, (b"content-length", b"%d" % len(body)))
    await send_response(send, HTTPStatus.SERVICE_UNAVAILABLE.value, headers, body)
