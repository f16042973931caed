"""An object that is being written to the storage."""

import hashlib
from collections.abc import Callable
from typing import IO


class WrittenObject:
    """An object being written. Chunks are hashed in the thread that writes them."""

    def __init__(self, open_writer: Callable[[str], IO[bytes]], key: str) -> None:
        self.writer = open_writer(key)
        self.digest = hashlib.sha256()
        self.size = 0

    def write(self, chunk: bytes) -> None:
        """Write a chunk, and wait for it. Call it in a thread."""
        self.digest.update(chunk)
        self.size += len(chunk)
        self.writer.write(chunk)
