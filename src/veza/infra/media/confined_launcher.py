"""Started as a program: puts limits on itself, then becomes the program that it is told to run.

It imports nothing of ours, so that it starts in a few milliseconds. Setting the limits here and
not between fork and exec of the server keeps Python code out of a forked, threaded process.
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
    """Take `parent_pid cpu_s file_bytes memory_bytes program argument...` from the command line."""
    parent_pid, cpu_s, file_bytes, memory_bytes = (int(word) for word in sys.argv[1:5])
    _die_with(parent_pid)
    # At the soft limit a program is told and may end itself; five seconds later it is killed.
    _limit(resource.RLIMIT_CPU, cpu_s, spare=5)
    _limit(resource.RLIMIT_FSIZE, file_bytes)
    _limit(resource.RLIMIT_AS, memory_bytes)
    _limit(resource.RLIMIT_NOFILE, _OPEN_FILES)
    _limit(resource.RLIMIT_CORE, 0)
    os.nice(_NICENESS)
    # Python ignores these two, and what is ignored stays ignored in the program that follows.
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
    try:
        os.execv(sys.argv[5], sys.argv[5:])  # noqa: S606 - without a shell, on purpose.
    except OSError as error:
        os.write(2, f"{sys.argv[5]}: {error.strerror}".encode(errors="replace"))
        os._exit(CANNOT_RUN)


def _limit(kind: int, amount: int, *, spare: int = 0) -> None:
    """Set a limit, or leave the one that the system has set if that is lower."""
    _, highest = resource.getrlimit(kind)
    if highest == resource.RLIM_INFINITY:
        highest = amount + spare
    resource.setrlimit(kind, (min(amount, highest), min(amount + spare, highest)))


def _die_with(parent_pid: int) -> None:
    """Have the kernel kill this process when its parent ends, however that ends."""
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent_pid:
        # The parent was gone before the kernel was told.
        os._exit(CANNOT_RUN)


if __name__ == "__main__":
    main()
