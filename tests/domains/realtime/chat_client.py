"""WebSocket clients for tests: they send frames and wait for those that they receive."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

import msgspec
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from tests import make
from veza.app.services import Services
from veza.domains.realtime import service
from veza.domains.realtime.connections import Connection
from veza.server.websocket_sender import WebSocketSender

PATIENCE_S = 60.0

type Frame = dict[str, Any]


class ChatSocket:
    """One connection. All frames that it receives are kept, in order."""

    def __init__(self, websocket: ClientConnection) -> None:
        self.websocket = websocket
        self.received: list[Frame] = []
        self._numbers = 0
        self._news = asyncio.Event()
        self._receiving = asyncio.create_task(self._receive())

    async def send(self, kind: str, **data: Any) -> int:
        """Send a frame, and return its id."""
        self._numbers += 1
        await self.send_raw({"type": kind, "id": self._numbers, "data": data})
        return self._numbers

    async def send_raw(self, frame: Any) -> None:
        text = frame if isinstance(frame, str | bytes) else msgspec.json.encode(frame).decode()
        await self.websocket.send(text)

    async def request(self, kind: str, **data: Any) -> Frame:
        """Send a frame, and return its answer."""
        number = await self.send(kind, **data)
        return await self.wait_for(lambda frame: frame.get("id") == number)

    async def ack(self, kind: str, **data: Any) -> Frame:
        """Send a frame, and return the data of its `ack`."""
        answer = await self.request(kind, **data)
        assert answer["type"] == "ack", answer
        return answer["data"]

    async def error_code(self, kind: str, **data: Any) -> str:
        """Send a frame, and return the code of its `error`."""
        answer = await self.request(kind, **data)
        assert answer["type"] == "error", answer
        return answer["data"]["code"]

    async def wait_for(self, is_meant: Callable[[Frame], bool]) -> Frame:
        """Return the first frame that matches, received already or later."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                self._news.clear()
                for frame in self.received:
                    if is_meant(frame):
                        return frame
                assert not self._receiving.done(), (self.websocket.close_code, self.received)
                await self._news.wait()

    async def receive(self, kind: str, /, **data: Any) -> Frame:
        """Wait for a frame of a type with this data, and return its data."""
        frame = await self.wait_for(
            lambda one: one["type"] == kind and data.items() <= one["data"].items()
        )
        return frame["data"]

    async def flush(self) -> None:
        """Wait until all frames on their way are here: frames of one socket keep their order."""
        answer = await self.request("ping")
        assert answer["type"] == "pong"

    def all(self, kind: str) -> list[Frame]:
        """The data of all frames of a type that were heard so far."""
        return [frame["data"] for frame in self.received if frame["type"] == kind]

    @property
    def seqs(self) -> list[int]:
        """The seqs of all events that were received, live or as history."""
        found = []
        for frame in self.received:
            if frame["type"] in {"message", "edited", "deleted", "reaction"}:
                found.append(frame["data"]["seq"])
            if frame["type"] == "history":
                changes = [change["data"] for change in frame["data"]["changes"]]
                found += sorted(one["seq"] for one in [*frame["data"]["messages"], *changes])
        return found

    async def closed(self) -> int | None:
        """Wait until the socket is closed, and return the code."""
        async with asyncio.timeout(PATIENCE_S):
            await asyncio.wait([self._receiving])
        return self.websocket.close_code

    async def close(self) -> None:
        await self.websocket.close()
        await asyncio.wait([self._receiving])

    async def _receive(self) -> None:
        try:
            with suppress(ConnectionClosed):
                async for text in self.websocket:
                    self.received.append(msgspec.json.decode(text))
                    self._news.set()
        finally:
            self._news.set()


@asynccontextmanager
async def opened(address: str, **options: Any) -> AsyncIterator[ChatSocket]:
    """Open a socket without authentication."""
    socket = ChatSocket(await connect(address, **options))
    try:
        yield socket
    finally:
        await socket.close()


@asynccontextmanager
async def connected(
    services: Services, address: str, *people: make.Person
) -> AsyncIterator[list[ChatSocket]]:
    """Open authenticated sockets of some people."""
    sockets = []
    try:
        for person in people:
            token = service.issue_token(services.chat_tokens, person.member).token
            sockets.append(ChatSocket(await connect(f"{address}?token={token}")))
            await sockets[-1].receive("ready", user_id=str(person.id))
        yield sockets
    finally:
        for socket in sockets:
            await socket.close()


class FakeClient:
    """A connection whose socket takes all frames at once."""

    is_writable = True

    def __init__(self, person: make.Person, base: str = "https://veza.test") -> None:
        self.received: list[Frame] = []
        self.connection = Connection(person.member, WebSocketSender(self._send, self), base)

    async def wait_until_writable(self) -> None:
        return

    def write_encoded(self, frame: bytes) -> None:
        self.received.append(msgspec.json.decode(text_of(frame)))

    async def _send(self, message: Frame) -> None:
        raise AssertionError(message)

    @property
    def seqs(self) -> list[int]:
        return [frame["data"]["seq"] for frame in self.received if frame["type"] == "message"]


def text_of(frame: bytes) -> bytes:
    """Return what an unmasked text frame carries."""
    assert frame[0] == 0x81
    return frame[{126: 4, 127: 10}.get(frame[1], 2) :]
