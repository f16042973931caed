"""Freed memory goes back to the operating system, in a process of its own."""

import platform
import subprocess
import sys

import pytest

_USE = """
import ctypes
from pathlib import Path
from veza.infra.processes.allocator import return_large_blocks

if {is_returned}:
    return_large_blocks()
library = ctypes.CDLL(None)
library.malloc.restype, library.malloc.argtypes = ctypes.c_void_p, [ctypes.c_size_t]
library.free.argtypes = [ctypes.c_void_p]

def resident_mib():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 >> 20

before, kept = resident_mib(), []
for _ in range(3):
    block = library.malloc(19 << 20)
    ctypes.memset(block, 1, 19 << 20)
    # Something that stays, above the block in the heap.
    kept.append([library.malloc(2000) for _ in range(1000)])
    library.free(block)
print(resident_mib() - before)
"""


def use_large_blocks(*, is_returned: bool) -> int:
    """Allocate and free large blocks; return how much larger the process is, in MiB."""
    code = _USE.format(is_returned=is_returned)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return int(done.stdout)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="Only glibc keeps large blocks.")
def test_large_blocks_are_returned_when_they_are_freed():
    assert use_large_blocks(is_returned=False) >= 19
    assert use_large_blocks(is_returned=True) < 15
