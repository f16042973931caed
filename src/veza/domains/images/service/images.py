"""Pictures are encoded again without metadata, and each is shown in one place only."""

import asyncio
import tempfile
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import UUID

from msgspec import Struct, field

from veza.core.access import Member
from veza.core.chunks import bounded
from veza.core.errors import Unavailable, required
from veza.core.ids import ImageId, TrackId, UserId, new_id
from veza.core.reviews import ReviewedFile, review_image
from veza.core.signed_urls import UrlBuilder
from veza.domains.contributions import OwnedItem
from veza.domains.images import errors, queries, rules
from veza.domains.images.events import PictureShown
from veza.domains.images.models import (
    AVATAR_SIDE_PX,
    BANNER_SIDE_PX,
    IMAGE_SIDE_PX,
    MAX_IMAGE_BYTES,
    SMALL_SIDES_PX,
    Image,
    ImageFile,
    PreparePicture,
    ShownPicture,
    SizedImage,
    StoredImage,
)
from veza.domains.platform.uploads import shared_queries as upload_queries
from veza.domains.platform.uploads.models import FileForm, IncomingForm, NewUpload, StorageKind
from veza.domains.platform.uploads.service import Uploads, open_session
from veza.infra.jobs.outbox import emit
from veza.infra.jobs.queue import enqueue
from veza.infra.media.images import (
    Picture,
    PictureFormat,
    PictureShape,
    SizedPicture,
    UnreadableImage,
    make_picture,
    make_sizes,
)
from veza.infra.postgres.database import Conn, Tx
from veza.infra.storage.deletion import DeleteFolders
from veza.infra.storage.errors import ObjectMissing
from veza.infra.storage.objects import Storage

# The usual maximum size of a re-encoded picture. The size of the uploaded file is no estimate.
_RESERVED_BYTES = 512 * 1024
# By kind: the larger side in pixels, and what is kept of a picture.
_SHAPES = {
    ShownPicture.AVATAR: (AVATAR_SIDE_PX, PictureShape.SQUARE),
    ShownPicture.BANNER: (BANNER_SIDE_PX, PictureShape.BANNER),
}
# Placeholder and hash are found in a reduced picture as well.
_READ_SIDE_PX = 64
# Each takes a core for some tenths of a second, and up to 256 MiB.
_MAX_CONCURRENT = 2


class ShowPicture[T](Struct, frozen=True):
    """The place where a picture is shown at once.

    `ensure_allowed` refuses the upload before its body is read; `show` stores where the picture is
    shown, in the transaction that creates it.
    """

    kind: ShownPicture
    ensure_allowed: Callable[[Tx], Awaitable[None]]
    show: Callable[[Tx, ImageId], Awaitable[T]]


class ImageProcessing(Struct, frozen=True):
    """The storage, ffmpeg, and a folder for temporary files.

    `places` limits how many pictures a process re-encodes at once; each waits up to `patience_s`
    for a place.
    """

    storage: Storage
    ffmpeg: Path
    folder: Path
    places: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_MAX_CONCURRENT))
    patience_s: float = 30


async def upload_image(
    uploads: Uploads,
    processing: ImageProcessing,
    owner: Member,
    *,
    form: IncomingForm[FileForm],
    urls: UrlBuilder,
) -> Image:
    """Receive a picture, and create an image that its owner can show.

    Raises TooManyImages before the body is read, and the errors of `store_picture`.
    """
    image_id = ImageId(new_id())

    async def ensure_allowed(tx: Tx) -> None:
        await ensure_may_upload(tx, owner)

    async def store(_filename: str, chunks: AsyncIterator[bytes]) -> ImageFile:
        key = rules.key_of(image_id)
        return await store_picture(processing, key, chunks, side_px=IMAGE_SIDE_PX)

    new = _describe_upload(image_id, owner, form)
    async with open_session(uploads, owner, new, ensure_allowed=ensure_allowed) as session:
        file, _ = await form.receive(store)
        async with uploads.database.transaction() as tx:
            await session.finish(tx, file.size_bytes)
            await queries.insert_image(tx, image_id, owner.id, file)
            await enqueue(tx, PreparePicture(rules.key_of(image_id), rules.etag_of(image_id)))
    return rules.show_image(SizedImage(image_id, file.width, file.height), urls, is_public=False)


async def upload_shown[T](
    uploads: Uploads,
    processing: ImageProcessing,
    owner: Member,
    *,
    form: IncomingForm[FileForm],
    show: ShowPicture[T],
) -> T:
    """Receive a picture that everybody sees at once, and return what `show` returns.

    Raises the errors of `store_shown_picture` and of `show`.
    """
    image_id = ImageId(new_id())

    async def store(_filename: str, chunks: AsyncIterator[bytes]) -> ImageFile:
        return await store_shown_picture(processing, image_id, chunks, show.kind)

    new = _describe_upload(image_id, owner, form)
    async with open_session(uploads, owner, new, ensure_allowed=show.ensure_allowed) as session:
        file, _ = await form.receive(store)
        async with uploads.database.transaction() as tx:
            await session.finish(tx, file.size_bytes + sum(file.small_bytes or ()))
            await queries.insert_image(tx, image_id, owner.id, file)
            await queries.update_used(tx, [image_id], is_public=True)
            await announce(tx, owner.id, file.hash, image_id=image_id)
            return await show.show(tx, image_id)


def _describe_upload(image_id: ImageId, owner: Member, form: IncomingForm[FileForm]) -> NewUpload:
    return NewUpload(
        image_id,
        StorageKind.IMAGES,
        rules.folder_of(image_id),
        parent_id=owner.id,
        body_bytes=_RESERVED_BYTES,
        source=form.source,
    )


async def ensure_may_upload(tx: Tx, owner: Member) -> None:
    """Raise TooManyImages if a member has too many that aren't shown, or are being uploaded."""
    unused = await queries.count_unused(tx, owner.id)
    if unused + await upload_queries.count_uploads(tx, owner.id) >= rules.MAX_UNUSED:
        raise errors.TooManyImages


async def store_picture(
    processing: ImageProcessing, key: str, chunks: AsyncIterator[bytes], *, side_px: int
) -> ImageFile:
    """Receive a picture, re-encode it without metadata, and store it under a key.

    Raises ImageUnreadable, ImageTooLarge, and Unavailable if too many others are being received or
    re-encoded.
    """
    async with _received(processing, chunks) as source:
        target = source.with_name("picture.jpg")
        async with _limit_processing(processing):
            picture = await make_picture(source, target, ffmpeg=processing.ffmpeg, side_px=side_px)
        size = await processing.storage.put_file(key, target)
    return _describe(picture, size)


async def store_shown_picture(
    processing: ImageProcessing,
    image_id: ImageId,
    chunks: AsyncIterator[bytes],
    kind: ShownPicture,
) -> ImageFile:
    """Receive a picture, cut it to the shape of its kind, and store it in all its sizes.

    Raises the errors of `store_picture`.
    """
    ffmpeg, storage = processing.ffmpeg, processing.storage
    side_px, shape = _SHAPES[kind]
    small_sides = SMALL_SIDES_PX if kind is ShownPicture.AVATAR else ()
    async with _received(processing, chunks) as source:
        target = source.with_name("picture.jpg")
        small = {side: source.with_name(f"{side}.jpg") for side in small_sides}
        async with _limit_processing(processing):
            picture = await make_picture(
                source, target, ffmpeg=ffmpeg, side_px=side_px, shape=shape
            )
            if small:
                wanted = [
                    SizedPicture(side, PictureFormat.JPEG, path) for side, path in small.items()
                ]
                await make_sizes(target, wanted, ffmpeg=ffmpeg)
        sizes = [
            await storage.put_file(rules.small_key_of(image_id, side), path)
            for side, path in small.items()
        ]
        size = await storage.put_file(rules.key_of(image_id), target)
    return _describe(picture, size, sizes)


def _describe(picture: Picture, size: int, small: Sequence[int] = ()) -> ImageFile:
    return ImageFile(
        picture.width,
        picture.height,
        size,
        picture.palette,
        picture.placeholder,
        picture.hash,
        list(small) or None,
    )


async def announce(
    tx: Tx,
    owner_id: UserId,
    picture_hash: int | None,
    *,
    image_id: ImageId | None = None,
    track_id: TrackId | None = None,
) -> None:
    """Emit that a picture is shown from now on: an image, or the cover of a track in its file."""
    if picture_hash is not None:
        await emit(tx, PictureShown(owner_id, picture_hash, image_id, track_id))


async def find_placeholder(processing: ImageProcessing, key: str) -> str | None:
    """Return the placeholder of a stored picture; None if it is gone, or can't be read."""
    picture = await _read_stored(processing, key)
    return picture and picture.placeholder


async def find_hash(processing: ImageProcessing, image_id: ImageId) -> int | None:
    """Return the hash of a stored image; None if it is gone, or shows too little."""
    picture = await _read_stored(processing, rules.key_of(image_id))
    return picture and picture.hash


async def _read_stored(processing: ImageProcessing, key: str) -> Picture | None:
    with tempfile.TemporaryDirectory(dir=processing.folder) as folder:
        source = Path(folder) / "picture"
        try:
            await processing.storage.fetch(key, source)
            reduced = source.with_name("reduced.jpg")
            return await make_picture(
                source, reduced, ffmpeg=processing.ffmpeg, side_px=_READ_SIDE_PX
            )
        except (ObjectMissing, UnreadableImage):
            return None


async def open_image(
    conn: Conn, image_id: ImageId, viewer: Member | None, *, is_signed: bool
) -> StoredImage:
    """Return the data for serving an image. Raises ImageNotFound, also if access is denied."""
    image = await queries.find_image(conn, image_id)
    if image is None or not rules.can_see(image, viewer and viewer.id, is_signed=is_signed):
        raise errors.ImageNotFound
    return image


async def open_reviewed(conn: Conn, image_id: ImageId) -> StoredImage:
    """Return the data for serving an image to staff, whatever hides it. Raises ImageNotFound."""
    return required(await queries.find_image(conn, image_id), errors.ImageNotFound)


async def list_reviewed(
    conn: Conn, image_id: ImageId, title: str, urls: UrlBuilder
) -> list[ReviewedFile]:
    """Return an image for staff; nothing if it is gone."""
    found = await queries.find_image(conn, image_id)
    return [] if found is None else [review_image(image_id, title, urls)]


async def delete_image(tx: Tx, image_id: ImageId, owner: Member) -> None:
    """Delete an image of the caller that isn't shown. Raises ImageNotFound and ImageInUse."""
    for image in await queries.lock_images(tx, owner.id, [image_id]):
        if image.is_used:
            raise errors.ImageInUse
        return await delete_images(tx, [image_id])
    raise errors.ImageNotFound


async def show_images(
    tx: Tx, owner_id: UserId, image_ids: Sequence[ImageId], *, is_public: bool
) -> list[SizedImage]:
    """Mark images as shown, publicly or by signed URLs; return them in the same order.

    Raises ImageNotFound, also for those of other members, and ImageInUse if shown already.
    """
    if len(set(image_ids)) < len(image_ids):
        raise errors.ImageInUse
    locked = {image.id: image for image in await queries.lock_images(tx, owner_id, image_ids)}
    shown = [rules.ensure_showable(locked.get(image_id)) for image_id in image_ids]
    await queries.update_used(tx, image_ids, is_public=is_public)
    for image in locked.values():
        await announce(tx, owner_id, image.hash, image_id=image.id)
    return shown


async def update_public(tx: Tx, image_id: ImageId, *, is_public: bool) -> None:
    """Show an image that is shown already publicly, or by signed URLs from now on."""
    await queries.update_used(tx, [image_id], is_public=is_public)


async def find_taken_down(conn: Conn, content_id: UUID) -> OwnedItem | None:
    """Return an image that is taken down from where it was shown; None if there is no such one."""
    owner_id = await queries.find_owner_taken_down(conn, ImageId(content_id))
    return None if owner_id is None else OwnedItem(owner_id, "")


async def update_taken_down(tx: Tx, image_ids: Sequence[ImageId], *, is_taken_down: bool) -> None:
    """Hide images from everybody but their owner, or show them again."""
    await queries.update_taken_down(tx, image_ids, is_taken_down=is_taken_down)


async def delete_taken_down(tx: Tx, content_id: UUID, _owner: Member) -> None:
    """Delete an image that is taken down for good, unless it is gone already."""
    await delete_images(tx, [ImageId(content_id)])


async def delete_images(tx: Tx, image_ids: Sequence[ImageId]) -> None:
    """Delete images that are no longer shown; a job deletes their files."""
    deleted = await queries.delete_images(tx, image_ids)
    if deleted:
        await enqueue(tx, DeleteFolders([rules.folder_of(image_id) for image_id in deleted]))


@asynccontextmanager
async def _received(
    processing: ImageProcessing, chunks: AsyncIterator[bytes]
) -> AsyncGenerator[Path]:
    """Provide the path of a received file, in a temporary folder of its own.

    Raises ImageTooLarge, and ImageUnreadable for an UnreadableImage inside.
    """
    with tempfile.TemporaryDirectory(dir=processing.folder) as folder:
        source = Path(folder) / "sent"
        with processing.storage.writing():
            await _receive(source, chunks)
        try:
            yield source
        except UnreadableImage as error:
            raise errors.ImageUnreadable(error.reason) from error


@asynccontextmanager
async def _limit_processing(processing: ImageProcessing) -> AsyncGenerator[None]:
    try:
        async with asyncio.timeout(processing.patience_s):
            await processing.places.acquire()
    except TimeoutError as error:
        raise Unavailable(
            "Too many pictures are being processed: try again in a few seconds."
        ) from error
    try:
        yield
    finally:
        processing.places.release()


async def _receive(path: Path, chunks: AsyncIterator[bytes]) -> None:
    file = await asyncio.to_thread(path.open, "wb")
    try:
        async for chunk in bounded(chunks, MAX_IMAGE_BYTES, errors.ImageTooLarge):
            await asyncio.to_thread(file.write, chunk)
    finally:
        await asyncio.to_thread(file.close)
