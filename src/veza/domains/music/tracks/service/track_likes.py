"""A like counts once per member."""

from veza.core.access import Member
from veza.core.errors import Unauthenticated
from veza.core.ids import TrackId
from veza.domains.auth.accounts.models import RecountBatch
from veza.domains.music.tracks import shared_queries as track_queries
from veza.domains.music.tracks.events import TrackLiked
from veza.domains.music.tracks.models.tracks import LikeState
from veza.domains.music.tracks.queries import likes, single_statements
from veza.domains.music.tracks.service import visible_tracks
from veza.infra.jobs.outbox import emit
from veza.infra.postgres.database import Database, Tx


async def like_at_once(database: Database, track_id: TrackId, liker: Member) -> LikeState:
    """Like a track in a single statement, or in a transaction if nothing would change."""
    count = await single_statements.insert_like(database, track_id, liker.id)
    if count is not None:
        return LikeState(liked=True, likes_count=count)
    return await database.transact(lambda tx: like(tx, track_id, liker))


async def unlike_at_once(database: Database, track_id: TrackId, liker: Member) -> LikeState:
    """Delete a like in a single statement, or in a transaction if nothing would change."""
    count = await single_statements.delete_like(database, track_id, liker.id)
    if count is not None:
        return LikeState(liked=False, likes_count=count)
    return await database.transact(lambda tx: unlike(tx, track_id, liker))


async def like(tx: Tx, track_id: TrackId, liker: Member) -> LikeState:
    """Like a track, if the member doesn't like it already."""
    track = await visible_tracks.lock_visible(tx, track_id, liker.id)
    count = await likes.insert_like(tx, track_id, liker.id)
    if count is not None:
        await emit(tx, TrackLiked(track_id, liker.id, track.owner_id))
        return LikeState(liked=True, likes_count=count)
    state = await likes.find_like_state(tx, track_id, liker.id)
    if state is None or not state.liked:
        # The account was deleted or suspended after the token was issued.
        raise Unauthenticated
    return state


async def unlike(tx: Tx, track_id: TrackId, liker: Member) -> LikeState:
    """Delete the member's like of a track, if there is one."""
    track = await visible_tracks.lock_visible(tx, track_id, liker.id)
    count = await likes.delete_like(tx, track_id, liker.id)
    return LikeState(liked=False, likes_count=track.likes_count if count is None else count)


async def update_hidden_likes(tx: Tx, batch: RecountBatch[TrackId]) -> list[TrackId]:
    """Hide or show the next batch of a member's likes; return the tracks."""
    track_ids = await likes.list_liked_tracks(tx, batch.user_id, batch.after)
    await track_queries.lock_counts(tx, track_ids)
    await likes.update_hidden(tx, batch.user_id, track_ids, hide=batch.hide)
    return track_ids
