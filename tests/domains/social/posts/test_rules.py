"""Pure functions of posts."""

import base64
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.domains.music.tracks.rules_steps import NOW, member
from veza.core.access import Role
from veza.core.ids import PostId, UserId
from veza.core.pages import BadCursor
from veza.core.people import NO_APPEARANCE
from veza.domains.social.posts import rules
from veza.domains.social.posts.models import PostOrder, PostPosition, StoredPost

ID = PostId(uuid4())


def post(author_id, *, is_hidden=False):
    return StoredPost(
        *(ID, author_id, "bo", NO_APPEARANCE, "Words", 0, 0, NOW, 1.5),
        *(None for _ in range(11)),
        *(None for _ in range(10)),
        is_hidden=is_hidden,
    )


def encoded(text):
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


def test_a_feed_s_cursor_is_the_nanosecond_and_the_id():
    place = PostPosition(datetime(2026, 5, 4, 3, 2, 1, 123456, tzinfo=UTC), ID)

    text = rules.encode_position(place)

    assert base64.urlsafe_b64decode(text + "==").decode() == f"1777863721123456000|{ID}"
    assert rules.decode_position(text, PostOrder.NEWEST) == place


@given(
    st.datetimes(datetime(1970, 1, 1), datetime(2286, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    st.floats(allow_nan=False, allow_infinity=False),
    st.uuids(),
)
def test_a_position_is_the_same_after_encoding_and_decoding(moment, score, post_id):
    for place, order in (
        (PostPosition(moment, PostId(post_id)), PostOrder.NEWEST),
        (PostPosition(score, PostId(post_id)), PostOrder.SCORE),
    ):
        assert rules.decode_position(rules.encode_position(place), order) == place


@given(
    st.text() | st.text("0123456789|-.e:score").map(encoded) | st.binary().map(lambda b: b.hex())
)
def test_any_other_text_is_no_position(text):
    for order in PostOrder:
        try:
            assert isinstance(rules.decode_position(text, order), PostPosition)
        except BadCursor:
            continue


@pytest.mark.parametrize(
    "key",
    [
        "",
        "x",
        "-1",
        "1.5",
        "²",
        "9" * 400,
        "score:1.5",
        "score:nan",
        "score:",
        "score:inf",
        "1e400",
    ],
)
def test_cursors_of_other_lists_are_refused(key):
    with pytest.raises(BadCursor):
        rules.decode_position(encoded(f"{key}|{ID}"), PostOrder.NEWEST)
    if key != "score:1.5":
        with pytest.raises(BadCursor):
            rules.decode_position(encoded(f"{key}|{ID}"), PostOrder.SCORE)


def test_the_position_of_a_post_has_the_sort_field_of_its_list():
    assert rules.position_of(post(UserId(uuid4())), PostOrder.NEWEST) == PostPosition(NOW, ID)
    assert rules.position_of(post(UserId(uuid4())), PostOrder.SCORE) == PostPosition(1.5, ID)


def test_only_its_author_sees_a_hidden_post():
    author, somebody = member(), member()

    for is_hidden in (False, True):
        said = post(author.id, is_hidden=is_hidden)
        assert rules.is_visible_to(said, author.id)
        assert rules.is_visible_to(said, somebody.id) is not is_hidden
        assert rules.is_visible_to(said, None) is not is_hidden


def test_author_and_staff_may_delete_a_post():
    author = member()

    assert rules.can_delete_post(post(author.id), author)
    assert rules.can_delete_post(post(author.id), member(Role.MODERATOR))
    assert rules.can_delete_post(post(author.id), member(Role.ADMIN))
    assert not rules.can_delete_post(post(author.id), member())
    assert not rules.can_delete_post(post(author.id), member(Role.CREATOR))
