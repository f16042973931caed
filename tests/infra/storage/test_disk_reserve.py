"""The reserve of free space: measured on real file systems, and kept while files grow."""

import errno
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.infra.small_disk import mounted
from tests.infra.waiting import until
from veza.core.errors import DiskReserveReached
from veza.infra.storage.disk_reserve import DiskReserve
from veza.infra.storage.errors import is_full
from veza.infra.storage.objects import CHUNK
from veza.infra.storage.stores import open_storage

MORE_THAN_ANY_DISK = 2**62
DISK = 16 * CHUNK
RESERVE = 4 * CHUNK


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 16 MiB."""
    with mounted(tmp_path / "disk", DISK) as place:
        yield place


async def _bytes(size: int) -> AsyncIterator[bytes]:
    for _ in range(size // CHUNK):
        yield bytes(CHUNK)


async def test_a_disk_is_watched_until_there_is_room_again(small_disk: Path) -> None:
    filler = small_disk / "filler"
    disk = DiskReserve([small_disk.parent, small_disk / "later"], reserve_bytes=RESERVE)
    async with disk.watching():
        disk.ensure_room()
        filler.write_bytes(bytes(DISK - RESERVE + CHUNK))
        await until(lambda: disk.is_read_only)
        with pytest.raises(DiskReserveReached) as refusal:
            disk.ensure_room()
        assert refusal.value.retry_after
        filler.unlink()
        await until(lambda: not disk.is_read_only)
    assert (await disk.measure()).size_bytes == DISK, "The disk with the least space counts."


async def test_a_file_stops_growing_at_the_reserve_and_leaves_nothing(small_disk: Path) -> None:
    disk = DiskReserve([small_disk], reserve_bytes=RESERVE)
    storage = open_storage(f"file://{small_disk}", small_disk, disk=disk)
    least = DISK

    async def growing() -> AsyncIterator[bytes]:
        nonlocal least
        async for piece in _bytes(DISK):
            # As the watch does each second.
            least = min(least, (await disk.measure()).free_bytes)
            yield piece

    with pytest.raises(DiskReserveReached):
        await storage.put_stream("a/large", growing())
    assert least > RESERVE - 3 * CHUNK

    async def has_room() -> bool:
        await disk.measure()
        return not disk.is_low

    # The unfinished file is deleted in a thread, which may take longer than it is waited for.
    await until(has_room)
    assert (await storage.put_stream("a/small", _bytes(CHUNK))).size == CHUNK
    assert [path.name for path in small_disk.rglob("*") if path.is_file()] == ["small"]
    storage.close()


def test_only_an_error_of_the_system_means_a_full_disk() -> None:
    assert is_full(OSError(errno.ENOSPC, "No space left on device"))
    assert is_full(OSError("Generic error: (os error 28)"))
    assert not is_full(OSError(errno.EACCES, "Permission denied"))
    assert not is_full(ValueError("A title: (os error 28)")), "Such a job would be retried forever."


async def test_nothing_is_refused_where_the_data_is_elsewhere_or_no_reserve_is_set(
    tmp_path: Path,
) -> None:
    elsewhere = DiskReserve([tmp_path], reserve_bytes=MORE_THAN_ANY_DISK, holds_data=False)
    without = DiskReserve([tmp_path], reserve_bytes=0)
    for disk in (elsewhere, without, DiskReserve()):
        await disk.measure()
        disk.ensure_room()
    assert elsewhere.is_low
    assert not without.is_low
