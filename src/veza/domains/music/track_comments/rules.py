"""A comment is deleted by its author, the track's owner, or staff."""

from veza.core.access import Member, Role
from veza.core.structs import copy_fields
from veza.domains.auth.accounts.models import NamedMember, show_named_member
from veza.domains.music.track_comments.models import Comment, NewComment, StoredComment
from veza.domains.music.tracks.models.tracks import StoredTrack


def can_delete_comment(comment: StoredComment, track: StoredTrack, member: Member) -> bool:
    """Return whether a member may delete a comment: its author, the track's owner, or staff."""
    is_staff = member.role in {Role.MODERATOR, Role.ADMIN}
    return is_staff or member.id in {comment.author_id, track.owner_id}


def show_comment(comment: StoredComment) -> Comment:
    """Return the response for a comment."""
    author = show_named_member(comment.author_id, comment.username, comment.appearance)
    return show_new_comment(comment, author)


def show_new_comment(comment: NewComment, author: NamedMember) -> Comment:
    """Return the response for a comment of a member."""
    position = comment.position_ms
    return copy_fields(
        Comment,
        comment,
        author=author,
        position_seconds=None if position is None else position / 1000,
    )
