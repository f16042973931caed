"""What this domain announces to the others."""

from msgspec import Struct

from veza.core.ids import CommentId, TrackId, UserId


class TrackCommented(Struct, frozen=True):
    """Somebody commented on a track; `mentions` are the names it calls, in lower case."""

    comment_id: CommentId
    track_id: TrackId
    author_id: UserId
    owner_id: UserId
    mentions: list[str] = []
