"""Uploads under way: the memory that each one holds, and how many one process takes."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from tests.seaweed import Seaweed
from veza.infra.storage.errors import StorageBusy
from veza.infra.storage.objects import Storage
from veza.infra.storage.stores import open_storage

MIB = 1024 * 1024
_UPLOADS = 40


@pytest.fixture
def local(tmp_path: Path) -> Iterator[Storage]:
    opened = open_storage(None, tmp_path)
    yield opened
    opened.close()


def _resident_bytes() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


class _HalfOpen:
    """Uploads that send some bytes and then neither go on nor end."""

    def __init__(self) -> None:
        self.waiting = 0
        self.all_wait = asyncio.Event()
        self.may_end = asyncio.Event()

    async def send(self, size: int, uploads: int) -> AsyncIterator[bytes]:
        for _ in range(size // 65_536):
            yield bytes(65_536)
        self.waiting += 1
        if self.waiting == uploads:
            self.all_wait.set()
        await self.may_end.wait()


@pytest.mark.long
async def test_a_half_open_upload_to_local_disk_holds_less_than_one_mib(local: Storage) -> None:
    half_open = _HalfOpen()
    before = _resident_bytes()
    async with asyncio.TaskGroup() as group:
        for number in range(_UPLOADS):
            chunks = half_open.send(7 * MIB, _UPLOADS)
            group.create_task(local.put_stream(f"uploads/{number}", chunks))
        await half_open.all_wait.wait()
        grown = _resident_bytes() - before
        half_open.may_end.set()
    assert grown < _UPLOADS * MIB


@pytest.mark.long
async def test_an_upload_to_s3_holds_no_more_than_it_is_counted_for(
    s3: Seaweed, tmp_path: Path
) -> None:
    storage = open_storage(s3.url(f"tests/{uuid4()}"), tmp_path)
    uploads = storage.max_writes
    half_open = _HalfOpen()
    before = _resident_bytes()
    async with asyncio.TaskGroup() as group:
        for number in range(uploads):
            group.create_task(storage.put_stream(str(number), half_open.send(14 * MIB, uploads)))
        await half_open.all_wait.wait()
        grown = _resident_bytes() - before
        half_open.may_end.set()
    storage.close()
    assert grown < uploads * 11 * MIB


async def test_beyond_the_memory_budget_an_upload_is_refused_and_nothing_is_read_of_it(
    tmp_path: Path,
) -> None:
    storage = open_storage(None, tmp_path, write_memory_bytes=3 * MIB)
    half_open = _HalfOpen()
    read: list[bytes] = []

    async def refused() -> AsyncIterator[bytes]:
        read.append(b"read")
        yield b"content"

    async with asyncio.TaskGroup() as group:
        for number in range(3):
            group.create_task(storage.put_stream(f"uploads/{number}", half_open.send(MIB, 3)))
        await half_open.all_wait.wait()
        with pytest.raises(StorageBusy) as refusal:
            await storage.put_stream("refused", refused())
        half_open.may_end.set()

    assert refusal.value.retry_after == 5
    assert read == []
    assert (await storage.put_stream("later", refused())).size == 7
    storage.close()


async def test_an_upload_that_fails_gives_its_place_back(tmp_path: Path) -> None:
    storage = open_storage(None, tmp_path, write_memory_bytes=MIB)

    async def broken() -> AsyncIterator[bytes]:
        yield b"some"
        raise ConnectionError

    for _ in range(3):
        with pytest.raises(ConnectionError):
            await storage.put_stream("object", broken())
    storage.close()
