"""The playlist of the last minutes of a stream: what comes to it, and what leaves it."""

import re
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from msgspec import Struct, structs

# Players ask for the playlist as often, and stay three times as far behind its end.
TARGET_S = 10
# Segments last a second; an ingest that cuts shorter ones gets a shorter window.
MAX_SEGMENTS = 10_000

# A segment as playlists name it.
ENTRY = re.compile(
    r"(?P<is_break>#EXT-X-DISCONTINUITY\n)?(?:#EXT-X-PROGRAM-DATE-TIME:[^\n]*\n)?"
    r"#EXTINF:(?P<duration>[0-9]{1,5}(?:\.[0-9]{1,6})?)[^\n]*\n(?P<number>[0-9]{1,18})\.ts$",
    re.MULTILINE,
)
_SEQUENCE = re.compile(r"^#EXT-X-MEDIA-SEQUENCE:([0-9]{1,18})$", re.MULTILINE)
_BREAKS = re.compile(r"^#EXT-X-DISCONTINUITY-SEQUENCE:([0-9]{1,9})$", re.MULTILINE)


class RewindBounds(Struct, frozen=True):
    """The bounds of what is kept to rewind: seconds of each stream, bytes of all streams."""

    window_s: int
    max_bytes: int


class RewindSegment(Struct, frozen=True):
    """A segment by its number; `is_break`: it does not continue the one before."""

    number: int
    duration_s: float
    is_break: bool = False


class RewindWindow(Struct, frozen=True):
    """Segments in their order, and how many segments and breaks have left before them."""

    segments: list[RewindSegment]
    sequence: int = 0
    breaks: int = 0

    @property
    def first(self) -> int | None:
        """Return the number of the oldest segment."""
        return self.segments[0].number if self.segments else None


def read_window(playlist: str) -> RewindWindow:
    """Return what a playlist names, of the ingest or of `write_window`."""
    text = playlist.replace("\r\n", "\n")
    sequence, breaks = _SEQUENCE.search(text), _BREAKS.search(text)
    return RewindWindow(
        [
            RewindSegment(
                int(each["number"]), float(each["duration"]), each["is_break"] is not None
            )
            for each in ENTRY.finditer(text)
        ],
        int(sequence[1]) if sequence else 0,
        int(breaks[1]) if breaks else 0,
    )


def find_new(window: RewindWindow, written: RewindWindow) -> list[RewindSegment]:
    """Return what the ingest has written since; the first one is a break after a gap."""
    if not window.segments:
        return [structs.replace(each, is_break=False) for each in written.segments[:1]] + list(
            written.segments[1:]
        )
    last = window.segments[-1].number
    new = [each for each in written.segments if each.number > last]
    if new and all(each.number != last for each in written.segments):
        new[0] = structs.replace(new[0], is_break=True)
    return new


def find_share(sizes: Collection[int], max_bytes: int) -> int:
    """Return how much each stream may have so that all fit: what some do not need, others get."""
    left = max_bytes
    for place, size in enumerate(sorted(sizes)):
        share = left // (len(sizes) - place)
        if size > share:
            return share
        left -= size
    return max_bytes


def trim(window: RewindWindow, max_s: float) -> RewindWindow:
    """Return a window without the oldest segments that are more than it may have."""
    kept_s, start = 0.0, len(window.segments)
    while start > 0 and len(window.segments) - start < MAX_SEGMENTS:
        kept_s += window.segments[start - 1].duration_s
        if kept_s > max_s:
            break
        start -= 1
    return drop(window, start)


def drop(window: RewindWindow, count: int) -> RewindWindow:
    """Return a window without so many of its oldest segments."""
    gone = window.segments[:count]
    return RewindWindow(
        window.segments[count:],
        window.sequence + len(gone),
        window.breaks + sum(each.is_break for each in gone),
    )


def write_window(window: RewindWindow, ended_at: Mapping[int, datetime]) -> str:
    """Return the playlist of a window; `ended_at` has the times of its segments."""
    longest = max((each.duration_s for each in window.segments), default=0)
    lines = [
        "#EXTM3U",
        "#EXT-X-VERSION:3",
        f"#EXT-X-TARGETDURATION:{max(TARGET_S, int(longest) + 1)}",
        f"#EXT-X-MEDIA-SEQUENCE:{window.sequence}",
        f"#EXT-X-DISCONTINUITY-SEQUENCE:{window.breaks}",
    ]
    for place, each in enumerate(window.segments):
        if each.is_break:
            lines.append("#EXT-X-DISCONTINUITY")
        if (place == 0 or each.is_break) and each.number in ended_at:
            began_at = ended_at[each.number] - timedelta(seconds=each.duration_s)
            lines.append(f"#EXT-X-PROGRAM-DATE-TIME:{began_at.isoformat(timespec='milliseconds')}")
        lines += [f"#EXTINF:{each.duration_s:.3f},", f"{each.number}.ts"]
    return "\n".join([*lines, ""])
