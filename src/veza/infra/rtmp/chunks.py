"""The chunks in which RTMP's messages travel: written for a server, and read from it, bounded."""

import asyncio
import struct

from msgspec import Struct

# The type of a message.
SET_CHUNK_SIZE, ABORT, ACKNOWLEDGEMENT, USER_CONTROL, WINDOW_SIZE, PEER_BANDWIDTH = range(1, 7)
AUDIO, VIDEO = 8, 9
DATA, COMMAND = 18, 20

# What servers send is short: answers to commands.
MAX_MESSAGE_BYTES = 64 * 1024
# Of commands, and of what is published.
COMMAND_CHANNEL, MEDIA_CHANNEL = 3, 4

_MAX_CHANNELS = 16
_DEFAULT_SIZE = 128
_LONG_TIME = 0xFFFFFF
# The bytes of a header without those that are as in the message before.
_HEADER_BYTES = (11, 7, 3, 0)


class BadRtmp(Exception):
    """The other side sends no RTMP, or more than is read of it."""


class RtmpMessage(Struct, frozen=True):
    """A message: its type, its stream, its time in milliseconds, and its content."""

    kind: int
    stream_id: int
    time_ms: int
    content: bytes


class _Channel:
    """The message that arrives in a channel, and what its header says."""

    def __init__(self) -> None:
        self.time_ms = self.kind = self.stream_id = self.length = 0
        self.is_long = False
        self.content = bytearray()


def write_message(message: RtmpMessage, channel: int, chunk_size: int) -> bytes:
    """Return the chunks of a message."""
    time_ms = message.time_ms & 0xFFFFFFFF
    long_time = struct.pack(">I", time_ms) if time_ms >= _LONG_TIME else b""
    header = (
        bytes((channel,))
        + min(time_ms, _LONG_TIME).to_bytes(3)
        + len(message.content).to_bytes(3)
        + bytes((message.kind,))
        + struct.pack("<I", message.stream_id)
        + long_time
    )
    # Of the chunks that follow, the header is as in the first.
    again = bytes((0xC0 | channel,)) + long_time
    pieces = [header, message.content[:chunk_size]]
    for at in range(chunk_size, len(message.content), chunk_size):
        pieces += [again, message.content[at : at + chunk_size]]
    return b"".join(pieces)


class ChunkReader:
    """Reads messages from a server; `received` counts the bytes."""

    def __init__(self, stream: asyncio.StreamReader) -> None:
        self.received = 0
        self._stream = stream
        self._size = _DEFAULT_SIZE
        self._channels: dict[int, _Channel] = {}

    async def read(self) -> RtmpMessage:
        """Return the next message. Raises BadRtmp, and IncompleteReadError at the end."""
        while True:
            message = await self._read_chunk()
            if message is None:
                continue
            if message.kind == SET_CHUNK_SIZE:
                self._set_size(message.content)
            elif message.kind == ABORT:
                self._channels.pop(int.from_bytes(message.content[:4]), None)
            else:
                return message

    async def _read_chunk(self) -> RtmpMessage | None:
        """Read a chunk; return the message that it completes."""
        first = (await self._take(1))[0]
        channel = await self._find_channel(first & 0x3F)
        await self._read_header(channel, first >> 6)
        left = channel.length - len(channel.content)
        channel.content += await self._take(min(left, self._size))
        if len(channel.content) < channel.length:
            return None
        content, channel.content = bytes(channel.content), bytearray()
        return RtmpMessage(channel.kind, channel.stream_id, channel.time_ms, content)

    async def _find_channel(self, number: int) -> _Channel:
        if number == 0:
            number = 64 + (await self._take(1))[0]
        elif number == 1:
            number = 64 + int.from_bytes(await self._take(2), "little")
        if number not in self._channels and len(self._channels) >= _MAX_CHANNELS:
            raise BadRtmp
        return self._channels.setdefault(number, _Channel())

    async def _read_header(self, channel: _Channel, form: int) -> None:
        header = await self._take(_HEADER_BYTES[form])
        if form < 3:
            time_ms = int.from_bytes(header[:3])
            channel.is_long = time_ms == _LONG_TIME
            channel.time_ms = time_ms
        if form < 2:
            if channel.content:
                # The one before was not complete.
                raise BadRtmp
            channel.length = int.from_bytes(header[3:6])
            channel.kind = header[6]
        if form == 0:
            channel.stream_id = int.from_bytes(header[7:11], "little")
        if channel.is_long:
            channel.time_ms = int.from_bytes(await self._take(4))
        if channel.length > MAX_MESSAGE_BYTES:
            raise BadRtmp

    def _set_size(self, content: bytes) -> None:
        size = int.from_bytes(content[:4])
        if not 1 <= size < 2**31:
            raise BadRtmp
        self._size = size

    async def _take(self, count: int) -> bytes:
        found = await self._stream.readexactly(count)
        self.received += count
        return found
