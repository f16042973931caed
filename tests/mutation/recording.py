"""Which functions of the program each test executes, in the process of the tests."""

import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from types import CodeType
from typing import Any

from tests.mutation.mutants import SOURCES

_TOOL = 3
_EVENTS = sys.monitoring.events
_PREFIX = f"{SOURCES}/veza/"


def number_of(path: str, function: str) -> int:
    """Return the number under which a function is recorded; the path is below `src`."""
    return zlib.crc32(f"{path}:{function}".encode())


@contextmanager
def recording() -> Iterator[set[int]]:
    """Collect the numbers of the functions that begin meanwhile, in all threads.

    Each function reports once, so a test hardly takes longer.
    """
    numbers: set[int] = set()

    def note(code: CodeType, _: int) -> Any:
        if code.co_filename.startswith(_PREFIX):
            path = code.co_filename.removeprefix(f"{SOURCES}/")
            numbers.add(number_of(path, code.co_qualname))
        return sys.monitoring.DISABLE

    sys.monitoring.use_tool_id(_TOOL, "veza mutation")
    sys.monitoring.register_callback(_TOOL, _EVENTS.PY_START, note)
    sys.monitoring.set_events(_TOOL, _EVENTS.PY_START)
    sys.monitoring.restart_events()
    try:
        yield numbers
    finally:
        sys.monitoring.set_events(_TOOL, 0)
        sys.monitoring.free_tool_id(_TOOL)
