"""Work done after the fact."""

from datetime import timedelta

from veza.domains.auth.accounts.events import UserRenamed
from veza.domains.music.tracks import queries, rules
from veza.infra.postgres.database import Database, Tx

# A play counts again after half an hour, so older rows decide nothing.
_PLAYS_KEPT = timedelta(hours=2)


async def reindex_artist(tx: Tx, event: UserRenamed) -> None:
    """Have the tracks of an artist found under the new name."""
    after = None
    while named := await queries.lock_named_tracks(tx, event.user_id, after):
        texts = [
            rules.search_text(track.title, event.username, track.genre, track.tags)
            for track in named
        ]
        await queries.update_search_texts(tx, [track.id for track in named], texts)
        after = named[-1].id


async def sweep_plays(database: Database) -> None:
    """Forget who listened to what, once it decides nothing any more."""
    async with database.transaction() as tx:
        await queries.delete_old_plays(tx, _PLAYS_KEPT)
