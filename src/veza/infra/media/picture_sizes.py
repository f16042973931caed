"""Pictures in several sizes, made when they are first wanted, in a folder of this machine."""

import asyncio
import hashlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

from veza.core.errors import Unavailable
from veza.infra.media.images import UnreadableImage, make_picture
from veza.infra.storage.errors import ObjectMissing
from veza.infra.storage.objects import Storage

# A wanted size is rounded up to one of these; larger ones get the picture as it is.
SIDES_PX = (64, 128, 256, 512, 768)
_MAX_BYTES = 256 * 1024 * 1024
# The folder is measured after so many new pictures.
_MEASURED_EVERY = 200
_MAX_LOCKS = 1000


class PictureTools(Struct, frozen=True):
    """The storage of the pictures, ffmpeg to reduce them, and a folder for temporary files.

    `places` limits how many pictures a process makes at once.
    """

    storage: Storage
    ffmpeg: Path
    folder: Path
    places: asyncio.Semaphore


class PictureSizes:
    """Reduces pictures, each size once; those that were not wanted for longest are deleted."""

    def __init__(self, tools: PictureTools, folder: Path) -> None:
        self._tools = tools
        self._folder = folder
        self._made = 0
        self._running: dict[str, asyncio.Lock] = {}

    def choose(self, wanted: int | None) -> int | None:
        """Return the size to send; None for the whole picture."""
        if wanted is None or wanted <= 0:
            return None
        return next((side for side in SIDES_PX if side >= wanted), None)

    async def read(self, key: str, etag: str, side_px: int) -> bytes:
        """Return a stored picture in one of the sizes. Raises ObjectMissing and Unavailable.

        `etag` changes with the content of the key.
        """
        digest = hashlib.sha256(f"{key} {etag} {side_px}".encode()).hexdigest()
        path = self._folder / f"{digest}.jpg"
        found = await asyncio.to_thread(_read, path)
        if found is not None:
            return found
        if len(self._running) >= _MAX_LOCKS:
            raise Unavailable("Too many pictures are being made: try again in a few seconds.")
        lock = self._running.setdefault(digest, asyncio.Lock())
        try:
            async with lock:
                found = await asyncio.to_thread(_read, path)
                return found if found is not None else await self._make(key, path, side_px)
        finally:
            if not lock.locked():
                self._running.pop(digest, None)

    async def _make(self, key: str, path: Path, side_px: int) -> bytes:
        tools = self._tools
        await asyncio.to_thread(self._folder.mkdir, mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=tools.folder) as folder:
            source = Path(folder) / "cover"
            target = Path(folder) / "small.jpg"
            try:
                await tools.storage.fetch(key, source)
                async with tools.places:
                    await make_picture(source, target, ffmpeg=tools.ffmpeg, side_px=side_px)
            except UnreadableImage as error:
                raise ObjectMissing from error
            content = await asyncio.to_thread(target.read_bytes)
            # Renamed when it is complete; another process may have made the same.
            await asyncio.to_thread(target.replace, path)
        self._made += 1
        if self._made % _MEASURED_EVERY == 0:
            await asyncio.to_thread(_trim, self._folder, _MAX_BYTES)
        return content


def _read(path: Path) -> bytes | None:
    try:
        content = path.read_bytes()
        # What is wanted stays.
        os.utime(path)
    except FileNotFoundError:
        return None
    return content


def _trim(folder: Path, max_bytes: int) -> None:
    """Delete the pictures that were not wanted for longest, until the others take half."""
    found = sorted(_measure(folder), reverse=True)
    if sum(size for _, size, _ in found) <= max_bytes:
        return
    kept = 0
    for _, size, path in found:
        kept += size
        if kept > max_bytes // 2:
            path.unlink(missing_ok=True)


def _measure(folder: Path) -> Iterator[tuple[float, int, Path]]:
    for path in folder.glob("*.jpg"):
        try:
            facts = path.stat()
        except FileNotFoundError:
            continue
        yield facts.st_mtime, facts.st_size, path
