"""Reactions to what happened elsewhere, and the work that comes of them."""

from veza.core.ids import TrackId
from veza.domains.auth.accounts.events import UserSuspended, UserUnsuspended
from veza.domains.music.tags import queries, service
from veza.domains.music.tags.models import RecountTags
from veza.domains.music.tracks.events import TrackChanged, TrackDeleted, TrackReady
from veza.infra.jobs.queue import enqueue
from veza.infra.postgres.database import Database, Tx


async def count_tags(tx: Tx, event: TrackReady | TrackChanged | TrackDeleted) -> None:
    """Have the tags of a track counted as long as everybody may find it."""
    await service.recount_tags_of_tracks(tx, [event.track_id])


async def enqueue_tag_recount(tx: Tx, event: UserSuspended | UserUnsuspended) -> None:
    """Have the tags of a suspended member's tracks counted no more, or again."""
    await enqueue(tx, RecountTags(event.user_id))


async def recount_tags(database: Database, job: RecountTags) -> None:
    """Count the tags of all tracks of a member as they are now. Twice is the same as once."""
    last: TrackId | None = None
    while True:
        async with database.transaction(recorded=False) as tx:
            part = await queries.list_tracks_of(tx, job.owner_id, last)
            await service.recount_tags_of_tracks(tx, part)
        if not part:
            return
        last = part[-1]
