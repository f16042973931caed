"""Ties the life of a process of ours to that of the one which started it."""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def die_with(parent_pid: int, death_signal: signal.Signals) -> None:
    """Have the kernel signal this process when its parent ends, however that ends.

    It follows the thread that started the process: the parent starts it from its main thread.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(death_signal), 0, 0, 0)
    if os.getppid() != parent_pid:
        # The parent was gone before the kernel was told.
        sys.exit(1)
