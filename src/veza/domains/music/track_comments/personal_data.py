"""Exports and erases comments and likes; replies to them stay, and counts stay exact."""

from veza.core.ids import CommentId, UserId
from veza.domains.auth.accounts.models import RecountBatch
from veza.domains.music.track_comments import service
from veza.domains.music.track_comments.models import PersonalComments, TrackCommentRef
from veza.domains.music.track_comments.queries import likes, records
from veza.domains.music.tracks import shared_queries as track_queries
from veza.infra.postgres.database import Conn, Tx

# Tables with a user's id, or with rows that belong to such a row.
TABLES = ("track_comments", "track_comment_likes")


async def export(conn: Conn, user_id: UserId) -> PersonalComments:
    """Return a member's comments, and the comments that they like."""
    comments = await records.list_personal_comments(conn, user_id)
    liked: list[CommentId] = []
    while found := await likes.list_liked_comments(conn, user_id, liked[-1] if liked else None):
        liked += [each.id for each in found]
    return PersonalComments(comments, liked)


async def erase(tx: Tx, user_id: UserId) -> None:
    """Delete a member's comments and likes; replies stay, and all counts stay exact."""
    after: TrackCommentRef | None = None
    while liked := await service.update_hidden_likes(tx, RecountBatch(user_id, after, hide=True)):
        after = liked[-1]
    await likes.delete_hidden_likes(tx, user_id)
    last: TrackCommentRef | None = None
    while comments := await records.list_comment_refs(tx, user_id, last):
        await track_queries.lock_tracks(tx, [comment.track_id for comment in comments])
        await service.delete_comments(tx, [comment.id for comment in comments])
        last = comments[-1]


async def move(tx: Tx, user_id: UserId, into_id: UserId) -> None:
    """Make another profile the author of all comments of a page."""
    await records.update_author(tx, user_id, into_id)
