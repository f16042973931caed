"""Comments on posts, and replies, which are of the first comment of a thread."""

from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct

from veza.core.ids import PostCommentId, PostId, UserId
from veza.core.pages import Cursor
from veza.core.people import Appearance
from veza.domains.auth.accounts.models import NamedMember

PostCommentText = Annotated[
    str, Meta(min_length=1, max_length=2000, examples=["Where was it recorded?"])
]


class PostCommentForm(Struct, frozen=True):
    """A comment on a post, or a reply to the comment `parent_id`."""

    post_id: PostId
    content: PostCommentText
    parent_id: PostCommentId | None = None


class PostCommentRef(Struct, frozen=True):
    """The ids of a comment and its post."""

    id: PostCommentId
    post_id: PostId


class NewPostComment(PostCommentRef, frozen=True):
    """The row of a new comment; `parent_id` is the first comment of its thread."""

    parent_id: PostCommentId | None
    author_id: UserId
    content: str
    created_at: datetime


class StoredPostComment(PostCommentRef, frozen=True):
    """A row of `post_comments` with its author's name.

    `is_shown` is false if the comment is deleted, its author is suspended, or author and viewer
    block each other (in lists also if the viewer mutes the author).
    """

    post_author_id: UserId
    parent_id: PostCommentId | None
    author_id: UserId | None
    username: str | None
    appearance: Appearance
    content: str | None
    replies_count: int
    created_at: datetime
    is_shown: bool


class PostComment(PostCommentRef, frozen=True):
    """A comment on a post.

    `parent_id` is the first comment of the thread, for replies to replies too. `author` and
    `content` are null if a comment was deleted or is hidden but has replies.
    """

    parent_id: PostCommentId | None
    author: NamedMember | None
    content: str | None
    replies_count: int
    created_at: datetime


class PostCommentPage(Struct, frozen=True):
    """A page of comments, newest first, or of replies, oldest first."""

    comments: list[PostComment]
    next_cursor: str | None
    has_more: bool


class PostCommentQuery(Struct, frozen=True):
    """A page of the comments on a post, or of the replies to the comment `parent_id`."""

    post_id: PostId
    parent_id: PostCommentId | None = None
    limit: int = 20
    cursor: Cursor | None = None


class PostCommentEvidence(Struct, frozen=True):
    """A comment at the moment it was reported."""

    author_id: UserId
    username: str
    content: str
    post_id: PostId
    created_at: datetime


class PersonalPostComment(Struct, frozen=True):
    """A comment in its author's data export."""

    id: PostCommentId
    post_id: PostId
    content: str
    created_at: datetime


class PostCommentCount(Struct, frozen=True):
    """The number of counted comments that a statement changed: in a thread, or at the top level."""

    post_id: PostId
    parent_id: PostCommentId | None
    comments: int
