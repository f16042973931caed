"""What one can do with images. What moves files takes the database and opens short transactions."""

import asyncio
import tempfile
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from msgspec import Struct

from veza.core.access import Member
from veza.core.errors import Unauthenticated, Unavailable
from veza.core.ids import ImageId, UserId, new_id
from veza.core.signed_urls import UrlBuilder
from veza.domains.images import queries, rules
from veza.domains.images.errors import (
    ImageInUse,
    ImageNotFound,
    ImageTooLarge,
    ImageUnreadable,
    TooManyImages,
)
from veza.domains.images.models import (
    IMAGE_SIDE_PX,
    MAX_IMAGE_BYTES,
    DeleteImageFiles,
    ImageFigures,
    ImageFile,
    ShownImage,
    SizedImage,
    StoredImage,
)
from veza.infra.jobs.queue import enqueue
from veza.infra.media.images import UnreadableImage, make_picture
from veza.infra.postgres.database import Conn, Database, Tx
from veza.infra.storage.objects import Storage


class Darkroom(Struct, frozen=True):
    """What working with images needs: where they lie, the program, and room to work in.

    `places` bounds how many are made at once by one process; none waits longer for one than
    `patience_s`.
    """

    storage: Storage
    ffmpeg: Path
    folder: Path
    places: asyncio.Semaphore
    patience_s: float = 30


async def begin_upload(database: Database, owner: Member) -> ImageId:
    """Note that a picture will come, so that it is swept if the upload never ends.

    Raises TooManyImages, before anything is sent in vain.
    """
    image_id = ImageId(new_id())
    async with database.transaction(recorded=False) as tx:
        if not await queries.lock_owner(tx, owner.id):
            # The token outlived the account, or they were suspended just now.
            raise Unauthenticated
        if await queries.count_unused(tx, owner.id) >= rules.MAX_UNUSED:
            raise TooManyImages
        await queries.insert_image(tx, image_id, owner.id)
    return image_id


async def store_image(
    darkroom: Darkroom, image_id: ImageId, chunks: AsyncIterator[bytes]
) -> ImageFile:
    """Store a picture as it comes. Raises what `store_picture` does."""
    return await store_picture(darkroom, rules.file_of(image_id), chunks, side_px=IMAGE_SIDE_PX)


async def store_picture(
    darkroom: Darkroom, key: str, chunks: AsyncIterator[bytes], *, side_px: int
) -> ImageFile:
    """Store a picture under a key as it comes, made anew without what it says of its maker.

    Raises ImageUnreadable or ImageTooLarge; Unavailable where so many others are on their way, or
    wait to be made.
    """
    with tempfile.TemporaryDirectory(dir=darkroom.folder) as folder:
        source, target = Path(folder) / "sent", Path(folder) / "picture.jpg"
        with darkroom.storage.writing():
            await _receive(source, chunks)
        async with _place_in(darkroom):
            try:
                sides = await make_picture(source, target, ffmpeg=darkroom.ffmpeg, side_px=side_px)
            except UnreadableImage as error:
                raise ImageUnreadable(error.reason) from error
        size = await darkroom.storage.put_file(key, target)
    return ImageFile(sides.width, sides.height, size)


async def finish_upload(tx: Tx, image_id: ImageId, file: ImageFile, urls: UrlBuilder) -> ShownImage:
    """Make an image of what was stored, which its owner can show."""
    if not await queries.update_stored(tx, image_id, file):
        # The account was erased meanwhile.
        raise Unauthenticated
    return rules.show_image(SizedImage(image_id, file.width, file.height), urls, is_public=False)


async def abandon_upload(database: Database, darkroom: Darkroom, image_id: ImageId) -> None:
    """Delete what an upload left that will never end."""
    await darkroom.storage.delete_folder(rules.folder_of(image_id))
    async with database.transaction(recorded=False) as tx:
        await queries.delete_images(tx, [image_id])


async def open_image(
    conn: Conn, image_id: ImageId, viewer: Member | None, *, is_signed: bool
) -> StoredImage:
    """Give what is needed to serve an image, to those who may see it."""
    image = await queries.find_image(conn, image_id)
    if image is None or not rules.can_see(image, viewer and viewer.id, is_signed=is_signed):
        raise ImageNotFound
    return image


async def delete_image(tx: Tx, image_id: ImageId, owner: Member) -> None:
    """Delete one's own image, as long as it isn't shown. Raises ImageNotFound and ImageInUse."""
    for image in await queries.lock_images(tx, owner.id, [image_id]):
        if image.is_used:
            raise ImageInUse
        return await retire(tx, [image_id])
    raise ImageNotFound


async def count_images(conn: Conn) -> ImageFigures:
    """Count the images, and what their files take."""
    return await queries.count_images(conn)


async def show(
    tx: Tx, owner_id: UserId, image_ids: Sequence[ImageId], *, is_public: bool
) -> list[SizedImage]:
    """Show images in the open, or to those with a signed URL; give them in the same order.

    An image is shown once. Raises ImageNotFound, for another's too, and ImageInUse.
    """
    if len(set(image_ids)) < len(image_ids):
        raise ImageInUse
    locked = {image.id: image for image in await queries.lock_images(tx, owner_id, image_ids)}
    shown = [rules.ensure_showable(locked.get(image_id)) for image_id in image_ids]
    await queries.update_used(tx, image_ids, is_public=is_public)
    return shown


async def retire(tx: Tx, image_ids: Sequence[ImageId]) -> None:
    """Forget images that aren't shown any more; their files go soon after."""
    deleted = await queries.delete_images(tx, image_ids)
    if deleted:
        await enqueue(tx, DeleteImageFiles(deleted))


def link_image(image: SizedImage, urls: UrlBuilder, *, is_public: bool) -> ShownImage:
    """Give an image as it is shown, with a URL that its viewer can use."""
    return rules.show_image(image, urls, is_public=is_public)


@asynccontextmanager
async def _place_in(darkroom: Darkroom) -> AsyncGenerator[None]:
    try:
        async with asyncio.timeout(darkroom.patience_s):
            await darkroom.places.acquire()
    except TimeoutError as error:
        raise Unavailable("Too many pictures are being made: try again soon.") from error
    try:
        yield
    finally:
        darkroom.places.release()


async def _receive(path: Path, chunks: AsyncIterator[bytes]) -> None:
    size = 0
    file = await asyncio.to_thread(path.open, "wb")
    try:
        async for chunk in chunks:
            size += len(chunk)
            if size > MAX_IMAGE_BYTES:
                raise ImageTooLarge
            await asyncio.to_thread(file.write, chunk)
    finally:
        await asyncio.to_thread(file.close)
