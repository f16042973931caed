"""Writes the HLS playlists of a station: a window of stored segments around the present."""

from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, datetime
from itertools import groupby

from msgspec import Struct

from veza.core.ids import StationTakeoverId, TrackId
from veza.domains.stations.models.marks import Slot
from veza.domains.stations.models.rotations import SECOND
from veza.domains.stations.rules.timeline import Timeline

MASTER = "master.m3u8"
# Of a track, or of a stream that has taken over.
HEAD = "init.mp4"
VARIANTS = {"256k.m3u8": "256k", "128k.m3u8": "128k"}
# Players begin three segments before the end of a playlist: with as much listed ahead, everybody
# hears what is on air now.
AHEAD = 18 * SECOND
BEHIND = 90 * SECOND
# Segments are of six seconds; the value must not change.
TARGET_S = 6
MAX_SEGMENT = TARGET_S * SECOND + SECOND // 2 - 1
_RATES = {"128k": (140_000, 132_000), "256k": (276_000, 262_000)}


class TimelineSpan(Struct, frozen=True):
    """A timeline that counts up to the moment at which the next one begins."""

    timeline: Timeline
    until: int | None

    def last_before(self, end: int) -> int:
        """Return the last moment up to another at which a slot of this timeline can begin."""
        return end if self.until is None else min(end, self.until - 1)

    def end_of(self, slot: Slot) -> int:
        """Return the moment at which a slot ends, or breaks off."""
        return slot.ends_at if self.until is None else min(slot.ends_at, self.until)


class ListedSegment(Struct, frozen=True):
    """A segment of the timeline; `index` is its place in the track.

    With a takeover, a stream is heard in its place. `breaks` are the discontinuities before it,
    unless there are as many as slots.
    """

    number: int
    slot: int
    track_id: TrackId
    index: int
    starts_at: int
    length: int
    is_jingle: bool = False
    takeover_id: StationTakeoverId | None = None
    breaks: int | None = None

    @property
    def ends_at(self) -> int:
        """Return when it is over."""
        return self.starts_at + self.length

    @property
    def discontinuity(self) -> int:
        """Return the number of its discontinuity."""
        return self.slot if self.breaks is None else self.breaks


def iterate_slots(
    spans: Sequence[TimelineSpan], start: int, end: int
) -> Iterator[tuple[TimelineSpan, Slot]]:
    """Yield the slots that play between two moments, both included.

    They are computed as they are asked for, each timeline no further than it counts.
    """
    for span in spans:
        for slot in span.timeline.slots_between(start, span.last_before(end)):
            yield span, slot


def list_slots(
    spans: Sequence[TimelineSpan], start: int, end: int
) -> list[tuple[TimelineSpan, Slot]]:
    """Return the slots that play between two moments, both included."""
    return list(iterate_slots(spans, start, end))


def list_segments(spans: Sequence[TimelineSpan], start: int, end: int) -> list[ListedSegment]:
    """Return the segments that play between two moments."""
    return [
        segment
        for span, slot in list_slots(spans, start, end)
        for segment in _segments_of(span, slot)
        if segment.starts_at <= end and segment.ends_at > start
    ]


def _segments_of(span: TimelineSpan, slot: Slot) -> Iterator[ListedSegment]:
    track = span.timeline.rotation.tracks[slot.track]
    at = slot.starts_at
    for index, length in enumerate(track.lengths):
        if span.until is not None and at >= span.until:
            return
        number = slot.segment + index
        yield ListedSegment(number, slot.number, track.id, index, at, length, slot.is_jingle)
        at += length


def write_master() -> bytes:
    """Return the master playlist, with addresses relative to its own."""
    lines = ["#EXTM3U", "#EXT-X-VERSION:7", "#EXT-X-INDEPENDENT-SEGMENTS"]
    for file_name, variant in VARIANTS.items():
        peak, mean = _RATES[variant]
        rates = f"BANDWIDTH={peak},AVERAGE-BANDWIDTH={mean}"
        lines += [f'#EXT-X-STREAM-INF:{rates},CODECS="mp4a.40.2"', file_name]
    return "\n".join([*lines, ""]).encode()


def write_playlist(
    segments: Sequence[ListedSegment],
    variant: str,
    playable: Collection[TrackId],
    heard: Collection[StationTakeoverId] = (),
) -> bytes:
    """Return the live playlist of segments (RFC 8216bis).

    Those of other tracks than are playable, and of streams that are not heard, are gaps.

    The first track is listed without the discontinuity before it, which the number of the sequence
    counts instead.
    """
    first = segments[0]
    lines = [
        "#EXTM3U",
        "#EXT-X-VERSION:7",
        f"#EXT-X-TARGETDURATION:{TARGET_S}",
        f"#EXT-X-MEDIA-SEQUENCE:{first.number}",
        f"#EXT-X-DISCONTINUITY-SEQUENCE:{first.discontinuity}",
        "#EXT-X-INDEPENDENT-SEGMENTS",
    ]
    for number, alike in groupby(segments, key=lambda each: each.discontinuity):
        if number != first.discontinuity:
            lines.append("#EXT-X-DISCONTINUITY")
        lines += _write_alike(list(alike), variant, playable, heard)
    return "\n".join([*lines, ""]).encode()


def live_name(number: int) -> str:
    """Return the name of a segment of a stream."""
    return f"s{number}.m4s"


def _write_alike(
    segments: Sequence[ListedSegment],
    variant: str,
    playable: Collection[TrackId],
    heard: Collection[StationTakeoverId],
) -> Iterator[str]:
    first = segments[0]
    takeover_id = first.takeover_id
    if takeover_id is None:
        folder = f"../../../tracks/{first.track_id}/hls/{variant}"
        is_gap = first.track_id not in playable
    else:
        folder = str(takeover_id)
        is_gap = takeover_id not in heard
    if not is_gap:
        yield f'#EXT-X-MAP:URI="{folder}/{HEAD}"'
    yield f"#EXT-X-PROGRAM-DATE-TIME:{_write_time(first.starts_at)}"
    for segment in segments:
        if is_gap:
            yield "#EXT-X-GAP"
        yield f"#EXTINF:{segment.length / SECOND:.6f},"
        name = f"s{segment.index:03d}.m4s" if takeover_id is None else live_name(segment.number)
        yield f"{folder}/{name}"


def _write_time(at: int) -> str:
    moment = datetime.fromtimestamp(at // SECOND, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{at % SECOND // 1000:03d}Z"
