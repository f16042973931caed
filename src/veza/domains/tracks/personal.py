"""What this domain keeps of a person: to hand out, and to erase."""

from veza.core.ids import UserId
from veza.domains.tracks import queries
from veza.domains.tracks.events import TrackDeleted
from veza.domains.tracks.models import NamedTrack
from veza.infra.db import Conn, Tx
from veza.infra.outbox import emit

# Tables that hold a person's id, or hang on one that does.
TABLES = ("tracks", "track_likes", "track_plays")


async def export(conn: Conn, user_id: UserId) -> list[NamedTrack]:
    """Hand out what a member uploaded."""
    tracks: list[NamedTrack] = []
    while page := await queries.list_named_tracks(conn, user_id, tracks[-1].id if tracks else None):
        tracks += page
    return tracks


async def erase(tx: Tx, user_id: UserId) -> None:
    """Erase a member's tracks, likes and plays; counts of others' tracks stay exact."""
    await queries.delete_likes_of(tx, user_id)
    await queries.delete_plays_of(tx, user_id)
    while page := await queries.list_named_tracks(tx, user_id, None):
        for track in page:
            await queries.delete_track(tx, track.id)
            await emit(tx, TrackDeleted(track.id))
