"""Announces comments on tracks, with whom they reply to and mention, and likes of comments."""

from msgspec import Struct

from veza.core.ids import CommentId, TrackId, UserId


class TrackCommented(Struct, frozen=True):
    """A member commented on a track; `mentions` are the mentioned usernames, in lower case.

    `parent_author_id` is set for a reply: the author of the comment that was replied to.
    """

    comment_id: CommentId
    track_id: TrackId
    author_id: UserId
    owner_id: UserId
    mentions: list[str] = []
    parent_author_id: UserId | None = None


class TrackCommentLiked(Struct, frozen=True):
    """A member liked a comment that they did not like before."""

    comment_id: CommentId
    track_id: TrackId
    liker_id: UserId
    author_id: UserId
    owner_id: UserId
