"""A comment is edited by its author, and deleted by them, the track's owner or staff."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable

from veza.core.access import Member, Role
from veza.core.ids import CommentId
from veza.core.structs import copy_fields
from veza.domains.auth.accounts.models import NamedMember, name_member
from veza.domains.music.track_comments.models import (
    Comment,
    CommentReply,
    NewComment,
    StoredComment,
    TrackCommentCount,
)
from veza.domains.music.tracks.models.tracks import StoredTrack


def can_delete_comment(comment: StoredComment, track: StoredTrack, member: Member) -> bool:
    """Return whether a member may delete a comment: its author, the track's owner, or staff."""
    is_staff = member.role in {Role.MODERATOR, Role.ADMIN}
    return is_staff or member.id in {comment.author_id, track.owner_id}


def show_comment(comment: StoredComment, replies: Iterable[CommentReply] = ()) -> Comment:
    """Return the response for a comment, without author and content if it is hidden."""
    return copy_fields(Comment, comment, **_shown_fields(comment), replies=list(replies))


def group_replies(replies: Iterable[StoredComment]) -> dict[CommentId, list[CommentReply]]:
    """Return the responses for replies, by the comment to which they belong."""
    grouped: defaultdict[CommentId, list[CommentReply]] = defaultdict(list)
    for reply in replies:
        assert reply.parent_id is not None
        grouped[reply.parent_id].append(
            copy_fields(CommentReply, reply, **_shown_fields(reply)),
        )
    return grouped


def show_new_comment(comment: NewComment, author: NamedMember) -> Comment:
    """Return the response for a comment that was just created."""
    return copy_fields(
        Comment,
        comment,
        author=author,
        position_seconds=_seconds(comment.position_ms),
        likes_count=0,
        liked=False,
        edited_at=None,
        replies_count=0,
        replies=[],
    )


def sum_counts[Id](
    counts: Iterable[TrackCommentCount], id_of: Callable[[TrackCommentCount], Id | None]
) -> dict[Id, int]:
    """Sum the counts by an id, without those that have none."""
    sums: Counter[Id] = Counter()
    for count in counts:
        if (found := id_of(count)) is not None:
            sums[found] += count.comments
    return sums


def _shown_fields(comment: StoredComment) -> dict[str, object]:
    """Return the fields of a response that differ from those of the row."""
    author = name_member(comment.author_id, comment.username, comment.appearance)
    return {
        "author": author if comment.is_shown else None,
        "content": comment.content if comment.is_shown else None,
        "position_seconds": _seconds(comment.position_ms),
    }


def _seconds(position_ms: int | None) -> float | None:
    return None if position_ms is None else position_ms / 1000
