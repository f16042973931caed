"""Pure functions of comments on tracks."""

from uuid import uuid4

from msgspec import structs

from tests.domains.music.tracks.rules_steps import NOW, OWNER, TRACK, member
from veza.core.access import Role
from veza.core.ids import CommentId
from veza.core.people import NO_APPEARANCE
from veza.domains.music.track_comments import rules
from veza.domains.music.track_comments.models import StoredComment


def test_author_owner_and_staff_may_delete_a_comment():
    author, somebody = member(), member()
    comment = StoredComment(
        id=CommentId(uuid4()),
        track_id=TRACK.id,
        parent_id=None,
        author_id=author.id,
        username="bo",
        appearance=NO_APPEARANCE,
        content="!",
        position_ms=None,
        replies_count=0,
        likes_count=0,
        liked=False,
        created_at=NOW,
        edited_at=None,
        is_shown=True,
    )

    assert rules.can_delete_comment(comment, TRACK, author)
    assert rules.can_delete_comment(comment, TRACK, structs.replace(somebody, id=OWNER))
    assert rules.can_delete_comment(comment, TRACK, member(Role.MODERATOR))
    assert rules.can_delete_comment(comment, TRACK, member(Role.ADMIN))
    assert not rules.can_delete_comment(comment, TRACK, somebody)
    assert not rules.can_delete_comment(comment, TRACK, member(Role.CREATOR))
