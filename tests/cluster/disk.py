"""A disk that can be full: a file system in memory, where the machine lets us mount one."""

import os
import subprocess
from contextlib import suppress
from pathlib import Path
from threading import Event, Thread

SIZE_MIB = 512
# The last bytes go in small parts: a large one is refused though some of it would fit.
_PART_BYTES = (1 << 20, 1 << 12)
# What programs give back is taken again this soon.
_PAUSE_S = 0.02


class Disk:
    """A file system of its own at a folder, or none if it can't be mounted."""

    def __init__(self, folder: Path, size_mib: int) -> None:
        self.folder = folder
        folder.mkdir()
        options = f"size={size_mib}m,mode=755"
        command = ["mount", "-t", "tmpfs", "-o", options, "veza-cluster", str(folder)]
        done = subprocess.run(command, capture_output=True, check=False)
        self.is_own = done.returncode == 0
        self._is_freed = Event()
        self._filling: Thread | None = None

    def fill(self) -> None:
        """Take all that is free, and what becomes free until `free`."""
        assert self.is_own, "A disk can only be filled where this may mount one (as root)."
        self._is_freed.clear()
        self._take_rest()
        self._filling = Thread(target=self._keep_full, daemon=True)
        self._filling.start()

    def free(self) -> None:
        self._is_freed.set()
        if self._filling is not None:
            self._filling.join()
        (self.folder / "filler").unlink(missing_ok=True)

    def _keep_full(self) -> None:
        while not self._is_freed.wait(_PAUSE_S):
            self._take_rest()

    def _take_rest(self) -> None:
        with (self.folder / "filler").open("ab", buffering=0) as file:
            for size in _PART_BYTES:
                with suppress(OSError):
                    while True:
                        file.write(bytes(size))

    def unmount(self) -> None:
        if self.is_own:
            # Lazily: a process that just ended may still hold a file.
            subprocess.run(["umount", "--lazy", str(self.folder)], check=True)
            os.sync()
