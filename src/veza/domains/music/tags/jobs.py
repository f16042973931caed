"""Recounts the tags and genres of tracks that changed, or whose owner was suspended."""

from veza.core.ids import TrackId
from veza.domains.auth.accounts.events import UserSuspended, UserUnsuspended
from veza.domains.music.tags import queries, service
from veza.domains.music.tags.models import RecountTags
from veza.domains.music.tracks.events import TrackChanged, TrackDeleted, TrackReady
from veza.infra.jobs.queue import enqueue
from veza.infra.postgres.database import Database, Tx


async def count_tags(tx: Tx, event: TrackReady | TrackChanged | TrackDeleted) -> None:
    """Update the counts of the track's tags and of its genre."""
    await service.recount_tags_of_tracks(tx, [event.track_id])


async def enqueue_tag_recount(tx: Tx, event: UserSuspended | UserUnsuspended) -> None:
    """Enqueue a recount of the tags and genres of the member's tracks."""
    await enqueue(tx, RecountTags(event.user_id))


async def recount_tags(database: Database, job: RecountTags) -> None:
    """Update the counts of the tags and genres of a member's tracks. Safe to run twice."""
    last: TrackId | None = None
    while True:
        async with database.transaction(recorded=False) as tx:
            track_ids = await queries.list_tracks_of(tx, job.owner_id, last)
            await service.recount_tags_of_tracks(tx, track_ids)
        if not track_ids:
            return
        last = track_ids[-1]
