"""Comments on tracks, optionally at a position."""

from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct

from veza.core.ids import CommentId, TrackId, UserId
from veza.core.people import Appearance
from veza.domains.auth.accounts.models import NamedMember

CommentText = Annotated[str, Meta(min_length=1, max_length=2000, examples=["That bass!"])]
Seconds = Annotated[float, Meta(ge=0, le=1_000_000)]


class CommentForm(Struct, frozen=True):
    """A comment on a track, optionally at a position."""

    content: CommentText
    position_seconds: Seconds | None = None


class TrackCommentRef(Struct, frozen=True):
    """The ids of a comment and its track."""

    id: CommentId
    track_id: TrackId


class NewComment(TrackCommentRef, frozen=True):
    """The row of a new comment."""

    author_id: UserId
    content: str
    position_ms: int | None
    created_at: datetime


class StoredComment(NewComment, frozen=True):
    """A row of `track_comments` with its author's name and picture."""

    username: str
    appearance: Appearance


class Comment(TrackCommentRef, frozen=True):
    """A comment on a track."""

    author: NamedMember
    content: str
    position_seconds: float | None
    created_at: datetime


class CommentPage(Struct, frozen=True):
    """A page of comments, newest first."""

    comments: list[Comment]
    next_cursor: str | None
    has_more: bool


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
    """The number of comments on a track that a statement changed."""

    track_id: TrackId
    comments: int
