"""Announces a comment on a track, with the members whom it mentions."""

from msgspec import Struct

from veza.core.ids import CommentId, TrackId, UserId


class TrackCommented(Struct, frozen=True):
    """A member commented on a track; `mentions` are the mentioned usernames, in lower case."""

    comment_id: CommentId
    track_id: TrackId
    author_id: UserId
    owner_id: UserId
    mentions: list[str] = []
