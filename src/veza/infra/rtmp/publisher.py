"""Publishes to a server by RTMP, over a connection to an address that was checked.

The key is in what is sent, and nowhere else.
"""

import asyncio
import os
import socket
import ssl
import struct
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress

from veza.core.rtmp_servers import RtmpServer
from veza.infra.rtmp import amf, chunks, failures
from veza.infra.rtmp.chunks import ChunkReader, RtmpMessage
from veza.infra.web_push.endpoints import PrivateEndpoint, PushEndpoint, resolve

CONNECT_WITHIN_S = 10.0
# Of the handshake, and of each answer to a command.
ANSWER_WITHIN_S = 10.0
# A server that reads nothing for so long is too slow; what waits for it is bounded.
STALLED_AFTER_S = 10.0
MAX_UNSENT_BYTES = 256 * 1024

_HANDSHAKE_BYTES = 1536
_VERSION = b"\x03"
_CHUNK_SIZE = 4096
_FLASH_VERSION = "FMLE/3.0 (compatible; Veza)"
_PING, _PONG = 6, 7
_FLUSH_WITHIN_S = 1.0

type _Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class RtmpPublisher:
    """A stream that is published to a server. Made by `publishing`."""

    def __init__(self, streams: _Streams) -> None:
        self._reader = ChunkReader(streams[0])
        self._writer = streams[1]
        self._stream_id = 0
        self._window = 0
        self._acknowledged = 0
        self._failure: failures.PublishFailed | None = None

    async def begin(self, server: RtmpServer, key: str) -> None:
        """Publish to an application of the server under a key. Raises PublishFailed."""
        size = struct.pack(">I", _CHUNK_SIZE)
        await self._send(RtmpMessage(chunks.SET_CHUNK_SIZE, 0, 0, size), 2)
        about: dict[str, amf.AmfValue] = {
            "app": server.app,
            "type": "nonprivate",
            "flashVer": _FLASH_VERSION,
            "tcUrl": server.url,
        }
        await self._command("connect", 1, about)
        await self._wait_for_result(1)
        await self._command("releaseStream", 2, None, key)
        await self._command("FCPublish", 3, None, key)
        await self._command("createStream", 4, None)
        created = await self._wait_for_result(4)
        number = created[3] if len(created) > 3 else None
        if not isinstance(number, float) or not 0 <= number < 2**32:
            raise failures.NoRtmp
        self._stream_id = int(number)
        await self._command("publish", 5, None, key, "live")
        while not self._is_started(await self._next_command()):
            pass

    async def send(self, message: RtmpMessage) -> None:
        """Send sound, a picture or data. Raises PublishFailed, also of what happened meanwhile."""
        if self._failure is not None:
            raise self._failure
        content = message.content
        if message.kind == chunks.DATA:
            # So that servers keep it for who connects later.
            content = amf.write_values("@setDataFrame") + content
        placed = RtmpMessage(message.kind, self._stream_id, message.time_ms, content)
        await self._send(placed, chunks.MEDIA_CHANNEL)

    async def listen(self) -> None:
        """Read what the server says until it ends the connection. Raises PublishFailed."""
        try:
            while True:
                self._check_status(await self._next_command(is_bounded=False))
        except failures.PublishFailed as failure:
            self._failure = failure
            raise

    async def end(self) -> None:
        """End the publication: send `deleteStream`."""
        await self._command("deleteStream", 6, None, float(self._stream_id))

    async def _wait_for_result(self, number: int) -> list[amf.AmfValue]:
        while True:
            found = await self._next_command()
            if found[0] == "_error" and found[1:2] == [float(number)]:
                raise failures.ServerRefused
            if found[0] == "_result" and found[1:2] == [float(number)]:
                return found
            self._check_status(found)

    def _is_started(self, found: list[amf.AmfValue]) -> bool:
        if found[0] == "_error" and found[1:2] == [5.0]:
            raise failures.ServerRefused
        return self._check_status(found) == "NetStream.Publish.Start"

    def _check_status(self, found: list[amf.AmfValue]) -> str | None:
        """Return the code of a status. Raises ServerRefused for an error."""
        if found[0] in {"close", "onFCUnpublish"}:
            raise failures.ServerGone
        info = found[3] if found[0] == "onStatus" and len(found) > 3 else None
        if not isinstance(info, dict):
            return None
        if info.get("level") == "error":
            raise failures.ServerRefused
        code = info.get("code")
        return code if isinstance(code, str) else None

    async def _next_command(self, *, is_bounded: bool = True) -> list[amf.AmfValue]:
        """Return the next command of the server, and answer what has to be answered."""
        try:
            async with asyncio.timeout(ANSWER_WITHIN_S if is_bounded else None):
                while True:
                    message = await self._reader.read()
                    await self._acknowledge()
                    if message.kind == chunks.COMMAND:
                        found = amf.read_values(message.content)
                        if found and isinstance(found[0], str):
                            return found
                    await self._control(message)
        except TimeoutError as error:
            raise failures.NoAnswer from error
        except (OSError, asyncio.IncompleteReadError) as error:
            raise failures.ServerGone from error
        except (amf.BadAmf, chunks.BadRtmp) as error:
            raise failures.NoRtmp from error

    async def _control(self, message: RtmpMessage) -> None:
        """Answer a ping, and note how often what arrives is to be acknowledged."""
        content = message.content
        if message.kind == chunks.WINDOW_SIZE and len(content) >= 4:
            self._window = int.from_bytes(content[:4])
        elif message.kind == chunks.USER_CONTROL and int.from_bytes(content[:2]) == _PING:
            answer = struct.pack(">H", _PONG) + content[2:6]
            await self._send(RtmpMessage(chunks.USER_CONTROL, 0, 0, answer), 2)

    async def _acknowledge(self) -> None:
        received = self._reader.received
        if self._window and received - self._acknowledged >= self._window:
            self._acknowledged = received
            count = struct.pack(">I", received & 0xFFFFFFFF)
            await self._send(RtmpMessage(chunks.ACKNOWLEDGEMENT, 0, 0, count), 2)

    async def _command(self, name: str, number: int, *values: amf.AmfValue) -> None:
        content = amf.write_values(name, float(number), *values)
        stream_id = self._stream_id if name == "publish" else 0
        message = RtmpMessage(chunks.COMMAND, stream_id, 0, content)
        await self._send(message, chunks.COMMAND_CHANNEL)

    async def _send(self, message: RtmpMessage, channel: int) -> None:
        size = 128 if message.kind == chunks.SET_CHUNK_SIZE else _CHUNK_SIZE
        try:
            self._writer.write(chunks.write_message(message, channel, size))
            async with asyncio.timeout(STALLED_AFTER_S):
                await self._writer.drain()
        except TimeoutError as error:
            raise failures.ServerTooSlow from error
        except OSError as error:
            raise failures.ServerGone from error


@asynccontextmanager
async def publishing(
    server: RtmpServer, key: str, tls: ssl.SSLContext
) -> AsyncGenerator[RtmpPublisher]:
    """Publish to a server while inside. Raises PublishFailed."""
    reader, writer = await _connect(server, tls)
    try:
        writer.transport.set_write_buffer_limits(MAX_UNSENT_BYTES)
        await _shake_hands(reader, writer)
        publisher = RtmpPublisher((reader, writer))
        await publisher.begin(server, key)
        try:
            yield publisher
        finally:
            # Also when it is cancelled; a server that is gone needs no end.
            with suppress(failures.PublishFailed, TimeoutError):
                async with asyncio.timeout(_FLUSH_WITHIN_S):
                    await publisher.end()
    finally:
        await _close(writer)


async def _connect(server: RtmpServer, tls: ssl.SSLContext) -> _Streams:
    """Connect with an address of a server that was checked. Raises PublishFailed."""
    try:
        async with asyncio.timeout(CONNECT_WITHIN_S):
            endpoint = PushEndpoint(server.host, server.port, server.is_trusted)
            addresses = await resolve(endpoint)
            return await _connect_first(server, addresses, tls)
    except PrivateEndpoint as error:
        raise failures.HostPrivate from error
    except TimeoutError as error:
        raise failures.HostUnreachable from error
    except ssl.SSLError as error:
        raise failures.CertificateWrong from error
    except (socket.gaierror, UnicodeError) as error:
        raise failures.HostUnknown from error
    except OSError as error:
        raise failures.HostUnreachable from error


async def _connect_first(server: RtmpServer, addresses: list[str], tls: ssl.SSLContext) -> _Streams:
    """Connect with the first of the addresses that answers. Raises OSError."""
    failure: OSError = OSError("no address")
    for address in addresses:
        try:
            return await asyncio.open_connection(
                address,
                server.port,
                ssl=tls if server.is_encrypted else None,
                server_hostname=server.host if server.is_encrypted else None,
            )
        except ssl.SSLError:
            raise
        except OSError as error:
            failure = error
    raise failure


async def _shake_hands(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Do the plain handshake of RTMP. Raises PublishFailed."""
    try:
        async with asyncio.timeout(ANSWER_WITHIN_S):
            writer.write(_VERSION + bytes(8) + os.urandom(_HANDSHAKE_BYTES - 8))
            await writer.drain()
            if await reader.readexactly(1) != _VERSION:
                raise failures.NoRtmp
            theirs = await reader.readexactly(_HANDSHAKE_BYTES)
            await reader.readexactly(_HANDSHAKE_BYTES)
            writer.write(theirs)
            await writer.drain()
    except TimeoutError as error:
        raise failures.NoAnswer from error
    except (OSError, asyncio.IncompleteReadError) as error:
        raise failures.ServerGone from error


async def _close(writer: asyncio.StreamWriter) -> None:
    """Close a connection, also if the other end reads nothing."""
    with suppress(OSError, TimeoutError):
        async with asyncio.timeout(_FLUSH_WITHIN_S):
            writer.close()
            await writer.wait_closed()
            return
    writer.transport.abort()
