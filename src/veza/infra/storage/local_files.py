"""Reads small local files that other programs write, such as nginx."""

import asyncio
import os
import stat
from pathlib import Path

MAX_BYTES = 64 * 1024 * 1024


async def read_file(path: Path) -> bytes | None:
    """Return the content of a regular file of at most `MAX_BYTES`, or None."""
    return await asyncio.to_thread(_read, path)


def _read(path: Path) -> bytes | None:
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return None
    found = os.fstat(handle)
    if not stat.S_ISREG(found.st_mode) or found.st_size > MAX_BYTES:
        os.close(handle)
        return None
    with os.fdopen(handle, "rb") as file:
        return file.read()
