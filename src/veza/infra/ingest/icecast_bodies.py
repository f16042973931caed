"""The bodies of encoders that speak Icecast's protocol: plain, or chunked as HTTP says."""

import asyncio
import re

PIECE_BYTES = 16 * 1024
# Up to 4 GiB, as int() takes signs, prefixes and underscores; what follows `;` is ignored.
_SIZE = re.compile(rb"([0-9A-Fa-f]{1,8})[ \t]*(;[^\n]*)?\r?\n?")


class BadChunk(Exception):
    """The size of a chunk is malformed, or its end is elsewhere."""


class SourceBody:
    """Reads the bytes that an encoder sends, chunked or not."""

    def __init__(self, reader: asyncio.StreamReader, *, is_chunked: bool) -> None:
        self._reader = reader
        self._is_chunked = is_chunked
        self._left = 0

    async def read(self) -> bytes:
        """Return what arrived next, empty at the end. Raises BadChunk."""
        if not self._is_chunked:
            return await self._reader.read(PIECE_BYTES)
        if self._left == 0:
            self._left = await self._read_size()
            if self._left == 0:
                return b""
        piece = await self._reader.read(min(self._left, PIECE_BYTES))
        self._left -= len(piece)
        if self._left == 0 and (await self._read_line()).strip():
            raise BadChunk
        return piece

    async def _read_size(self) -> int:
        """Return the size of the next chunk, 0 at the end."""
        line = await self._read_line()
        if not line:
            return 0
        found = _SIZE.fullmatch(line)
        if found is None:
            raise BadChunk
        return int(found[1], 16)

    async def _read_line(self) -> bytes:
        """Return a line, up to the limit of the reader."""
        try:
            return await self._reader.readline()
        except ValueError as error:
            raise BadChunk from error
