"""The clock of a station: the same everywhere, each track once a cycle, artists apart."""

import random
from collections import Counter
from datetime import datetime
from itertools import islice, pairwise
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
import pytest
from msgspec import structs

from veza.core.ids import TrackId
from veza.domains.stations.models.marks import Mark, MarkState
from veza.domains.stations.models.rotations import (
    JINGLES,
    MAIN,
    SECOND,
    PlayedDaypart,
    Rotation,
    RotationTrack,
)
from veza.domains.stations.rules.playlists import iterate_slots, list_slots
from veza.domains.stations.rules.timeline import (
    Timeline,
    carry,
    cut_after,
    mark_after,
)
from veza.domains.stations.service.clock import join_spans

_START = 1_790_000_000 * SECOND
_DAY = 86_400 * SECOND


def _track(index: int, artist: str, seconds: float = 180) -> RotationTrack:
    whole, rest = divmod(round(seconds * SECOND), 6 * SECOND)
    lengths = [6 * SECOND] * whole + ([rest] if rest else [])
    return RotationTrack(TrackId(UUID(int=index + 1)), f"Track {index}", artist, lengths)


def _rotation(artists: list[str], **fields: object) -> Rotation:
    tracks = [_track(index, artist, 100 + 13.7 * index) for index, artist in enumerate(artists)]
    pools = {MAIN: list(range(len(tracks)))}
    made = Rotation(7, "Europe/Berlin", 3, 0, tracks, pools)
    return structs.replace(made, **fields)


def _begin() -> Mark:
    return Mark(_START, 0, 0, MarkState())


def test_two_nodes_play_the_same_for_48_hours_whatever_they_were_asked() -> None:
    rotation = _rotation(list("aabbccddee"))
    first = Timeline(rotation, _begin()).extend(_START + 2 * _DAY).slots
    # Another node starts from later marks that went through the database, and asks at random.
    source = random.Random(3)
    mark = _begin()
    seen = []
    while mark.starts_at < _START + 2 * _DAY:
        until = mark.starts_at + source.randrange(3600, 20_000) * SECOND
        later = mark_after(Timeline(rotation, mark), until)
        other = Timeline(
            msgspec.json.decode(msgspec.json.encode(rotation), type=Rotation),
            msgspec.json.decode(msgspec.json.encode(mark), type=Mark),
        )
        for _ in range(5):
            other.index_at(source.randrange(mark.starts_at, until))
        seen += [s for s in other.extend(until).slots if s.starts_at < later.starts_at]
        mark = later
    assert seen[: len(first)] == first
    for one, other in pairwise(first):
        assert other.starts_at == one.ends_at
        assert other.number == one.number + 1
        assert other.segment == one.segment + len(rotation.tracks[one.track].lengths)


@pytest.mark.parametrize("seed", range(40))
def test_each_track_plays_once_a_cycle_with_other_artists_between(seed: int) -> None:
    source = random.Random(seed)
    names = [
        source.choice("abcdefgh"[: source.randint(2, 8)]) for _ in range(source.randint(2, 60))
    ]
    rotation = _rotation(names, seed=seed, artist_gap=source.randint(0, 6))
    slots = Timeline(rotation, _begin()).extend(_START + 3 * _DAY).slots
    size = len(names)
    for cycle in range(len(slots) // size):
        played = [s.track for s in slots[cycle * size : (cycle + 1) * size]]
        assert sorted(played) == list(range(size))
    counts = Counter(names)
    gap = min(rotation.artist_gap, len(counts) - 1, size // max(counts.values()) - 1)
    artists = [names[s.track] for s in slots]
    too_near = sum(
        artists[place] in artists[max(0, place - gap) : place] for place in range(1, len(artists))
    )
    # A full cycle may have to give way where the next one begins.
    assert too_near <= (len(slots) // size + 1) * max(gap, 0)
    whole = [artists[i * size : (i + 1) * size] for i in range(len(slots) // size)]
    if gap and size >= 2 * (gap + 1) * max(counts.values()):
        assert all(a != b for one in whole for a, b in pairwise(one))


def test_no_artist_follows_itself_where_there_are_enough_others() -> None:
    rotation = _rotation(list("aaaabbbbccccddddeeee"), artist_gap=3)
    artists = [
        rotation.artists[s.track]
        for s in Timeline(rotation, _begin()).extend(_START + 5 * _DAY).slots
    ]
    nearest = min(
        later - earlier
        for name in "abcde"
        for earlier, later in pairwise([i for i, each in enumerate(artists) if each == name])
    )
    assert nearest == 4


def test_dayparts_follow_the_clock_of_the_station_over_the_change_of_the_hour() -> None:
    night = PlayedDaypart("Night", [5], 22, 6)
    rotation = _rotation(
        list("abcdef"), dayparts=[night], pools={MAIN: [0, 1, 2], "0": [3, 4, 5]}, artist_gap=0
    )
    zone = ZoneInfo("Europe/Berlin")
    for day in (datetime(2026, 10, 24, 21, tzinfo=zone), datetime(2027, 3, 27, 21, tzinfo=zone)):
        begin = round(day.timestamp()) * SECOND
        slots = Timeline(rotation, Mark(begin, 0, 0, MarkState())).extend(begin + _DAY).slots
        for slot in slots:
            local = datetime.fromtimestamp(slot.starts_at / SECOND, zone)
            is_night = (local.weekday(), local.hour) >= (5, 22) and (
                local.weekday() == 5 or local.hour < 6
            )
            assert (slot.track >= 3) == is_night, local


def test_jingles_come_after_their_number_of_tracks_and_are_no_artists() -> None:
    rotation = _rotation(
        list("abcdxx"), jingle_every=3, pools={MAIN: [0, 1, 2, 3], JINGLES: [4, 5]}
    )
    slots = Timeline(rotation, _begin()).extend(_START + _DAY).slots
    assert [s.is_jingle for s in slots[:9]] == [False, False, False, True] * 2 + [False]
    assert {s.track for s in slots if s.is_jingle} == {4, 5}


def test_numbers_go_on_when_a_rotation_is_replaced_or_a_track_breaks_off() -> None:
    before = _rotation(list("aabbcc"))
    at = _START + 10_000 * SECOND
    whole = mark_after(Timeline(before, _begin()), at)
    cut = cut_after(Timeline(before, _begin()), at)
    assert at < cut.starts_at <= whole.starts_at
    assert cut.starts_at - at <= 6 * SECOND
    old = Timeline(before, _begin()).extend(at).slots[-1]
    assert (cut.slot, whole.slot) == (old.number + 1, old.number + 1)
    assert (
        old.segment
        < cut.segment
        <= whole.segment
        == old.segment + len(before.tracks[old.track].lengths)
    )
    # The next one has not the track that played; the others of this cycle are not repeated.
    kept = [track for index, track in enumerate(before.tracks) if index != old.track]
    after = structs.replace(before, tracks=kept, pools={MAIN: list(range(len(kept)))})
    slots = Timeline(after, carry(cut, before, after)).extend(cut.starts_at + _DAY).slots
    assert (slots[0].segment, slots[0].number) == (cut.segment, cut.slot)
    done = {before.tracks[i].id for i in cut.state.pools[MAIN].played}
    left = len(before.tracks) - len(done)
    assert not {kept[s.track].id for s in slots[:left]} & done


def test_without_tracks_there_is_silence_until_a_later_mark() -> None:
    rotation = _rotation([])
    timeline = Timeline(rotation, _begin())
    assert timeline.is_silent
    assert timeline.index_at(_START + SECOND) is None
    assert mark_after(Timeline(rotation, _begin()), _START + _DAY).starts_at == _START + _DAY


def test_a_station_with_a_daypart_alone_plays_again_each_night() -> None:
    night = PlayedDaypart("Night", [0, 1, 2, 3, 4, 5, 6], 22, 2)
    rotation = _rotation(list("abcd"), dayparts=[night], pools={MAIN: [], "0": [0, 1, 2, 3]})
    zone = ZoneInfo("Europe/Berlin")
    noon = round(datetime(2026, 6, 1, 12, tzinfo=zone).timestamp()) * SECOND
    timeline = Timeline(rotation, Mark(noon, 9, 4, MarkState()))
    assert not timeline.is_silent
    assert timeline.extend(noon + _DAY // 4).slots == []
    slots = timeline.extend(noon + 3 * _DAY).slots
    begins = [
        datetime.fromtimestamp(later.starts_at / SECOND, zone)
        for earlier, later in pairwise([None, *slots])
        if earlier is None or later.starts_at > earlier.ends_at
    ]
    assert [(each.day, each.hour, each.minute, each.second) for each in begins] == [
        (day, 22, 0, 0) for day in (1, 2, 3)
    ]
    assert {datetime.fromtimestamp(s.starts_at / SECOND, zone).hour for s in slots} == {
        22,
        23,
        0,
        1,
    }
    for earlier, later in pairwise(slots):
        assert later.number == earlier.number + 1
        assert later.segment == earlier.segment + len(rotation.tracks[earlier.track].lengths)
    # A mark in the silence changes nothing of it.
    mark = mark_after(Timeline(rotation, timeline.mark), noon + _DAY)
    assert mark.starts_at == noon + _DAY
    rest = [s for s in slots if s.starts_at > noon + _DAY]
    assert Timeline(rotation, mark).extend(noon + 3 * _DAY).slots == rest


def test_an_hour_begins_where_the_clock_of_the_station_says_so() -> None:
    rotation = _rotation(
        list("ab"),
        time_zone="Asia/Kathmandu",
        dayparts=[PlayedDaypart("Noon", [6], 12, 13)],
        pools={"0": [0, 1]},
    )
    slot = next(Timeline(rotation, _begin()).slots_between(_START, _START + 8 * _DAY))
    local = datetime.fromtimestamp(slot.starts_at / SECOND, ZoneInfo("Asia/Kathmandu"))
    assert (local.weekday(), local.hour, local.minute, local.second) == (6, 12, 0, 0)


def test_timelines_are_computed_no_further_than_they_count() -> None:
    rotation = _rotation(list("abcdef"))
    marks = [_begin()]
    for _ in range(50):
        marks.append(mark_after(Timeline(rotation, marks[-1]), marks[-1].starts_at + 1800 * SECOND))
    end = marks[-1].starts_at + 1800 * SECOND
    timelines = [Timeline(rotation, mark) for mark in marks]
    slots = list_slots(join_spans(timelines), _START, end)
    assert [slot.number for _, slot in slots] == list(range(len(slots)))
    assert sum(len(each.slots) for each in timelines) == len(slots)
    # Only as many as are asked for.
    timeline = Timeline(rotation, _begin())
    assert len(list(islice(iterate_slots(join_spans([timeline]), _START, end), 6))) == 6
    assert len(timeline.slots) == 6
