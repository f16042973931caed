"""Comments on tracks, optionally at a position, and replies, which are of a first comment."""

from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct

from veza.core.ids import CommentId, TrackId, UserId
from veza.core.pages import Cursor
from veza.core.people import Appearance
from veza.domains.auth.accounts.models import NamedMember

# Replies that are shown with the comment that they belong to.
REPLIES_SHOWN = 3

CommentText = Annotated[str, Meta(min_length=1, max_length=2000, examples=["That bass!"])]
Seconds = Annotated[float, Meta(ge=0, le=1_000_000)]


class CommentForm(Struct, frozen=True):
    """A comment on a track, optionally at a position, or a reply to the comment `parent_id`."""

    content: CommentText
    position_seconds: Seconds | None = None
    parent_id: Annotated[
        CommentId | None, Meta(description="A comment on the same track.", examples=[None])
    ] = None


class CommentChange(Struct, frozen=True):
    """The new text of a comment."""

    content: CommentText


class TrackCommentRef(Struct, frozen=True):
    """The ids of a comment and its track."""

    id: CommentId
    track_id: TrackId


class OwnedComment(Struct, frozen=True):
    """A comment with its track, author and text."""

    track_id: TrackId
    author_id: UserId
    content: str


class NewComment(TrackCommentRef, frozen=True):
    """The row of a new comment; `parent_id` is the first comment of its thread."""

    parent_id: CommentId | None
    author_id: UserId
    content: str
    position_ms: int | None
    created_at: datetime


class StoredComment(TrackCommentRef, frozen=True):
    """A row of `track_comments` with its author's name and picture, as a viewer sees it.

    `is_shown` is false if the comment is deleted, its author is suspended, or author and viewer
    block each other (in lists also if the viewer mutes the author).
    """

    parent_id: CommentId | None
    author_id: UserId | None
    username: str | None
    appearance: Appearance
    content: str | None
    position_ms: int | None
    replies_count: int
    likes_count: int
    liked: bool
    created_at: datetime
    edited_at: datetime | None
    is_shown: bool


class CommentReply(TrackCommentRef, frozen=True):
    """A comment on a track, or a reply to one.

    `parent_id` is the first comment of the thread, for replies to replies too.
    """

    parent_id: CommentId | None
    author: NamedMember | None
    content: str | None
    position_seconds: float | None
    likes_count: int
    liked: bool
    created_at: datetime
    edited_at: datetime | None


class Comment(CommentReply, frozen=True):
    """A comment on a track, with up to three of its replies, oldest first.

    `author` and `content` are null if a comment was deleted or is hidden but has replies.
    """

    replies_count: int
    replies: list[CommentReply]


class CommentPage(Struct, frozen=True):
    """A page of comments, newest first, or of replies, oldest first."""

    comments: list[Comment]
    next_cursor: str | None
    has_more: bool


class CommentQuery(Struct, frozen=True):
    """A page of the comments on a track, or of the replies to the comment `parent_id`."""

    track_id: TrackId
    parent_id: CommentId | None = None
    limit: int = 20
    cursor: Cursor | None = None


class CommentEvidence(Struct, frozen=True):
    """A comment at the moment it was reported."""

    author_id: UserId
    username: str
    content: str
    position_ms: int | None
    track_id: TrackId
    track_title: str
    created_at: datetime


class TrackCommentCount(Struct, frozen=True):
    """The number of counted comments that a statement changed: in a thread, or first ones."""

    track_id: TrackId
    parent_id: CommentId | None
    comments: int


class PersonalComment(TrackCommentRef, frozen=True):
    """A comment in its author's data export."""

    parent_id: CommentId | None
    content: str
    position_ms: int | None
    created_at: datetime
    edited_at: datetime | None


class PersonalComments(Struct, frozen=True):
    """A member's comments on tracks, and the comments that they like."""

    comments: list[PersonalComment]
    liked: list[CommentId]
