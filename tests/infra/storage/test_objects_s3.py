"""Objects in S3: in parts on their way, and for nobody without a key."""

import asyncio
import hashlib
import os
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import httpx
import obstore
import pytest

from tests.infra.waiting import until
from tests.seaweed import Seaweed
from veza.infra.storage.errors import ObjectMissing, StorageUnavailable
from veza.infra.storage.objects import CHUNK, Storage, StoredObject
from veza.infra.storage.stores import open_storage


@pytest.fixture
def prefix() -> str:
    return f"tests/{uuid4()}"


@pytest.fixture
def storage(s3: Seaweed, prefix: str, tmp_path: Path) -> Iterator[Storage]:
    opened = open_storage(s3.url(prefix), tmp_path)
    yield opened
    opened.close()


async def _pieces(content: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(content), CHUNK):
        yield content[start : start + CHUNK]


def _keys(s3: Seaweed, prefix: str) -> list[str]:
    """What is there, as others see it who have the keys."""
    found = obstore.list(s3.store(), prefix).collect()
    return sorted(str(meta["path"]).removeprefix(f"{prefix}/") for meta in found)


@pytest.mark.parametrize("size", [0, 1, CHUNK + 1, 20 * CHUNK], ids=str)
async def test_what_is_stored_is_read_with_its_size_and_hash(
    s3: Seaweed, prefix: str, storage: Storage, size: int
) -> None:
    content = os.urandom(size)
    stored = await storage.put_stream("a/object", _pieces(content))

    assert stored == StoredObject(size, hashlib.sha256(content).hexdigest())
    assert await storage.read_all("a/object") == content
    assert _keys(s3, prefix) == ["a/object"]
    if size > 2:
        part = b"".join([chunk async for chunk in storage.read("a/object", 1, size - 2)])
        assert part == content[1:-1]
    assert not storage.is_local


@pytest.mark.parametrize("error", [ConnectionError, asyncio.CancelledError])
@pytest.mark.parametrize("size", [0, 20 * CHUNK], ids=["small", "in parts"])
async def test_a_stream_that_fails_leaves_nothing(
    s3: Seaweed, prefix: str, storage: Storage, error: type[BaseException], size: int
) -> None:
    async def fail() -> AsyncIterator[bytes]:
        async for piece in _pieces(bytes(size)):
            yield piece
        raise error

    with pytest.raises(error):
        await storage.put_stream("object", fail())

    with pytest.raises(ObjectMissing):
        await storage.read_all("object")
    assert _keys(s3, prefix) == []


async def test_deleting_spares_neighbours(s3: Seaweed, prefix: str, storage: Storage) -> None:
    for key in ("a/1", "a/2", "a/b/1", "ab/3", "c"):
        await storage.put_stream(key, _pieces(b"x"))

    for _ in range(2):
        await storage.delete_all_but("a", "1")
        await storage.delete_folder("a/b")
    assert _keys(s3, prefix) == ["a/1", "ab/3", "c"]
    assert await storage.list_keys("ab") == ["ab/3"]
    for _ in range(2):
        await storage.delete_folder("a")
    assert _keys(s3, prefix) == ["ab/3", "c"]


async def test_a_check_leaves_nothing(s3: Seaweed, prefix: str, storage: Storage) -> None:
    await storage.check()
    assert _keys(s3, prefix) == []


async def test_a_wrong_key_opens_nothing(s3: Seaweed, storage: Storage, tmp_path: Path) -> None:
    await storage.put_stream("object", _pieces(b"x"))
    stranger = open_storage(s3.url("tests", secret="guessed"), tmp_path)
    with pytest.raises(StorageUnavailable):
        await stranger.check()
    with pytest.raises(StorageUnavailable):
        await stranger.put_stream("object", _pieces(bytes(20 * CHUNK)))
    stranger.close()


@pytest.mark.long
async def test_a_url_opens_one_object_for_a_while(
    s3: Seaweed, prefix: str, storage: Storage
) -> None:
    await storage.put_stream("object", _pieces(b"words"))
    url = obstore.sign(s3.store(), "GET", f"{prefix}/object", timedelta(seconds=2))

    async with httpx.AsyncClient() as client:
        assert (await client.get(url)).content == b"words"
        for other in (url.partition("?")[0], url.replace("/object?", "/other?"), url[:-1]):
            assert (await client.get(other)).status_code == 403

        async def is_over() -> bool:
            return (await client.get(url)).status_code == 403

        await until(is_over)


async def test_a_place_where_nothing_listens_is_unavailable(tmp_path: Path) -> None:
    storage = open_storage(Seaweed("http://127.0.0.1:1", "veza", "secret").url("a"), tmp_path)
    with pytest.raises(StorageUnavailable):
        await storage.read_all("object")
    storage.close()
