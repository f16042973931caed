"""Work done after the fact: making uploads playable, and sweeping up."""

import asyncio
import shutil
import tempfile
import time
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import structlog

from veza.core.errors import Unavailable
from veza.core.ids import TrackId
from veza.domains.music.audio import queries, rules
from veza.domains.music.audio.models import DeleteTrackFiles, ProcessTrack, Renditions, StoredMedia
from veza.domains.music.audio.service import Studio, abandon_upload
from veza.domains.music.tracks import service as tracks
from veza.domains.music.tracks.events import TrackDeleted
from veza.domains.music.tracks.models import ProcessedAudio, TrackStatus
from veza.infra.jobs.queue import enqueue
from veza.infra.media.audio import RenderedAudio, UnreadableAudio, render
from veza.infra.postgres.database import Database, Tx

log = structlog.get_logger()

_UPLOADS_LAST = timedelta(days=1)
_GIVEN_UP = "The file could not be processed. Try to export it anew, or in another format."


async def process_track(database: Database, studio: Studio, job: ProcessTrack) -> None:
    """Make a track playable, or say why it can't be.

    May run again after a crash: files are written under the same names, and the track is finished
    once. Where it was deleted meanwhile, its files are deleted too.
    """
    async with database.transaction() as tx:
        attempts = await queries.update_attempts(tx, job.track_id)
        media = await queries.find_media(tx, job.track_id)
    if attempts is None or media is None:
        # The worker may have died between the end of a track and that of its files.
        await _delete_unless_kept(database, studio, job.track_id)
        return
    if attempts > rules.MAX_RENDER_ATTEMPTS:
        await fail_track(database, studio, job)
        return
    try:
        is_awaited = await _render(database, studio, media)
    except UnreadableAudio as error:
        await _fail(database, studio, job.track_id, error.reason)
        return
    except BaseException:
        # Only a try that takes its worker along counts: a stop or an outage isn't the file's fault.
        with suppress(Unavailable):
            async with database.transaction() as tx:
                await queries.take_back_attempt(tx, job.track_id)
        raise
    if not is_awaited:
        await _delete_unless_kept(database, studio, job.track_id)


async def fail_track(database: Database, studio: Studio, job: ProcessTrack) -> None:
    """Say that a track can't be made playable, after the last try."""
    await _fail(database, studio, job.track_id, _GIVEN_UP)


async def order_deletion(tx: Tx, event: TrackDeleted) -> None:
    """Have the files of a deleted track deleted too."""
    await enqueue(tx, DeleteTrackFiles(event.track_id))


async def delete_track_files(database: Database, studio: Studio, job: DeleteTrackFiles) -> None:
    """Delete what a deleted track leaves, but for the original of one that somebody ordered.

    Doing it twice is the same as once.
    """
    folder, storage = rules.folder_of(job.track_id), studio.storage
    async with database.transaction(recorded=False) as tx:
        is_kept = await studio.purchases.is_track_ordered(tx, job.track_id)
        if is_kept:
            await queries.update_left(tx, job.track_id)
        else:
            await queries.delete_media(tx, job.track_id)
    if is_kept:
        await storage.delete_all_but(folder, rules.ORIGINAL)
    else:
        await storage.delete_folder(folder)


async def sweep_uploads(database: Database, studio: Studio) -> None:
    """Delete the files of uploads that began a day ago and never ended, and of jobs that died."""
    await asyncio.to_thread(_sweep_folder, studio.folder)
    async with database.read() as conn:
        abandoned = await queries.list_old_uploads(conn, _UPLOADS_LAST)
    for track_id in abandoned:
        await abandon_upload(database, studio, track_id)
    if abandoned:
        log.info("uploads_swept", count=len(abandoned))


def _sweep_folder(folder: Path) -> None:
    """Delete the working folders that a killed process left; none that lives is so old."""
    oldest = time.time() - _UPLOADS_LAST.total_seconds()
    for entry in folder.iterdir():
        if entry.stat().st_mtime < oldest:
            shutil.rmtree(entry, ignore_errors=True)


async def _render(database: Database, studio: Studio, media: StoredMedia) -> bool:
    with tempfile.TemporaryDirectory(dir=studio.folder) as name:
        source, target = Path(name) / "original", Path(name) / "made"
        await studio.storage.fetch(rules.original_key(media.track_id), source)
        sound = await render(source, target, limits=studio.limits)
        if media.cover_size is not None:
            # The cover that was uploaded counts before one inside the file.
            (target / "cover.jpg").unlink(missing_ok=True)
        sizes = await studio.storage.put_folder(rules.folder_of(media.track_id), target)
    made = Renditions(
        original_kind=sound.format,
        peaks=sound.peaks,
        stream_size=sizes["stream.m4a"],
        preview_size=sizes["preview.mp3"],
        cover_size=media.cover_size or sizes.get("cover.jpg"),
        ladder_size=sum(size for name, size in sizes.items() if name.startswith("hls/")),
    )
    async with database.transaction() as tx:
        is_awaited = await tracks.finish_track(tx, media.track_id, _facts(sound, made))
        if is_awaited:
            await queries.update_media(tx, media.track_id, made)
    return is_awaited


def _facts(sound: RenderedAudio, made: Renditions) -> ProcessedAudio:
    genre = " ".join((sound.embedded.genre or "").split())[:50]
    return ProcessedAudio(
        format=sound.format,
        duration_ms=sound.duration_ms,
        bitrate=sound.bitrate,
        sample_rate=sound.sample_rate,
        channels=sound.channels,
        loudness_lufs=sound.loudness_lufs,
        true_peak_dbtp=sound.true_peak_dbtp,
        genre=genre or None,
        has_cover=made.cover_size is not None,
    )


async def _fail(database: Database, studio: Studio, track_id: TrackId, reason: str) -> None:
    async with database.transaction() as tx:
        is_awaited = await tracks.fail_track(tx, track_id, reason)
        if is_awaited:
            await queries.update_failed(tx, track_id)
    if is_awaited:
        await studio.storage.delete_folder(rules.folder_of(track_id))


async def _delete_unless_kept(database: Database, studio: Studio, track_id: TrackId) -> None:
    async with database.read() as conn:
        media = await queries.find_media(conn, track_id)
    if media is None:
        await delete_track_files(database, studio, DeleteTrackFiles(track_id))
    elif media.status is TrackStatus.FAILED:
        await studio.storage.delete_folder(rules.folder_of(track_id))
