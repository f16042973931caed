"""Makes tracks ready or failed; deletes files of deleted ones, but not sold originals."""

import asyncio
import shutil
import tempfile
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from datetime import timedelta
from functools import partial
from pathlib import Path

import structlog
from msgspec import structs

from veza.core.errors import Unavailable
from veza.core.ids import TrackId
from veza.core.recording_prints import RecordingPrint
from veza.core.structs import copy_fields
from veza.core.visibility import TrackStatus
from veza.domains.images.models import PreparePicture
from veza.domains.images.service import images
from veza.domains.music.audio import covers, queries, rules
from veza.domains.music.audio.models import (
    DeleteTrackFiles,
    FileTags,
    ProcessTrack,
    Renditions,
    StoredMedia,
)
from veza.domains.music.audio.service.audio_storage import AudioStorage
from veza.domains.music.lyrics import service as lyrics
from veza.domains.music.prints import rules as print_rules
from veza.domains.music.prints import service as prints
from veza.domains.music.prints.models import Comparison
from veza.domains.music.tracks import shared_queries as track_queries
from veza.domains.music.tracks.events import TrackDeleted
from veza.domains.music.tracks.models.tracks import ProcessedAudio
from veza.domains.music.tracks.service import track_changes
from veza.domains.platform.text_filters.errors import TextRefused
from veza.domains.platform.text_filters.service import Screening
from veza.infra.jobs.queue import enqueue
from veza.infra.media.audio import RenderedAudio, UnreadableAudio, render
from veza.infra.media.recording_print import has_chromaprint, make_print, make_speed_prints
from veza.infra.media.sniff_audio import AudioKind
from veza.infra.postgres.database import Conn, Database, Tx
from veza.infra.storage.errors import ObjectMissing

log = structlog.get_logger()

_MAX_AGE = timedelta(days=1)
_UNPROCESSABLE = "The file could not be processed. Try to export it again, or in another format."


async def process_track(database: Database, audio: AudioStorage, job: ProcessTrack) -> None:
    """Process an uploaded track: it becomes ready, or failed with a reason.

    Idempotent: files are written under the same names, and the track is finished once. If it was
    deleted meanwhile, its files are deleted too.
    """
    async with database.transaction() as tx:
        attempts = await queries.update_attempts(tx, job.track_id)
        media = await queries.find_media(tx, job.track_id)
    if attempts is None or media is None:
        # The worker may have died after the track was deleted, and before its files were.
        await _delete_unless_kept(database, audio, job.track_id)
        return
    if attempts > rules.MAX_RENDER_ATTEMPTS:
        await fail_track(database, audio, job)
        return
    try:
        is_processing = await _render(database, audio, media, has_artists=job.has_artists)
    except UnreadableAudio as error:
        await _fail(database, audio, job.track_id, error.reason)
        return
    except BaseException:
        # Only an attempt that kills its worker counts: an outage isn't the fault of the file.
        with suppress(Unavailable):
            async with database.transaction() as tx:
                await queries.uncount_attempt(tx, job.track_id)
        raise
    if not is_processing:
        await _delete_unless_kept(database, audio, job.track_id)


async def fail_track(database: Database, audio: AudioStorage, job: ProcessTrack) -> None:
    """Mark a track as failed after the last attempt."""
    await _fail(database, audio, job.track_id, _UNPROCESSABLE)


async def enqueue_deletion(tx: Tx, event: TrackDeleted) -> None:
    """Enqueue the deletion of the files of a deleted track."""
    await enqueue(tx, DeleteTrackFiles(event.track_id))


async def delete_track_files(
    database: Database, audio: AudioStorage, job: DeleteTrackFiles
) -> None:
    """Delete the files of a deleted track, except the original if the track was ordered.

    Idempotent.
    """
    folder = rules.folder_of(job.track_id)
    storage = audio.storage
    async with database.transaction(recorded=False) as tx:
        await covers.delete_chosen_image(tx, job.track_id)
        await prints.forget(tx, [job.track_id])
        is_kept = await audio.purchases.is_track_ordered(tx, job.track_id)
        if is_kept:
            await queries.update_original_only(tx, job.track_id)
        else:
            await queries.delete_media(tx, job.track_id)
    if is_kept:
        await storage.delete_all_but(folder, rules.ORIGINAL)
    else:
        await storage.delete_folder(folder)


async def fill_placeholders(database: Database, audio: AudioStorage) -> None:
    """Make the placeholders of covers that were stored without one.

    Idempotent. What can't be read is left as it is, and tried again by the next run.
    """
    fill = partial(_fill_placeholder, database, audio)
    await _fill_each(database, track_queries.list_without_placeholder, fill)


async def _fill_placeholder(database: Database, audio: AudioStorage, track_id: TrackId) -> None:
    async with database.read() as conn:
        image_id = await queries.find_cover_image(conn, track_id)
    key = covers.key_of(track_id, image_id)
    placeholder = await images.find_placeholder(audio.covers, key)
    if placeholder is None:
        return
    async with database.transaction(recorded=False) as tx:
        # Another cover may have been chosen meanwhile: it has its own.
        if await queries.find_cover_image(tx, track_id) == image_id:
            await track_queries.update_placeholder(tx, track_id, placeholder)


async def fill_prints(database: Database, audio: AudioStorage) -> None:
    """Make the prints of tracks that have none, of their streams, one after the other.

    Idempotent, and goes on where it was ended. Nothing is done about tracks that are alike but that
    staff sees it. What can't be read is left as it is, and tried again by the next run.
    """
    if not await asyncio.to_thread(has_chromaprint, audio.limits.ffmpeg):
        return
    fill = partial(_fill_print, database, audio)
    await _fill_each(database, queries.list_without_print, fill)


async def _fill_print(database: Database, audio: AudioStorage, track_id: TrackId) -> None:
    with tempfile.TemporaryDirectory(dir=audio.folder) as name:
        folder = Path(name)
        source = folder / "stream"
        try:
            await audio.storage.fetch(rules.rendition_key(track_id, rules.STREAM), source)
        except ObjectMissing:
            return
        recording = await make_print(source, folder, kind=AudioKind.M4A, limits=audio.limits)
    if recording is None:
        return
    comparison = await prints.compare(database, recording)
    async with database.transaction(recorded=False) as tx:
        # It may have been deleted meanwhile.
        if await queries.update_printed(tx, track_id):
            await prints.store(tx, track_id, recording, comparison)


async def _fill_each(
    database: Database,
    list_next: Callable[[Conn, TrackId | None], Awaitable[Sequence[TrackId]]],
    fill: Callable[[TrackId], Awaitable[None]],
) -> None:
    """Fill missing values of tracks one by one, from lists that begin after a track."""
    last: TrackId | None = None
    while True:
        async with database.read() as conn:
            found = await list_next(conn, last)
        if not found:
            return
        for track_id in found:
            await fill(track_id)
        last = found[-1]


async def sweep_work_folders(audio: AudioStorage) -> None:
    """Delete the temporary folders of killed processes."""
    await asyncio.to_thread(_sweep_folder, audio.folder)


def _sweep_folder(folder: Path) -> None:
    # No living process has a folder that is a day old.
    oldest = time.time() - _MAX_AGE.total_seconds()
    for entry in folder.iterdir():
        if entry.stat().st_mtime < oldest:
            shutil.rmtree(entry, ignore_errors=True)


async def _render(
    database: Database, audio: AudioStorage, media: StoredMedia, *, has_artists: bool
) -> bool:
    with tempfile.TemporaryDirectory(dir=audio.folder) as name:
        source = Path(name) / "original"
        target = Path(name) / "made"
        await audio.storage.fetch(rules.original_key(media.track_id), source)
        sound = await render(source, target, limits=audio.limits)
        comparison = await _compare(database, audio, sound, target)
        if media.cover_size is not None:
            # An uploaded cover takes precedence over one embedded in the file.
            (target / "cover.jpg").unlink(missing_ok=True)
        sizes = await audio.storage.put_folder(rules.folder_of(media.track_id), target)
    renditions = _describe(media, sound, sizes)
    title, screening = _screen_title(audio, media, renditions.tags_read)

    async def finish(tx: Tx) -> bool:
        facts = _facts(sound, renditions, title, has_artists=has_artists)
        named = await track_changes.finish_track(tx, media.track_id, facts)
        if named is not None:
            await queries.update_media(tx, media.track_id, renditions)
            await lyrics.store_embedded(tx, media.track_id, sound.embedded)
            await _prepare_cover(tx, media, sound, renditions)
            await _store_print(tx, media, sound.recording, comparison)
        if named == title:
            await screening.report(tx, "track", media.track_id)
        return named is not None

    return await database.transact(finish)


async def _compare(
    database: Database, audio: AudioStorage, sound: RenderedAudio, target: Path
) -> Comparison | None:
    """Compare a recording with others, also where it is played faster or slower than they are."""
    if sound.recording is None:
        return None
    at_speeds = list[RecordingPrint]()
    if print_rules.choose_terms(sound.recording):
        duration_s = sound.duration_ms / 1000
        at_speeds = await make_speed_prints(target, duration_s, limits=audio.limits)
    return await prints.compare(database, sound.recording, at_speeds)


def _describe(media: StoredMedia, sound: RenderedAudio, sizes: Mapping[str, int]) -> Renditions:
    return Renditions(
        original_kind=sound.format,
        peaks=sound.peaks,
        stream_size=sizes["stream.m4a"],
        preview_size=sizes["preview.mp3"],
        cover_size=media.cover_size or sizes.get("cover.jpg"),
        ladder_size=sum(size for name, size in sizes.items() if name.startswith("hls/")),
        tags_read=rules.read_file_tags(sound.embedded),
        has_print=sound.recording is not None,
    )


async def _store_print(
    tx: Tx, media: StoredMedia, recording: RecordingPrint | None, comparison: Comparison | None
) -> None:
    """Store the print of a track, which is held if it was taken down before."""
    if recording is not None and comparison is not None:
        await prints.store(tx, media.track_id, recording, comparison)
        await prints.hold(tx, media.track_id, media.owner_id, comparison)


async def _prepare_cover(
    tx: Tx, media: StoredMedia, sound: RenderedAudio, renditions: Renditions
) -> None:
    """Enqueue the sizes of a cover from the file; an image that was chosen has them already."""
    if media.cover_size is None:
        await images.announce(tx, media.owner_id, sound.cover_hash, track_id=media.track_id)
    if renditions.cover_size is not None and media.cover_image_id is None:
        shown = structs.replace(media, cover_size=renditions.cover_size)
        key = covers.key_of(media.track_id, None)
        await enqueue(tx, PreparePicture(key, rules.etag_of_cover(shown)))


def _screen_title(
    audio: AudioStorage, media: StoredMedia, tags: FileTags
) -> tuple[str | None, Screening]:
    """Return the title in the tags of a file, None if there is none or a filter refuses it."""
    try:
        is_flagged = audio.text_filters.ensure_accepted(tags, "title")
    except TextRefused:
        return None, Screening(media.owner_id, is_flagged=False)
    return tags.title, Screening(media.owner_id, is_flagged)


def _facts(
    sound: RenderedAudio, renditions: Renditions, title: str | None, *, has_artists: bool
) -> ProcessedAudio:
    people = sound.embedded.people
    has_cover = renditions.cover_size is not None
    if has_artists:
        people = structs.replace(people, artist=[], artists=[])
    return copy_fields(
        ProcessedAudio,
        sound,
        title=title,
        genre=renditions.tags_read.genre,
        cover_palette=sound.cover_palette if has_cover else None,
        cover_placeholder=sound.cover_placeholder if has_cover else None,
        details=rules.read_details(sound.embedded),
        people=people,
    )


async def _fail(database: Database, audio: AudioStorage, track_id: TrackId, reason: str) -> None:
    async with database.transaction() as tx:
        is_processing = await track_changes.fail_track(tx, track_id, reason)
        if is_processing:
            await queries.update_failed(tx, track_id)
    if is_processing:
        log.warning("track_failed", track=str(track_id), reason=reason)
        await _delete_renditions(audio, track_id)


async def _delete_renditions(audio: AudioStorage, track_id: TrackId) -> None:
    """Delete what was made of a track that failed: only what was uploaded is kept for a while."""
    folder = rules.folder_of(track_id)
    await audio.storage.delete_all_but(folder, rules.ORIGINAL, rules.COVER.name)


async def _delete_unless_kept(database: Database, audio: AudioStorage, track_id: TrackId) -> None:
    async with database.read() as conn:
        media = await queries.find_media(conn, track_id)
    if media is None:
        await delete_track_files(database, audio, DeleteTrackFiles(track_id))
    elif media.status is TrackStatus.FAILED:
        await _delete_renditions(audio, track_id)
