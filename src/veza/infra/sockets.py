"""What goes out over a WebSocket: handed over at once or queued, and never waited for by others.

A frame for many is made once and shared. The server (granian) begins to send when it is called, and
sends in order; to hear that a frame went out costs half as much as to send it. So that is asked for
only now and then. What comes while two such questions are open waits here, up to a bound: a reader
who is slower than that is cut off.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from enum import IntEnum
from typing import Any

import msgspec
import structlog
from msgspec import Struct

log = structlog.get_logger()

# Asked for after so much; with so many questions open nothing more is handed over.
ASK_FRAMES = 16
ASK_BYTES = 64 * 1024
MAX_ASKED = 2

# So much may wait for one reader.
MAX_FRAMES = 1000
MAX_BYTES = 1024 * 1024
# Whoever reads slowly may take so long until they come to where it says why they are cut off.
CLOSE_PATIENCE_S = 30.0

type Send = Callable[[dict[str, Any]], Awaitable[None]]

_encoder = msgspec.json.Encoder()


class Frame(Struct, frozen=True):
    """A text as the server takes it, and its length in bytes. Many sockets share it."""

    message: dict[str, Any]
    size: int


class Close(IntEnum):
    """Why a socket is closed, in the codes of RFC 6455 and of its register at IANA.

    `GONE` is never sent: the peer has closed it, or can't be reached.
    """

    GONE = 1006
    TOO_BIG = 1009
    CRASHED = 1011
    RESTARTING = 1012
    TRY_LATER = 1013


class Ending(Struct, frozen=True):
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
    """Make a frame of what is written down."""
    return Frame({"type": "websocket.send", "text": text.decode()}, len(text))


class Outlet:
    """The way out to one peer. Everybody may `put`; the rest is for whoever holds the socket."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._waiting: deque[Frame] = deque()
        self._waiting_bytes = 0
        self._asked: deque[Awaitable[None]] = deque()
        self._frames = 0
        self._bytes = 0
        self._has_asked = asyncio.Event()
        self._has_space = asyncio.Event()
        self._has_space.set()
        self._ended = asyncio.Event()
        self.ending: Ending | None = None

    @property
    def is_peer_gone(self) -> bool:
        """Tell whether nobody is there to be told anything."""
        return self.ending is not None and self.ending.code == Close.GONE

    def put(self, frame: Frame) -> None:
        """Send a frame after all that were put before. Never waits."""
        if self.ending is not None:
            return
        if len(self._asked) < MAX_ASKED:
            self._hand_over(frame)
            return
        self._waiting.append(frame)
        self._waiting_bytes += frame.size
        self._has_space.clear()
        if len(self._waiting) > MAX_FRAMES or self._waiting_bytes > MAX_BYTES:
            self.fall_behind()

    def fall_behind(self) -> None:
        """Cut off a reader for whom too much waits."""
        self.end(Close.TRY_LATER, "You read too slowly.")

    def end(self, code: int, reason: str) -> None:
        """Have the socket closed; what still waits is dropped. The first word counts."""
        if self.ending is None:
            self.ending = Ending(code, reason)
            self._waiting.clear()
            self._has_space.set()
            self._ended.set()

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
            # No question for the next frame may be open when the socket is closed: the server
            # would wait for its answer first.
            outcomes = await asyncio.gather(*tasks, return_exceptions=True)
        if isinstance(outcomes[0], Exception):
            log.error("socket_crashed", exc_info=outcomes[0])

    async def close(self) -> None:
        """Say why it ends, where the peer is still there."""
        if self.is_peer_gone:
            return
        ending = self.ending or Ending(Close.CRASHED, "")
        message = {"type": "websocket.close", "code": int(ending.code), "reason": ending.reason}
        with suppress(RuntimeError, TimeoutError):
            async with asyncio.timeout(CLOSE_PATIENCE_S):
                await self._send(message)

    async def _run(self) -> None:
        while True:
            await self._has_asked.wait()
            while self._asked:
                try:
                    await self._asked[0]
                except RuntimeError:
                    # What the server raises once the peer is gone.
                    self.end(Close.GONE, "")
                self._asked.popleft()
                self._hand_over_more()
            self._has_asked.clear()

    def _hand_over_more(self) -> None:
        while self._waiting and len(self._asked) < MAX_ASKED:
            frame = self._waiting.popleft()
            self._waiting_bytes -= frame.size
            self._hand_over(frame)
        if not self._waiting:
            self._has_space.set()

    def _hand_over(self, frame: Frame) -> None:
        is_out = self._send(frame.message)
        self._frames += 1
        self._bytes += frame.size
        if self._frames >= ASK_FRAMES or self._bytes >= ASK_BYTES:
            self._frames = self._bytes = 0
            self._asked.append(is_out)
            self._has_asked.set()
