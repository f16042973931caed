"""A server that receives RTMP, as other platforms have it, and does what a test says.

It speaks the real protocol, with the chunks of the program and commands of its own.
"""

import asyncio
import os
import ssl
import struct
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress

from veza.infra.rtmp import amf, chunks
from veza.infra.rtmp.chunks import ChunkReader, RtmpMessage

_HANDSHAKE = 1536


class FakeRtmpServer:
    """A server; `fault` says at which moment it does not do what it should."""

    def __init__(self) -> None:
        self.fault = ""
        self.key = "the-key"
        self.port = 0
        self.commands: list[list[amf.AmfValue]] = []
        self.messages: list[RtmpMessage] = []
        self.connections = 0
        self.open = 0
        self.most_open = 0
        # After so many messages it ends the connection, once.
        self.drop_after = 0

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def names(self) -> list[amf.AmfValue]:
        return [each[0] for each in self.commands]

    def kinds(self) -> set[int]:
        return {each.kind for each in self.messages}

    @asynccontextmanager
    async def listening(self, tls: ssl.SSLContext | None = None) -> AsyncGenerator[None]:
        server = await asyncio.start_server(self._serve, "127.0.0.1", self.port, ssl=tls)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield
        finally:
            server.close()
            server.close_clients()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.open += 1
        self.most_open = max(self.open, self.most_open)
        try:
            with suppress(OSError, asyncio.IncompleteReadError):
                await self._receive(reader, writer)
        finally:
            self.open -= 1
            writer.close()

    async def _receive(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.fault == "hangs":
            await asyncio.sleep(60)
        if self.fault == "is no rtmp":
            writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            return
        await reader.readexactly(1)
        theirs = await reader.readexactly(_HANDSHAKE)
        ours = bytes(8) + os.urandom(_HANDSHAKE - 8)
        writer.write(b"\x03" + ours + theirs)
        assert await reader.readexactly(_HANDSHAKE) == ours
        session = _Session(self, ChunkReader(reader), writer)
        await session.run()


class _Session:
    """A connection after its handshake."""

    def __init__(
        self, server: FakeRtmpServer, reader: ChunkReader, writer: asyncio.StreamWriter
    ) -> None:
        self._server = server
        self._reader = reader
        self._writer = writer

    async def run(self) -> None:
        while True:
            message = await self._reader.read()
            if message.kind == chunks.COMMAND:
                self._answer(amf.read_values(message.content))
            elif message.kind in {chunks.AUDIO, chunks.VIDEO, chunks.DATA}:
                self._server.messages.append(message)
                if self._server.fault == "reads nothing":
                    await asyncio.sleep(60)
                left = self._server.drop_after
                if left and len(self._server.messages) >= left:
                    self._server.drop_after = 0
                    return
            await self._writer.drain()

    def _answer(self, command: list[amf.AmfValue]) -> None:
        self._server.commands.append(command)
        name, number = command[0], command[1]
        assert isinstance(number, float)
        if name == "connect":
            self._say_sizes()
            if self._server.fault == "refuses the application":
                self._say("_error", number, None, {"level": "error", "code": "NetConnection"})
            else:
                self._say("_result", number, {"fmsVer": "x"}, {"level": "status"})
        elif name == "createStream":
            self._say("_result", number, None, 1)
        elif name == "publish":
            self._publish(command)

    def _publish(self, command: list[amf.AmfValue]) -> None:
        is_known = command[3] == self._server.key
        level = "status" if is_known and self._server.fault != "is busy" else "error"
        code = "NetStream.Publish.Start" if level == "status" else "NetStream.Publish.BadName"
        # As some servers do, it repeats the key.
        about: amf.AmfValue = {"level": level, "code": code, "description": str(command[3])}
        self._say("onStatus", 0, None, about)

    def _say_sizes(self) -> None:
        size = struct.pack(">I", 4096)
        for kind, content in (
            (chunks.WINDOW_SIZE, struct.pack(">I", 5000)),
            (chunks.PEER_BANDWIDTH, struct.pack(">IB", 5000, 2)),
            (chunks.SET_CHUNK_SIZE, size),
            (chunks.USER_CONTROL, struct.pack(">HI", 6, 1234)),
        ):
            self._writer.write(chunks.write_message(RtmpMessage(kind, 0, 0, content), 2, 128))

    def _say(self, *values: amf.AmfValue) -> None:
        content = amf.write_values(*values)
        message = RtmpMessage(chunks.COMMAND, 0, 0, content)
        self._writer.write(chunks.write_message(message, 3, 4096))
