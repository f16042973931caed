"""Steps of encoders at a port of RTMPS, with an nginx that does what a test says."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from tests.support import certificates as made
from veza.infra.ingest.certificates import Certificate
from veza.infra.ingest.limits import Admissions
from veza.infra.ingest.rtmps import RtmpsPort, RtmpsTools

# Sent by nginx: first its handshake, then the answer that admits an encoder.
HANDSHAKE = bytes(3073)
ADMITTED = b"..onStatus..NetStream.Publish.Start.."

type Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]
type Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class Nginx:
    """An nginx that admits everybody, and keeps what it is sent, unless a test says otherwise."""

    def __init__(self) -> None:
        self.serve: Serve = self.admit
        self.taken = b""
        self.connections = 0
        self.ended = 0
        self.port = 0

    async def admit(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(HANDSHAKE + ADMITTED)
        while piece := await reader.read(1 << 16):
            self.taken += piece

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            await self.serve(reader, writer)
        finally:
            self.ended += 1
            writer.close()


class Rtmps:
    """A port that listens, and its parts."""

    def __init__(self, folder: Path) -> None:
        self.nginx = Nginx()
        self.admissions = Admissions()
        self.certificate = Certificate(*made.write(folder, "one.test"))
        self.number = 0
        self.served: RtmpsPort | None = None

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[None]:
        await self.certificate.read()
        inner = await asyncio.start_server(self.nginx.answer, "127.0.0.1", 0)
        self.nginx.port = inner.sockets[0].getsockname()[1]
        served = RtmpsPort(RtmpsTools(self.certificate, self.admissions, self.nginx.port))
        self.served = served
        with socket.create_server(("127.0.0.1", 0)) as listening:
            listening.setblocking(False)
            self.number = listening.getsockname()[1]
            accepting = asyncio.create_task(served.accept(listening))
            try:
                yield
            finally:
                accepting.cancel()
                await asyncio.wait([accepting])
                await served.close()
                inner.close()

    @asynccontextmanager
    async def connected(self, *, is_plain: bool = False) -> AsyncIterator[Streams]:
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        streams = await asyncio.open_connection(
            "127.0.0.1", self.number, ssl=None if is_plain else context
        )
        try:
            yield streams
        finally:
            streams[1].transport.abort()

    async def is_closed_at_once(self) -> bool:
        """Return whether a further connection is closed before TLS."""
        async with self.connected(is_plain=True) as (reader, _):
            try:
                async with asyncio.timeout(0.3):
                    return await reader.read() == b""
            except TimeoutError:
                return False
            except ConnectionError:
                return True
