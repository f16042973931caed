"""Sets the command line that other programs, such as ps, show for this process."""

import ctypes
import sys
from pathlib import Path

_PR_SET_NAME = 15
_ARG_START = 45
_ARG_END = 46


def set_title(*words: str) -> None:
    """Show these words instead of the command line, as far as there is room.

    The kernel reads the command line from the memory of the process.
    """
    if sys.platform != "linux":
        return
    title = b"\0".join(word.encode() for word in words)
    fields = Path("/proc/self/stat").read_text().rpartition(")")[2].split()
    start = int(fields[_ARG_START])
    end = int(fields[_ARG_END])
    room = end - start
    if room > 0:
        ctypes.memmove(start, title[: room - 1].ljust(room, b"\0"), room)
    ctypes.CDLL(None).prctl(_PR_SET_NAME, title.replace(b"\0", b" "), 0, 0, 0)
