"""Responses that tell how much of a file reached the client."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from litestar import Request, Response
from litestar.types import Receive, Scope, Send

from veza.http.layers.head_requests import is_head
from veza.http.responses.file_responses import ZERO_COPY
from veza.http.responses.ranges import ByteRange, parse_range

# Is told which bytes were delivered, after that. It raises no errors.
type Report = Callable[[ByteRange], Awaitable[None]]

_PARTIAL = 206
_SENT_HERE = (200, _PARTIAL)
_REDIRECTED = 302
_END: Any = {"type": "http.response.body", "body": b"", "more_body": False}
# Of the event loop, until a connection that was lost is noticed by who waits for that.
_TURNS = 3


async def watch_delivery(
    request: Request[Any, Any, Any], response: Response[Any], size: int, report: Report
) -> Response[Any]:
    """Return a response with a file of this size, which reports the bytes that were delivered.

    What nginx or the object storage sends in place of this server counts as delivered as it was
    asked for: only they know more. HEAD and what the client has already are not reported.
    """
    if is_head(request.scope) or not size:
        return response
    asked = parse_range(request.headers.get("range"), size)
    if response.status_code == _REDIRECTED or "x-accel-redirect" in response.headers:
        await report(asked if isinstance(asked, ByteRange) else ByteRange(0, size - 1))
        return response
    if response.status_code not in _SENT_HERE:
        return response
    # `If-Range` may have been refused: the response is the whole file then.
    is_partial = response.status_code == _PARTIAL
    first = asked.first if is_partial and isinstance(asked, ByteRange) else 0
    return _WatchedResponse(response, first, report)


class _WatchedResponse(Response[None]):
    """A response that is sent as another one, and observed."""

    def __init__(self, inner: Response[Any], first: int, report: Report) -> None:
        super().__init__(
            None,
            headers=inner.headers,
            media_type=inner.media_type,
            status_code=inner.status_code,
        )
        self._inner = inner
        self._first = first
        self._report = report

    def to_asgi_response(self, app: Any, request: Request[Any, Any, Any], **options: Any) -> Any:
        """Return the response as an ASGI application."""
        sent = self._inner.to_asgi_response(app, request, **options)

        async def respond(scope: Scope, receive: Receive, send: Send) -> None:
            observed = _Delivery(send)
            leaving = asyncio.create_task(_wait_until_left(receive))
            try:
                observed.leaving = leaving
                await sent(scope, receive, observed.send)
            finally:
                leaving.cancel()
                if observed.bytes:
                    first = self._first
                    await self._report(ByteRange(first, first + observed.bytes - 1))

        return respond


class _Delivery:
    """Counts the bytes that are sent to a client that is still there."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.leaving: asyncio.Task[None] | None = None
        self.bytes = 0

    async def send(self, message: Any) -> None:
        """Send a message, which the server drops without a word once the client has left.

        Servers say the same of a complete response: its end is a message of its own, so that who
        leaves during the last piece is told from who has it.
        """
        size = _size_of(message)
        if not size:
            await self._send(message)
            return
        piece: Any = {**message, "more_body": True}
        await self._send(piece)
        for _ in range(_TURNS):
            await asyncio.sleep(0)
        if not self._has_left:
            self.bytes += size
        if not message.get("more_body"):
            await self._send(_END)

    @property
    def _has_left(self) -> bool:
        return self.leaving is not None and self.leaving.done()


def _size_of(message: Any) -> int:
    if message["type"] == ZERO_COPY:
        return message["count"]
    return len(message.get("body", b""))


async def _wait_until_left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
