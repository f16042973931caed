"""What one can do with sound: send it in, and listen. The making in between is done by jobs."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Protocol

from msgspec import Struct

from veza.core.access import Member
from veza.core.filenames import plain_filename
from veza.core.ids import TrackId, UserId, new_id
from veza.domains.images import service as images
from veza.domains.images.errors import ImageTooLarge, ImageUnreadable
from veza.domains.images.models import IMAGE_SIDE_PX, MAX_IMAGE_BYTES
from veza.domains.images.service import Darkroom
from veza.domains.music.audio import queries, rules
from veza.domains.music.audio.errors import (
    CoverNotFound,
    EmptyFile,
    FileTooLarge,
    NotAudio,
    NotDownloadable,
    NotImage,
    TooManyInProcessing,
)
from veza.domains.music.audio.models import (
    AudioLimits,
    Original,
    PictureLimits,
    ProcessTrack,
    StorageFigures,
    StoredMedia,
    StoredOriginal,
    TrackLimits,
    TypeCheck,
    UploadLimits,
)
from veza.domains.music.tracks import service as tracks
from veza.domains.music.tracks.errors import TrackNotFound, TrackNotReady
from veza.domains.music.tracks.models import (
    MAX_DESCRIPTION_LENGTH,
    MAX_GENRE_LENGTH,
    MAX_TAG_LENGTH,
    MAX_TAGS,
    MAX_TITLE_LENGTH,
    TrackForm,
    TrackStatus,
)
from veza.infra.jobs.queue import enqueue
from veza.infra.media.audio import CHANNELS_MAX, MediaLimits
from veza.infra.media.images import (
    COVER_SIDE_PX,
    IMAGE_CONTENT_TYPES,
    PIXELS_MAX,
    ImageKind,
)
from veza.infra.media.sniff_audio import HEAD_BYTES, NAMES, TYPES, AudioKind, sniff_audio
from veza.infra.postgres.database import Conn, Database, Tx
from veza.infra.storage.objects import ObjectMissing, Storage

_PROCESSING_RETRY_S = 60


class TrackPurchases(Protocol):
    """Who bought a track. The marketplace answers this; it is built on top of music."""

    async def has_track(self, conn: Conn, buyer_id: UserId, track_id: TrackId) -> bool:
        """Return whether a member bought a track and still has it, even if it is deleted."""
        ...

    async def is_track_ordered(self, conn: Conn, track_id: TrackId) -> bool:
        """Return whether anybody ordered a track: then its original must be kept."""
        ...


class Studio(Struct, frozen=True):
    """What working with sound needs: where it lies, what is allowed, and room to work in."""

    storage: Storage
    limits: MediaLimits
    folder: Path
    max_upload_bytes: int
    purchases: TrackPurchases
    max_processing: int = 200


class Upload(Struct, frozen=True):
    """An upload whose files are stored: what came, and the cover's size if there is one."""

    track_id: TrackId
    original: Original
    cover_size: int | None


def tell_limits(studio: Studio) -> UploadLimits:
    """Tell what may be uploaded, as it is configured here."""
    return UploadLimits(
        audio=AudioLimits(
            max_bytes=studio.max_upload_bytes,
            max_duration_seconds=studio.limits.max_duration_s,
            max_channels=CHANNELS_MAX,
            kinds=list(AudioKind),
            extensions=[name for names in NAMES.values() for name in names],
            mime_types=[kind for kinds in TYPES.values() for kind in kinds],
        ),
        cover=_picture_limits(MAX_IMAGE_BYTES, COVER_SIDE_PX),
        image=_picture_limits(MAX_IMAGE_BYTES, IMAGE_SIDE_PX),
        track=TrackLimits(
            max_title_length=MAX_TITLE_LENGTH,
            max_description_length=MAX_DESCRIPTION_LENGTH,
            max_genre_length=MAX_GENRE_LENGTH,
            max_tags=MAX_TAGS,
            max_tag_length=MAX_TAG_LENGTH,
        ),
    )


def check_type(filename: str, mime_type: str) -> TypeCheck:
    """Tell whether a file may be a sound, by what is known of it before it is sent.

    It is a hint: the bytes decide, whatever the file is called.
    """
    return rules.check_type(
        filename,
        mime_type,
        extensions={name for names in NAMES.values() for name in names},
        types={kind for kinds in TYPES.values() for kind in kinds},
    )


async def ensure_may_upload(conn: Conn, studio: Studio, owner: Member) -> None:
    """Raise TooManyInProcessing where so many tracks of a member wait to be processed already."""
    if await queries.count_processing(conn, owner.id) >= studio.max_processing:
        raise TooManyInProcessing(retry_after=_PROCESSING_RETRY_S)


async def begin_upload(database: Database) -> TrackId:
    """Note that files will come, so that they are swept if the upload never ends."""
    track_id = TrackId(new_id())
    async with database.transaction(recorded=False) as tx:
        await queries.insert_upload(tx, track_id)
    return track_id


async def store_original(
    studio: Studio, track_id: TrackId, filename: str, chunks: AsyncIterator[bytes]
) -> Original:
    """Store a sound as it comes. Raises EmptyFile, NotAudio or FileTooLarge early."""
    head = await _read_head(chunks)
    if not head:
        raise EmptyFile
    kind = sniff_audio(head)
    if kind is None:
        raise NotAudio
    bounded = _bounded(head, chunks, studio.max_upload_bytes)
    stored = await studio.storage.put_stream(rules.original_key(track_id), bounded)
    return Original(plain_filename(filename), kind, stored.size, stored.sha256)


async def store_cover(darkroom: Darkroom, track_id: TrackId, chunks: AsyncIterator[bytes]) -> int:
    """Store a picture as the track's cover, made anew without what it says of its maker.

    Returns the size in bytes. Raises NotImage or FileTooLarge, and Unavailable as images do.
    """
    key = rules.rendition_key(track_id, rules.COVER)
    try:
        file = await images.store_picture(darkroom, key, chunks, side_px=COVER_SIDE_PX)
    except ImageTooLarge as error:
        raise FileTooLarge("A cover may have 10 MiB.") from error
    except ImageUnreadable as error:
        raise NotImage(str(error)) from error
    return file.size_bytes


async def finish_upload(tx: Tx, owner: Member, upload: Upload, form: TrackForm) -> None:
    """Make a track of what was stored, and have it processed."""
    has_cover = upload.cover_size is not None
    track_id = upload.track_id
    await tracks.create_track(tx, owner, track_id, form, has_cover=has_cover)
    await queries.insert_media(tx, track_id, upload.original, cover_size=upload.cover_size)
    await queries.delete_upload(tx, track_id)
    key = f"process_track:{track_id}"
    await enqueue(tx, ProcessTrack(track_id), key=key, owner_id=owner.id)


async def abandon_upload(database: Database, studio: Studio, track_id: TrackId) -> None:
    """Delete what an upload left that will never end."""
    await studio.storage.delete_folder(rules.folder_of(track_id))
    async with database.transaction(recorded=False) as tx:
        await queries.delete_upload(tx, track_id)


async def open_media(
    conn: Conn, track_id: TrackId, viewer: Member | None, *, granted: bool
) -> StoredMedia:
    """Give what is needed to play a track, to those who may."""
    media = await queries.find_media(conn, track_id)
    return _ensure_playable(media, viewer, granted=granted)


async def open_cover(
    conn: Conn, track_id: TrackId, viewer: Member | None, *, granted: bool
) -> StoredMedia:
    """Give what is needed to show a cover, which its owner sees before the track is ready."""
    media = await queries.find_media(conn, track_id)
    if media is None or not tracks.is_visible_to(media, viewer, granted=granted):
        raise TrackNotFound
    if media.cover_size is None or not media.has_cover:
        raise CoverNotFound
    return media


async def open_sound(
    conn: Conn,
    track_id: TrackId,
    viewer: Member | None,
    *,
    granted: bool,
    purchases: TrackPurchases,
) -> StoredOriginal | StoredMedia:
    """Give the original to those who may have it, and what was made of it to other listeners."""
    media = await queries.find_media(conn, track_id)
    original = _find_free(media, viewer, granted=granted)
    original = original or await _find_bought(
        conn, track_id, media, viewer=viewer, purchases=purchases
    )
    return original or _ensure_playable(media, viewer, granted=granted)


async def open_download(
    conn: Conn, track_id: TrackId, viewer: Member | None, purchases: TrackPurchases
) -> StoredOriginal:
    """Give what is needed to download the original, to those who may."""
    media = await queries.find_media(conn, track_id)
    original = _find_free(media, viewer, granted=False)
    original = original or await _find_bought(
        conn, track_id, media, viewer=viewer, purchases=purchases
    )
    if original is None:
        _ensure_playable(media, viewer, granted=False)
        raise NotDownloadable
    return original


async def open_waveform(
    conn: Conn, track_id: TrackId, viewer: Member | None, *, granted: bool
) -> StoredMedia:
    """Give what `open_media` does, and the peaks."""
    media = await queries.find_media_with_peaks(conn, track_id)
    return _ensure_playable(media, viewer, granted=granted)


async def sum_sizes(conn: Conn) -> StorageFigures:
    """Tell how much the files of all tracks take."""
    return await queries.sum_sizes(conn)


async def read_hls(studio: Studio, media: StoredMedia, name: str) -> bytes:
    """Read a playlist or a segment of six seconds, whole. Raises TrackNotFound."""
    try:
        return await studio.storage.read_all(f"{rules.folder_of(media.track_id)}/hls/{name}")
    except ObjectMissing as error:
        raise TrackNotFound from error


def _picture_limits(max_bytes: int, shown_pixels: int) -> PictureLimits:
    return PictureLimits(
        max_bytes=max_bytes,
        max_pixels=PIXELS_MAX,
        shown_pixels=shown_pixels,
        kinds=list(ImageKind),
        mime_types=list(IMAGE_CONTENT_TYPES.values()),
    )


def _find_free(
    media: StoredMedia | None, viewer: Member | None, *, granted: bool
) -> StoredOriginal | None:
    """Give the original to those who needn't have bought it."""
    if media is None or media.status is not TrackStatus.READY:
        return None
    may_know = tracks.is_visible_to(media, viewer, granted=granted)
    may_have = may_know and rules.can_download(media, viewer and viewer.id)
    return rules.original_of(media) if may_have else None


async def _find_bought(
    conn: Conn,
    track_id: TrackId,
    media: StoredMedia | None,
    *,
    viewer: Member | None,
    purchases: TrackPurchases,
) -> StoredOriginal | None:
    """Give the original to those who bought it and have it still, whatever became of the track."""
    if viewer is None or not await purchases.has_track(conn, viewer.id, track_id):
        return None
    if media is None:
        return await queries.find_left_original(conn, track_id)
    return rules.original_of(media) if media.status is TrackStatus.READY else None


def _ensure_playable(
    media: StoredMedia | None, viewer: Member | None, *, granted: bool
) -> StoredMedia:
    if media is None or not tracks.is_visible_to(media, viewer, granted=granted):
        raise TrackNotFound
    if media.status is not TrackStatus.READY:
        raise TrackNotReady
    return media


async def _read_head(chunks: AsyncIterator[bytes]) -> bytes:
    head = bytearray()
    async for chunk in chunks:
        head += chunk
        if len(head) >= HEAD_BYTES:
            break
    return bytes(head)


async def _bounded(
    head: bytes, chunks: AsyncIterator[bytes], max_bytes: int
) -> AsyncIterator[bytes]:
    size = len(head)
    if size > max_bytes:
        raise FileTooLarge
    yield head
    async for chunk in chunks:
        size += len(chunk)
        if size > max_bytes:
            raise FileTooLarge
        yield chunk
