"""Exports and erases comments; replies to them stay, and counts stay exact."""

from veza.core.ids import UserId
from veza.domains.social.post_comments import queries, service
from veza.domains.social.post_comments.models import PostCommentRef
from veza.domains.social.posts import shared_queries as post_queries
from veza.infra.postgres.database import Tx

# Tables with a user's id, or with rows that belong to such a row.
TABLES = ("post_comments",)

export = queries.list_personal_comments


async def erase(tx: Tx, user_id: UserId) -> None:
    """Delete a member's comments; replies stay, and the counts of posts stay exact."""
    after: PostCommentRef | None = None
    while comments := await queries.list_comment_refs(tx, user_id, after):
        await post_queries.lock_posts(tx, [each.post_id for each in comments])
        await service.delete_comments(tx, comments)
        after = comments[-1]


async def move(tx: Tx, user_id: UserId, into_id: UserId) -> None:
    """Make another profile the author of all comments of a page."""
    await queries.update_author(tx, user_id, into_id)
