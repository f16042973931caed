"""Check digits and places of tracks."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from veza.core.errors import Invalid
from veza.core.ids import TrackId, new_id
from veza.domains.music.releases import rules
from veza.domains.music.releases.models import PlacedTrack


@pytest.mark.parametrize(
    "digits", ["036000291452", "4006381333931", "725272730706", "5901234123457"]
)
def test_known_bar_codes_have_their_check_digit(digits):
    assert rules.has_check_digit(digits)


@given(st.text("0123456789", min_size=11, max_size=12), st.data())
def test_exactly_one_check_digit_fits_and_a_changed_digit_never_does(digits, data):
    [fitting] = [last for last in "0123456789" if rules.has_check_digit(digits + last)]
    whole = digits + fitting
    place = data.draw(st.integers(0, len(whole) - 1))
    changed = data.draw(st.sampled_from([d for d in "0123456789" if d != whole[place]]))
    assert not rules.has_check_digit(whole[:place] + changed + whole[place + 1 :])


def _places(*given_places):
    placed = [PlacedTrack(TrackId(new_id()), disc, number) for disc, number in given_places]
    return [(track.disc, track.number) for track in rules.place_tracks(placed)]


def test_omitted_numbers_follow_the_previous_track_of_the_disc():
    assert _places((1, None), (2, None), (1, None), (2, 5), (2, None)) == [
        *((1, 1), (1, 2)),
        *((2, 1), (2, 5), (2, 6)),
    ]


def test_tracks_are_ordered_by_disc_and_number():
    assert _places((2, 2), (1, 9), (2, 1), (1, 3)) == [(1, 3), (1, 9), (2, 1), (2, 2)]


@pytest.mark.parametrize(
    "places", [[(1, 1), (1, 1)], [(1, 2), (1, 1), (1, None)], [(1, 999), (1, None)]]
)
def test_a_number_is_used_once_and_ends_at_999(places):
    with pytest.raises(Invalid):
        _places(*places)


def test_a_track_is_on_a_release_once():
    track_id = TrackId(new_id())
    with pytest.raises(Invalid):
        rules.place_tracks([PlacedTrack(track_id), PlacedTrack(track_id, 2)])
