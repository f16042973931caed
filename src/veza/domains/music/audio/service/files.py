"""Originals go to owners, buyers, or all if they are free; renditions to those who may listen."""

import asyncio
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from msgspec import structs

from veza.core.access import Member
from veza.core.errors import required
from veza.core.ids import TrackId
from veza.core.visibility import TrackStatus
from veza.domains.music.audio import covers, queries, rules, shared_queries
from veza.domains.music.audio.errors import (
    NotDownloadable,
)
from veza.domains.music.audio.models import (
    AudioFile,
    StoredMedia,
    StoredOriginal,
    UploadedFile,
)
from veza.domains.music.audio.service.audio_storage import AudioStorage, TrackPurchases
from veza.domains.music.prints import service as prints
from veza.domains.music.tracks.errors import TrackNotFound, TrackNotReady
from veza.domains.music.tracks.service import visible_tracks
from veza.infra.media.commands import HLS, LADDER
from veza.infra.media.hls import INIT_SEGMENT, PLAYLIST
from veza.infra.media.sniff_audio import (
    CONTENT_TYPES,
    EXTENSIONS,
    AudioKind,
)
from veza.infra.postgres.database import Conn
from veza.infra.storage.errors import ObjectMissing
from veza.infra.storage.objects import Storage


async def open_media(
    conn: Conn, track_id: TrackId, viewer: Member | None, *, granted: bool
) -> StoredMedia:
    """Return the data for playing a track. Raises TrackNotFound and TrackNotReady."""
    media = await queries.find_media(conn, track_id)
    return await _ensure_playable(conn, media, viewer, granted=granted)


async def open_reviewed(conn: Conn, track_id: TrackId) -> StoredMedia:
    """Return the data for playing a track to staff, whatever hides it.

    Raises TrackNotFound and TrackNotReady.
    """
    return _ensure_ready(required(await queries.find_media(conn, track_id), TrackNotFound))


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
        and visible_tracks.is_visible_to_all(media)
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
    original = await _find_free(conn, media, viewer, granted=granted)
    original = original or await _find_bought(
        conn, track_id, media, viewer=viewer, purchases=purchases
    )
    return original or await _ensure_playable(conn, media, viewer, granted=granted)


async def open_download(
    conn: Conn, track_id: TrackId, viewer: Member | None, purchases: TrackPurchases
) -> StoredOriginal:
    """Return the data for downloading the original. Raises NotDownloadable."""
    media = await queries.find_media(conn, track_id)
    original = await _find_free(conn, media, viewer, granted=False)
    original = original or await _find_bought(
        conn, track_id, media, viewer=viewer, purchases=purchases
    )
    if original is None:
        await _ensure_playable(conn, media, viewer, granted=False)
        raise NotDownloadable
    return original


async def get_uploaded_file(conn: Conn, track_id: TrackId, owner: Member) -> UploadedFile:
    """Return the file of a track of the caller. Raises TrackNotFound and NotYourTrack."""
    await visible_tracks.get_own(conn, track_id, owner)
    file = required(await queries.find_tagged_file(conn, track_id), TrackNotFound)
    return rules.show_file(file, await prints.list_hints(conn, track_id))


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
    return await _ensure_playable(conn, media, viewer, granted=granted)


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


async def _find_free(
    conn: Conn, media: StoredMedia | None, viewer: Member | None, *, granted: bool
) -> StoredOriginal | None:
    """Return the original if the listener may download it without a purchase."""
    if media is None or media.status is not TrackStatus.READY:
        return None
    viewer_id = viewer and viewer.id
    may_have = rules.can_download(media, viewer_id) and await visible_tracks.may_see(
        conn, media, viewer_id, granted=granted
    )
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
    return await _find_sold(conn, track_id, media)


async def find_sold_original(conn: Conn, track_id: TrackId) -> StoredOriginal | None:
    """Return the original of a track for its buyers, even if it is hidden or deleted."""
    return await _find_sold(conn, track_id, await queries.find_media(conn, track_id))


async def _find_sold(
    conn: Conn, track_id: TrackId, media: StoredMedia | None
) -> StoredOriginal | None:
    if media is None:
        return await queries.find_sold_original(conn, track_id)
    return rules.original_of(media) if media.status is TrackStatus.READY else None


async def _ensure_playable(
    conn: Conn, media: StoredMedia | None, viewer: Member | None, *, granted: bool
) -> StoredMedia:
    viewer_id = viewer and viewer.id
    if media is None or not await visible_tracks.may_see(conn, media, viewer_id, granted=granted):
        raise TrackNotFound
    return _ensure_ready(media)


def _ensure_ready(media: StoredMedia) -> StoredMedia:
    if media.status is not TrackStatus.READY:
        raise TrackNotReady
    return media
