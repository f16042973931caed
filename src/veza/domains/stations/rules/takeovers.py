"""Puts a stream in the places of segments of the timeline, whose numbers and lengths stay.

While a takeover is open, the playlist ends where its sound does. What is not there in time is over:
the program is heard from there on, on all nodes, whether or not somebody has stored the end.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence

from msgspec import structs

from veza.core.ids import StationId
from veza.domains.stations.models.marks import Slot
from veza.domains.stations.models.rotations import SECOND
from veza.domains.stations.models.takeovers import Takeover
from veza.domains.stations.rules.pieces import FRAME_SAMPLES
from veza.domains.stations.rules.playlists import ListedSegment, TimelineSpan

FOLDER = "station-live/"
# How long before its time the next segment has to be there: radios are sent eight seconds ahead.
DUE = 9 * SECOND
# Clocks of nodes differ: from here on nobody stores anything more.
LATEST = DUE + 3 * SECOND


def folder_of(station_id: StationId) -> str:
    """Return the folder of what is kept of streams for a station."""
    return f"{FOLDER}{station_id}"


def takeover_folder(takeover: Takeover) -> str:
    """Return the folder of the sound of a takeover."""
    return f"{folder_of(takeover.station_id)}/{takeover.id}"


def key_of(takeover: Takeover, number: int) -> str:
    """Return where the sound of a segment is stored."""
    return f"{takeover_folder(takeover)}/{number}.m4s"


def goes_on(takeover: Takeover, at: int) -> bool:
    """Return whether a takeover may have more sound than is stored."""
    return takeover.is_open and takeover.ends_at >= at + DUE


def take_over(
    segments: Iterable[ListedSegment], takeovers: Sequence[Takeover], at: int
) -> list[ListedSegment]:
    """Return segments of the timeline, with those of streams in their places, as far as known."""
    known = [each for each in takeovers if not each.is_empty or goes_on(each, at)]
    listed: list[ListedSegment] = []
    for segment in segments:
        before = [each for each in known if each.first_segment <= segment.number]
        if not before:
            listed.append(segment)
            continue
        last = before[-1]
        if segment.number < last.next_segment:
            live = structs.replace(segment, takeover_id=last.id, breaks=last.breaks)
            listed.append(live)
        elif goes_on(last, at):
            break
        else:
            breaks = last.breaks + 1 + segment.slot - last.next_slot
            listed.append(structs.replace(segment, breaks=breaks))
    return listed


def count_breaks(first: ListedSegment, latest: Takeover | None) -> int:
    """Return how many discontinuities are before a takeover that begins at a segment."""
    slot = first.slot - 1 if first.index == 0 else first.slot
    if latest is None:
        return slot + 1
    if first.number == latest.next_segment:
        return latest.breaks + 1
    return latest.breaks + 2 + slot - latest.next_slot


def count_frames(takeover: Takeover, rate: int, ends_at: int) -> int:
    """Return how many frames the sound up to a moment needs, beside those that are stored.

    `rate` is how many samples a second has.
    """
    samples = (ends_at - takeover.starts_at) * rate // SECOND
    return max(1, -(-(samples - takeover.samples) // FRAME_SAMPLES))


def find_live(takeovers: Sequence[Takeover], at: int) -> Takeover | None:
    """Return the takeover that is heard at a moment."""
    found = (each for each in takeovers if each.starts_at <= at < each.ends_at and each.is_heard)
    return next(found, None)


def find_heard(span: TimelineSpan, slot: Slot, takeovers: Sequence[Takeover]) -> tuple[int, int]:
    """Return when a slot began to be heard, and for how many microseconds it was."""
    start, end = slot.starts_at, span.end_of(slot)
    # They are in their order, and one has ended before the next begins.
    first = max(0, bisect_right(takeovers, start, key=lambda one: one.starts_at) - 1)
    near = takeovers[first : bisect_left(takeovers, end, key=lambda one: one.starts_at)]
    taken = sum(max(0, min(end, one.ends_at) - max(start, one.starts_at)) for one in near)
    before = (one.ends_at for one in near if one.starts_at <= start < one.ends_at)
    return max([start, *before]), end - start - taken
