"""The nouns of the domain, as they are stored and as they are shown."""

from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct

from veza.core.ids import PostCommentId, PostId, UserId
from veza.core.pages import Cursor
from veza.domains.social.posts.models import PostAuthor

PostCommentText = Annotated[
    str, Meta(min_length=1, max_length=2000, examples=["Where was it recorded?"])
]


class PostCommentForm(Struct, frozen=True):
    """A comment on a post, or a reply to a comment there."""

    post_id: PostId
    content: PostCommentText
    parent_id: PostCommentId | None = None


class NewPostComment(Struct, frozen=True):
    """What is written for a new comment; its parent is the one that the thread hangs on."""

    id: PostCommentId
    post_id: PostId
    parent_id: PostCommentId | None
    author_id: UserId
    content: str
    created_at: datetime


class StoredPostComment(Struct, frozen=True):
    """A comment as it is stored, with the name of its author.

    It isn't shown once it is deleted, while its author is suspended, or to whom its author and the
    viewer don't want to hear of each other.
    """

    id: PostCommentId
    post_id: PostId
    post_author_id: UserId
    parent_id: PostCommentId | None
    author_id: UserId | None
    username: str | None
    content: str | None
    replies_count: int
    created_at: datetime
    is_shown: bool


class PostComment(Struct, frozen=True):
    """A comment as it is shown.

    `parent_id` is the comment that a reply belongs to: a reply to a reply belongs to the same.
    `author` and `content` are null where a comment isn't there any more but its replies are.
    """

    id: PostCommentId
    post_id: PostId
    parent_id: PostCommentId | None
    author: PostAuthor | None
    content: str | None
    replies_count: int
    created_at: datetime


class PostCommentPage(Struct, frozen=True):
    """One page of comments, newest first, or of replies, oldest first."""

    comments: list[PostComment]
    next_cursor: str | None
    has_more: bool


class PostCommentQuery(Struct, frozen=True):
    """Which page is asked for: of the comments on a post, or of the replies to one."""

    post_id: PostId
    parent_id: PostCommentId | None = None
    limit: int = 20
    cursor: Cursor | None = None


class DeletedPostComment(Struct, frozen=True):
    """Which comment was deleted."""

    id: PostCommentId


class PostCommentEvidence(Struct, frozen=True):
    """What a comment said when it was reported, and on which post."""

    author_id: UserId
    username: str
    content: str
    post_id: PostId
    created_at: datetime


class PersonalPostComment(Struct, frozen=True):
    """A comment as its author gets it with their data."""

    id: PostCommentId
    post_id: PostId
    content: str
    created_at: datetime


class PostCommentRef(Struct, frozen=True):
    """Which comment it is, and on which post."""

    id: PostCommentId
    post_id: PostId


class PostCommentCount(Struct, frozen=True):
    """How many shown comments of a thread something happened to, or of those that begin one."""

    post_id: PostId
    parent_id: PostCommentId | None
    comments: int


class RecountPostComments(Struct, frozen=True):
    """Have the counts of posts leave out what a member wrote, or not, as it is right now."""

    author_id: UserId
