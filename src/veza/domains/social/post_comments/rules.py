"""A comment is deleted by its author, the post's author or staff; hidden ones show nothing."""

from collections import Counter
from collections.abc import Callable, Iterable

from veza.core.access import Member, Role
from veza.core.structs import copy_fields
from veza.domains.auth.accounts.models import NamedMember, name_member
from veza.domains.social.post_comments.models import (
    NewPostComment,
    PostComment,
    PostCommentCount,
    StoredPostComment,
)


def can_delete_comment(comment: StoredPostComment, member: Member) -> bool:
    """Return whether a member may delete a comment: its author, the post's author, or staff."""
    is_staff = member.role in {Role.MODERATOR, Role.ADMIN}
    return is_staff or member.id in {comment.author_id, comment.post_author_id}


def show_comment(comment: StoredPostComment) -> PostComment:
    """Return the response for a comment, without author and content if it is hidden."""
    author = name_member(comment.author_id, comment.username, comment.appearance)
    content = comment.content if comment.is_shown else None
    shown = author if comment.is_shown else None
    return copy_fields(PostComment, comment, author=shown, content=content)


def show_new_comment(comment: NewPostComment, author: NamedMember) -> PostComment:
    """Return the response for a comment that was just created."""
    return copy_fields(PostComment, comment, author=author, replies_count=0)


def sum_counts[Id](
    counts: Iterable[PostCommentCount], id_of: Callable[[PostCommentCount], Id | None]
) -> dict[Id, int]:
    """Sum the counts by an id, without those that have none."""
    sums: Counter[Id] = Counter()
    for count in counts:
        if (found := id_of(count)) is not None:
            sums[found] += count.comments
    return sums
