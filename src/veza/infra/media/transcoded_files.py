"""The folder of transcoded files: each is kept until others need its space.

Files are made in folders of their own, which are locked while their process lives. So another
process, or the next one, knows which are left over from one that was killed.
"""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Generator, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from veza.core.errors import TooLarge

# The name of a file that is not complete yet, in the folder in which it is made.
SOUND = "sound.part"
_MAKING = "making-"


class TooLargeToTranscode(TooLarge):
    """The result would not fit into the space for transcoded files."""

    code = "too_large_to_transcode"
    message = "This is too long to be converted to that format: choose another one, or `raw`."


class TranscodedFiles:
    """Keeps transcoded files by name; those that were not wanted for longest are deleted.

    All methods are blocking.
    """

    def __init__(self, folder: Path, max_bytes: int) -> None:
        self._folder = folder
        self._max_bytes = max_bytes

    def prepare(self) -> None:
        """Create the folder; delete what killed processes left, and what is too much by now."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with _locked(self._folder, fcntl.LOCK_EX):
            for path in self._folder.glob(f"{_MAKING}*"):
                # BlockingIOError: a process that lives is at it.
                with suppress(BlockingIOError), _locked(path, fcntl.LOCK_EX | fcntl.LOCK_NB):
                    shutil.rmtree(path, ignore_errors=True)
        self.make_room(0)

    def path_of(self, name: str) -> Path:
        """Return where a file is, if it is kept."""
        return self._folder / name

    def touch(self, name: str) -> bool:
        """Note that a file is wanted; return whether it is kept."""
        try:
            os.utime(self.path_of(name))
        except FileNotFoundError:
            return False
        return True

    @contextmanager
    def making(self, expected_bytes: int) -> Generator[Path]:
        """Provide a folder to make a file in, which is deleted at the end.

        Room is made for what is expected at most. Raises TooLargeToTranscode.
        """
        if expected_bytes > self._max_bytes:
            raise TooLargeToTranscode
        self.make_room(expected_bytes)
        with ExitStack() as stack:
            with _locked(self._folder, fcntl.LOCK_EX):
                path = Path(tempfile.mkdtemp(prefix=_MAKING, dir=self._folder))
                stack.callback(shutil.rmtree, path, ignore_errors=True)
                stack.enter_context(_locked(path, fcntl.LOCK_EX))
            yield path

    def keep(self, path: Path, name: str) -> None:
        """Keep a file that is complete under a name."""
        path.replace(self.path_of(name))
        self.make_room(0)

    def make_room(self, needed_bytes: int) -> None:
        """Delete files until the others, and those being made, leave this space."""
        total = needed_bytes + sum(size for _, size, _ in self._measure(f"{_MAKING}*/{SOUND}"))
        for _, size, path in sorted(self._measure("*.*"), reverse=True):
            total += size
            if total > self._max_bytes:
                path.unlink(missing_ok=True)

    def clear(self) -> None:
        """Delete all files that are kept."""
        for _, _, path in self._measure("*.*"):
            path.unlink(missing_ok=True)

    def _measure(self, pattern: str) -> Iterator[tuple[float, int, Path]]:
        for path in self._folder.glob(pattern):
            try:
                facts = path.stat()
            except FileNotFoundError:
                # Another process deleted or renamed it.
                continue
            yield facts.st_mtime, facts.st_size, path


@contextmanager
def _locked(folder: Path, mode: int) -> Generator[None]:
    """Hold the lock of a folder, which the kernel frees when this process ends."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(handle, mode)
        yield
    finally:
        os.close(handle)
