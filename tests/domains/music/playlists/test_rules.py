"""Positions, access and names of playlists, without a database."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from veza.core.ids import PlaylistId, UserId
from veza.core.pages import BadCursor, Cursor
from veza.core.people import NO_APPEARANCE
from veza.core.visibility import Visibility
from veza.domains.music.playlists import rules
from veza.domains.music.playlists.models.files import FileTrack
from veza.domains.music.playlists.models.playlists import PlaylistRole, StoredPlaylist

POSITIONS = st.integers(-(2**50), 2**50)


@given(low=st.none() | POSITIONS, high=st.none() | POSITIONS, count=st.integers(1, 100))
def test_positions_are_distinct_and_between_their_neighbours(low, high, count):
    if low is not None and high is not None and low >= high:
        return
    positions = rules.spread(low, high, count)
    if positions is None:
        assert low is not None
        assert high is not None
        assert high - low <= count
        return
    assert len(positions) == count
    assert positions == sorted(set(positions))
    assert low is None or low < positions[0]
    assert high is None or positions[-1] < high


def test_a_request_fits_between_renewed_positions():
    assert rules.spread(rules.STEP, 2 * rules.STEP, 100) is not None


@pytest.mark.parametrize(
    ("visibility", "role", "is_hidden", "expected"),
    [
        ("public", None, False, True),
        ("unlisted", None, False, True),
        ("private", None, False, False),
        ("private", "invited", False, True),
        ("private", "editor", False, True),
        ("private", "owner", False, True),
        ("public", None, True, False),
        ("public", "editor", True, False),
        ("private", "owner", True, True),
    ],
)
def test_access_follows_role_visibility_and_suspension(visibility, role, is_hidden, expected):
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    playlist = StoredPlaylist(
        id=PlaylistId(uuid4()),
        owner_id=UserId(uuid4()),
        username="maya",
        appearance=NO_APPEARANCE,
        title="Night drive",
        description="",
        visibility=Visibility(visibility),
        cover_image_id=None,
        cover_palette=None,
        cover_placeholder=None,
        rules=None,
        tracks_count=0,
        duration_ms=0,
        created_at=moment,
        updated_at=moment,
        is_hidden=is_hidden,
        role=role and PlaylistRole(role),
    )
    assert rules.can_see(playlist) is expected
    assert rules.can_edit(playlist) is (role in {"owner", "editor"})


def test_a_track_is_found_in_its_address():
    track_id = uuid4()
    for url in (
        f"https://music.example/api/v1/tracks/{track_id}/stream",
        f"http://localhost:8080/tracks/{track_id}",
        f"/tracks/{track_id}?expires=1#t=3",
        f"https://music.example/tracks/old/tracks/{track_id}",
    ):
        assert rules.find_track_id(url) == track_id
    for url in (None, "", "tracks", "https://x/tracks/", "file:///music/a.flac", "http://[::1"):
        assert rules.find_track_id(url) is None


def test_an_artist_is_split_off_a_title():
    assert rules.split_name(FileTrack("Maya - Night Ferry", None, None, None)) == (
        "Maya",
        "Night Ferry",
    )
    assert rules.split_name(FileTrack("A - B", "Maya", None, None)) == ("Maya", "A - B")
    assert rules.split_name(FileTrack("Night Ferry", None, None, None)) == ("", "Night Ferry")


@pytest.mark.parametrize("value", [None, "7", 2**63, -(2**63) - 1])
def test_cursors_of_other_lists_are_refused(value):
    cursor = Cursor(datetime(2026, 1, 1, tzinfo=UTC), uuid4(), sort="position", value=value)
    with pytest.raises(BadCursor):
        rules.position_of(cursor)
