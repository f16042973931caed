"""Steps of encoders at a port of Icecast's protocol, with an API and a relay that only note."""

import asyncio
import base64
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from veza.infra.ingest.hooks import NotAdmitted, Publishing, Reason
from veza.infra.ingest.icecast import IcecastPort, IcecastTools
from veza.infra.ingest.icecast_requests import MAX_HEAD_BYTES
from veza.infra.ingest.limits import Admissions


class FakeHooks:
    """An API that admits all keys, and notes what it hears."""

    def __init__(self) -> None:
        self.titles: list[str] = []
        self.released: list[str] = []
        self.fails: Exception | None = None
        self.title_fails: list[Reason] = []
        self.before_title: Callable[[], Awaitable[object]] | None = None

    async def admit(self, encoder: Publishing) -> str:
        if self.fails is not None:
            raise self.fails
        return f"media-of-{encoder.client_id}"

    async def confirm(self, encoder: Publishing) -> None:
        pass

    async def release(self, encoder: Publishing) -> None:
        self.released.append(encoder.client_id)

    async def announce(self, _: Publishing, title: str) -> None:
        if self.before_title is not None:
            await self.before_title()
        if self.title_fails:
            raise NotAdmitted(self.title_fails.pop())
        self.titles.append(title)


class FakeProcess:
    """A relay that keeps what it is given."""

    def __init__(self) -> None:
        self.taken = b""

    def has(self, taken: bytes) -> bool:
        return self.taken == taken

    async def write(self, piece: bytes) -> None:
        self.taken += piece

    async def finish(self) -> None:
        pass


class Port:
    """A port that listens, and its parts."""

    def __init__(self) -> None:
        self.hooks = FakeHooks()
        self.process = FakeProcess()
        self.admissions = Admissions()
        tools = IcecastTools(self.hooks, self.admissions, None)  # pyright: ignore[reportArgumentType]
        self.served = IcecastPort(tools)
        self.number = 0

    @asynccontextmanager
    async def relaying(self, *_: object) -> AsyncIterator[FakeProcess]:
        yield self.process

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[None]:
        server = await asyncio.start_server(self.served.serve, "127.0.0.1", 0, limit=MAX_HEAD_BYTES)
        self.number = server.sockets[0].getsockname()[1]
        try:
            yield
        finally:
            server.close()
            await self.served.close()

    async def ask(self, head: bytes) -> bytes:
        """Send a request, and return the answer to its end."""
        async with self.connected(head) as (reader, _):
            return await reader.read()

    @asynccontextmanager
    async def connected(
        self, head: bytes
    ) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.number)
        writer.write(head)
        try:
            yield reader, writer
        finally:
            writer.close()


def put(key: str, *more: str) -> bytes:
    """Return the head of an encoder that sends."""
    credentials = base64.b64encode(f"source:{key}".encode()).decode()
    lines = ("PUT /live HTTP/1.1", f"Authorization: Basic {credentials}", *more, "", "")
    return "\r\n".join(lines).encode()


def named(key: str, title: str) -> bytes:
    """Return the request that sets the title of a stream."""
    credentials = base64.b64encode(f"source:{key}".encode()).decode()
    target = f"/admin/metadata?mode=updinfo&song={title}"
    return f"GET {target} HTTP/1.1\r\nAuthorization: Basic {credentials}\r\n\r\n".encode()


async def until(is_so: Callable[[], object], within_s: float = 5.0) -> None:
    for _ in range(round(within_s / 0.01)):
        if is_so():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("It did not happen in time.")
