"""Computes similar tracks and artists of what was liked or changed, in batches."""

from veza.core.ids import TrackId
from veza.domains.music.discovery.queries import artists, draws, similarities
from veza.domains.music.tracks.events import TrackChanged, TrackReady
from veza.infra.postgres.database import Database, Tx

# The tracks that one statement compares with what was computed.
_SWEPT_AT_ONCE = 5000
# The statements of one run: the next run continues.
_MAX_BATCHES = 1000


async def update_track(tx: Tx, event: TrackReady | TrackChanged) -> None:
    """Update whether a track can be drawn, and mark its similar tracks as outdated."""
    await draws.update_draw(tx, event.track_id)
    await similarities.insert_stale(tx, [event.track_id], is_changed=True)


async def find_changed_tracks(database: Database) -> None:
    """Enqueue all tracks whose likes changed since their similar tracks were computed.

    Likes are not counted one by one: liking a track writes nothing here.
    """
    last: TrackId | None = None
    while True:
        async with database.transaction(recorded=False) as tx:
            end = await draws.find_batch_end(tx, last, size=_SWEPT_AT_ONCE)
            if end is None:
                return
            await draws.update_draws(tx, last, end)
            await similarities.insert_changed(tx, last, end)
        last = end


async def compute_similarities(database: Database) -> None:
    """Compute the similar tracks and artists of what is enqueued, in batches.

    Tracks that changed come first. The tracks that became similar to them are enqueued as well, but
    those that become similar to these are not, so that the work ends.
    """
    for is_changed in (True, False):
        for _ in range(_MAX_BATCHES):
            if not await _compute_tracks(database, is_changed=is_changed):
                break
    for _ in range(_MAX_BATCHES):
        async with database.transaction(recorded=False) as tx:
            artist_ids = await artists.lock_stale(tx)
            await artists.delete_similar(tx, artist_ids)
            await artists.compute_similar(tx, artist_ids)
        if not artist_ids:
            return


async def _compute_tracks(database: Database, *, is_changed: bool) -> bool:
    """Compute the next batch; return whether there was one."""
    async with database.transaction(recorded=False) as tx:
        track_ids = await similarities.lock_stale(tx, is_changed=is_changed)
        if not track_ids:
            return False
        entered = await similarities.compute_similar(tx, track_ids)
        await similarities.delete_unpublished(tx, track_ids)
        if is_changed:
            ids = {other for found in entered for other in found.similar_ids}
            await similarities.insert_stale(tx, sorted(ids), is_changed=False)
        await artists.insert_stale_of(tx, track_ids)
    return True
