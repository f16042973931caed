"""A folder in memory, for files that the processes of a server map."""

import hashlib
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
    itself. What a killed server left behind is deleted first, unless the link is a copy of another
    server's.
    """
    _delete(link)
    try:
        folder = Path(tempfile.mkdtemp(prefix=_find_prefix(link), dir=_MEMORY))
    except OSError:
        folder = link
        link.mkdir(mode=0o700)
    else:
        link.symlink_to(folder)
    try:
        yield folder
    finally:
        _delete(link)


def _find_prefix(link: Path) -> str:
    """Return how the names of the folders begin to which a link of this path points."""
    digest = hashlib.sha256(str(link.absolute()).encode()).hexdigest()
    return f"veza-{digest[:16]}-"


def _delete(link: Path) -> None:
    if link.is_symlink():
        folder = link.readlink()
        if folder.parent == _MEMORY and folder.name.startswith(_find_prefix(link)):
            shutil.rmtree(folder, ignore_errors=True)
        link.unlink()
    else:
        shutil.rmtree(link, ignore_errors=True)
