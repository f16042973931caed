"""The pages of a station, with plain values."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from veza.core.ids import TrackId, UserId, new_id
from veza.core.pages import BadCursor, encode_text
from veza.domains.music.discovery import rules
from veza.domains.music.discovery.models import RadioPosition

TRACKS = [TrackId(new_id()) for _ in range(60)]
ARTISTS = [UserId(new_id()) for _ in range(30)]
OWNERS = {track_id: ARTISTS[n % 30] for n, track_id in enumerate(TRACKS)}

positions = st.builds(
    RadioPosition,
    st.integers(0, rules.MAX_SEED),
    st.integers(0, 2**31 - 2),
    st.lists(st.integers(0, 2**32 - 1), max_size=rules.MAX_PLAYED).map(tuple),
)


@given(positions)
def test_a_position_survives_its_cursor(position):
    text = rules.encode_position(position)

    assert rules.decode_position(text) == position
    assert len(text) <= 2700


@given(st.binary(max_size=2100))
def test_any_other_cursor_is_refused_or_a_position(raw):
    try:
        position = rules.decode_position(encode_text(raw))
    except BadCursor:
        return
    assert position.seed <= rules.MAX_SEED
    assert len(position.played) <= rules.MAX_PLAYED


def test_the_latest_tracks_are_remembered_in_their_order():
    position = RadioPosition(1, 2, (7, 8, 9))
    following = rules.next_position(position, TRACKS[:2])

    assert following == RadioPosition(1, 3, (7, 8, 9, *map(rules.mark, TRACKS[:2])))
    full = RadioPosition(1, 2, tuple(range(rules.MAX_PLAYED)))
    assert rules.next_position(full, TRACKS[:1]).played == (
        *full.played[1:],
        rules.mark(TRACKS[0]),
    )
    again = rules.next_position(following, TRACKS[:1])
    assert again.played[-1] == rules.mark(TRACKS[0])
    assert len(again.played) == len(following.played)


@given(
    st.integers(0, 20),
    st.integers(0, 20),
    st.integers(0, 20),
    st.integers(1, 40),
    st.sets(st.sampled_from(TRACKS)),
)
def test_a_page_is_full_if_it_can_be_and_repeats_nothing(similar, genre, rest, limit, played):
    parts = TRACKS[:similar], TRACKS[20 : 20 + genre], TRACKS[40 : 40 + rest]
    candidates = rules.RadioCandidates(*parts, OWNERS)
    marks = [rules.mark(track_id) for track_id in played]
    page = rules.choose_page(Random(1), candidates, marks, limit)

    fresh = {track_id for part in parts for track_id in part} - played
    assert len(page) == len(set(page)) == min(limit, len(fresh))
    assert set(page) <= fresh


def test_hidden_tracks_are_not_chosen():
    candidates = rules.RadioCandidates(TRACKS[:20], TRACKS[20:40], TRACKS[40:], {})

    assert rules.choose_any_page(Random(1), candidates, (), 20) == []


def test_a_page_has_similar_tracks_tracks_of_the_genre_and_others():
    candidates = rules.RadioCandidates(TRACKS[:20], TRACKS[20:40], TRACKS[40:], OWNERS)
    page = rules.choose_page(Random(1), candidates, (), 20)

    counts = [len(set(page) & set(TRACKS[n : n + 20])) for n in (0, 20, 40)]
    assert counts == [12, 5, 3]


def test_an_artist_has_a_quarter_of_a_page_if_there_are_others():
    owners = dict.fromkeys(TRACKS[:40], ARTISTS[0]) | {n: OWNERS[n] for n in TRACKS[40:]}
    candidates = rules.RadioCandidates(TRACKS[:20], TRACKS[20:40], TRACKS[40:], owners)
    page = rules.choose_page(Random(1), candidates, (), 20)

    assert len(set(page) & set(TRACKS[:40])) == 5


def test_when_all_were_played_the_first_are_repeated_first():
    candidates = rules.RadioCandidates([], [], TRACKS[:10], OWNERS)
    played = [rules.mark(track_id) for track_id in TRACKS[:10]]

    page = rules.choose_any_page(Random(1), candidates, played, 20)
    assert set(page) == set(TRACKS[:5])


def test_the_most_similar_tracks_come_more_often():
    counts = [0, 0]
    for seed in range(300):
        candidates = rules.RadioCandidates(TRACKS[:40], [], [], OWNERS)
        page = rules.choose_page(Random(seed), candidates, (), 8)
        counts[0] += len(set(page) & set(TRACKS[:10]))
        counts[1] += len(set(page) & set(TRACKS[30:40]))

    assert counts[0] > 2 * counts[1] > 0


@pytest.mark.parametrize("limit", [1, 20, 100])
def test_a_draw_has_enough_candidates(limit):
    draw = rules.make_draw(Random(1), limit)

    assert len(draw.points) * 64 >= 10 * limit
    assert all(0 <= point < 1 for point in draw.points)
