"""Pure functions of comments: permissions, sums and responses."""

from collections import Counter
from collections.abc import Iterable

from veza.core.access import Member, Role
from veza.core.ids import PostCommentId, PostId
from veza.core.structs import copy_fields
from veza.domains.social.post_comments.models import (
    NewPostComment,
    PostComment,
    PostCommentCount,
    StoredPostComment,
)
from veza.domains.social.posts.models import PostAuthor


def can_delete_comment(comment: StoredPostComment, member: Member) -> bool:
    """Return whether a member may delete a comment: its author, the post's author, or staff."""
    is_staff = member.role in {Role.MODERATOR, Role.ADMIN}
    return is_staff or member.id in {comment.author_id, comment.post_author_id}


def show_comment(comment: StoredPostComment) -> PostComment:
    """Return the response for a comment, without author and content if it is hidden."""
    author = None
    if comment.is_shown and comment.author_id is not None and comment.username is not None:
        author = PostAuthor(comment.author_id, comment.username)
    content = comment.content if comment.is_shown else None
    return copy_fields(PostComment, comment, author=author, content=content)


def show_new_comment(comment: NewPostComment, username: str) -> PostComment:
    """Return the response for a comment that was just created."""
    author = PostAuthor(comment.author_id, username)
    return copy_fields(PostComment, comment, author=author, replies_count=0)


def sum_by_post(counts: Iterable[PostCommentCount]) -> dict[PostId, int]:
    """Sum the counts by post."""
    sums: Counter[PostId] = Counter()
    for count in counts:
        sums[count.post_id] += count.comments
    return sums


def sum_by_thread(counts: Iterable[PostCommentCount]) -> dict[PostCommentId, int]:
    """Sum the counts of replies by the first comment of their thread."""
    sums: Counter[PostCommentId] = Counter()
    for count in counts:
        if count.parent_id is not None:
            sums[count.parent_id] += count.comments
    return sums
