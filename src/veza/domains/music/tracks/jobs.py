"""Reactions to events, and jobs."""

from datetime import timedelta

from veza.domains.auth.accounts import service as accounts
from veza.domains.auth.accounts.events import UserRenamed, UserSuspended, UserUnsuspended
from veza.domains.music.tracks import rules, service
from veza.domains.music.tracks.models import RecountTrackLikes
from veza.domains.music.tracks.queries import plays, search
from veza.infra.jobs.queue import enqueue
from veza.infra.postgres.database import Database, Tx

# Longer than the half hour after which a play counts again.
_PLAYS_KEPT = timedelta(hours=2)


async def reindex_artist(tx: Tx, event: UserRenamed) -> None:
    """Update the search texts of an artist's tracks to their new name."""
    after = None
    while tracks := await search.lock_searchable_tracks(tx, event.user_id, after):
        texts = [
            rules.search_text(track.title, event.username, track.genre, track.tags)
            for track in tracks
        ]
        await search.update_search_texts(tx, [track.id for track in tracks], texts)
        after = tracks[-1].id


async def enqueue_track_like_recount(tx: Tx, event: UserSuspended | UserUnsuspended) -> None:
    """Enqueue a recount of the tracks that the member likes."""
    await enqueue(tx, RecountTrackLikes(event.user_id))


async def recount_track_likes(database: Database, job: RecountTrackLikes) -> None:
    """Remove a suspended member's likes from the counts of tracks, or add them again.

    Safe to run twice, concurrently or late: see `recount_in_parts`.
    """
    await accounts.recount_in_parts(database, job.liker_id, service.update_hidden_likes)


async def sweep_plays(database: Database) -> None:
    """Delete plays that are too old to decide whether another one counts."""
    async with database.transaction() as tx:
        await plays.delete_old_plays(tx, _PLAYS_KEPT)
