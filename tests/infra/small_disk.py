"""File systems of a few bytes, for tests that fill a disk."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.infra.engines import IS_ROOT


@contextmanager
def mounted(place: Path, size: int) -> Iterator[Path]:
    """Create a folder that is a file system of its own; skip the test where that isn't allowed."""
    place.mkdir()
    options = f"size={size},mode=777"
    mount = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(place)]
    if not IS_ROOT or subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("Only root mounts a disk, and not everywhere.")
    try:
        yield place
    finally:
        subprocess.run(["umount", "--lazy", str(place)], check=True)
