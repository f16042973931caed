"""A program that sets limits on itself, then executes another program.

It imports nothing of Veza, so it starts in a few milliseconds. Setting the limits here avoids
running Python code between fork and exec of the threaded server.
"""

import ctypes
import os
import resource
import signal
import sys

CANNOT_RUN = 127

_PR_SET_PDEATHSIG = 1
_OPEN_FILES = 64
_NICENESS = 10


def main() -> None:
    """Run with `parent_pid cpu_s file_bytes memory_bytes program argument...`."""
    parent_pid, cpu_s, file_bytes, memory_bytes = (int(word) for word in sys.argv[1:5])
    _die_with(parent_pid)
    # SIGXCPU at the soft limit, SIGKILL five seconds later.
    _limit(resource.RLIMIT_CPU, cpu_s, spare=5)
    _limit(resource.RLIMIT_FSIZE, file_bytes)
    _limit(resource.RLIMIT_AS, memory_bytes)
    _limit(resource.RLIMIT_NOFILE, _OPEN_FILES)
    _limit(resource.RLIMIT_CORE, 0)
    os.nice(_NICENESS)
    # Python ignores these, and the executed program would inherit that.
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
    try:
        os.execv(sys.argv[5], sys.argv[5:])  # noqa: S606 - without a shell, on purpose.
    except OSError as error:
        os.write(2, f"{sys.argv[5]}: {error.strerror}".encode(errors="replace"))
        os._exit(CANNOT_RUN)


def _limit(kind: int, amount: int, *, spare: int = 0) -> None:
    """Lower a limit; never raises it."""
    _, highest = resource.getrlimit(kind)
    if highest == resource.RLIM_INFINITY:
        highest = amount + spare
    resource.setrlimit(kind, (min(amount, highest), min(amount + spare, highest)))


def _die_with(parent_pid: int) -> None:
    """Make the kernel kill this process when its parent ends."""
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent_pid:
        # The parent ended before the call.
        os._exit(CANNOT_RUN)


if __name__ == "__main__":
    main()
