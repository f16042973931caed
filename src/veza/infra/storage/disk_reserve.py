"""The reserve of free space on the disks that hold data.

PostgreSQL needs space to delete rows, and stops if its disk is full. The server therefore takes in
nothing that grows once less than the reserve is free, and what is left serves what goes on. Each
process measures for itself and stores nothing, so the state ends as soon as there is space again.
"""

import asyncio
import shutil
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import structlog
from msgspec import Struct

from veza.core.errors import DiskReserveReached
from veza.infra.processes.tasks import repeat, running

log = structlog.get_logger()

INTERVAL_S = 1.0
# Operators need minutes to make room.
RETRY_AFTER_S = 60


class DiskUse(Struct, frozen=True, order=True):
    """The free bytes and the size of a file system."""

    free_bytes: int
    size_bytes: int


class DiskReserve:
    """Measures the file systems of some folders, and knows whether the reserve is used up.

    Without `holds_data`, as where database and files are on other machines, nothing is refused. A
    reserve of 0 is never used up, and neither is one without folders.
    """

    def __init__(
        self, folders: Sequence[Path] = (), *, reserve_bytes: int = 0, holds_data: bool = True
    ) -> None:
        self.reserve_bytes = reserve_bytes
        self._folders = folders
        self._holds_data = holds_data
        self._is_low = self._was_low = False

    @property
    def is_low(self) -> bool:
        """Return whether less than the reserve was free at the last measurement."""
        return self._is_low

    @property
    def is_read_only(self) -> bool:
        """Return whether requests that grow the data are refused."""
        return self._holds_data and self._is_low

    def ensure_room(self) -> None:
        """Raise DiskReserveReached if nothing may be added to the data at present."""
        if self.is_read_only:
            raise DiskReserveReached(retry_after=RETRY_AFTER_S)

    async def measure(self) -> DiskUse:
        """Measure in a thread; return the use of the file system with the least free space."""
        use = await asyncio.to_thread(self._measure)
        self._is_low = use.free_bytes < self.reserve_bytes
        return use

    async def has_room(self, size_bytes: int) -> bool:
        """Measure; return whether the reserve would still be free after this was stored."""
        if not self.reserve_bytes:
            return True
        return (await self.measure()).free_bytes - size_bytes >= self.reserve_bytes

    @asynccontextmanager
    async def watching(self) -> AsyncGenerator[None]:
        """Measure now, and then each second while inside; log when the state changes."""
        await self._refresh()
        async with running(repeat(self._refresh, each_s=INTERVAL_S)):
            yield

    async def _refresh(self) -> None:
        use = await self.measure()
        if self._is_low != self._was_low:
            self._was_low = self._is_low
            event = "disk_reserve_reached" if self._is_low else "disk_reserve_free"
            write = log.error if self._is_low else log.info
            write(event, free_bytes=use.free_bytes, reserve_bytes=self.reserve_bytes)

    def _measure(self) -> DiskUse:
        found = (shutil.disk_usage(_existing(folder)) for folder in self._folders)
        return min((DiskUse(each.free, each.total) for each in found), default=DiskUse(0, 0))


def _existing(folder: Path) -> Path:
    """Return the folder, or that of its parents in which it would be created."""
    return next(each for each in (folder, *folder.parents) if each.exists())
