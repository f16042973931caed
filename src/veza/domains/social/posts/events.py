"""Announces published and liked posts, with the members mentioned."""

from msgspec import Struct

from veza.core.ids import PostId, UserId


class PostPublished(Struct, frozen=True):
    """A member published a post; `mentions` are the mentioned usernames, in lower case."""

    post_id: PostId
    author_id: UserId
    mentions: list[str]


class PostLiked(Struct, frozen=True):
    """A member liked a post that they did not like before."""

    post_id: PostId
    liker_id: UserId
    author_id: UserId
