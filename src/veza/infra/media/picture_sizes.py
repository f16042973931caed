"""Pictures in several sizes, made after the upload or when first wanted, on this machine."""

import asyncio
import hashlib
import os
import tempfile
from collections.abc import Awaitable, Callable, Iterator, Sequence
from pathlib import Path

from msgspec import Struct, structs

from veza.core.errors import Unavailable
from veza.infra.media.images import (
    PictureFormat,
    SizedPicture,
    UnreadableImage,
    make_mosaic,
    make_sizes,
)
from veza.infra.storage.errors import ObjectMissing
from veza.infra.storage.objects import Storage

# A wanted size is rounded up to one of these; larger ones get the picture as it is.
SIDES_PX = (64, 128, 256, 384, 512, 768)
_ENDINGS = {PictureFormat.JPEG: ".jpg", PictureFormat.AVIF: ".avif"}
# A mosaic has so many pictures.
MOSAIC_PARTS = 4
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


class StoredPicture(Struct, frozen=True):
    """A picture in the storage; `etag` changes with the content of the key."""

    key: str
    etag: str


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

    async def read(
        self, key: str, etag: str, side_px: int, form: PictureFormat = PictureFormat.JPEG
    ) -> bytes:
        """Return a stored picture in one of the sizes. Raises ObjectMissing and Unavailable.

        `etag` changes with the content of the key.
        """
        wanted = SizedPicture(side_px, form, self._path_of(key, etag, side_px, form))
        return await self._read_or_make(wanted.path, lambda: self._make(key, [wanted]))

    async def read_mosaic(self, pictures: Sequence[StoredPicture], side_px: int | None) -> bytes:
        """Return four stored pictures in a square; of fewer, the first.

        Without a size, the square is as large as it gets, and a single picture whole. Raises
        ObjectMissing and Unavailable.
        """
        if len(pictures) < MOSAIC_PARTS:
            [first, *_] = pictures
            if side_px is None:
                return await self._tools.storage.read_all(first.key)
            return await self.read(first.key, first.etag, side_px)
        side = side_px or SIDES_PX[-1]
        names = " ".join(f"{each.key} {each.etag}" for each in pictures)
        path = self._path_of("mosaic", names, side, PictureFormat.JPEG)
        return await self._read_or_make(path, lambda: self._compose(pictures, path, side))

    async def _read_or_make(self, path: Path, make: Callable[[], Awaitable[None]]) -> bytes:
        found = await asyncio.to_thread(_read, path)
        if found is not None:
            return found
        if len(self._running) >= _MAX_LOCKS:
            raise Unavailable("Too many pictures are being made: try again in a few seconds.")
        lock = self._running.setdefault(path.name, asyncio.Lock())
        try:
            async with lock:
                found = await asyncio.to_thread(_read, path)
                if found is None:
                    await make()
                    found = await asyncio.to_thread(path.read_bytes)
                return found
        finally:
            if not lock.locked():
                self._running.pop(path.name, None)

    async def prepare(self, key: str, etag: str) -> None:
        """Make all sizes of a stored picture that are not there. Raises ObjectMissing."""
        wanted = [
            SizedPicture(side, form, self._path_of(key, etag, side, form))
            for side in SIDES_PX
            for form in PictureFormat
        ]
        missing = [each for each in wanted if not each.path.exists()]
        if missing:
            await self._make(key, missing)

    def _path_of(self, key: str, etag: str, side_px: int, form: PictureFormat) -> Path:
        digest = hashlib.sha256(f"{key} {etag} {side_px}".encode()).hexdigest()
        return self._folder / f"{digest}{_ENDINGS[form]}"

    async def _make(self, key: str, wanted: Sequence[SizedPicture]) -> None:
        tools = self._tools
        await asyncio.to_thread(self._folder.mkdir, mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=tools.folder) as folder:
            source = Path(folder) / "cover"
            targets = [structs.replace(each, path=Path(folder) / each.path.name) for each in wanted]
            try:
                await tools.storage.fetch(key, source)
                async with tools.places:
                    await make_sizes(source, targets, ffmpeg=tools.ffmpeg)
            except UnreadableImage as error:
                raise ObjectMissing from error
            # Renamed when they are complete; another process may have made the same.
            for made, each in zip(targets, wanted, strict=True):
                await asyncio.to_thread(made.path.replace, each.path)
        await self._count(len(wanted))

    async def _compose(self, pictures: Sequence[StoredPicture], path: Path, side_px: int) -> None:
        tools = self._tools
        half = self.choose(side_px // 2) or SIDES_PX[-1]
        parts = [await self.read(each.key, each.etag, half) for each in pictures[:MOSAIC_PARTS]]
        with tempfile.TemporaryDirectory(dir=tools.folder) as folder:
            sources = [Path(folder) / f"{n}.jpg" for n in range(MOSAIC_PARTS)]
            for source, content in zip(sources, parts, strict=True):
                await asyncio.to_thread(source.write_bytes, content)
            target = Path(folder) / "mosaic.jpg"
            try:
                async with tools.places:
                    await make_mosaic(sources, target, ffmpeg=tools.ffmpeg, side_px=side_px)
            except UnreadableImage as error:
                raise ObjectMissing from error
            await asyncio.to_thread(target.replace, path)
        await self._count(1)

    async def _count(self, made: int) -> None:
        """Delete pictures that were not wanted for longest, after some were made."""
        self._made += made
        if self._made >= _MEASURED_EVERY:
            self._made = 0
            await asyncio.to_thread(_trim, self._folder, _MAX_BYTES)


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
    for path in folder.iterdir():
        try:
            facts = path.stat()
        except FileNotFoundError:
            continue
        yield facts.st_mtime, facts.st_size, path
