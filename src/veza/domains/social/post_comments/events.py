"""Announces a comment on a post, with the author replied to and members mentioned."""

from msgspec import Struct

from veza.core.ids import PostCommentId, PostId, UserId


class PostCommented(Struct, frozen=True):
    """A member commented on a post; `parent_author_id` is set for a reply to a comment."""

    comment_id: PostCommentId
    post_id: PostId
    author_id: UserId
    post_author_id: UserId
    parent_author_id: UserId | None
    mentions: list[str]
