"""What this domain announces to the others."""

from msgspec import Struct

from veza.core.ids import PostCommentId, PostId, UserId


class PostCommented(Struct, frozen=True):
    """Somebody commented on a post, or replied to a comment there, whose author is then named."""

    comment_id: PostCommentId
    post_id: PostId
    author_id: UserId
    post_author_id: UserId
    parent_author_id: UserId | None
    mentions: list[str]
