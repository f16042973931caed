"""A log that is written in blocks: a flushed line for each request costs more than its response.

Lines that can wait are written 64 at a time, or after 100 ms, and at the exit of the process. A
process that is killed by SIGKILL loses the lines that waited. Everything else is written at once.
"""

import asyncio
import atexit
import threading
from contextlib import suppress
from typing import BinaryIO

MAX_LINES = 64
MAX_WAIT_S = 0.1


class LogBuffer:
    """Writes lines to a stream. Any thread may call it."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._lines: list[bytes] = []
        self._writing = threading.Lock()
        atexit.register(self.flush)

    def add(self, line: bytes) -> None:
        """Write a line soon; at once if no event loop runs, which could do it later."""
        self._lines.append(line)
        if len(self._lines) >= MAX_LINES:
            self.flush()
        elif len(self._lines) == 1:
            try:
                asyncio.get_running_loop().call_later(MAX_WAIT_S, self.flush)
            except RuntimeError:
                self.flush()

    def write(self, line: bytes) -> None:
        """Write a line at once, after those that wait."""
        self._lines.append(line)
        self.flush()

    def flush(self) -> None:
        """Write the lines that wait."""
        with self._writing:
            # Another thread may add lines at any moment: only those counted here are removed.
            count = len(self._lines)
            block = b"".join(self._lines[:count])
            del self._lines[:count]
            # A log that can't be written must not fail requests.
            with suppress(OSError, ValueError):
                self._stream.write(block)
                self._stream.flush()
