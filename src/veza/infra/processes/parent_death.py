"""Ends a process when its parent ends."""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def die_with(parent_pid: int, death_signal: signal.Signals) -> None:
    """Have the kernel signal this process when its parent ends, even by SIGKILL.

    More precisely, when the thread that started it ends: the parent uses its main thread.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(death_signal), 0, 0, 0)
    if os.getppid() != parent_pid:
        # The parent ended before the call.
        sys.exit(1)
