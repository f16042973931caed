"""Reads objects on local disk without blocking the event loop.

Bytes in the page cache are read at once, which takes a few microseconds; others are read in a
thread. A probe decides: a read of one byte that fails rather than waiting for the disk.
"""

import errno
import os
from collections.abc import Awaitable, Callable
from pathlib import Path

# The distance of probes: the kernel reads ahead and drops pages in ranges about this long.
_PROBE_BYTES = 256 * 1024

# `os.pread` in a thread, with a descriptor, a number of bytes and an offset.
type ReadInThread = Callable[[int, int, int], Awaitable[bytes]]


class OpenedObject:
    """A file that is open for reading, of a size that was determined when it was opened.

    It can be read to its end even if it is deleted or replaced meanwhile. It is closed by `close`,
    or when nothing refers to it.
    """

    def __init__(self, path: Path | str, read_in_thread: ReadInThread) -> None:
        self._descriptor = -1
        self._descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        self._read_in_thread = read_in_thread
        self.size = os.fstat(self._descriptor).st_size

    def __del__(self) -> None:
        self.close()

    def fileno(self) -> int:
        """Return the descriptor."""
        return self._descriptor

    def close(self) -> None:
        """Close the file, unless it is closed."""
        descriptor = self._descriptor
        self._descriptor = -1
        if descriptor >= 0:
            os.close(descriptor)

    def can_probe(self) -> bool:
        """Return whether the file system can tell what is in the page cache; NFS can't."""
        try:
            os.preadv(self._descriptor, [bytearray(1)], 0, os.RWF_NOWAIT)
        except OSError as error:
            return error.errno == errno.EAGAIN
        return True

    def is_cached(self, first: int, count: int) -> bool:
        """Return whether `count` bytes from `first` can be read without waiting for the disk."""
        last = first + count - 1
        one = [bytearray(1)]
        try:
            return all(
                os.preadv(self._descriptor, one, at, os.RWF_NOWAIT) == 1
                for at in (last, *range(first, last, _PROBE_BYTES))
            )
        except OSError:
            # Not there (EAGAIN), or the file system can't tell (EOPNOTSUPP).
            return False

    async def read(self, first: int, count: int) -> bytes:
        """Read at most `count` bytes from `first`. Raises EOFError if the file became shorter."""
        if self.is_cached(first, count):
            piece = os.pread(self._descriptor, count, first)
        else:
            piece = await self._read_in_thread(self._descriptor, count, first)
        if not piece:
            raise EOFError("The file became shorter while it was read.")
        return piece

    async def read_exactly(self, first: int, count: int) -> bytes:
        """Read `count` bytes from `first`. Raises EOFError if the file became shorter."""
        pieces: list[bytes] = []
        at = first
        end = first + count
        while at < end:
            pieces.append(await self.read(at, end - at))
            at += len(pieces[-1])
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)
