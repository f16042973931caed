"""What this domain announces to the others."""

from msgspec import Struct

from veza.core.ids import PostId, UserId


class PostPublished(Struct, frozen=True):
    """A post is there; `mentions` are the names that its text calls, in lower case."""

    post_id: PostId
    author_id: UserId
    mentions: list[str]


class PostLiked(Struct, frozen=True):
    """Somebody likes a post, who didn't before."""

    post_id: PostId
    liker_id: UserId
    author_id: UserId
