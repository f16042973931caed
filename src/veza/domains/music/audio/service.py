"""Uploads wait to be processed; originals go to owners, buyers, or all if they are free."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path, PurePosixPath
from typing import Protocol

from msgspec import Struct, structs

from veza.core.access import Member
from veza.core.chunks import bounded, peek
from veza.core.errors import required
from veza.core.filenames import plain_filename
from veza.core.genres import MAX_GENRE_LENGTH
from veza.core.ids import TrackId, UserId, new_id
from veza.core.signed_urls import UrlBuilder
from veza.core.visibility import TrackStatus
from veza.domains.images.models import IMAGE_SIDE_PX, MAX_IMAGE_BYTES
from veza.domains.images.service import ImageProcessing
from veza.domains.music.audio import covers, queries, rules, shared_queries
from veza.domains.music.audio.errors import (
    AudioFileTooLarge,
    EmptyFile,
    NotAudio,
    NotDownloadable,
    TooManyInProcessing,
)
from veza.domains.music.audio.models import (
    AudioFile,
    AudioLimits,
    PictureLimits,
    ProcessTrack,
    ReceivedAudio,
    StoredMedia,
    StoredOriginal,
    TrackLimits,
    TypeCheck,
    UploadedFile,
    UploadLimits,
)
from veza.domains.music.tracks.errors import TrackNotFound, TrackNotReady
from veza.domains.music.tracks.models.forms import (
    FILTERED_TEXTS,
    MAX_DESCRIPTION_LENGTH,
    MAX_TAG_LENGTH,
    MAX_TAGS,
    MAX_TITLE_LENGTH,
    TrackForm,
    TrackUpload,
)
from veza.domains.music.tracks.models.tracks import Track
from veza.domains.music.tracks.service import track_changes, visible_tracks
from veza.domains.platform.text_filters.service import TextFilters
from veza.domains.platform.uploads.models import IncomingForm, NewUpload, StorageKind
from veza.domains.platform.uploads.service import Uploads, open_session
from veza.infra.jobs.queue import enqueue
from veza.infra.media.commands import HLS, LADDER
from veza.infra.media.hls import INIT_SEGMENT, PLAYLIST
from veza.infra.media.images import COVER_SIDE_PX, IMAGE_CONTENT_TYPES, PIXELS_MAX, ImageKind
from veza.infra.media.media_limits import CHANNELS_MAX, MediaLimits
from veza.infra.media.sniff_audio import (
    CONTENT_TYPES,
    EXTENSIONS,
    HEAD_BYTES,
    NAMES,
    TYPES,
    AudioKind,
    sniff_audio,
)
from veza.infra.postgres.database import Conn, Tx
from veza.infra.storage.errors import ObjectMissing
from veza.infra.storage.objects import Storage

_PROCESSING_RETRY_S = 60
# The type that clients send if it is unknown.
_UNKNOWN_TYPES = {"", "application/octet-stream", "binary/octet-stream"}


class TrackPurchases(Protocol):
    """The purchases of tracks: implemented by the marketplace, which depends on music."""

    async def has_track(self, conn: Conn, buyer_id: UserId, track_id: TrackId) -> bool:
        """Return whether a member bought a track and still has it, even if it is deleted."""
        ...

    async def is_track_ordered(self, conn: Conn, track_id: TrackId) -> bool:
        """Return whether a track was ever ordered, and its original must be kept."""
        ...


class AudioStorage(Struct, frozen=True):
    """The storage, the limits of uploads, and a folder for temporary files."""

    storage: Storage
    limits: MediaLimits
    folder: Path
    max_upload_bytes: int
    purchases: TrackPurchases
    covers: ImageProcessing
    text_filters: TextFilters
    max_processing: int = 200


def list_limits(audio: AudioStorage) -> UploadLimits:
    """Return the limits of uploads, as configured."""
    return UploadLimits(
        audio=AudioLimits(
            max_bytes=audio.max_upload_bytes,
            max_duration_seconds=audio.limits.max_duration_s,
            max_channels=CHANNELS_MAX,
            kinds=list(AudioKind),
            extensions=list(NAMES),
            mime_types=list(TYPES),
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
    """Return whether a file may be audio, by its name and type; either is empty if unknown.

    This is a hint: the content of the upload decides.
    """
    extension = PurePosixPath(filename.replace("\\", "/")).suffix.lower()
    plain_type = mime_type.partition(";")[0].strip().lower()
    is_type_known = plain_type not in _UNKNOWN_TYPES
    if is_type_known and plain_type not in TYPES:
        return TypeCheck(valid=False, reason=f"Files of the type {plain_type} are not accepted.")
    if extension and extension not in NAMES:
        return TypeCheck(valid=False, reason=f"Files named *{extension} are not accepted.")
    if not extension and not is_type_known:
        return TypeCheck(valid=False, reason="Neither name nor type says what kind of file it is.")
    return TypeCheck(valid=True, reason=None)


async def upload_track(
    uploads: Uploads,
    audio: AudioStorage,
    owner: Member,
    *,
    form: IncomingForm[TrackUpload],
    urls: UrlBuilder,
) -> Track:
    """Receive the audio file and the cover of a track, create it, and enqueue its processing.

    Raises TooManyInProcessing before the body is read, and the errors of both files.
    """
    async with uploads.database.read() as conn:
        await ensure_may_upload(conn, audio, owner)
    track_id, cover = TrackId(new_id()), None

    async def store(filename: str, chunks: AsyncIterator[bytes]) -> ReceivedAudio:
        return await store_audio(audio, track_id, filename, session.receive(chunks))

    async def store_optional_cover(_filename: str, chunks: AsyncIterator[bytes]) -> None:
        nonlocal cover
        cover = await covers.store_cover(audio.covers, track_id, chunks)

    async with open_session(uploads, owner, _describe_upload(track_id, form)) as session:
        file, entered = await form.receive(store, optional={"cover": store_optional_cover})
        track = rules.name_track(entered, file.filename)
        async with uploads.database.transaction() as tx:
            await session.finish(tx, file.size)
            screening = audio.text_filters.screen(owner, track, *FILTERED_TEXTS)
            await screening.report(tx, "track", track_id)
            await track_changes.create_track(tx, owner, track_id, track, cover and cover.palette)
            if entered.title is None:
                await track_changes.await_title(tx, track_id)
            await queries.insert_media(tx, track_id, file, cover_size=cover and cover.size_bytes)
            return await _enqueue_processing(tx, owner, track_id, form=track, urls=urls)


def _describe_upload(track_id: TrackId, form: IncomingForm[TrackUpload]) -> NewUpload:
    return NewUpload(
        track_id,
        StorageKind.TRACKS,
        rules.folder_of(track_id),
        body_bytes=form.body_bytes,
        file_bytes=form.file_bytes,
        source=form.source,
    )


def read_accepted_form(audio: AudioStorage, fields: dict[str, str]) -> TrackUpload:
    """Return the metadata of a new track. Raises ValidationError of msgspec, and TextRefused."""
    form = rules.read_track_form(fields)
    audio.text_filters.ensure_accepted(form, *FILTERED_TEXTS)
    return form


def process_key(track_id: TrackId) -> str:
    """Return the key of the job that processes a track."""
    return f"process_track:{track_id}"


async def _enqueue_processing(
    tx: Tx, owner: Member, track_id: TrackId, *, form: TrackForm, urls: UrlBuilder
) -> Track:
    """Enqueue the processing of a new track; return the track."""
    job = ProcessTrack(track_id, has_artists=form.artists is not None)
    await enqueue(tx, job, key=process_key(track_id), owner_id=owner.id)
    return await visible_tracks.get_track(tx, track_id, owner, urls)


async def store_audio(
    audio: AudioStorage, track_id: TrackId, filename: str, chunks: AsyncIterator[bytes]
) -> ReceivedAudio:
    """Store an audio file as it arrives.

    Raises EmptyFile, NotAudio or AudioFileTooLarge as soon as that is known.
    """
    head, whole = await peek(chunks, HEAD_BYTES)
    if not head:
        raise EmptyFile
    kind = required(sniff_audio(head), NotAudio)
    content = bounded(whole, audio.max_upload_bytes, AudioFileTooLarge)
    stored = await audio.storage.put_stream(rules.original_key(track_id), content)
    return ReceivedAudio(plain_filename(filename), kind, stored.size, stored.sha256)


def ensure_audio(head: bytes) -> None:
    """Raise NotAudio if no audio file begins so."""
    required(sniff_audio(head), NotAudio)


async def open_media(
    conn: Conn, track_id: TrackId, viewer: Member | None, *, granted: bool
) -> StoredMedia:
    """Return the data for playing a track. Raises TrackNotFound and TrackNotReady."""
    media = await queries.find_media(conn, track_id)
    return _ensure_playable(media, viewer, granted=granted)


async def list_public_media(conn: Conn, track_ids: Sequence[TrackId]) -> list[StoredMedia]:
    """Return the data of those of at most 100 tracks that anybody may play."""
    if len(track_ids) == 1:
        # PostgreSQL plans `any($1)` anew each time, which takes ten times as long as reading a row.
        found = [await queries.find_media(conn, track_ids[0])]
    else:
        found = await shared_queries.list_media(conn, track_ids)
    return [
        media
        for media in found
        if media is not None
        and media.status is TrackStatus.READY
        and visible_tracks.is_visible_to(media, None)
    ]


async def open_best_audio(
    conn: Conn,
    track_id: TrackId,
    viewer: Member | None,
    *,
    granted: bool,
    purchases: TrackPurchases,
) -> StoredOriginal | StoredMedia:
    """Return the original if the listener may download it, else the rendition."""
    media = await queries.find_media(conn, track_id)
    original = _find_free(media, viewer, granted=granted)
    original = original or await _find_bought(
        conn, track_id, media, viewer=viewer, purchases=purchases
    )
    return original or _ensure_playable(media, viewer, granted=granted)


async def open_download(
    conn: Conn, track_id: TrackId, viewer: Member | None, purchases: TrackPurchases
) -> StoredOriginal:
    """Return the data for downloading the original. Raises NotDownloadable."""
    media = await queries.find_media(conn, track_id)
    original = _find_free(media, viewer, granted=False)
    original = original or await _find_bought(
        conn, track_id, media, viewer=viewer, purchases=purchases
    )
    if original is None:
        _ensure_playable(media, viewer, granted=False)
        raise NotDownloadable
    return original


async def get_uploaded_file(conn: Conn, track_id: TrackId, owner: Member) -> UploadedFile:
    """Return the file of a track of the caller. Raises TrackNotFound and NotYourTrack."""
    await visible_tracks.get_own(conn, track_id, owner)
    file = required(await queries.find_tagged_file(conn, track_id), TrackNotFound)
    return rules.show_file(file)


def file_of(audio: StoredOriginal | StoredMedia) -> AudioFile:
    """Return the file of an original, or of the rendition that everybody may play."""
    if isinstance(audio, StoredMedia):
        return _file_of_rendition(audio, rules.STREAM)
    kind = AudioKind(audio.kind)
    return AudioFile(
        key=rules.original_key(audio.track_id),
        size=audio.size,
        content_type=CONTENT_TYPES[kind],
        suffix=EXTENSIONS[kind],
        etag=audio.sha256[:32],
        modified=audio.uploaded_at,
        title=audio.title,
    )


def file_of_cover(media: StoredMedia) -> AudioFile:
    """Return the file of a cover, which `open_cover` found."""
    file = _file_of_rendition(media, rules.COVER)
    key = covers.key_of(media.track_id, media.cover_image_id)
    return structs.replace(file, key=key, etag=rules.etag_of_cover(media))


def _file_of_rendition(media: StoredMedia, rendition: rules.Rendition) -> AudioFile:
    size = getattr(media, rendition.size_field)
    assert isinstance(size, int)
    return AudioFile(
        key=rules.rendition_key(media.track_id, rendition),
        size=size,
        content_type=rendition.content_type,
        suffix=PurePosixPath(rendition.name).suffix,
        etag=rules.etag_of_rendition(media, size),
        modified=media.uploaded_at,
        title=media.title,
    )


async def open_waveform(
    conn: Conn, track_id: TrackId, viewer: Member | None, *, granted: bool
) -> StoredMedia:
    """Return the result of `open_media`, and the peaks."""
    media = await queries.find_media(conn, track_id, with_peaks=True)
    return _ensure_playable(media, viewer, granted=granted)


async def read_hls(audio: AudioStorage, media: StoredMedia, name: str) -> bytes:
    """Return a playlist, or a segment of six seconds. Raises TrackNotFound."""
    try:
        return await audio.storage.read_all(f"{rules.folder_of(media.track_id)}/hls/{name}")
    except ObjectMissing as error:
        raise TrackNotFound from error


async def fetch_low_rendition(storage: Storage, track_id: TrackId, path: Path) -> None:
    """Write the segments of 128 kbit/s to a new file: fragmented MP4. Raises ObjectMissing."""
    folder = f"{rules.folder_of(track_id)}/{HLS}/{LADDER[0]}"
    playlist = (await storage.read_all(f"{folder}/{PLAYLIST}")).decode()
    segments = [line for line in playlist.splitlines() if line and not line.startswith("#")]
    with await asyncio.to_thread(path.open, "wb") as file:
        for name in (INIT_SEGMENT, *segments):
            await asyncio.to_thread(file.write, await storage.read_all(f"{folder}/{name}"))


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
    """Return the original if the listener may download it without a purchase."""
    if media is None or media.status is not TrackStatus.READY:
        return None
    may_know = visible_tracks.is_visible_to(media, viewer, granted=granted)
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
    """Return the original for its buyers, even if the track is hidden or deleted."""
    if viewer is None or not await purchases.has_track(conn, viewer.id, track_id):
        return None
    if media is None:
        return await queries.find_sold_original(conn, track_id)
    return rules.original_of(media) if media.status is TrackStatus.READY else None


def _ensure_playable(
    media: StoredMedia | None, viewer: Member | None, *, granted: bool
) -> StoredMedia:
    if media is None or not visible_tracks.is_visible_to(media, viewer, granted=granted):
        raise TrackNotFound
    if media.status is not TrackStatus.READY:
        raise TrackNotReady
    return media


async def ensure_may_upload(conn: Conn, audio: AudioStorage, owner: Member) -> None:
    """Raise TooManyInProcessing if too many tracks of a member are not processed yet."""
    if await queries.count_processing(conn, owner.id) >= audio.max_processing:
        raise TooManyInProcessing(retry_after=_PROCESSING_RETRY_S)
