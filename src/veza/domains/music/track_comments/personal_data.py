"""Exports and erases comments; the counts of tracks stay exact."""

from veza.core.ids import UserId
from veza.domains.music.track_comments import queries, service
from veza.domains.music.track_comments.models import TrackCommentRef
from veza.domains.music.tracks import shared_queries as track_queries
from veza.infra.postgres.database import Tx

# Tables with a user's id, or with rows that belong to such a row.
TABLES = ("track_comments",)

export = queries.list_comments_of


async def erase(tx: Tx, user_id: UserId) -> None:
    """Delete a member's comments; the counts of tracks stay exact."""
    after: TrackCommentRef | None = None
    while comments := await queries.list_comment_refs(tx, user_id, after):
        await track_queries.lock_tracks(tx, [comment.track_id for comment in comments])
        await service.delete_comments(tx, [comment.id for comment in comments])
        after = comments[-1]
