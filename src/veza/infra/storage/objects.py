"""Objects: on local disk by default, in S3 (or GCS, Azure) by a URL. One way of use for all.

Only the library's blocking calls are used, in threads: its async ones can abort the interpreter at
exit. A thread is taken for one chunk at a time, so that a slow client holds none.
"""

import asyncio
import errno
import hashlib
import os
import shutil
from collections.abc import AsyncIterator, Callable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import batched
from pathlib import Path
from typing import IO, Any, cast
from urllib.parse import parse_qsl, urlsplit, urlunsplit

import obstore
from msgspec import Struct
from obstore.exceptions import AlreadyExistsError, BaseError
from obstore.store import LocalStore, ObjectStore, from_url

from veza.core.errors import CannotStart, OutOfSpace, Unavailable
from veza.core.ids import new_id

CHUNK = 1024 * 1024
_READ_CHUNK = 256 * 1024
_WRITE_CHUNK = 256 * 1024
# The smallest part that S3 takes; of at most 10,000 parts, so that an object has at most 48 GiB.
_PART = 5 * CHUNK
# What one object on its way in holds at most: on disk four chunks (one filling up, one buffered,
# one being written, one to spare), in S3 one part filling up and one being sent.
_LOCAL_WRITE_BYTES = 4 * _WRITE_CHUNK
_REMOTE_WRITE_BYTES = 2 * _PART + _LOCAL_WRITE_BYTES
# What all objects on their way in may hold together, unless something else is said: 64 of them on
# disk, 16 in S3.
_LOCAL_MEMORY_BYTES = 64 * _LOCAL_WRITE_BYTES
_REMOTE_MEMORY_BYTES = 16 * _REMOTE_WRITE_BYTES
_BUSY_RETRY_S = 5
_THREADS = 16
_LISTED_AT_ONCE = 1000
# No space on the disk, none in somebody's share of it, or more than a file may have.
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
# Then it is told that the storage is gone: the library's own patience lasts three minutes.
_RETRIES = {"max_retries": 3, "retry_timeout": timedelta(seconds=15)}


class StorageUnavailable(Unavailable):
    """The object store doesn't answer, or refuses us."""

    code = "storage_unavailable"
    message = "The file storage is not available at the moment: try again soon."


class StorageBusy(Unavailable):
    """This process writes as many objects at once as its memory budget allows."""

    code = "storage_busy"
    message = "Too many uploads are under way: try again in a few seconds."


class ObjectMissing(Exception):
    """There is no object under this key."""


class ObjectExists(Exception):
    """There is an object under this key already."""


def open_storage(
    url: str | None, data_dir: Path, *, write_memory_bytes: int | None = None
) -> "Storage":
    """Open the storage of a URL: `s3://bucket/prefix?endpoint=…&region=…`, `file:///path`.

    Without one, the folder `media` of the data directory. Credentials come from the environment
    variables of the provider (`AWS_ACCESS_KEY_ID` …). `write_memory_bytes` bounds what all objects
    on their way in hold together, at least one. Raises CannotStart.
    """
    try:
        return Storage(_open_store(url, data_dir), write_memory_bytes=write_memory_bytes)
    except (BaseError, ValueError, OSError) as error:
        sentence = next(iter(str(error).splitlines()), "")
        raise CannotStart(f"VEZA_STORAGE_URL can't be used: {sentence}") from error


def _open_store(url: str | None, data_dir: Path) -> ObjectStore:
    if url is None:
        return LocalStore(data_dir / "media", mkdir=True)
    scheme, place, path, query, _ = urlsplit(url)
    if scheme == "file":
        return LocalStore(Path(path), mkdir=True)
    options: dict[str, Any] = dict(parse_qsl(query)) | {"retry_config": _RETRIES}
    if str(options.get("endpoint", "")).startswith("http:"):
        options["client_options"] = {"allow_http": True}
    bare = urlunsplit((scheme, place, path, "", ""))
    return from_url(bare, **options)


class StoredObject(Struct, frozen=True):
    """What was stored: its size in bytes, its SHA-256 in hex."""

    size: int
    sha256: str


class ListedObject(Struct, frozen=True):
    """An object that is there: its key, its size in bytes, and since when it is as it is."""

    key: str
    size: int
    modified: datetime


class Storage:
    """Puts, reads and deletes objects. Keys are paths that the program made itself."""

    def __init__(self, store: ObjectStore, *, write_memory_bytes: int | None = None) -> None:
        self._store = store
        self._folder = (
            Path(store.prefix) if isinstance(store, LocalStore) and store.prefix else None
        )
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="storage")
        each = _LOCAL_WRITE_BYTES if self.is_local else _REMOTE_WRITE_BYTES
        by_default = _LOCAL_MEMORY_BYTES if self.is_local else _REMOTE_MEMORY_BYTES
        self.max_writes = max(1, (write_memory_bytes or by_default) // each)
        self._writes = 0

    @property
    def is_local(self) -> bool:
        """Tell whether the objects lie on this machine's disk."""
        return self._folder is not None

    async def put_stream(self, key: str, chunks: AsyncIterator[bytes]) -> StoredObject:
        """Store what comes, holding 1 MiB of it in memory on disk, and 11 MiB in S3.

        If the source fails nothing is stored under the key. Raises StorageBusy, before anything is
        read of the source.
        """
        with self.writing():
            target = await self._run(_Target, self._open_writer, key)
            pending = bytearray()
            async for chunk in chunks:
                pending += chunk
                if len(pending) >= _WRITE_CHUNK:
                    await self._run(target.write, bytes(pending))
                    pending.clear()
            await self._run(target.write, bytes(pending))
            await self._run(target.writer.close)
            await self._run(self._make_durable, key)
            return StoredObject(target.size, target.digest.hexdigest())

    @contextmanager
    def writing(self) -> Generator[None]:
        """Count an upload as under way inside the `with`.

        Raises StorageBusy where the memory budget of this process is used up.
        """
        if self._writes >= self.max_writes:
            raise StorageBusy(retry_after=_BUSY_RETRY_S)
        self._writes += 1
        try:
            yield
        finally:
            self._writes -= 1

    async def put_file(self, key: str, path: Path) -> int:
        """Store a file; return its size in bytes."""
        await self._run(lambda: obstore.put(self._store, key, path))
        await self._run(self._make_durable, key)
        return await self._run(lambda: path.stat().st_size)

    async def put_new(self, key: str, content: bytes) -> bool:
        """Store a small object where there is none; False, and nothing is changed, where there is.

        Of several that try at once, one stores.
        """
        try:
            await self._run(lambda: obstore.put(self._store, key, content, mode="create"))
        except ObjectExists:
            return False
        await self._run(self._make_durable, key)
        return True

    async def put_folder(self, prefix: str, folder: Path) -> dict[str, int]:
        """Store every file of a folder under `prefix/` and its path in it; return their sizes."""
        paths = await self._run(lambda: sorted(p for p in folder.rglob("*") if p.is_file()))
        names = {path.relative_to(folder).as_posix(): path for path in paths}
        return {name: await self.put_file(f"{prefix}/{name}", path) for name, path in names.items()}

    async def read(self, key: str, first: int = 0, last: int | None = None) -> AsyncIterator[bytes]:
        """Stream an object, or its bytes from `first` to `last`, both included.

        Raises ObjectMissing before the first chunk.
        """
        stream = await self._run(self._open_stream, key, first, last)
        while (chunk := await self._run(next, stream, None)) is not None:
            yield chunk

    async def read_all(self, key: str) -> bytes:
        """Read a small object whole. Raises ObjectMissing."""
        return b"".join([chunk async for chunk in self.read(key)])

    async def fetch(self, key: str, path: Path) -> None:
        """Copy an object into a local file. Raises ObjectMissing."""
        file = await self._run(path.open, "wb")
        try:
            async for chunk in self.read(key):
                await self._run(file.write, chunk)
        finally:
            await self._run(file.close)

    async def delete_folder(self, prefix: str) -> None:
        """Delete all that lies under `prefix/`, half-written leftovers too."""
        await self._run(self._delete_folder, prefix)

    async def delete_all_but(self, prefix: str, name: str) -> None:
        """Delete all that lies under `prefix/`, but for the object of that name."""
        await self._run(self._delete_all_but, prefix, name)

    async def list_keys(self, prefix: str) -> list[str]:
        """List the keys under `prefix/`: for folders that hold few."""
        return await self._run(lambda: list(self._list(prefix)))

    async def list_found(self, prefix: str) -> list[ListedObject]:
        """List the objects under `prefix/`, with leftovers: for folders that hold few."""
        return await self._run(lambda: list(self._find(prefix)))

    async def walk(self) -> AsyncIterator[list[ListedObject]]:
        """Go through all objects, in no order, some at a time; half-written leftovers are found."""
        batches = (list(batch) for batch in batched(self._find(""), _LISTED_AT_ONCE))
        while (batch := await self._run(next, batches, None)) is not None:
            yield batch

    async def check(self) -> None:
        """Prove that objects can be written, read and deleted. Raises StorageUnavailable."""

        def prove() -> None:
            # A name that no other check has, on whichever node: they would delete each other's.
            key = f"checks/{new_id().hex}"
            obstore.put(self._store, key, b"veza")
            try:
                obstore.get(self._store, key).bytes()
            finally:
                obstore.delete(self._store, key)

        await self._run(prove)

    def close(self) -> None:
        """End the threads."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _open_writer(self, key: str) -> IO[bytes]:
        buffer_size = _WRITE_CHUNK if self.is_local else _PART
        writer = obstore.open_writer(self._store, key, buffer_size=buffer_size, max_concurrency=1)
        return cast(IO[bytes], writer)

    def _open_stream(self, key: str, first: int, last: int | None) -> Iterator[bytes]:
        if last is None and not first:
            # An empty object has no first byte from which to read on.
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
            yield from _scan(self._folder / prefix, self._folder)
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

    def _delete_all_but(self, prefix: str, name: str) -> None:
        if self._folder is None:
            keys = [key for key in self._list(prefix) if key != f"{prefix}/{name}"]
            if keys:
                obstore.delete(self._store, keys)
            return
        for entry in (self._folder / prefix).glob("*"):
            if entry.is_dir():
                shutil.rmtree(entry, ignore_errors=True)
            elif entry.name != name:
                entry.unlink(missing_ok=True)

    def _make_durable(self, key: str) -> None:
        """On local disk, wait until the object would survive a power cut."""
        if self._folder is None:
            return
        path = self._folder / key
        # The folders above it may be new too.
        above = [folder for folder in path.parents if folder.is_relative_to(self._folder)]
        for place in (path, *above):
            handle = os.open(place, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)

    async def _run[*A, T](self, function: Callable[[*A], T], *args: *A) -> T:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, function, *args)
        except FileNotFoundError as error:
            raise ObjectMissing from error
        except AlreadyExistsError as error:
            raise ObjectExists from error
        except (BaseError, OSError) as error:
            raise (OutOfSpace if is_full(error) else StorageUnavailable) from error


class _Target:
    """An object being written: each chunk is hashed in the thread that writes it."""

    def __init__(self, open_writer: Callable[[str], IO[bytes]], key: str) -> None:
        self.writer = open_writer(key)
        self.digest = hashlib.sha256()
        self.size = 0

    def write(self, chunk: bytes) -> None:
        self.digest.update(chunk)
        self.size += len(chunk)
        self.writer.write(chunk)


def is_full(error: Exception) -> bool:
    """Tell whether there was no space: the library mostly says so in words alone."""
    if isinstance(error, OSError) and error.errno in _FULL:
        return True
    return any(f"(os error {number})" in str(error) for number in _FULL)


def _scan(folder: Path, top: Path) -> Iterator[ListedObject]:
    """Go through the files below a folder; what vanishes meanwhile isn't there."""
    try:
        entries = os.scandir(folder)
    except FileNotFoundError:
        return
    with entries:
        for entry in entries:
            path = Path(entry.path)
            if entry.is_dir(follow_symlinks=False):
                yield from _scan(path, top)
                continue
            try:
                facts = entry.stat(follow_symlinks=False)
            except FileNotFoundError:
                continue
            modified = datetime.fromtimestamp(facts.st_mtime, UTC)
            yield ListedObject(path.relative_to(top).as_posix(), facts.st_size, modified)
