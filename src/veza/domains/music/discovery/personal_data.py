"""Erasing removes a member from the similar artists of others."""

from veza.core.ids import UserId
from veza.domains.music.discovery.queries import artists
from veza.infra.postgres.database import Tx

# Tables with a user's id, or with rows that belong to such a row.
TABLES = ("similar_artists", "similar_tracks", "stale_artists", "stale_tracks", "track_draws")

export = artists.list_personal_artists


async def erase(tx: Tx, user_id: UserId) -> None:
    """Delete a member from the similar artists of others; the rest is deleted with the tracks."""
    await artists.delete_artist(tx, user_id)


async def move(tx: Tx, _: UserId, into_id: UserId) -> None:
    """Mark a profile that got tracks, so that its similar artists are computed again."""
    await artists.insert_stale(tx, into_id)
