"""Covers of tracks: from the upload, or an image that the owner chose later."""

from collections.abc import AsyncIterator

from msgspec import structs

from veza.core.access import Member
from veza.core.errors import required
from veza.core.ids import ImageId, TrackId
from veza.core.signed_urls import UrlBuilder
from veza.domains.images import rules as image_rules
from veza.domains.images.errors import ImageTooLarge, ImageUnreadable
from veza.domains.images.models import ImageFile
from veza.domains.images.service import images
from veza.domains.images.service.images import ImageProcessing
from veza.domains.music.audio import queries, rules
from veza.domains.music.audio.errors import AudioFileTooLarge, CoverNotFound, NotImage
from veza.domains.music.audio.models import StoredMedia
from veza.domains.music.tracks.errors import TrackNotFound
from veza.domains.music.tracks.models.tracks import Track
from veza.domains.music.tracks.service import track_changes, visible_tracks
from veza.infra.jobs.queue import enqueue
from veza.infra.media.images import COVER_SIDE_PX
from veza.infra.postgres.database import Conn, Tx
from veza.infra.storage.deletion import DeleteFolders
from veza.infra.storage.objects import Storage


async def store_cover(
    processing: ImageProcessing, track_id: TrackId, chunks: AsyncIterator[bytes]
) -> ImageFile:
    """Store a picture as the cover of a track, re-encoded without metadata.

    Raises NotImage, AudioFileTooLarge, and Unavailable as `images.store_picture` does.
    """
    key = rules.rendition_key(track_id, rules.COVER)
    try:
        return await images.store_picture(processing, key, chunks, side_px=COVER_SIDE_PX)
    except ImageTooLarge as error:
        raise AudioFileTooLarge("The cover is too large: it may have 10 MiB.") from error
    except ImageUnreadable as error:
        raise NotImage(str(error)) from error


async def open_cover(
    conn: Conn, track_id: TrackId, viewer: Member | None, *, granted: bool
) -> StoredMedia:
    """Return the data for serving a cover, which the owner sees before the track is ready."""
    media = await queries.find_media(conn, track_id)
    viewer_id = viewer and viewer.id
    if media is None or not await visible_tracks.may_see(conn, media, viewer_id, granted=granted):
        raise TrackNotFound
    return required(find_shown(media), CoverNotFound)


async def open_reviewed(conn: Conn, track_id: TrackId) -> StoredMedia:
    """Return the data for serving the own cover of a track to staff, whatever hides it.

    Raises TrackNotFound and CoverNotFound.
    """
    media = required(await queries.find_media(conn, track_id), TrackNotFound)
    if media.cover_size is None:
        raise CoverNotFound
    return media


def find_shown(media: StoredMedia) -> StoredMedia | None:
    """Return a track with the cover that is shown, which may be its release's; None without one."""
    if media.has_cover:
        return media if media.cover_size is not None else None
    if media.release_cover_id is None:
        return None
    image_id, size = media.release_cover_id, media.release_cover_size
    return structs.replace(media, has_cover=True, cover_image_id=image_id, cover_size=size)


def key_of(track_id: TrackId, image_id: ImageId | None) -> str:
    """Return the storage key of the cover of a track; `image_id` is the image that was chosen."""
    if image_id is not None:
        return image_rules.key_of(image_id)
    return rules.rendition_key(track_id, rules.COVER)


def read_cover(
    storage: Storage, track_id: TrackId, image_id: ImageId | None
) -> AsyncIterator[bytes]:
    """Return the picture of a track that has a cover. Raises ObjectMissing."""
    return storage.read(key_of(track_id, image_id))


async def choose_cover(
    tx: Tx, track_id: TrackId, owner: Member, *, image_id: ImageId, urls: UrlBuilder
) -> Track:
    """Make an image of the caller the cover of their track, and delete the former cover.

    Raises TrackNotFound, NotYourTrack, ImageNotFound and ImageInUse.
    """
    await visible_tracks.lock_own(tx, track_id, owner)
    await images.show_images(tx, owner.id, [image_id], is_public=False)
    await delete_cover(tx, track_id)
    look = required(await queries.update_cover(tx, track_id, image_id), TrackNotFound)
    return await track_changes.change_cover(tx, track_id, owner, look=look, urls=urls)


async def remove_cover(tx: Tx, track_id: TrackId, owner: Member, urls: UrlBuilder) -> Track:
    """Delete the cover of a track of the caller. Raises TrackNotFound and NotYourTrack."""
    await visible_tracks.lock_own(tx, track_id, owner)
    await delete_cover(tx, track_id)
    await queries.update_cover_gone(tx, track_id)
    return await track_changes.change_cover(tx, track_id, owner, look=None, urls=urls)


async def delete_chosen_image(tx: Tx, track_id: TrackId) -> bool:
    """Delete the image that is the cover of a track; return False if there is none."""
    image_id = await queries.find_cover_image(tx, track_id)
    if image_id is not None:
        await images.delete_images(tx, [image_id])
    return image_id is not None


async def delete_cover(tx: Tx, track_id: TrackId) -> None:
    """Delete the picture of a track that has one, be it an image or of its file."""
    if not await delete_chosen_image(tx, track_id):
        key = rules.rendition_key(track_id, rules.COVER)
        await enqueue(tx, DeleteFolders([], keys=[key]))
