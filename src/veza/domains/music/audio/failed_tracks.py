"""Tracks that could not be processed: their list, another attempt, and the end of their files."""

from datetime import timedelta

from veza.core.errors import required
from veza.core.ids import TrackId
from veza.core.pages import Cursor, cut
from veza.domains.music.audio import queries, rules
from veza.domains.music.audio.errors import FailedTrackNotFound, OriginalGone, TrackStillProcessed
from veza.domains.music.audio.models import FailedTrackPage, ProcessTrack
from veza.domains.music.audio.service.audio_storage import AudioStorage
from veza.domains.music.audio.service.uploads import process_key
from veza.domains.music.tracks import shared_queries as track_queries
from veza.infra.jobs.queue import delete_jobs, enqueue
from veza.infra.postgres.database import Conn, Database, Tx
from veza.infra.storage.deletion import DeleteFolders

# How long the original of a failed track is kept. It counts as storage of its owner.
KEPT_FOR = timedelta(days=7)
_BATCH = 500


async def list_failed(conn: Conn, *, limit: int, cursor: Cursor | None) -> FailedTrackPage:
    """Return a page of tracks that could not be processed, the latest first."""
    found = await queries.list_failed(conn, limit=limit, cursor=cursor)
    shown, following = cut(found, limit, lambda each: Cursor(each.failed_at, each.track_id))
    return FailedTrackPage(shown, following, following is not None)


async def retry(database: Database, audio: AudioStorage, track_id: TrackId) -> None:
    """Process a failed track again, from its original.

    Raises FailedTrackNotFound, OriginalGone and TrackStillProcessed.
    """
    async with database.read() as conn:
        failed = required(await queries.find_failed(conn, track_id), FailedTrackNotFound)
    keys = await audio.storage.list_keys(rules.folder_of(track_id))
    if not failed.has_original or rules.original_key(track_id) not in keys:
        raise OriginalGone
    async with database.transaction() as tx:
        await _restart(tx, track_id)


async def _restart(tx: Tx, track_id: TrackId) -> None:
    if not await track_queries.update_restarted(tx, track_id):
        raise FailedTrackNotFound
    owner_id = required(await queries.update_restarted(tx, track_id), OriginalGone)
    # The job that failed may be held: a second one would do the work twice.
    await delete_jobs(tx, ProcessTrack, "track_id", str(track_id))
    job = ProcessTrack(track_id)
    key = process_key(track_id)
    if not await enqueue(tx, job, key=key, owner_id=owner_id):
        raise TrackStillProcessed


async def delete_expired(database: Database) -> None:
    """Delete the files of tracks that failed a week ago."""
    is_over = False
    while not is_over:
        async with database.transaction() as tx:
            expired = await queries.lock_expired(tx, KEPT_FOR, _BATCH)
            is_over = len(expired) < _BATCH
            ids = [each.track_id for each in expired]
            await queries.update_expired(tx, ids)
            await track_queries.update_covers_gone(
                tx, [each.track_id for each in expired if each.has_own_cover]
            )
            if ids:
                await enqueue(tx, DeleteFolders([rules.folder_of(each) for each in ids]))
