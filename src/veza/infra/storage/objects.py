"""Object storage on local disk (the default), S3, GCS or Azure.

Only the blocking calls of obstore are used, in threads: its async ones can abort the interpreter at
exit. Each chunk is a separate call, so a slow client doesn't occupy a thread.
"""

import asyncio
import os
import shutil
import time
from collections.abc import AsyncIterator, Callable, Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from itertools import batched
from pathlib import Path
from typing import IO, cast

import obstore
from msgspec import Struct
from obstore.store import LocalStore, ObjectStore

from veza.core.ids import new_id
from veza.infra.storage.disk_reserve import DiskReserve
from veza.infra.storage.errors import ObjectExists, StorageBusy, storage_errors
from veza.infra.storage.local_folders import (
    delete_all_but,
    find_files,
    flush,
    folders_above,
    link_or_copy,
    scan,
    try_move,
)
from veza.infra.storage.opened_file import OpenedObject
from veza.infra.storage.storage_metrics import STORAGE_CALLS, count_written, measured
from veza.infra.storage.written_object import WrittenObject

CHUNK = 1024 * 1024
_READ_CHUNK = 256 * 1024
_WRITE_CHUNK = 256 * 1024
# The smallest part that S3 accepts. With at most 10,000 parts, an object has at most 48 GiB.
_PART = 5 * CHUNK
# The most memory of one upload: on disk four chunks (filling, buffered, being written, spare), in
# S3 two parts (filling, being sent).
_LOCAL_WRITE_BYTES = 4 * _WRITE_CHUNK
_REMOTE_WRITE_BYTES = 2 * _PART + _LOCAL_WRITE_BYTES
# The default memory limit of all uploads together: 64 on disk, 16 in S3.
_LOCAL_MEMORY_BYTES = 64 * _LOCAL_WRITE_BYTES
_REMOTE_MEMORY_BYTES = 16 * _REMOTE_WRITE_BYTES
_BUSY_RETRY_S = 5
_THREADS = 16
_LISTED_AT_ONCE = 1000


class StoredObject(Struct, frozen=True):
    """The size in bytes and the SHA-256 in hex of an object that was stored."""

    size: int
    sha256: str


class ListedObject(Struct, frozen=True):
    """An object in a listing; `size` is in bytes."""

    key: str
    size: int
    modified: datetime


class Storage:
    """Stores, reads and deletes objects. Keys are paths, and not validated: never user input."""

    def __init__(
        self,
        store: ObjectStore,
        *,
        write_memory_bytes: int | None = None,
        disk: DiskReserve | None = None,
        name: str | None = None,
    ) -> None:
        self._store = store
        self.disk = disk or DiskReserve()
        self._name = name
        self._folder = (
            Path(store.prefix) if isinstance(store, LocalStore) and store.prefix else None
        )
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="storage")
        upload_bytes = _LOCAL_WRITE_BYTES if self.is_local else _REMOTE_WRITE_BYTES
        default_bytes = _LOCAL_MEMORY_BYTES if self.is_local else _REMOTE_MEMORY_BYTES
        self.max_writes = max(1, (write_memory_bytes or default_bytes) // upload_bytes)
        self._writes = 0
        # Whether opening a local file may block for long: unknown until the first one.
        self._opens_in_thread: bool | None = None

    @property
    def is_local(self) -> bool:
        """Return whether the objects are on the local disk."""
        return self._folder is not None

    @property
    def writes(self) -> int:
        """Return the number of uploads that this process is receiving."""
        return self._writes

    @measured("put")
    async def put_stream(self, key: str, chunks: AsyncIterator[bytes]) -> StoredObject:
        """Store a stream, with 1 MiB of it in memory on local disk, and 11 MiB in S3.

        Nothing is stored if the source fails. Raises StorageBusy before reading the source, and
        DiskReserveReached also while it is read: PostgreSQL may be on the same disk.
        """
        with self.writing():
            target = await self._run(WrittenObject, self._open_writer, key)
            try:
                await self._copy(chunks, target)
            except BaseException:
                # The library deletes an unfinished file, in a thread, when nothing refers to the
                # writer. An error could refer to it for longer.
                del target.writer
                await self._run(self._wait_for_deletion, key)
                raise
            await self._make_durable(key)
            count_written(target.size)
            return StoredObject(target.size, target.digest.hexdigest())

    def _wait_for_deletion(self, key: str) -> None:
        """On local disk, wait up to a second until an unfinished file takes no space."""
        if self._folder is None:
            return
        path = self._folder / key
        for _ in range(100):
            if not any(path.parent.glob(f"{path.name}#*")):
                return
            time.sleep(0.01)

    async def _copy(self, chunks: AsyncIterator[bytes], target: WrittenObject) -> None:
        pending = bytearray()
        async for chunk in chunks:
            pending += chunk
            if len(pending) >= _WRITE_CHUNK:
                self.disk.ensure_room()
                await self._run(target.write, bytes(pending))
                pending.clear()
        await self._run(target.write, bytes(pending))
        await self._run(target.writer.close)

    @contextmanager
    def writing(self) -> Generator[None]:
        """Count an upload inside the `with`. Raises StorageBusy if the memory limit is reached."""
        if self._writes >= self.max_writes:
            raise StorageBusy(retry_after=_BUSY_RETRY_S)
        self._writes += 1
        try:
            yield
        finally:
            self._writes -= 1

    @measured("put_file")
    async def put_file(self, key: str, path: Path) -> int:
        """Store a file; return its size in bytes."""
        await self._run(lambda: obstore.put(self._store, key, path))
        await self._make_durable(key)
        return await self._run(lambda: path.stat().st_size)

    @measured("put_new")
    async def put_new(self, key: str, content: bytes) -> bool:
        """Store a small object; return False, without changes, if the key exists.

        Of several concurrent calls exactly one succeeds.
        """
        try:
            await self._run(lambda: obstore.put(self._store, key, content, mode="create"))
        except ObjectExists:
            return False
        await self._make_durable(key)
        return True

    async def put_folder(self, prefix: str, folder: Path) -> dict[str, int]:
        """Store all files of a folder under `prefix/`; return their sizes by relative path.

        On local disk they are moved there, unless the folder is on another file system.
        """
        sizes = await self._run(find_files, folder)
        if self._folder is None:
            for name in sizes:
                await self.put_file(f"{prefix}/{name}", folder / name)
            return sizes
        await self._flush([folder / name for name in sizes])
        moved = await self._run(self._move_folder, folder, prefix, list(sizes))
        await self._flush(folders_above(moved, self._folder))
        return sizes

    async def open(self, key: str) -> OpenedObject | None:
        """Open an object on local disk; return None in other storages. Raises ObjectMissing."""
        if self._folder is None:
            return None
        path = f"{self._folder}/{key}"
        if self._opens_in_thread is not False:
            opened = await self._run(OpenedObject, path, self._read_in_thread)
            self._opens_in_thread = not opened.can_probe()
            return opened
        with storage_errors(self._name):
            return OpenedObject(path, self._read_in_thread)

    async def read(self, key: str, first: int = 0, last: int | None = None) -> AsyncIterator[bytes]:
        """Stream an object, or its bytes from `first` to `last` (inclusive).

        Raises ObjectMissing before the first chunk.
        """
        opened = await self.open(key)
        if opened is not None:
            with closing(opened):
                end = opened.size if last is None else min(last + 1, opened.size)
                for at in range(first, end, _READ_CHUNK):
                    yield await opened.read_exactly(at, min(_READ_CHUNK, end - at))
                    # Cached bytes are read without waiting: let other requests go on.
                    await asyncio.sleep(0)
            return
        with STORAGE_CALLS.measure("read"):
            stream = await self._run(self._open_stream, key, first, last)
        while (chunk := await self._run(next, stream, None)) is not None:
            yield chunk

    async def read_all(self, key: str) -> bytes:
        """Return the content of a small object. Raises ObjectMissing."""
        return b"".join([chunk async for chunk in self.read(key)])

    @measured("fetch")
    async def fetch(self, key: str, path: Path) -> None:
        """Write an object to a new local file, which must not be changed. Raises ObjectMissing."""
        if self._folder is not None:
            await self._run(link_or_copy, self._folder / key, path)
            return
        file = await self._run(path.open, "wb")
        try:
            async for chunk in self.read(key):
                await self._run(file.write, chunk)
        finally:
            await self._run(file.close)

    @measured("delete")
    async def delete_folder(self, prefix: str) -> None:
        """Delete everything under `prefix/`, including unfinished files."""
        await self._run(self._delete_folder, prefix)

    async def delete_keys(self, keys: Sequence[str]) -> None:
        """Delete objects, at most 1,000 at once in a bucket."""
        for batch in batched(keys, _LISTED_AT_ONCE):
            await self._run(lambda batch=batch: obstore.delete(self._store, list(batch)))

    async def delete_all_but(self, prefix: str, *names: str) -> None:
        """Delete everything under `prefix/` except the objects of these names."""
        await self._run(self._delete_all_but, prefix, names)

    async def list_keys(self, prefix: str) -> list[str]:
        """Return the keys under `prefix/`, for small folders."""
        return await self._run(lambda: list(self._list(prefix)))

    async def list_found(self, prefix: str) -> list[ListedObject]:
        """Return the objects under `prefix/`, including unfinished files, for small folders."""
        return await self._run(lambda: list(self._find(prefix)))

    async def walk(self) -> AsyncIterator[list[ListedObject]]:
        """Iterate over all objects in batches, unordered, including unfinished files."""
        batches = (list(batch) for batch in batched(self._find(""), _LISTED_AT_ONCE))
        while (batch := await self._run(next, batches, None)) is not None:
            yield batch

    @measured("check")
    async def check(self) -> None:
        """Write, read and delete an object. Raises StorageUnavailable."""

        def round_trip() -> None:
            # A unique name, as other nodes check at the same time.
            key = f"checks/{new_id().hex}"
            obstore.put(self._store, key, b"veza")
            try:
                obstore.get(self._store, key).bytes()
            finally:
                obstore.delete(self._store, key)

        await self._run(round_trip)

    def close(self) -> None:
        """Stop the threads."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _read_in_thread(self, descriptor: int, count: int, first: int) -> bytes:
        return await self._run(os.pread, descriptor, count, first)

    def _open_writer(self, key: str) -> IO[bytes]:
        buffer_size = _WRITE_CHUNK if self.is_local else _PART
        writer = obstore.open_writer(self._store, key, buffer_size=buffer_size, max_concurrency=1)
        return cast(IO[bytes], writer)

    def _open_stream(self, key: str, first: int, last: int | None) -> Iterator[bytes]:
        if last is None and not first:
            # A range is invalid for an empty object.
            found = obstore.get(self._store, key)
        elif last is None:
            found = obstore.get(self._store, key, options={"range": {"offset": first}})
        else:
            found = obstore.get(self._store, key, options={"range": (first, last + 1)})
        return (bytes(chunk) for chunk in found.stream(min_chunk_size=_READ_CHUNK))

    def _list(self, prefix: str) -> Iterator[str]:
        for batch in obstore.list(self._store, prefix, return_arrow=False):
            yield from (meta["path"] for meta in batch)

    def _find(self, prefix: str) -> Iterator[ListedObject]:
        if self._folder is not None:
            for path, facts in scan(self._folder / prefix):
                name = path.relative_to(self._folder).as_posix()
                modified = datetime.fromtimestamp(facts.st_mtime, UTC)
                yield ListedObject(name, facts.st_size, modified)
            return
        for batch in obstore.list(self._store, prefix or None, chunk_size=_LISTED_AT_ONCE):
            yield from (
                ListedObject(meta["path"], meta["size"], meta["last_modified"]) for meta in batch
            )

    def _delete_folder(self, prefix: str) -> None:
        if self._folder is not None:
            shutil.rmtree(self._folder / prefix, ignore_errors=True)
            return
        keys = list(self._list(prefix))
        if keys:
            obstore.delete(self._store, keys)

    def _delete_all_but(self, prefix: str, names: Sequence[str]) -> None:
        if self._folder is not None:
            delete_all_but(self._folder / prefix, names)
            return
        kept = {f"{prefix}/{name}" for name in names}
        keys = [key for key in self._list(prefix) if key not in kept]
        if keys:
            obstore.delete(self._store, keys)

    async def _make_durable(self, key: str) -> None:
        """On local disk, flush an object and the folders above it, which may be new."""
        if self._folder is not None:
            path = self._folder / key
            await self._flush([path, *folders_above([path], self._folder)])

    async def _flush(self, paths: Sequence[Path]) -> None:
        # In several threads, because the file system writes concurrent flushes together.
        await asyncio.gather(*(self._run(flush, path) for path in paths))

    def _move_folder(self, folder: Path, prefix: str, names: list[str]) -> list[Path]:
        """Move files to the local disk of the storage; return their new paths."""
        assert self._folder is not None
        moved = [self._folder / prefix / name for name in names]
        for name, path in zip(names, moved, strict=True):
            if not try_move(folder / name, path):
                obstore.put(self._store, f"{prefix}/{name}", folder / name)
                flush(path)
        return moved

    async def _run[*A, T](self, function: Callable[[*A], T], *args: *A) -> T:
        with storage_errors(self._name):
            return await asyncio.get_running_loop().run_in_executor(self._threads, function, *args)
