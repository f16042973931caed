"""Streams ZIP archives without buffering whole files.

`zipfile` supports unseekable output: it writes the checksum and size of a file after its content.
"""

import asyncio
import hashlib
from collections.abc import AsyncGenerator, AsyncIterator
from datetime import datetime
from typing import Any
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from msgspec import Struct


class ArchiveEntry(Struct, frozen=True):
    """A file of an archive. Files with `is_packed` (audio, images) are stored uncompressed.

    `size_bytes` is the expected size, by which very large files get 64-bit size fields.
    """

    path: str
    chunks: AsyncIterator[bytes]
    size_bytes: int
    modified: datetime
    is_packed: bool


class ArchiveChecksums:
    """The SHA-256 of each file that was written to an archive."""

    def __init__(self) -> None:
        self.by_path: dict[str, str] = {}

    def write(self) -> str:
        """Return them in the format of `sha256sum --check`."""
        return "".join(f"{sha256}  {path}\n" for path, sha256 in self.by_path.items())


async def write_archive(
    entries: AsyncIterator[ArchiveEntry], sums: ArchiveChecksums
) -> AsyncGenerator[bytes]:
    """Yield the bytes of an archive. Only one entry is open at a time."""
    sink = _Sink()
    target: Any = sink
    with ZipFile(target, "w", allowZip64=True) as archive:
        async for entry in entries:
            digest = hashlib.sha256()
            with archive.open(_describe(entry), "w") as file:
                async for chunk in entry.chunks:
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
    # A regular file with mode 0600.
    info.external_attr = 0o100600 << 16
    return info


class _Sink:
    """An unseekable file whose content is taken out as it is written."""

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
