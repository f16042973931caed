"""Temporary files in memory, where there is plenty of it.

Each server of the tests has thousands of files, and is deleted soon. On ext4 that costs the system
up to a second of a core for each: it doesn't reuse what was deleted within a minute, and searches
past all of it. They are gone when the run ends: set TMPDIR to look at them afterwards.
"""

import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

_MEMORY = Path("/dev/shm")
# All that a whole run holds at once, twice.
_NEEDED_BYTES = 12 * 2**30


@pytest.hookimpl(wrapper=True)
def pytest_cmdline_main(config: pytest.Config) -> Iterator[None]:
    """Give all processes of a run a folder in memory, unless TMPDIR names another one."""
    if "TMPDIR" in os.environ or hasattr(config, "workerinput") or not _is_fit():
        return (yield)
    with tempfile.TemporaryDirectory(
        prefix="veza-tests-", dir=_MEMORY, ignore_cleanup_errors=True
    ) as it:
        # Engines that lose root's rights must get at their own folders.
        Path(it).chmod(0o711)
        os.environ["TMPDIR"] = tempfile.tempdir = it
        try:
            return (yield)
        finally:
            tempfile.tempdir = None
            del os.environ["TMPDIR"]


def _is_fit() -> bool:
    """Return whether there is enough memory for files, and programs among them can be run."""
    if not os.access(_MEMORY, os.W_OK) or os.statvfs(_MEMORY).f_flag & os.ST_NOEXEC:
        return False
    found = re.search(r"^MemAvailable: +(\d+) kB$", Path("/proc/meminfo").read_text(), re.MULTILINE)
    available = int(found[1]) * 1024 if found else 0
    return min(available, shutil.disk_usage(_MEMORY).free) >= _NEEDED_BYTES
