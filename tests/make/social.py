"""Makes social for tests, by the use cases of the application."""

from datetime import datetime

from veza.core.access import Member
from veza.core.clock import now
from veza.core.ids import PostCommentId, PostId, new_id
from veza.domains.social.post_comments.models import NewPostComment
from veza.domains.social.post_comments.queries import insert_comment
from veza.domains.social.posts import shared_queries as post_queries
from veza.domains.social.posts.models import NewPost
from veza.domains.social.posts.queries.posts import insert_post
from veza.infra.postgres.database import Tx


async def post(
    tx: Tx, author: Member, content: str = "Out now", *, at: datetime | None = None, **counts: int
) -> PostId:
    """Make a post that nobody hears of, at a moment of its own, with counts that are made up."""
    post_id = PostId(new_id())
    await insert_post(tx, NewPost(post_id, author.id, content, None, at or now()))
    for name, count in counts.items():
        await tx.run(f"update posts set {name} = $2 where id = $1", post_id, count)
    return post_id


async def post_comment(tx: Tx, author: Member, post_id: PostId) -> PostCommentId:
    """Make a comment on a post that nobody hears of, and count it."""
    comment_id = PostCommentId(new_id())
    comment = NewPostComment(comment_id, post_id, None, author.id, "Lovely", now())
    await insert_comment(tx, comment)
    await post_queries.add_to_comments_counts(tx, {post_id: 1})
    return comment_id
