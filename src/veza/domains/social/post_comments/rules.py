"""Decisions without I/O: everything here can be tested with plain values."""

from collections import Counter
from collections.abc import Iterable

from veza.core.access import Member, Role
from veza.core.ids import PostCommentId, PostId
from veza.domains.social.post_comments.models import (
    NewPostComment,
    PostComment,
    PostCommentCount,
    StoredPostComment,
)
from veza.domains.social.posts.models import PostAuthor


def can_delete_comment(comment: StoredPostComment, member: Member) -> bool:
    """Tell whether a member may delete a comment: author, post's author, and staff."""
    is_staff = member.role in {Role.MODERATOR, Role.ADMIN}
    return is_staff or member.id in {comment.author_id, comment.post_author_id}


def thread_of(parent: StoredPostComment) -> PostCommentId:
    """Tell which thread a reply belongs to: that of the comment to which it replies."""
    return parent.parent_id or parent.id


def show_comment(comment: StoredPostComment) -> PostComment:
    """Show a comment, or the gap that it leaves."""
    author = None
    if comment.is_shown and comment.author_id is not None and comment.username is not None:
        author = PostAuthor(comment.author_id, comment.username)
    return PostComment(
        id=comment.id,
        post_id=comment.post_id,
        parent_id=comment.parent_id,
        author=author,
        content=comment.content if comment.is_shown else None,
        replies_count=comment.replies_count,
        created_at=comment.created_at,
    )


def show_new_comment(comment: NewPostComment, username: str) -> PostComment:
    """Show a comment that was written just now."""
    return PostComment(
        id=comment.id,
        post_id=comment.post_id,
        parent_id=comment.parent_id,
        author=PostAuthor(comment.author_id, username),
        content=comment.content,
        replies_count=0,
        created_at=comment.created_at,
    )


def sum_by_post(tallies: Iterable[PostCommentCount]) -> dict[PostId, int]:
    """Add up what happened on each post."""
    sums: Counter[PostId] = Counter()
    for tally in tallies:
        sums[tally.post_id] += tally.comments
    return sums


def sum_by_thread(tallies: Iterable[PostCommentCount]) -> dict[PostCommentId, int]:
    """Add up what happened in each thread, below the comment that begins it."""
    sums: Counter[PostCommentId] = Counter()
    for tally in tallies:
        if tally.parent_id is not None:
            sums[tally.parent_id] += tally.comments
    return sums
