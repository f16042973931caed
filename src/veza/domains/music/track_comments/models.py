"""The nouns of the domain, as they are stored and as they are shown."""

from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct

from veza.core.ids import CommentId, TrackId, UserId
from veza.domains.music.tracks.models import Artist

CommentText = Annotated[str, Meta(min_length=1, max_length=2000, examples=["That bass!"])]
Seconds = Annotated[float, Meta(ge=0, le=1_000_000)]


class CommentForm(Struct, frozen=True):
    """A comment, at a place of the track where one is given."""

    content: CommentText
    position_seconds: Seconds | None = None


class NewComment(Struct, frozen=True):
    """What is written for a new comment."""

    id: CommentId
    track_id: TrackId
    author_id: UserId
    content: str
    position_ms: int | None
    created_at: datetime


class StoredComment(NewComment, frozen=True):
    """A comment as it is stored, with the name of its author."""

    username: str


class Comment(Struct, frozen=True):
    """A comment as it is shown."""

    id: CommentId
    track_id: TrackId
    author: Artist
    content: str
    position_seconds: float | None
    created_at: datetime


class TrackCommentRef(Struct, frozen=True):
    """Where a comment is found."""

    id: CommentId
    track_id: TrackId


class CommentPage(Struct, frozen=True):
    """One page of comments, newest first."""

    comments: list[Comment]
    next_cursor: str | None
    has_more: bool


class CommentEvidence(Struct, frozen=True):
    """What a comment said when it was reported, and on which track."""

    author_id: UserId
    username: str
    content: str
    position_ms: int | None
    track_id: TrackId
    track_title: str
    created_at: datetime


class DeletedComment(Struct, frozen=True):
    """Which comment was deleted."""

    id: CommentId


class TrackCommentCount(Struct, frozen=True):
    """How many comments of a track something happened to."""

    track_id: TrackId
    comments: int


class RecountTrackComments(Struct, frozen=True):
    """Have the counts of tracks leave out what a member wrote, or not, as it is right now."""

    author_id: UserId
