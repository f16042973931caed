"""What this domain keeps of a person: to hand out, and to erase."""

from veza.core.ids import UserId
from veza.domains.social.post_comments import queries, service
from veza.domains.social.post_comments.models import PersonalPostComment, PostCommentRef
from veza.domains.social.posts import service as posts
from veza.infra.postgres.database import Conn, Tx

# Tables that hold a person's id, or hang on one that does.
TABLES = ("post_comments",)


async def export(conn: Conn, user_id: UserId) -> list[PersonalPostComment]:
    """Hand out what a member wrote."""
    comments: list[PersonalPostComment] = []
    while found := await queries.list_personal_comments(
        conn, user_id, comments[-1].id if comments else None
    ):
        comments += found
    return comments


async def erase(tx: Tx, user_id: UserId) -> None:
    """Erase what a member wrote; replies of others stay, and the counts of posts exact."""
    after: PostCommentRef | None = None
    while places := await queries.list_comment_refs(tx, user_id, after):
        await posts.lock_posts(tx, [place.post_id for place in places])
        await service.delete_comments(tx, places)
        after = places[-1]
