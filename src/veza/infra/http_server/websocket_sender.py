"""Sending over a WebSocket: written at once or queued, and never waited for by other sockets.

A message for many is encoded once and shared. While a client takes what is written, a message goes
out when it is put. What comes while it does not waits here, up to a bound: a reader who is slower
than that is cut off.
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

from veza.infra.http_server.websocket_protocol import encode_text

log = structlog.get_logger()

# The most that may wait for one reader.
MAX_FRAMES = 1000
MAX_BYTES = 1024 * 1024
# How long a slow reader may take to come to the close frame, which says why.
CLOSE_PATIENCE_S = 30.0

type Send = Callable[[dict[str, Any]], Awaitable[None]]

_encoder = msgspec.json.Encoder()


class Frame(Struct, frozen=True):
    """A text message as it goes over the wire. Many sockets share it."""

    data: bytes


class WebSocketTransport(Protocol):
    """The connection below a WebSocket, as `WebSocketProtocol` gives it."""

    @property
    def is_writable(self) -> bool:
        """True while the client takes data as fast as it is written."""
        ...

    async def wait_until_writable(self) -> None:
        """Wait until the client has taken most of what was written, or is gone."""
        ...

    def write_encoded(self, frame: bytes) -> None:
        """Write a frame, unless the connection is closing."""
        ...


class CloseCode(IntEnum):
    """Why a socket is closed, in the codes of RFC 6455 and of its register at IANA."""

    # Never sent: the client closed the socket, or can't be reached.
    GONE = 1006
    POLICY_VIOLATION = 1008
    TOO_BIG = 1009
    CRASHED = 1011
    RESTARTING = 1012
    TRY_LATER = 1013


class SocketEnd(Struct, frozen=True):
    """With which code and words a socket is to be closed."""

    code: int
    reason: str


def encode(content: Struct) -> bytes:
    """Write down what is to be sent."""
    return _encoder.encode(content)


def make_frame(content: Struct) -> Frame:
    """Write down what is to be sent, as a frame."""
    return frame_of(encode(content))


def frame_of(text: bytes) -> Frame:
    """Return a text that is encoded already as a frame."""
    return Frame(encode_text(text))


class WebSocketSender:
    """The sending side of one socket. Anybody may `put`; the rest is for who holds the socket."""

    def __init__(self, send: Send, wire: WebSocketTransport) -> None:
        self._send = send
        self._wire = wire
        self._waiting: deque[Frame] = deque()
        self._waiting_bytes = 0
        self._has_waiting = asyncio.Event()
        self._has_space = asyncio.Event()
        self._has_space.set()
        self._ended = asyncio.Event()
        self._is_closed = False
        self.ending: SocketEnd | None = None

    def put(self, frame: Frame) -> None:
        """Send a frame after all that were put before. Never waits."""
        if self.ending is not None:
            return
        if not self._waiting and self._wire.is_writable:
            self._wire.write_encoded(frame.data)
            return
        self._waiting.append(frame)
        self._waiting_bytes += len(frame.data)
        self._has_space.clear()
        self._has_waiting.set()
        if len(self._waiting) > MAX_FRAMES or self._waiting_bytes > MAX_BYTES:
            self.fall_behind()

    def fall_behind(self) -> None:
        """Cut off a reader for whom too much waits."""
        self.end(CloseCode.TRY_LATER, "You read too slowly.")

    def end(self, code: int, reason: str) -> None:
        """Have the socket closed; what still waits is dropped. The first word counts."""
        if self.ending is None:
            self.ending = SocketEnd(code, reason)
            self._waiting.clear()
            self._has_space.set()
            self._ended.set()

    def note_closed(self, code: int) -> None:
        """Note that the socket is closed already: by its client, or by the server for cause."""
        self._is_closed = True
        self.end(code, "")

    async def wait_for_space(self) -> None:
        """Wait until nothing waits any more: for those who have much to say."""
        await self._has_space.wait()

    async def accept(self, protocol: str | None) -> None:
        """Open the socket, by the subprotocol if there is one."""
        await self._send({"type": "websocket.accept", "subprotocol": protocol})

    async def serve(self, talk: Coroutine[Any, Any, None]) -> None:
        """Send what is put, while somebody talks; stop both where that ends, or is to end."""
        tasks = [asyncio.create_task(each) for each in (talk, self._run(), self._ended.wait())]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            outcomes = await asyncio.gather(*tasks, return_exceptions=True)
        if isinstance(outcomes[0], Exception):
            log.error("socket_crashed", exc_info=outcomes[0])

    async def close(self) -> None:
        """Say why it ends, where the peer is still there."""
        if self._is_closed:
            return
        ending = self.ending or SocketEnd(CloseCode.CRASHED, "")
        message = {"type": "websocket.close", "code": int(ending.code), "reason": ending.reason}
        # The server raises OSError if the client left meanwhile.
        with suppress(OSError, TimeoutError):
            async with asyncio.timeout(CLOSE_PATIENCE_S):
                await self._send(message)

    async def _run(self) -> None:
        while True:
            await self._has_waiting.wait()
            await self._wire.wait_until_writable()
            while self._waiting and self._wire.is_writable:
                frame = self._waiting.popleft()
                self._waiting_bytes -= len(frame.data)
                self._wire.write_encoded(frame.data)
            if not self._waiting:
                self._has_waiting.clear()
                self._has_space.set()
