"""Reading local objects: in the event loop if they are cached, else in a thread."""

import errno
import os
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import get_ident
from typing import Any

import pytest

from tests.architecture.source import ROOT
from tests.seaweed import Seaweed
from tests.support.descriptors import descriptors_of
from veza.infra.storage.errors import ObjectMissing, StorageUnavailable
from veza.infra.storage.objects import Storage
from veza.infra.storage.opened_file import OpenedObject
from veza.infra.storage.stores import open_storage

CONTENT = os.urandom(700_000)


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    """Return a folder on a disk: it can't be asked what of a file in memory is cached."""
    build = ROOT / "build"
    build.mkdir(exist_ok=True)
    with TemporaryDirectory(dir=build) as folder:
        yield Path(folder)


@pytest.fixture
def storage(tmp_path: Path) -> Iterator[Storage]:
    opened = open_storage(None, tmp_path)
    yield opened
    opened.close()


@pytest.fixture
def path(tmp_path: Path, storage: Storage) -> Path:
    made = tmp_path / "media" / "a" / "object"
    made.parent.mkdir(parents=True)
    made.write_bytes(CONTENT)
    return made


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The threads that read files, in order."""
    threads: list[int] = []
    pread = os.pread

    def noted(*args: Any) -> bytes:
        threads.append(get_ident())
        return pread(*args)

    monkeypatch.setattr(os, "pread", noted)
    return threads


async def _open(storage: Storage, key: str = "a/object") -> OpenedObject:
    opened = await storage.open(key)
    assert opened is not None
    return opened


def _drop_from_cache(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


async def test_cached_bytes_are_read_at_once(
    storage: Storage, path: Path, reads: list[int]
) -> None:
    opened = await _open(storage)

    assert opened.size == len(CONTENT)
    assert opened.is_cached(0, opened.size)
    assert await opened.read(100, 400_000) == CONTENT[100:400_100]
    assert await opened.read(600_000, 100_000) == CONTENT[600_000:]
    assert reads == [get_ident()] * 2


async def test_bytes_that_are_only_on_disk_are_read_in_a_thread(
    storage: Storage, path: Path, reads: list[int]
) -> None:
    _drop_from_cache(path)
    opened = await _open(storage)
    if opened.is_cached(0, opened.size):
        pytest.skip("this file system keeps its files in the page cache")

    assert await opened.read(0, opened.size) == CONTENT
    assert get_ident() not in reads
    assert opened.is_cached(0, opened.size)


async def test_a_hole_in_the_cached_pages_is_noticed(storage: Storage, path: Path) -> None:
    _drop_from_cache(path)
    opened = await _open(storage)
    if opened.is_cached(0, 1):
        pytest.skip("this file system keeps its files in the page cache")
    os.posix_fadvise(opened.fileno(), 0, 0, os.POSIX_FADV_RANDOM)
    for at in (0, opened.size - 1):
        os.pread(opened.fileno(), 1, at)

    assert opened.is_cached(0, 1)
    assert not opened.is_cached(0, opened.size)


async def test_where_nothing_can_be_probed_all_is_done_in_threads(
    storage: Storage, path: Path, reads: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any) -> int:
        raise OSError(errno.EOPNOTSUPP, "Operation not supported")

    opens: list[int] = []
    original = os.open

    def noted(name: Any, flags: int, *rest: Any) -> int:
        if str(name) == str(path):
            opens.append(get_ident())
        return original(name, flags, *rest)

    monkeypatch.setattr(os, "preadv", refuse)
    monkeypatch.setattr(os, "open", noted)
    for _ in range(3):
        opened = await _open(storage)
        assert await opened.read(0, opened.size) == CONTENT

    assert len(opens) == len(reads) == 3
    assert get_ident() not in {*opens, *reads}


async def test_files_are_opened_at_once_where_the_cache_can_be_probed(
    storage: Storage, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = await _open(storage)

    async def refuse(*_: Any) -> None:
        raise AssertionError

    monkeypatch.setattr(storage, "_run", refuse)
    again = await _open(storage)
    assert again.size == opened.size


async def test_a_file_is_read_to_its_end_though_it_is_deleted(storage: Storage, path: Path) -> None:
    opened = await _open(storage)
    path.unlink()

    assert await opened.read(0, opened.size) == CONTENT
    with pytest.raises(ObjectMissing):
        await storage.open("a/object")


async def test_a_file_that_became_shorter_is_an_error(storage: Storage, path: Path) -> None:
    opened = await _open(storage)
    os.truncate(path, 1000)

    assert await opened.read(0, opened.size) == CONTENT[:1000]
    with pytest.raises(EOFError):
        await opened.read(1000, 10)


async def test_it_is_closed_once_and_by_itself_when_forgotten(storage: Storage, path: Path) -> None:
    opened = await _open(storage)
    forgotten = await _open(storage)
    assert descriptors_of(path) == [path, path]
    opened.close()
    opened.close()
    del forgotten
    assert descriptors_of(path) == []


async def test_a_file_that_may_not_be_opened_is_no_missing_one(
    storage: Storage, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await _open(storage)

    def refuse(*_: Any) -> int:
        raise OSError(errno.EMFILE, "Too many open files")

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(StorageUnavailable):
        await storage.open("a/object")


async def test_objects_elsewhere_are_not_opened(s3: Seaweed, tmp_path: Path) -> None:
    storage = open_storage(s3.url("tests/opened"), tmp_path)
    assert await storage.open("a/object") is None
    storage.close()
