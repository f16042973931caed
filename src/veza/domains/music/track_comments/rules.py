"""Decisions without I/O: everything here can be tested with plain values."""

from veza.core.access import Member, Role
from veza.domains.music.track_comments.models import Comment, StoredComment
from veza.domains.music.tracks.models import Artist, StoredTrack


def can_delete_comment(comment: StoredComment, track: StoredTrack, member: Member) -> bool:
    """Tell whether a member may delete a comment: author, track's owner, and staff."""
    is_staff = member.role in {Role.MODERATOR, Role.ADMIN}
    return is_staff or member.id in {comment.author_id, track.owner_id}


def show_comment(comment: StoredComment) -> Comment:
    """Show a comment."""
    position = comment.position_ms
    return Comment(
        id=comment.id,
        track_id=comment.track_id,
        author=Artist(comment.author_id, comment.username),
        content=comment.content,
        position_seconds=None if position is None else position / 1000,
        created_at=comment.created_at,
    )
