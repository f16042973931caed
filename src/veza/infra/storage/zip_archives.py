"""ZIP archives that are written as they go: nothing is held but what was just packed.

By the standard library, which writes to what can't be sought in too: sums and sizes of each file
then stand behind it, and in the directory at the end.
"""

import asyncio
import hashlib
from collections.abc import AsyncGenerator, AsyncIterator
from datetime import datetime
from typing import Any
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from msgspec import Struct


class ArchiveEntry(Struct, frozen=True):
    """A file of an archive. What is packed already, as sound and pictures are, is stored as it is.

    `size_bytes` is what is expected, so that room is made for the sizes of very large files.
    """

    path: str
    chunks: AsyncIterator[bytes]
    size_bytes: int
    modified: datetime
    is_packed: bool


class ArchiveChecksums:
    """The SHA-256 of each file of an archive, as it was written."""

    def __init__(self) -> None:
        self.by_path: dict[str, str] = {}

    def write(self) -> str:
        """Write them as `sha256sum --check` reads them."""
        return "".join(f"{sha256}  {path}\n" for path, sha256 in self.by_path.items())


async def write_archive(
    entries: AsyncIterator[ArchiveEntry], sums: ArchiveChecksums
) -> AsyncGenerator[bytes]:
    """Pack files as they come. Nothing is open beside the one that is being packed."""
    sink = _Sink()
    target: Any = sink
    with ZipFile(target, "w", allowZip64=True) as archive:
        async for entry in entries:
            digest = hashlib.sha256()
            with archive.open(_describe(entry), "w") as file:
                async for chunk in entry.chunks:
                    # Packing takes a while: others go on meanwhile.
                    await asyncio.to_thread(file.write, chunk)
                    digest.update(chunk)
                    if sink.held:
                        yield sink.take()
            sums.by_path[entry.path] = digest.hexdigest()
            yield sink.take()
    yield sink.take()


def _describe(entry: ArchiveEntry) -> ZipInfo:
    moment = entry.modified
    date = (max(moment.year, 1980), *moment.timetuple()[1:6])
    info = ZipInfo(entry.path, date_time=date)
    info.compress_type = ZIP_STORED if entry.is_packed else ZIP_DEFLATED
    info.file_size = entry.size_bytes
    # A plain file that its owner reads and writes, and nobody else.
    info.external_attr = 0o100600 << 16
    return info


class _Sink:
    """Takes bytes, and gives them away: nobody can go back in it."""

    def __init__(self) -> None:
        self.held = bytearray()

    def write(self, chunk: bytes) -> int:
        self.held += chunk
        return len(chunk)

    def flush(self) -> None:
        pass

    def take(self) -> bytes:
        taken = bytes(self.held)
        self.held.clear()
        return taken
