"""What this domain keeps of a person: to hand out, and to erase."""

from veza.core.ids import UserId
from veza.domains.music.tracks import queries
from veza.domains.music.tracks.events import TrackDeleted
from veza.domains.music.tracks.models import PersonalTrack, PersonalTracks, TrackActivity
from veza.infra.jobs.outbox import emit
from veza.infra.postgres.database import Conn, Tx

# Tables that hold a person's id, or hang on one that does.
TABLES = ("tracks", "track_likes", "track_plays")


async def export(conn: Conn, user_id: UserId) -> PersonalTracks:
    """Hand out what a member uploaded, and what they like and heard."""
    tracks: list[PersonalTrack] = []
    while page := await queries.list_own_tracks(conn, user_id, tracks[-1].id if tracks else None):
        tracks += page
    traces: list[TrackActivity] = []
    while found := await queries.list_traces(conn, user_id, traces[-1] if traces else None):
        traces += found
    return PersonalTracks(tracks, traces)


async def erase(tx: Tx, user_id: UserId) -> None:
    """Erase a member's tracks, likes and plays; counts of others' tracks stay exact."""
    await queries.delete_likes_of(tx, user_id)
    await queries.delete_plays_of(tx, user_id)
    while page := await queries.list_own_tracks(tx, user_id, None):
        for track in page:
            await queries.delete_track(tx, track.id)
            await emit(tx, TrackDeleted(track.id))
