"""Reactions to events, and jobs."""

from datetime import timedelta

from veza.domains.auth.accounts.events import UserRenamed
from veza.domains.music.tracks import rules
from veza.domains.music.tracks.queries import plays, search
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


async def sweep_plays(database: Database) -> None:
    """Delete plays that are too old to decide whether a new play counts."""
    async with database.transaction() as tx:
        await plays.delete_old_plays(tx, _PLAYS_KEPT)
