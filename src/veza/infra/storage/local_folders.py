"""The folders of a storage on local disk.

Files are moved in and out without copying, where both sides are on one file system. To survive a
power failure, they are flushed before they get their names, and the folders after.
"""

import errno
import os
import shutil
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path


def link_or_copy(source: Path, target: Path) -> None:
    """Make `target` another name of a file that never changes, or else a copy of it."""
    try:
        target.hardlink_to(source)
    except FileNotFoundError:
        raise
    except OSError:
        # Another file system, or one without hard links.
        shutil.copyfile(source, target)


def find_files(folder: Path) -> dict[str, int]:
    """Return the sizes of all files below a folder by relative path, in order."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.stat().st_size for path in paths}


def try_move(source: Path, target: Path) -> bool:
    """Move a file over `target`, if it exists; return False for another file system."""
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        source.replace(target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        return False
    return True


def delete_all_but(folder: Path, names: Collection[str]) -> None:
    """Delete everything in a folder except the files of these names."""
    for entry in folder.glob("*"):
        if entry.is_dir():
            shutil.rmtree(entry, ignore_errors=True)
        elif entry.name not in names:
            entry.unlink(missing_ok=True)


def flush(path: Path) -> None:
    """Write a file, or the names in a folder, to disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def folders_above(paths: Iterable[Path], top: Path) -> list[Path]:
    """Return the folders between `top` and files, both included, each once, the deepest first."""
    folders = {parent for path in paths for parent in path.parents if parent.is_relative_to(top)}
    return sorted(folders, key=lambda folder: len(folder.parts), reverse=True)


def scan(folder: Path) -> Iterator[tuple[Path, os.stat_result]]:
    """Yield the files below a folder with their metadata, without those deleted meanwhile."""
    try:
        entries = os.scandir(folder)
    except FileNotFoundError:
        return
    with entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                yield from scan(Path(entry.path))
                continue
            try:
                facts = entry.stat(follow_symlinks=False)
            except FileNotFoundError:
                continue
            yield Path(entry.path), facts
