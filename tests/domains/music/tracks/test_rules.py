"""Pure functions of tracks."""

from itertools import product
from uuid import uuid4

import pytest
from msgspec import UNSET, structs

from tests.domains.music.tracks.rules_steps import NOW, OWNER, TRACK
from veza.core.ids import UserId
from veza.core.pages import BadCursor, Cursor, decode_cursor, encode_cursor
from veza.core.palettes import CoverPalette
from veza.core.signed_urls import Resource, UrlBuilder, UrlSigner
from veza.core.track_metadata import AiPart, AiUse
from veza.core.visibility import TrackStatus, Visibility
from veza.domains.auth.accounts.models import NamedMember
from veza.domains.music.tracks import rules
from veza.domains.music.tracks.models.lists import SearchableTrack, TrackSort

LINKS = UrlBuilder("https://veza.test/api/v1", UrlSigner(b"", ""), 99)


@pytest.mark.parametrize(("visibility", "status"), list(product(Visibility, TrackStatus)))
def test_others_see_a_track_once_it_is_ready_unless_it_is_private(visibility, status):
    track = structs.replace(TRACK, visibility=visibility, status=status)
    is_open = status is TrackStatus.READY and visibility is not Visibility.PRIVATE

    assert rules.is_visible_to(track, OWNER)
    assert rules.is_visible_to(track, UserId(uuid4())) == is_open
    assert rules.is_visible_to(track, None) == is_open
    assert rules.is_visible_to(track, None, granted=True) == (status is TrackStatus.READY)


@pytest.mark.parametrize(
    ("listened_seconds", "duration_ms", "counts"),
    [
        (29.999, 180_000, False),
        (30, 180_000, True),
        (29, 30_000, False),
        (30, 30_000, True),
        (12, 12_700, True),
        (11.9, 12_700, False),
        (0, 12_700, False),
        (1, 1_000, True),
        # Nothing that was heard for no time at all was heard.
        (0, 999, False),
        (0.5, 999, False),
        (0.999, 999, True),
    ],
)
def test_a_play_is_30_seconds_or_all_of_a_shorter_track(listened_seconds, duration_ms, counts):
    assert rules.is_play(listened_seconds, duration_ms) == counts


def test_tags_are_trimmed_and_kept_once_each():
    tags = ["  Tape ", "drone", "TAPE", "", "  ", "two  words", "drone"]

    cleaned = rules.clean_tags(tags)

    assert [tag.casefold() for tag in cleaned] == ["tape", "drone", "two words"]


def test_a_track_is_found_by_title_artist_genre_and_tags_in_this_order_of_weights():
    track = SearchableTrack(
        TRACK.id,
        OWNER,
        "mayaqvist",
        "Maya",
        "Night  Ferry!",
        "Maya & Noor",
        ["Maya", "Quill"],
        "ambient",
        ["Hip-Hop", "!!"],
        0,
    )
    document = rules.index_track(track)

    assert document.title_key == "night ferry"
    assert document.words == (
        "'night':1A 'ferry':2A 'maya':3B,5B,7C 'mayaqvist':4B 'noor':6B 'quill':8C 'ambient':9C "
        "'hip':10D 'hiphop':10D 'hop':11D"
    )


def test_an_artist_is_found_by_both_names_once_if_they_are_equal():
    track = SearchableTrack(TRACK.id, OWNER, "maya", "Björk", "Night Ferry", None, [], None, [], 0)
    both = rules.index_artist(rules.artist_of(track))
    assert (both.title_key, both.words) == ("bjork", "'bjork':1A 'maya':2A")

    alone = rules.index_artist(rules.artist_of(structs.replace(track, display_name="maya")))
    assert (alone.title_key, alone.words) == ("maya", "'maya':1A")


@pytest.mark.parametrize(
    ("sort", "value"),
    [
        (TrackSort.CREATED_AT, None),
        (TrackSort.TITLE, "night ferry"),
        (TrackSort.PLAYS_COUNT, 7),
        (TrackSort.LIKES_COUNT, 0),
        (TrackSort.DURATION, 61_234),
    ],
)
def test_a_cursor_fits_its_own_list_and_no_other(sort, value):
    track = structs.replace(TRACK, sort_value=value)
    cursor = decode_cursor(encode_cursor(rules.make_cursor(track, sort)))

    rules.ensure_cursor_fits(cursor, sort)
    for another in set(TrackSort) - {sort}:
        with pytest.raises(BadCursor):
            rules.ensure_cursor_fits(cursor, another)


@pytest.mark.parametrize(
    ("sort", "value"),
    [
        (TrackSort.TITLE, 7),
        (TrackSort.TITLE, None),
        (TrackSort.PLAYS_COUNT, "7"),
        (TrackSort.LIKES_COUNT, None),
        (TrackSort.DURATION, 2**40),
        (TrackSort.PLAYS_COUNT, -1),
        (TrackSort.TITLE, "nul\x00"),
    ],
)
def test_a_cursor_with_a_value_that_no_row_can_have_is_refused(sort, value):
    with pytest.raises(BadCursor):
        rules.ensure_cursor_fits(Cursor(NOW, TRACK.id, sort=sort, value=value), sort)


def test_only_tracks_that_are_not_public_show_signed_urls():
    public = rules.show_track(TRACK, LINKS)
    private = rules.show_track(structs.replace(TRACK, visibility=Visibility.PRIVATE), LINKS)

    path = f"https://veza.test/api/v1/tracks/{TRACK.id}"
    grant = LINKS.signed_query(Resource.TRACK, TRACK.id)
    assert public.stream_url == f"{path}/stream"
    assert private.stream_url == f"{path}/stream{grant}"
    assert private.hls_url == f"{path}/hls/master.m3u8{grant}"
    assert private.waveform_url == f"{path}/waveform{grant}"
    assert private.preview_url == f"{path}/preview{grant}"
    assert private.cover_url == f"{path}/cover{grant}"


def test_a_track_that_is_not_ready_shows_nothing_to_play():
    shown = rules.show_track(structs.replace(TRACK, status=TrackStatus.PROCESSING), LINKS)

    assert (shown.stream_url, shown.hls_url, shown.waveform_url, shown.preview_url) == (None,) * 4
    assert shown.cover_url is not None


def test_liked_is_shown_only_to_somebody():
    assert rules.show_track(TRACK, LINKS).liked is UNSET
    assert rules.show_track(structs.replace(TRACK, liked=False), LINKS).liked is False


def test_each_field_is_shown_under_its_own_name():
    track = structs.replace(
        TRACK,
        description="Words.",
        failure_reason="Why.",
        downloadable=True,
        liked=False,
        ai=AiUse.PARTS,
        ai_parts=[AiPart.VOCALS],
    )

    shown = structs.asdict(rules.show_track(track, LINKS))

    stored = structs.asdict(track)
    alike = stored.keys() & shown.keys() - {"cover_palette", "taken_down"}
    assert len(alike) == 31
    assert {name: shown[name] for name in alike} == {name: stored[name] for name in alike}
    picture = f"/api/v1/profiles/{OWNER}/avatar?version=0192"
    assert shown["artist"] == NamedMember(OWNER, "ada", "Ada", "ada", picture)
    assert shown["duration_seconds"] == 61.234
    path = f"https://veza.test/api/v1/tracks/{TRACK.id}"
    urls = {name: url.removeprefix(path) for name, url in shown.items() if name.endswith("_url")}
    assert urls == {
        "stream_url": "/stream",
        "hls_url": "/hls/master.m3u8",
        "waveform_url": "/waveform",
        "preview_url": "/preview",
        "cover_url": "/cover",
    }
    assert shown["cover_palette"] == CoverPalette((250, 0.1), (60, 0.12))
