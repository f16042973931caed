"""Follows the segments that the ingest writes for players, from the newest on. It blocks."""

import time
from pathlib import Path

from msgspec import Struct

from veza.domains.live.rules.media import PLAYLIST
from veza.domains.live.rules.rewinding import RewindSegment, read_window
from veza.infra.media.mpegts import remove_missing_video
from veza.infra.media.ts_packets import find_kinds

# What was written longer ago is not the present of a stream.
FRESH_S = 10.0
MAX_SEGMENT_BYTES = 32 * 1024 * 1024
# A server that is so far behind doesn't catch up.
MAX_BEHIND_S = 20.0

# So many of the newest segments are sent at the begin: a server shows the first picture sooner.
_FIRST = 2


class FellBehind(Exception):
    """Segments were written faster than they were sent."""


class SentSegment(Struct, frozen=True):
    """A segment as it is sent, and the kinds of tracks in it."""

    number: int
    content: bytes
    kinds: frozenset[int]


class SegmentFeed:
    """The segments of a stream from the newest on, until one does not continue the one before."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._last: int | None = None
        self.is_over = False

    def read_next(self) -> SentSegment | None:
        """Return the next segment, or None while there is none. Raises FellBehind."""
        window = read_window(_read_text(self._folder / PLAYLIST)).segments
        waiting = self._find_waiting(window)
        if not waiting or self.is_over:
            return None
        following = waiting[0]
        if following.is_break and self._last is not None:
            self.is_over = True
            return None
        self._last = following.number
        return _read(self._folder / f"{following.number}.ts", following.number)

    def _find_waiting(self, window: list[RewindSegment]) -> list[RewindSegment]:
        if self._last is None:
            breaks = [place for place, each in enumerate(window) if each.is_break]
            # Not from before a break.
            start = max([len(window) - _FIRST, *breaks, 0])
            return window[start:]
        waiting = [each for each in window if each.number > (self._last or 0)]
        is_gone = bool(window) and all(each.number != self._last for each in window)
        if is_gone or sum(each.duration_s for each in waiting) > MAX_BEHIND_S:
            raise FellBehind
        return waiting


def is_fresh(folder: Path) -> bool:
    """Return whether the ingest of this machine writes a stream at present."""
    try:
        written_at = (folder / PLAYLIST).stat().st_mtime
    except OSError:
        return False
    return time.time() - written_at < FRESH_S


def _read(path: Path, number: int) -> SentSegment:
    """Return a segment; an empty one if it can't be read, or is too large."""
    try:
        content = path.read_bytes() if path.stat().st_size <= MAX_SEGMENT_BYTES else b""
    except OSError as error:
        # The ingest has deleted it.
        raise FellBehind from error
    return SentSegment(number, remove_missing_video(content), find_kinds(content))


def _read_text(path: Path) -> str:
    try:
        return path.read_text(errors="replace")
    except OSError:
        return ""
