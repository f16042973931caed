"""Reads the tags of FLV, which have the messages of RTMP, as they arrive."""

import asyncio

from veza.infra.rtmp.chunks import AUDIO, DATA, VIDEO, RtmpMessage

# A picture of 2.5 MB/s at most; that of an encoder that sends one a second fits.
MAX_TAG_BYTES = 8 * 1024 * 1024
_HEADER_BYTES = 9
_TAG_HEADER_BYTES = 11
_SIZE_BYTES = 4


class BadFlv(Exception):
    """Bytes are no FLV."""


class FlvReader:
    """Reads tags one after the other."""

    def __init__(self, stream: asyncio.StreamReader) -> None:
        self._stream = stream
        self._is_begun = False

    async def read(self) -> RtmpMessage | None:
        """Return the message of the next tag, or None at the end. Raises BadFlv."""
        try:
            if not self._is_begun:
                header = await self._stream.readexactly(_HEADER_BYTES + _SIZE_BYTES)
                if not header.startswith(b"FLV\x01"):
                    raise BadFlv
                self._is_begun = True
            head = await self._stream.readexactly(_TAG_HEADER_BYTES)
            size = int.from_bytes(head[1:4])
            if size > MAX_TAG_BYTES or head[0] not in {AUDIO, VIDEO, DATA}:
                raise BadFlv
            content = await self._stream.readexactly(size)
            await self._stream.readexactly(_SIZE_BYTES)
        except asyncio.IncompleteReadError:
            return None
        # The highest byte of the time is behind the others.
        return RtmpMessage(head[0], 0, head[7] << 24 | int.from_bytes(head[4:7]), content)
