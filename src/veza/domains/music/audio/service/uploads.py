"""Uploaded tracks are stored as they arrive, and wait to be processed."""

from collections.abc import AsyncIterator
from pathlib import PurePosixPath

from veza.core.access import Member
from veza.core.chunks import bounded, peek
from veza.core.errors import required
from veza.core.filenames import plain_filename
from veza.core.genres import MAX_GENRE_LENGTH
from veza.core.ids import TrackId, new_id
from veza.core.palettes import CoverLook
from veza.core.signed_urls import UrlBuilder
from veza.domains.images.models import IMAGE_SIDE_PX, MAX_IMAGE_BYTES
from veza.domains.images.service import images
from veza.domains.music.audio import covers, queries, rules
from veza.domains.music.audio.errors import (
    AudioFileTooLarge,
    EmptyFile,
    NotAudio,
    TooManyInProcessing,
)
from veza.domains.music.audio.models import (
    AudioLimits,
    PictureLimits,
    ProcessTrack,
    ReceivedAudio,
    TrackLimits,
    TypeCheck,
    UploadLimits,
)
from veza.domains.music.audio.service.audio_storage import AudioStorage
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
from veza.domains.platform.uploads.models import IncomingForm, NewUpload, StorageKind
from veza.domains.platform.uploads.service import Uploads, open_session
from veza.infra.jobs.queue import enqueue
from veza.infra.media.images import COVER_SIDE_PX, IMAGE_CONTENT_TYPES, PIXELS_MAX, ImageKind
from veza.infra.media.media_limits import CHANNELS_MAX
from veza.infra.media.sniff_audio import (
    HEAD_BYTES,
    NAMES,
    TYPES,
    AudioKind,
    sniff_audio,
)
from veza.infra.postgres.database import Conn, Tx

_PROCESSING_RETRY_S = 60
# The type that clients send if it is unknown.
_UNKNOWN_TYPES = {"", "application/octet-stream", "binary/octet-stream"}


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
            look = cover and CoverLook(cover.palette, cover.placeholder)
            await track_changes.create_track(tx, owner, track_id, track, look)
            if entered.title is None:
                await track_changes.await_title(tx, track_id)
            await queries.insert_media(tx, track_id, file, cover_size=cover and cover.size_bytes)
            await images.announce(tx, owner.id, cover and cover.hash, track_id=track_id)
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


def _picture_limits(max_bytes: int, shown_pixels: int) -> PictureLimits:
    return PictureLimits(
        max_bytes=max_bytes,
        max_pixels=PIXELS_MAX,
        shown_pixels=shown_pixels,
        kinds=list(ImageKind),
        mime_types=list(IMAGE_CONTENT_TYPES.values()),
    )


async def ensure_may_upload(conn: Conn, audio: AudioStorage, owner: Member) -> None:
    """Raise TooManyInProcessing if too many tracks of a member are not processed yet."""
    if await queries.count_processing(conn, owner.id) >= audio.max_processing:
        raise TooManyInProcessing(retry_after=_PROCESSING_RETRY_S)
