"""What this domain keeps of a person: to hand out, and to erase."""

from veza.core.ids import UserId
from veza.domains.music.track_comments import queries, service
from veza.domains.music.track_comments.models import StoredComment, TrackCommentRef
from veza.domains.music.tracks import service as tracks
from veza.infra.postgres.database import Conn, Tx

# Tables that hold a person's id, or hang on one that does.
TABLES = ("track_comments",)


async def export(conn: Conn, user_id: UserId) -> list[StoredComment]:
    """Hand out what a member wrote."""
    comments: list[StoredComment] = []
    while found := await queries.list_comments_of(
        conn, user_id, comments[-1].id if comments else None
    ):
        comments += found
    return comments


async def erase(tx: Tx, user_id: UserId) -> None:
    """Erase what a member wrote; the counts of the tracks stay exact."""
    after: TrackCommentRef | None = None
    while places := await queries.list_comment_refs(tx, user_id, after):
        await tracks.lock_tracks(tx, [place.track_id for place in places])
        await service.delete_comments(tx, [place.id for place in places])
        after = places[-1]
