"""The files that this process has open."""

from contextlib import suppress
from pathlib import Path


def descriptors_of(folder: Path) -> list[Path]:
    """Return the paths of open files in a folder: others of the process come and go meanwhile."""
    found: list[Path] = []
    for descriptor in Path("/proc/self/fd").iterdir():
        with suppress(FileNotFoundError):
            found.append(descriptor.readlink())
    return [path for path in found if path.is_relative_to(folder)]
