"""A disk that can be full: a file system in memory, where the machine lets us mount one."""

import os
import subprocess
from contextlib import suppress
from pathlib import Path

SIZE_MIB = 512
_PART_BYTES = 1 << 20


class Disk:
    """A file system of its own at a folder, or none if it can't be mounted."""

    def __init__(self, folder: Path, size_mib: int) -> None:
        self.folder = folder
        folder.mkdir()
        options = f"size={size_mib}m,mode=755"
        command = ["mount", "-t", "tmpfs", "-o", options, "veza-cluster", str(folder)]
        done = subprocess.run(command, capture_output=True, check=False)
        self.is_own = done.returncode == 0

    def fill(self) -> None:
        """Take all that is free."""
        assert self.is_own, "A disk can only be filled where this may mount one (as root)."
        with suppress(OSError), (self.folder / "filler").open("wb", buffering=0) as file:
            while True:
                file.write(bytes(_PART_BYTES))

    def free(self) -> None:
        (self.folder / "filler").unlink(missing_ok=True)

    def unmount(self) -> None:
        if self.is_own:
            # Lazily: a process that just ended may still hold a file.
            subprocess.run(["umount", "--lazy", str(self.folder)], check=True)
            os.sync()
