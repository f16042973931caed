"""Sends to WebSockets without waiting, so that a slow client doesn't delay others.

A frame for many clients is encoded once. It is queued for clients that read slower than it is
written; clients whose queue exceeds a limit are disconnected.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from enum import IntEnum
from typing import Any, Protocol

import msgspec
import structlog
from msgspec import Struct

from veza.server.websocket_protocol import encode_text

log = structlog.get_logger()

# The queue of one client.
MAX_QUEUED_FRAMES = 1000
MAX_QUEUED_BYTES = 1024 * 1024
# For a slow client to read the rest and the close frame.
CLOSE_TIMEOUT_S = 30.0

type Send = Callable[[dict[str, Any]], Awaitable[None]]

_encoder = msgspec.json.Encoder()


class Frame(Struct, frozen=True):
    """An encoded WebSocket text frame, shared by all sockets that it is sent to."""

    data: bytes


class FrameWriter(Protocol):
    """The connection below a WebSocket; `WebSocketProtocol` implements it."""

    @property
    def is_writable(self) -> bool:
        """True while the client reads as fast as data is written."""
        ...

    async def wait_until_writable(self) -> None:
        """Wait until the client has read most of the written data, or is disconnected."""
        ...

    def write_encoded(self, frame: bytes) -> None:
        """Write a frame, unless the connection is closing."""
        ...


class CloseCode(IntEnum):
    """Close codes of RFC 6455 and of IANA's registry."""

    # Never sent: the client closed the socket, or the connection broke.
    ABNORMAL = 1006
    POLICY_VIOLATION = 1008
    TOO_BIG = 1009
    INTERNAL_ERROR = 1011
    SERVICE_RESTART = 1012
    TRY_AGAIN_LATER = 1013


class CloseReason(Struct, frozen=True):
    """The code and the text that a socket is closed with."""

    code: int
    reason: str


def encode_json(content: Struct) -> bytes:
    """Encode a Struct as JSON."""
    return _encoder.encode(content)


def make_frame(content: Struct) -> Frame:
    """Encode a Struct as a JSON text frame."""
    return wrap_text(encode_json(content))


def wrap_text(text: bytes) -> Frame:
    """Return encoded JSON as a text frame."""
    return Frame(encode_text(text))


class WebSocketSender:
    """The sending side of one socket.

    Any task may call `send` and `request_close`; the other methods are for the task that owns the
    socket.
    """

    def __init__(self, asgi_send: Send, writer: FrameWriter) -> None:
        self._asgi_send = asgi_send
        self._writer = writer
        self._queue: deque[Frame] = deque()
        self._queued_bytes = 0
        self._has_queued = asyncio.Event()
        self._is_drained = asyncio.Event()
        self._is_drained.set()
        self._close_requested = asyncio.Event()
        self._is_closed = False
        self.close_reason: CloseReason | None = None

    def send(self, frame: Frame) -> None:
        """Send a frame after all earlier ones. Never waits."""
        if self.close_reason is not None:
            return
        if not self._queue and self._writer.is_writable:
            self._writer.write_encoded(frame.data)
            return
        self._queue.append(frame)
        self._queued_bytes += len(frame.data)
        self._is_drained.clear()
        self._has_queued.set()
        if len(self._queue) > MAX_QUEUED_FRAMES or self._queued_bytes > MAX_QUEUED_BYTES:
            self.close_slow_reader()

    def close_slow_reader(self) -> None:
        """Disconnect a client that reads too slowly."""
        self.request_close(CloseCode.TRY_AGAIN_LATER, "You read too slowly.")

    def request_close(self, code: int, reason: str) -> None:
        """Close the socket and drop queued frames. The first call sets the reason."""
        if self.close_reason is None:
            self.close_reason = CloseReason(code, reason)
            self._queue.clear()
            self._is_drained.set()
            self._close_requested.set()

    def mark_closed(self, code: int) -> None:
        """Record that the socket is closed already, by the client or by the HTTP server."""
        self._is_closed = True
        self.request_close(code, "")

    async def wait_until_drained(self) -> None:
        """Wait until nothing is queued: for callers that send a lot."""
        await self._is_drained.wait()

    async def accept(self, protocol: str | None) -> None:
        """Accept the socket, with the subprotocol if there is one."""
        await self._asgi_send({"type": "websocket.accept", "subprotocol": protocol})

    async def run(self, conversation: Coroutine[Any, Any, None]) -> None:
        """Send queued frames until `conversation` returns or a close is requested."""
        running = (conversation, self._send_queued(), self._close_requested.wait())
        tasks = [asyncio.create_task(each) for each in running]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            outcomes = await asyncio.gather(*tasks, return_exceptions=True)
        if isinstance(outcomes[0], Exception):
            log.error("socket_crashed", exc_info=outcomes[0])

    async def send_close(self) -> None:
        """Send the close frame, unless the socket is closed already."""
        if self._is_closed:
            return
        closing = self.close_reason or CloseReason(CloseCode.INTERNAL_ERROR, "")
        message = {"type": "websocket.close", "code": int(closing.code), "reason": closing.reason}
        # The server raises OSError if the client left meanwhile.
        with suppress(OSError, TimeoutError):
            async with asyncio.timeout(CLOSE_TIMEOUT_S):
                await self._asgi_send(message)

    async def _send_queued(self) -> None:
        while True:
            await self._has_queued.wait()
            await self._writer.wait_until_writable()
            while self._queue and self._writer.is_writable:
                frame = self._queue.popleft()
                self._queued_bytes -= len(frame.data)
                self._writer.write_encoded(frame.data)
            if not self._queue:
                self._has_queued.clear()
                self._is_drained.set()
