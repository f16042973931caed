"""An HTTP server that runs in this process."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

from tests.infra.waiting import until
from veza.server.limits import ConnectionLimits
from veza.server.server import Server, make_server
from veza.server.sockets import bind

NO_LIMITS = ConnectionLimits(total=0, per_address=0)

type Scenario = Callable[[], Awaitable[None]]
type OnLoop = Callable[[Scenario], None]


class Running:
    """A server that runs in this process."""

    def __init__(self, server: Server, port: int, app: Any) -> None:
        self.server = server
        self.port = port
        self.app = app

    @property
    def connections(self) -> int:
        return len(self.server.server_state.connections)

    async def open(self, *sent: bytes) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write(b"".join(sent))
        return reader, writer

    async def talk(self, *sent: bytes) -> bytes:
        """Send requests; return everything that is received until the server closes."""
        reader, writer = await self.open(*sent)
        try:
            return await read_to_end(reader)
        finally:
            writer.close()


async def read_to_end(reader: asyncio.StreamReader) -> bytes:
    """Return everything that is received until the server closes."""
    received = bytearray()
    with suppress(ConnectionError):
        async with asyncio.timeout(28):
            while part := await reader.read(1 << 20):
                received += part
    return bytes(received)


async def shake_hands(
    running: Running, path: str = "/"
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Open a WebSocket, whose frames the caller reads and writes."""
    reader, writer = await running.open(
        b"GET "
        + path.encode()
        + b" HTTP/1.1\r\nHost: veza.test\r\nUpgrade: websocket\r\nConnection: upgrade\r\n"
        b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
    )
    assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 101 ")
    return reader, writer


@asynccontextmanager
async def run_server(
    app: Any, limits: ConnectionLimits = NO_LIMITS, health: socket.socket | None = None
) -> AsyncIterator[Running]:
    listener = bind("127.0.0.1", 0)
    server = make_server(app, listener, health_listener=health, limits=limits, drain_s=1)
    serving = asyncio.create_task(server.serve_sockets())
    try:
        await until(lambda: server.started)
        yield Running(server, listener.getsockname()[1], app)
    finally:
        server.stop()
        await serving


async def answer_lifespan(receive: Any, send: Any) -> None:
    """Answer the server's start and stop, for an application that needs neither."""
    for step in ("startup", "shutdown"):
        await receive()
        await send({"type": f"lifespan.{step}.complete"})
