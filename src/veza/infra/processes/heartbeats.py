"""Finds child processes whose event loop stands still.

Each child counts in memory that it shares with its parent, once a second, from its event loop. Its
parent looks at the count now and then. What counts as standing still is time that the child had:
CPU time if it computes, and time in which it waits for something. So nothing is held against a
process that gets no CPU, because the machine is busy, and nothing against one that is stopped,
debugged, or waits for a disk.
"""

import asyncio
import faulthandler
import mmap
import os
import signal
import struct
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from veza.infra.processes.tasks import running

CHECK_S = 5.0
# No request and no job needs the event loop for seconds.
STALL_S = 30.0

_BEAT_S = 1.0
_DUMP_SIGNAL = signal.SIGUSR1
_DUMP_TIMEOUT_S = 1.0
_DUMP_POLL_S = 0.05
_MAX_DUMP_BYTES = 16 * 1024
_COUNT = struct.Struct("Q")
_TICKS_PER_S = os.sysconf("SC_CLK_TCK")
# In /proc/…/stat after the name: the state, and CPU time of user and system.
_STATE = 0
_USER = 11
_SYSTEM = 12


class Heartbeat:
    """The count of one child, made before the fork. 0: it has not begun, or it is ending."""

    def __init__(self) -> None:
        self._memory = mmap.mmap(-1, _COUNT.size)
        self._dump = os.memfd_create("veza-traceback")

    @property
    def count(self) -> int:
        """Return the count."""
        return _COUNT.unpack_from(self._memory)[0]

    @count.setter
    def count(self, count: int) -> None:
        _COUNT.pack_into(self._memory, 0, count)

    def adopt(self) -> None:
        """Make this the heartbeat of the current process, for `beating`."""
        faulthandler.register(_DUMP_SIGNAL, self._dump, all_threads=True)
        _adopted.append(self)

    def read_traceback(self, pid: int) -> str:
        """Return where the threads of a child are, which has adopted this; empty if it is dead."""
        os.kill(pid, _DUMP_SIGNAL)
        give_up_at = time.monotonic() + _DUMP_TIMEOUT_S
        size = 0
        before = -1
        # It is written line by line.
        while (size != before or not size) and time.monotonic() < give_up_at:
            time.sleep(_DUMP_POLL_S)
            size, before = os.fstat(self._dump).st_size, size
        return os.pread(self._dump, _MAX_DUMP_BYTES, 0).decode(errors="replace")

    def close(self) -> None:
        """Free the memory and the file in this process, and stop being its heartbeat."""
        if self in _adopted:
            _adopted.remove(self)
            faulthandler.unregister(_DUMP_SIGNAL)
        self._memory.close()
        os.close(self._dump)


# That of this process, if a parent watches it.
_adopted: list[Heartbeat] = []


@asynccontextmanager
async def beating() -> AsyncGenerator[None]:
    """Count in the heartbeat of this process while inside, if it has one."""
    if not _adopted:
        yield
        return
    heartbeat = _adopted[-1]
    try:
        async with running(_beat(heartbeat)):
            yield
    finally:
        heartbeat.count = 0


async def _beat(heartbeat: Heartbeat) -> None:
    while True:
        heartbeat.count += 1
        await asyncio.sleep(_BEAT_S)


class StallCheck:
    """Measures for how long the event loop of a child has stood still."""

    def __init__(self, pid: int, heartbeat: Heartbeat) -> None:
        self.stood_s = 0.0
        self._pid = pid
        self.heartbeat = heartbeat
        self._count = 0
        # None while it beats.
        self._used_s: float | None = None

    def add(self, elapsed_s: float) -> None:
        """Look again, so long after the last time."""
        count = self.heartbeat.count
        if count == 0 or count != self._count:
            self._count, self._used_s, self.stood_s = count, None, 0.0
            return
        state, used_s = _read_main_thread(self._pid)
        if self._used_s is not None and not _is_traced(self._pid):
            computed_s = min(elapsed_s, used_s - self._used_s)
            self.stood_s += {"S": elapsed_s, "R": computed_s}.get(state, 0.0)
        self._used_s = used_s


def _read_main_thread(pid: int) -> tuple[str, float]:
    """Return the state of the thread of the event loop, and the CPU time that it has used."""
    fields = Path(f"/proc/{pid}/task/{pid}/stat").read_text().rpartition(")")[2].split()
    ticks = int(fields[_USER]) + int(fields[_SYSTEM])
    return fields[_STATE], ticks / _TICKS_PER_S


def _is_traced(pid: int) -> bool:
    """Return whether a debugger is attached."""
    return "TracerPid:\t0\n" not in Path(f"/proc/{pid}/status").read_text()
