"""Objects on local disk and in S3: whole or not at all, in any part, and gone when deleted."""

import asyncio
import errno
import hashlib
import os
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from tests.seaweed import Seaweed
from veza.core.clock import now
from veza.core.errors import CannotStart
from veza.infra.storage.errors import ObjectMissing, StorageUnavailable
from veza.infra.storage.objects import CHUNK, Storage, StoredObject
from veza.infra.storage.stores import open_storage

CONTENT = bytes(n * 7 % 253 for n in range(100_000))


@pytest.fixture
def storage(tmp_path: Path) -> Iterator[Storage]:
    opened = open_storage(None, tmp_path)
    yield opened
    opened.close()


@pytest.fixture(params=["disk", "s3"])
def either(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Storage]:
    """A storage of either kind: what holds for one holds for the other."""
    url = None
    if request.param == "s3":
        s3: Seaweed = request.getfixturevalue("s3")
        url = s3.url(f"tests/{uuid4()}")
    opened = open_storage(url, tmp_path)
    yield opened
    opened.close()


async def _chunks(content: bytes, size: int = 65_536) -> AsyncIterator[bytes]:
    for start in range(0, len(content), size):
        yield content[start : start + size]


async def _read(storage: Storage, key: str, first: int = 0, last: int | None = None) -> bytes:
    return b"".join([chunk async for chunk in storage.read(key, first, last)])


def _files(folder: Path) -> list[str]:
    found = (path for path in folder.rglob("*") if path.is_file())
    return sorted(path.relative_to(folder).as_posix() for path in found)


@pytest.mark.parametrize(
    "size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK + 17, 20 * CHUNK], ids=str
)
async def test_what_is_stored_is_read_with_its_size_and_hash(
    storage: Storage, tmp_path: Path, size: int
) -> None:
    content = os.urandom(size)
    stored = await storage.put_stream("a/b/object", _chunks(content))

    assert stored == StoredObject(size, hashlib.sha256(content).hexdigest())
    assert await storage.read_all("a/b/object") == content
    assert _files(tmp_path / "media") == ["a/b/object"]


@pytest.mark.long
async def test_a_stream_in_odd_pieces_is_stored_whole(either: Storage) -> None:
    for size in (1, 999, 10**6):
        stored = await either.put_stream("object", _chunks(CONTENT[:5000], size))
        assert stored.sha256 == hashlib.sha256(CONTENT[:5000]).hexdigest()


async def test_an_object_is_replaced_whole(either: Storage) -> None:
    await either.put_stream("object", _chunks(CONTENT))
    await either.put_stream("object", _chunks(b"short"))

    assert await either.read_all("object") == b"short"


@pytest.mark.long
async def test_of_many_that_store_what_is_new_one_does(either: Storage) -> None:
    contents = [bytes([n]) * 5000 for n in range(20)]

    stored = await asyncio.gather(*(either.put_new("a/object", each) for each in contents))

    assert sum(stored) == 1
    assert await either.read_all("a/object") == contents[stored.index(True)]
    assert not await either.put_new("a/object", b"later")
    assert await either.read_all("a/object") == contents[stored.index(True)]


@pytest.mark.parametrize("error", [ConnectionError, ValueError, asyncio.CancelledError])
@pytest.mark.parametrize("size", [0, 1000, 20 * CHUNK])
async def test_a_stream_that_fails_leaves_nothing_under_the_key(
    storage: Storage, tmp_path: Path, error: type[BaseException], size: int
) -> None:
    async def fail() -> AsyncIterator[bytes]:
        async for chunk in _chunks(bytes(size)):
            yield chunk
        raise error

    with pytest.raises(error):
        await storage.put_stream("track/object", fail())

    assert not (tmp_path / "media" / "track" / "object").exists()
    with pytest.raises(ObjectMissing):
        await storage.read_all("track/object")
    await storage.delete_folder("track")
    assert _files(tmp_path / "media") == []


async def test_a_stream_that_fails_leaves_what_was_there(either: Storage) -> None:
    async def fail() -> AsyncIterator[bytes]:
        yield b"other"
        raise ConnectionError

    await either.put_stream("object", _chunks(CONTENT))
    with pytest.raises(ConnectionError):
        await either.put_stream("object", fail())

    assert await either.read_all("object") == CONTENT


async def test_a_stream_is_not_gathered_before_it_is_written(
    storage: Storage, tmp_path: Path
) -> None:
    """Whatever the size, what waits in memory stays below a few MiB."""
    behind: list[int] = []

    async def watched() -> AsyncIterator[bytes]:
        for sent in range(0, 40 * CHUNK, CHUNK):
            written = sum(p.stat().st_size for p in (tmp_path / "media").rglob("*") if p.is_file())
            behind.append(sent - written)
            yield bytes(CHUNK)

    await storage.put_stream("object", watched())

    assert max(behind) <= 32 * CHUNK


@settings(max_examples=60, deadline=None)
@given(some.integers(0, len(CONTENT) - 1), some.integers(0, len(CONTENT) - 1))
def test_any_part_is_read_to_the_byte(
    tmp_path_factory: pytest.TempPathFactory, one: int, other: int
) -> None:
    first, last = sorted((one, other))
    storage = open_storage(None, _folder_with_content(tmp_path_factory))
    try:
        found = asyncio.run(_read(storage, "object", first, last))
    finally:
        storage.close()

    assert found == CONTENT[first : last + 1]


def _folder_with_content(factory: pytest.TempPathFactory) -> Path:
    folder = factory.getbasetemp() / "ranges"
    if not folder.exists():
        (folder / "media").mkdir(parents=True)
        (folder / "media" / "object").write_bytes(CONTENT)
    return folder


@pytest.mark.parametrize("first", [0, 1, 99_999])
async def test_from_a_place_on_the_rest_is_read(either: Storage, first: int) -> None:
    await either.put_stream("object", _chunks(CONTENT))

    assert await _read(either, "object", first) == CONTENT[first:]


async def test_an_empty_object_is_read_as_nothing(either: Storage) -> None:
    await either.put_stream("object", _chunks(b""))

    assert await either.read_all("object") == b""


async def test_a_missing_object_is_told_before_the_first_chunk(
    either: Storage, tmp_path: Path
) -> None:
    for read in (
        either.read_all("no/object"),
        _read(either, "no/object", 5),
        _read(either, "no/object", 5, 9),
        either.fetch("no/object", tmp_path / "copy"),
    ):
        with pytest.raises(ObjectMissing):
            await read


async def test_a_file_and_a_folder_are_stored_under_their_names(
    either: Storage, tmp_path: Path
) -> None:
    folder = tmp_path / "made"
    (folder / "high").mkdir(parents=True)
    for name, size in (("master.m3u8", 10), ("high/0.m4s", 2000), ("high/1.m4s", 0)):
        (folder / name).write_bytes(CONTENT[:size])

    sizes = await either.put_folder("track/hls", folder)

    assert sizes == {"master.m3u8": 10, "high/0.m4s": 2000, "high/1.m4s": 0}
    assert await either.read_all("track/hls/high/0.m4s") == CONTENT[:2000]
    (folder / "one").write_bytes(CONTENT[:10])
    assert await either.put_file("track/one", folder / "one") == 10
    listed = await either.list_keys("track")
    assert sorted(listed) == sorted(["track/one", *(f"track/hls/{name}" for name in sizes)])


async def test_an_object_is_fetched_into_a_file(either: Storage, tmp_path: Path) -> None:
    await either.put_stream("object", _chunks(CONTENT))
    await either.fetch("object", tmp_path / "copy")

    assert (tmp_path / "copy").read_bytes() == CONTENT


async def test_a_folder_is_moved_to_local_disk_and_replaces_what_was_there(
    storage: Storage, tmp_path: Path
) -> None:
    await storage.put_stream("track/one", _chunks(CONTENT))
    made = tmp_path / "made"
    made.mkdir()
    (made / "one").write_bytes(b"one")
    inode = (made / "one").stat().st_ino

    assert await storage.put_folder("track", made) == {"one": 3}
    assert (tmp_path / "media/track/one").stat().st_ino == inode
    assert await storage.read_all("track/one") == b"one"
    assert _files(made) == []


async def test_a_folder_on_another_file_system_is_copied(
    storage: Storage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.EXDEV, "Invalid cross-device link")

    made = tmp_path / "made"
    made.mkdir()
    (made / "one").write_bytes(CONTENT)
    monkeypatch.setattr(Path, "replace", refuse)
    monkeypatch.setattr(Path, "hardlink_to", refuse)

    assert await storage.put_folder("track", made) == {"one": len(CONTENT)}
    await storage.fetch("track/one", tmp_path / "copy")
    assert await storage.read_all("track/one") == CONTENT
    assert (tmp_path / "copy").read_bytes() == CONTENT
    assert (tmp_path / "copy").stat().st_nlink == 1


async def test_a_fetched_file_stays_when_its_object_is_deleted(
    storage: Storage, tmp_path: Path
) -> None:
    await storage.put_stream("track/one", _chunks(CONTENT))
    await storage.fetch("track/one", tmp_path / "copy")
    await storage.delete_folder("track")

    assert (tmp_path / "copy").read_bytes() == CONTENT


async def test_all_that_is_there_is_found(either: Storage) -> None:
    for key in ("a/1", "a/b/2", "ab/3"):
        await either.put_stream(key, _chunks(CONTENT[:7]))

    walked = [found async for batch in either.walk() for found in batch]
    assert sorted((one.key, one.size) for one in walked) == [("a/1", 7), ("a/b/2", 7), ("ab/3", 7)]
    assert all(abs(one.modified - now()) < timedelta(hours=1) for one in walked)
    assert sorted(one.key for one in await either.list_found("a")) == ["a/1", "a/b/2"]
    assert await either.list_found("b") == []


async def test_what_was_half_written_is_found_too(storage: Storage, tmp_path: Path) -> None:
    (tmp_path / "media" / "a").mkdir()
    (tmp_path / "media" / "a" / "object#1").write_bytes(b"x")
    walked = [found.key async for batch in storage.walk() for found in batch]
    assert walked == [found.key for found in await storage.list_found("a")] == ["a/object#1"]


async def test_deleting_a_folder_spares_its_neighbours(storage: Storage, tmp_path: Path) -> None:
    for key in ("a/1", "a/b/2", "ab/3", "c"):
        await storage.put_stream(key, _chunks(b"x"))
    (tmp_path / "media" / "a" / "half-written#1").write_bytes(b"x")

    for _ in range(2):
        await storage.delete_folder("a")

    assert _files(tmp_path / "media") == ["ab/3", "c"]
    assert sorted(await storage.list_keys("ab")) == ["ab/3"]
    assert await storage.list_keys("a") == []


async def test_one_object_of_a_folder_can_be_spared(storage: Storage, tmp_path: Path) -> None:
    for key in ("a/1", "a/2", "a/b/1", "ab/3"):
        await storage.put_stream(key, _chunks(b"x"))
    (tmp_path / "media" / "a" / "half-written#1").write_bytes(b"x")

    for _ in range(2):
        await storage.delete_all_but("a", "1")
        await storage.delete_all_but("nothing", "1")

    assert _files(tmp_path / "media") == ["a/1", "ab/3"]


async def test_many_streams_at_once_do_not_mix(either: Storage) -> None:
    contents = {f"track/{n}": bytes([n]) * (100_000 + n) for n in range(either.max_writes)}
    await asyncio.gather(*(either.put_stream(k, _chunks(c)) for k, c in contents.items()))

    found = await asyncio.gather(*(either.read_all(key) for key in contents))
    assert dict(zip(contents, found, strict=True)) == contents


@pytest.mark.long
async def test_readers_that_stop_in_the_middle_hold_no_thread(either: Storage) -> None:
    await either.put_stream("object", _chunks(bytes(4 * CHUNK)))
    readers = [either.read("object") for _ in range(100)]
    for reader in readers:
        assert await anext(reader)

    assert await either.read_all("object") == bytes(4 * CHUNK)
    for reader in readers:
        await reader.aclose()


async def test_a_disk_that_cannot_be_written_is_unavailable(
    storage: Storage, tmp_path: Path
) -> None:
    await storage.check()
    # A file where a folder would be needed: not even root can write there.
    (tmp_path / "media" / "track").write_bytes(b"")
    (tmp_path / "media" / "checks").rmdir()
    (tmp_path / "media" / "checks").write_bytes(b"")

    with pytest.raises(StorageUnavailable):
        await storage.put_stream("track/object", _chunks(CONTENT))
    with pytest.raises(StorageUnavailable):
        await storage.check()


async def test_a_check_leaves_nothing(storage: Storage, tmp_path: Path) -> None:
    await storage.check()

    assert _files(tmp_path / "media") == []


async def test_a_folder_may_be_named_by_a_url(tmp_path: Path) -> None:
    storage = open_storage(f"file://{tmp_path}/elsewhere", tmp_path / "unused")
    await storage.put_stream("object", _chunks(b"x"))

    assert storage.is_local
    assert (tmp_path / "elsewhere" / "object").read_bytes() == b"x"
    storage.close()


@pytest.mark.parametrize(
    "url", ["nonsense", "ftp://host/path", "s3://", "http://[", "file:///proc/x"]
)
def test_a_url_that_names_no_storage_stops_the_start(tmp_path: Path, url: str) -> None:
    with pytest.raises(CannotStart, match="VEZA_STORAGE_URL"):
        open_storage(url, tmp_path)
