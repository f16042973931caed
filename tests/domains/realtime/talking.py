"""Clients of the WebSocket for tests: they say frames, and wait for those that they hear."""

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
from veza.domains.realtime.connections import Seat
from veza.infra.http_server.websocket_sender import WebSocketSender

PATIENCE_S = 30.0

type Frame = dict[str, Any]


class Talker:
    """One socket. Everything that it hears is kept, in order."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.heard: list[Frame] = []
        self._numbers = 0
        self._news = asyncio.Event()
        self._listening = asyncio.create_task(self._listen())

    async def say(self, kind: str, **data: Any) -> int:
        """Send a frame, and give its id."""
        self._numbers += 1
        await self.send({"type": kind, "id": self._numbers, "data": data})
        return self._numbers

    async def send(self, frame: Any) -> None:
        text = frame if isinstance(frame, str | bytes) else msgspec.json.encode(frame).decode()
        await self.socket.send(text)

    async def ask(self, kind: str, **data: Any) -> Frame:
        """Send a frame, and wait for the answer to it: acknowledged, refused or otherwise."""
        number = await self.say(kind, **data)
        return await self.find(lambda frame: frame.get("id") == number)

    async def done(self, kind: str, **data: Any) -> Frame:
        """Send a frame, and give what its acknowledgement tells."""
        answer = await self.ask(kind, **data)
        assert answer["type"] == "ack", answer
        return answer["data"]

    async def refused(self, kind: str, **data: Any) -> str:
        """Send a frame, and give the code for which it is refused."""
        answer = await self.ask(kind, **data)
        assert answer["type"] == "error", answer
        return answer["data"]["code"]

    async def find(self, is_meant: Callable[[Frame], bool]) -> Frame:
        """Wait for a frame, which may have come already."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                self._news.clear()
                for frame in self.heard:
                    if is_meant(frame):
                        return frame
                assert not self._listening.done(), (self.socket.close_code, self.heard)
                await self._news.wait()

    async def hear(self, kind: str, /, **data: Any) -> Frame:
        """Wait for a frame of a type, with such data; give its data."""
        frame = await self.find(
            lambda one: one["type"] == kind and data.items() <= one["data"].items()
        )
        return frame["data"]

    async def flush(self) -> None:
        """Wait until all that was on its way is here: frames of one socket keep their order."""
        answer = await self.ask("ping")
        assert answer["type"] == "pong"

    def all(self, kind: str) -> list[Frame]:
        """The data of all frames of a type that were heard so far."""
        return [frame["data"] for frame in self.heard if frame["type"] == kind]

    @property
    def seqs(self) -> list[int]:
        """The seqs of all events that were heard so far, told or missed."""
        found = []
        for frame in self.heard:
            if frame["type"] in {"message", "edited", "deleted", "reaction"}:
                found.append(frame["data"]["seq"])
            if frame["type"] == "history":
                changes = [change["data"] for change in frame["data"]["changes"]]
                found += sorted(one["seq"] for one in [*frame["data"]["messages"], *changes])
        return found

    async def closed(self) -> int | None:
        """Wait until the socket is closed, and tell the code."""
        async with asyncio.timeout(PATIENCE_S):
            await asyncio.wait([self._listening])
        return self.socket.close_code

    async def close(self) -> None:
        await self.socket.close()
        await asyncio.wait([self._listening])

    async def _listen(self) -> None:
        try:
            with suppress(ConnectionClosed):
                async for text in self.socket:
                    self.heard.append(msgspec.json.decode(text))
                    self._news.set()
        finally:
            self._news.set()


@asynccontextmanager
async def opened(address: str, **options: Any) -> AsyncIterator[Talker]:
    """A socket as it is, for those who sign in otherwise, or not at all."""
    talker = Talker(await connect(address, **options))
    try:
        yield talker
    finally:
        await talker.close()


@asynccontextmanager
async def talking(
    services: Services, address: str, *people: make.Person
) -> AsyncIterator[list[Talker]]:
    """Sockets of some people, who are signed in."""
    talkers = []
    try:
        for person in people:
            token = service.issue_token(services.chat_gate, person.member).token
            talkers.append(Talker(await connect(f"{address}?token={token}")))
            await talkers[-1].hear("ready", user_id=str(person.id))
        yield talkers
    finally:
        for talker in talkers:
            await talker.close()


class Reader:
    """A seat whose socket takes everything at once."""

    is_writable = True

    def __init__(self, person: make.Person, base: str = "https://veza.test") -> None:
        self.heard: list[Frame] = []
        self.seat = Seat(person.member, WebSocketSender(self._send, self), base)

    async def wait_until_writable(self) -> None:
        return

    def write_encoded(self, frame: bytes) -> None:
        self.heard.append(msgspec.json.decode(text_of(frame)))

    async def _send(self, message: Frame) -> None:
        raise AssertionError(message)

    @property
    def seqs(self) -> list[int]:
        return [frame["data"]["seq"] for frame in self.heard if frame["type"] == "message"]


def text_of(frame: bytes) -> bytes:
    """Return what an unmasked text frame carries."""
    assert frame[0] == 0x81
    return frame[{126: 4, 127: 10}.get(frame[1], 2) :]
