"""Tests of rules: the position is a function of the row and the clock."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from veza.core.ids import ConversationId, TrackId, new_id
from veza.domains.listening import rules
from veza.domains.listening.errors import ListeningChanged, ListeningQueueFull
from veza.domains.listening.models import (
    MAX_ENTRIES,
    ListeningChange,
    Playback,
    QueueEntry,
    StoredListening,
)

_START = datetime(2026, 12, 2, 12, tzinfo=UTC)


def _entries(*durations_ms: int) -> list[QueueEntry]:
    return [QueueEntry(n, TrackId(new_id()), each) for n, each in enumerate(durations_ms, 1)]


def _room(entries: list[QueueEntry], entry_id: int | None = 1, at: int = 0) -> StoredListening:
    ids, tracks = [each.id for each in entries], [each.track_id for each in entries]
    lengths = [each.duration_ms for each in entries]
    place = ConversationId(new_id())
    return StoredListening(
        place, 7, 7, ids, tracks, lengths, 500, entry_id, at, True, _START, False, _START
    )


def _change(room: StoredListening, after_s: float = 0, **said: object):
    moment = _START + timedelta(seconds=after_s)
    added = said.pop("added", [])
    change = ListeningChange(**({"version": None} | said))
    queue = rules.apply_change(room, change, added, moment)
    return [each.id for each in queue.entries], queue.playback


_MS = st.integers(0, 5_000)


@given(st.lists(st.integers(1, 900), max_size=8), _MS, _MS, st.data())
def test_what_plays_does_not_depend_on_when_it_was_computed(durations, first, second, data):
    entries = _entries(*durations)
    entry = data.draw(st.sampled_from([None, *range(1, len(entries) + 1)]))
    begun = Playback(entry, 0, data.draw(st.booleans()), _START)
    one = _START + timedelta(milliseconds=first)
    two = one + timedelta(milliseconds=second)
    found = rules.playing_at(entries, begun, two)
    assert found == rules.playing_at(entries, rules.playing_at(entries, begun, one), two)
    if found.entry_id is not None and found.is_playing:
        assert found.position_ms < entries[found.entry_id - 1].duration_ms


def test_entries_follow_each_other_without_a_gap_and_end():
    entries = _entries(60_000, 120_000)
    begun = Playback(1, 30_000, True, _START)
    at = [rules.playing_at(entries, begun, _START + timedelta(seconds=s)) for s in (29, 30, 149)]
    assert [(each.entry_id, each.position_ms) for each in at] == [
        (1, 59_000),
        (2, 0),
        (2, 119_000),
    ]
    end = rules.playing_at(entries, begun, _START + timedelta(seconds=150))
    assert (end.entry_id, end.is_playing) == (None, True)


def test_a_change_counts_from_what_plays_then():
    room = _room(_entries(60_000, 120_000, 180_000))
    ids, paused = _change(room, 70, is_playing=False)
    assert ids == [1, 2, 3]
    assert (paused.entry_id, paused.position_ms, paused.is_playing) == (2, 10_000, False)
    ids, kept = _change(room, 70, remove=[1])
    assert (ids, kept.entry_id, kept.position_ms) == ([2, 3], 2, 10_000)
    # The one that plays is removed: the next follows from its beginning.
    ids, following = _change(room, 70, remove=[2])
    assert (ids, following.entry_id, following.position_ms) == ([1, 3], 3, 0)
    ids, moved = _change(room, 70, move=1, before=3)
    assert (ids, moved.entry_id) == ([2, 1, 3], 2)
    _, sought = _change(room, 70, position_ms=999_999)
    assert (sought.entry_id, sought.position_ms) == (2, 120_000)
    _, jumped = _change(room, 70, entry_id=3, position_ms=5)
    assert (jumped.entry_id, jumped.position_ms, jumped.is_playing) == (3, 5, True)


def test_what_is_added_at_the_end_plays_at_once_and_play_begins_again():
    room = _room(_entries(60_000))
    more = [QueueEntry(9, TrackId(new_id()), 1_000)]
    ids, playing = _change(room, 3600, added=more)
    assert (ids, playing.entry_id, playing.position_ms) == ([1, 9], 9, 0)
    assert playing.at == _START + timedelta(hours=1)
    _, again = _change(room, 3600, is_playing=True)
    assert (again.entry_id, again.position_ms) == (1, 0)


def test_a_change_of_another_version_or_of_a_lost_entry_is_refused():
    room = _room(_entries(60_000))
    for said in ({"version": 6}, {"entry_id": 2}, {"move": 2}, {"move": 1, "before": 4}):
        with pytest.raises(ListeningChanged):
            _change(room, **said)
    assert _change(room, version=7, is_playing=False)[1].is_playing is False


def test_a_full_queue_forgets_what_was_played_and_nothing_else():
    full = _entries(*[1_000] * MAX_ENTRIES)
    more = [QueueEntry(300 + n, TrackId(new_id()), 1_000) for n in range(3)]
    ids, playing = _change(_room(full, 4), added=more)
    assert (len(ids), ids[0], ids[-1], playing.entry_id) == (MAX_ENTRIES, 4, 302, 4)
    with pytest.raises(ListeningQueueFull):
        _change(_room(full, 3), added=more)
