"""Bytes that a forked child makes: the memory that it needs for that is freed with it."""

import os
import signal
from collections.abc import Callable

from veza.infra.processes.parent_death import die_with


class ForkedBytes:
    """A file in memory that a child writes, and its parent reads once the child has ended."""

    def __init__(self, make: Callable[[], bytes]) -> None:
        self._make = make
        self._file = os.memfd_create("veza")

    def write(self) -> None:
        """Make the bytes, in the child."""
        with os.fdopen(self._file, "wb") as file:
            file.write(self._make())

    def read(self) -> bytes:
        """Return the bytes, in the parent."""
        with os.fdopen(self._file, "rb") as file:
            file.seek(0)
            return file.read()


def make_in_child(make: Callable[[], bytes]) -> bytes:
    """Return the bytes that a child makes. For processes without threads."""
    forked = ForkedBytes(make)
    parent = os.getpid()
    child = os.fork()
    if child == 0:
        code = 1
        try:
            die_with(parent, signal.SIGKILL)
            forked.write()
            code = 0
        finally:
            os._exit(code)
    _, status = os.waitpid(child, 0)
    if status:
        raise ChildProcessError(f"A child ended with status {status}.")
    return forked.read()
