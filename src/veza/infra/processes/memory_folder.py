"""A folder in memory, for files that the processes of a server map."""

import shutil
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

# What is written here Linux keeps in memory.
_MEMORY = Path("/dev/shm")  # noqa: S108 - the folder in it has a name that nobody can foresee


@contextmanager
def memory_folder(link: Path) -> Generator[Path]:
    """Create an empty folder in memory to which `link` points, and delete both at the end.

    A process that writes to a mapped file for which the disk has no room is killed (SIGBUS): on a
    full disk, no process would get far. Where the system has no such memory, the folder is `link`
    itself. What a killed server left behind is deleted first.
    """
    _delete(link)
    try:
        folder = Path(tempfile.mkdtemp(prefix="veza-", dir=_MEMORY))
    except OSError:
        folder = link
        link.mkdir(mode=0o700)
    else:
        link.symlink_to(folder)
    try:
        yield folder
    finally:
        _delete(link)


def _delete(link: Path) -> None:
    if link.is_symlink():
        shutil.rmtree(link.readlink(), ignore_errors=True)
        link.unlink()
    else:
        shutil.rmtree(link, ignore_errors=True)
