"""Pure functions of comments on posts."""

from uuid import uuid4

from msgspec import structs

from tests.domains.music.tracks.rules_steps import NOW, member
from veza.core.access import Role
from veza.core.ids import PostCommentId, PostId
from veza.core.people import NO_APPEARANCE
from veza.domains.social.post_comments import rules
from veza.domains.social.post_comments.models import PostCommentCount, StoredPostComment

WRITER, AUTHOR = member(), member()
COMMENT = StoredPostComment(
    id=PostCommentId(uuid4()),
    post_id=PostId(uuid4()),
    post_author_id=AUTHOR.id,
    parent_id=None,
    author_id=WRITER.id,
    username="bo",
    appearance=NO_APPEARANCE,
    content="Words",
    replies_count=2,
    created_at=NOW,
    is_shown=True,
)


def test_writer_author_and_staff_may_delete_a_comment():
    assert rules.can_delete_comment(COMMENT, WRITER)
    assert rules.can_delete_comment(COMMENT, AUTHOR)
    assert rules.can_delete_comment(COMMENT, member(Role.MODERATOR))
    assert rules.can_delete_comment(COMMENT, member(Role.ADMIN))
    assert not rules.can_delete_comment(COMMENT, member())
    assert not rules.can_delete_comment(COMMENT, member(Role.CREATOR))


def test_a_placeholder_has_neither_author_nor_content():
    shown = rules.show_comment(COMMENT)
    gap = rules.show_comment(structs.replace(COMMENT, is_shown=False))

    assert shown.author is not None
    assert (shown.author.username, shown.content) == ("bo", "Words")
    assert (gap.author, gap.content) == (None, None)
    assert (gap.id, gap.replies_count) == (shown.id, 2)


def test_counts_are_summed_by_post_and_by_thread():
    one, two = PostId(uuid4()), PostId(uuid4())
    thread = PostCommentId(uuid4())
    tallies = [
        PostCommentCount(one, None, 1),
        PostCommentCount(one, thread, 2),
        PostCommentCount(two, None, -1),
    ]

    assert rules.sum_counts(tallies, lambda each: each.post_id) == {one: 3, two: -1}
    assert rules.sum_counts(tallies, lambda each: each.parent_id) == {thread: 2}
