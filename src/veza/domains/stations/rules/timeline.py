"""The clock of a station: from a mark on, the slots in which tracks play, one after the other.

A mark stores a moment of the timeline: which rotation plays from then on, how many segments and
slots there were before, and how far each pool was. Two nodes that read the same marks have the
same timeline, and numbers of segments never go back, whatever rotation follows another.
"""

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from typing import Self

from msgspec import structs

from veza.core.ids import TrackId
from veza.domains.stations.models.marks import Mark, MarkState, PoolState, Slot
from veza.domains.stations.models.rotations import JINGLES, MAX_GAP, Rotation
from veza.domains.stations.rules.drawing import Drawing


class Timeline:
    """The slots from a mark on, computed as far as somebody asked."""

    def __init__(self, rotation: Rotation, mark: Mark) -> None:
        self.rotation = rotation
        self.mark = mark
        self.slots: list[Slot] = []
        self._starts: list[int] = []
        self._at = mark.starts_at
        self._next_start = rotation.next_start(self._at)
        self._segment = mark.segment
        self._recent = list(mark.state.recent)
        self._since_jingle = mark.state.since_jingle
        self._drawings = {
            name: Drawing(rotation, name, mark.state.pools.get(name))
            for name, pool in rotation.pools.items()
            if pool
        }

    @property
    def is_silent(self) -> bool:
        """Return whether nothing will be played: there is no track in any list."""
        return self._find_start() is None

    def steps(self, until: int) -> Iterator[Slot]:
        """Compute the slots that begin at or before a time, and yield each as it is computed."""
        while (start := self._find_start()) is not None and start <= until:
            self._at = start
            yield self._add()

    def extend(self, until: int) -> Self:
        """Compute the slots that begin at or before a time."""
        for _ in self.steps(until):
            pass
        return self

    def index_at(self, at: int) -> int | None:
        """Return the place of the slot that plays at a time, or None if none does."""
        self.extend(at)
        place = bisect_right(self._starts, at) - 1
        return place if place >= 0 and at < self.slots[place].ends_at else None

    def slots_between(self, start: int, until: int) -> Iterator[Slot]:
        """Yield the slots that end after a time and begin at or before another.

        They are computed as they are asked for.
        """
        self.extend(min(start, until))
        place = max(0, bisect_right(self._starts, start) - 1)
        while True:
            if place == len(self.slots) and next(self.steps(until), None) is None:
                return
            slot = self.slots[place]
            if slot.starts_at > until:
                return
            if slot.ends_at > start:
                yield slot
            place += 1

    def _find_start(self) -> int | None:
        """Return the moment at which the next slot begins, or None if nothing is ever played."""
        if self._next_start is None:
            return None
        if self._next_start < self._at:
            self._next_start = self.rotation.next_start(self._at)
        return self._next_start

    def _add(self) -> Slot:
        rotation = self.rotation
        requested = None if self.slots else self.mark.state.first
        is_jingle = (
            requested is None
            and JINGLES in self._drawings
            and rotation.jingle_every > 0
            and self._since_jingle >= rotation.jingle_every
        )
        name = JINGLES if is_jingle else rotation.pool_at(self._at)
        assert name is not None
        if requested is None:
            track = self._drawings[name].draw(self._recent)
        else:
            track = requested
            self._drawings[name].take(track)
        ends_at = self._at + rotation.durations[track]
        number = self.mark.slot + len(self.slots)
        slot = Slot(number, self._segment, self._at, ends_at, track, is_jingle)
        self.slots.append(slot)
        self._starts.append(self._at)
        self._at = ends_at
        self._segment += len(rotation.tracks[track].lengths)
        self._note(track, is_jingle=is_jingle)
        return slot

    def _note(self, track: int, *, is_jingle: bool) -> None:
        if is_jingle:
            self._since_jingle = 0
            return
        self._since_jingle += 1
        self._recent = [*self._recent[-MAX_GAP:], self.rotation.artists[track]]

    def state(self) -> MarkState:
        """Return the progress of the drawing after the last slot."""
        pools = {name: drawing.state() for name, drawing in self._drawings.items()}
        return MarkState(pools, list(self._recent), self._since_jingle)


def mark_after(timeline: Timeline, at: int) -> Mark:
    """Return a mark at the end of the slot that plays at a time, or at that time in silence."""
    mark = timeline.mark
    if not timeline.extend(at).slots:
        return structs.replace(mark, starts_at=max(at, mark.starts_at))
    last = timeline.slots[-1]
    segments = len(timeline.rotation.tracks[last.track].lengths)
    # After silence it begins at once.
    return Mark(max(last.ends_at, at), last.segment + segments, last.number + 1, timeline.state())


def cut_after(timeline: Timeline, at: int) -> Mark:
    """Return a mark at the end of the segment that plays at a time: the track breaks off there."""
    after = mark_after(timeline, at)
    place = timeline.index_at(at)
    if place is None:
        return after
    slot = timeline.slots[place]
    ends, number = slot.starts_at, slot.segment
    for length in timeline.rotation.tracks[slot.track].lengths:
        ends, number = ends + length, number + 1
        if ends > at:
            break
    return structs.replace(after, starts_at=ends, segment=number)


def carry(mark: Mark, before: Rotation, after: Rotation) -> Mark:
    """Return a mark for another rotation: what the cycle has played stays played.

    Tracks are found again by their ids; a pool with nothing left begins its next cycle.
    """
    places = {track.id: index for index, track in enumerate(after.tracks)}
    pools = {
        name: PoolState(state.cycle, _carry_played(state.played, name, before, after, places))
        for name, state in mark.state.pools.items()
        if name in after.pools
    }
    return structs.replace(mark, state=structs.replace(mark.state, pools=pools, first=None))


def _carry_played(
    played: Sequence[int],
    name: str,
    before: Rotation,
    after: Rotation,
    places: Mapping[TrackId, int],
) -> list[int]:
    kept = {places.get(before.tracks[index].id) for index in played}
    return [index for index in after.pools[name] if index in kept]
