"""What this domain keeps of a person: to hand out, and to erase."""

from msgspec import Struct

from veza.core.ids import UserId
from veza.domains.tracks import queries
from veza.domains.tracks.events import TrackDeleted
from veza.domains.tracks.models import NamedTrack, StoredComment
from veza.infra.db import Conn, Tx
from veza.infra.outbox import emit

# Tables that hold a person's id, or hang on one that does.
TABLES = ("tracks", "track_likes", "track_comments", "track_plays")


class PersonalTracks(Struct, frozen=True):
    """A member's tracks and comments."""

    tracks: list[NamedTrack]
    comments: list[StoredComment]


async def export(conn: Conn, user_id: UserId) -> PersonalTracks:
    """Hand out what a member uploaded and wrote."""
    tracks: list[NamedTrack] = []
    while page := await queries.list_named_tracks(conn, user_id, tracks[-1].id if tracks else None):
        tracks += page
    comments: list[StoredComment] = []
    while found := await queries.list_comments_of(
        conn, user_id, comments[-1].id if comments else None
    ):
        comments += found
    return PersonalTracks(tracks, comments)


async def erase(tx: Tx, user_id: UserId) -> None:
    """Erase a member's tracks, likes, comments and plays; counts of others' tracks stay exact."""
    await queries.delete_likes_of(tx, user_id)
    await queries.delete_comments_of(tx, user_id)
    await queries.delete_plays_of(tx, user_id)
    while page := await queries.list_named_tracks(tx, user_id, None):
        for track in page:
            await queries.delete_track(tx, track.id)
            await emit(tx, TrackDeleted(track.id))
