"""Request bodies: how fast they have to arrive, and what happens to one that nobody read.

A client that stops sending, or drips, would hold a request and all that it has reserved for as long
as it likes. So a body has to arrive at a minimum rate, measured while the application waits for it:
a slow phone goes on, a drip is answered 408.

A server that answers and closes while the client still sends breaks the client's next request on
the connection. So what is left is read where it is short; else the answer says that the connection
closes with it.
"""

import asyncio
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from litestar.types import ASGIApp, Message, Receive, Scope, Send

from veza.core.errors import RequestTimeout

# Each so many bytes have to arrive within so many seconds: 500 bytes a second.
WINDOW_S = 20.0
MIN_WINDOW_BYTES = 10_000

# What a client has sent by the time it could hear of our refusal, more or less.
MAX_LEFT_BYTES = 1024 * 1024
PATIENCE_S = 1.0


class UnreadBody:
    """Reads what is left of short bodies, and closes on long ones."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one connection."""
        if scope["type"] != "http" or not _has_body(scope["headers"]):
            await self._app(scope, receive, send)
            return
        body = _Body(receive)

        async def send_on(message: Message) -> None:
            if message["type"] == "http.response.start" and not body.is_whole:
                if _length(scope["headers"]) <= MAX_LEFT_BYTES:
                    await body.read_rest()
                if not body.is_whole:
                    message["headers"] = [*message["headers"], (b"connection", b"close")]
            await send(message)

        await self._app(scope, body.receive, send_on)


class _Body:
    """The body of a request, and whether it came whole, or its client went away."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._waited_s = 0.0
        self._window_bytes = 0
        self._is_overdue = False
        self.is_whole = False

    async def receive(self) -> Any:
        """Return the next part. Raises RequestTimeout if the body arrives too slowly."""
        if self.is_whole:
            return await self._receive()
        message = await self._receive_in_time()
        self._window_bytes += len(message.get("body", b""))
        if self._window_bytes >= MIN_WINDOW_BYTES:
            self._waited_s, self._window_bytes = 0.0, 0
        self.is_whole = message["type"] == "http.disconnect" or not message.get("more_body")
        return message

    async def read_rest(self) -> None:
        """Read and drop what is left, for as long as it takes a client to hear of the refusal."""
        with suppress(TimeoutError, RequestTimeout):
            async with asyncio.timeout(PATIENCE_S):
                while not self.is_whole:
                    await self.receive()

    async def _receive_in_time(self) -> Any:
        if self._is_overdue:
            raise RequestTimeout
        loop = asyncio.get_running_loop()
        started = loop.time()
        patience = asyncio.timeout(WINDOW_S - self._waited_s)
        try:
            async with patience:
                message = await self._receive()
        except TimeoutError:
            if not patience.expired():
                raise
            self._is_overdue = True
            raise RequestTimeout from None
        self._waited_s += loop.time() - started
        return message


def _has_body(headers: Iterable[tuple[bytes, bytes]]) -> bool:
    return any(
        name == b"transfer-encoding" or (name == b"content-length" and value != b"0")
        for name, value in headers
    )


def _length(headers: Iterable[tuple[bytes, bytes]]) -> float:
    """Tell how long the body is; without end where nobody says so."""
    return next(
        (int(value) for name, value in headers if name == b"content-length" and value.isdigit()),
        float("inf"),
    )
