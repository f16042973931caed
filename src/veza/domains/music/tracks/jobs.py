"""Announces published tracks, updates the search of tracks and artists, and deletes old plays."""

from datetime import timedelta

from veza.domains.music.tracks.events import TrackPublished
from veza.domains.music.tracks.queries import announcements, late_plays, plays, search
from veza.domains.music.tracks.service import track_search
from veza.domains.music.tracks.service.track_plays import LATE_WITHIN
from veza.domains.relationships.events import UserFollowed
from veza.infra.jobs.outbox import emit
from veza.infra.postgres.database import Database, Tx
from veza.infra.postgres.search_index import refresh_indexes
from veza.infra.postgres.word_counts import recount_dictionaries

# Longer than the half hour after which a play counts again.
_PLAYS_KEPT = timedelta(hours=2)
# Longer than the time in which they are taken.
_LATE_PLAYS_KEPT = LATE_WITHIN + timedelta(days=1)
# Long enough to put a new track on a release, or to correct or hide it, before followers are told.
ANNOUNCED_AFTER = timedelta(minutes=10)
_BATCH = 100
_INDEXES = (search.TRACKS, search.ARTISTS)


async def refresh_search(database: Database) -> None:
    """Update the popularity of tracks and artists in the search; remove those not found now."""
    async with database.transaction(recorded=False) as tx:
        await search.delete_unknown_artists(tx)
    await refresh_indexes(database, _INDEXES)


async def index_followed(tx: Tx, event: UserFollowed) -> None:
    """Index a member whom somebody follows for searches."""
    await track_search.index_followed(tx, event.followed_id)


async def recount_search_words(database: Database) -> None:
    """Count how many tracks and artists have each word."""
    await recount_dictionaries(database, _INDEXES)


async def announce_published(database: Database) -> None:
    """Emit which tracks have been public long enough without a release, each once.

    It may run twice, and be killed: what is decided is committed with the events.
    """
    while True:
        async with database.transaction(recorded=False) as tx:
            decided = await announcements.decide_due(tx, ANNOUNCED_AFTER, limit=_BATCH)
            for each in decided:
                if each.is_announced:
                    await emit(tx, TrackPublished(each.track_id, each.owner_id))
        if len(decided) < _BATCH:
            return


async def sweep_plays(database: Database) -> None:
    """Delete plays that are too old to decide whether a new play counts."""
    async with database.transaction() as tx:
        await plays.delete_old_plays(tx, _PLAYS_KEPT)
        await late_plays.delete_old_late_plays(tx, _LATE_PLAYS_KEPT)
