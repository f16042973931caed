"""A member's ratings, likes, plays and bookmarks of tracks, for lists of other domains."""

from collections.abc import Sequence

from veza.core.access import Member
from veza.core.ids import TrackId
from veza.domains.music.library.models import TrackState
from veza.domains.music.library.queries import tracks as queries
from veza.domains.music.tracks.service import visible_tracks
from veza.infra.postgres.database import Conn


async def find_states(
    conn: Conn, member: Member, track_ids: Sequence[TrackId]
) -> dict[TrackId, TrackState]:
    """Return the member's rating, like, plays and bookmark of each of these tracks, in one query.

    Whether the member may see the tracks is up to the caller.
    """
    if not track_ids:
        return {}
    found = await queries.list_states(conn, member.id, track_ids)
    states = {track_id: TrackState(track_id) for track_id in track_ids}
    return states | {state.track_id: state for state in found}


async def get_state(conn: Conn, track_id: TrackId, member: Member) -> TrackState:
    """Return what a member did with a track that they may see. Raises TrackNotFound."""
    await visible_tracks.get_visible(conn, track_id, member.id)
    return (await find_states(conn, member, [track_id]))[track_id]
