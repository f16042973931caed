"""Cuts the sound of a station by time: AAC frames of stored segments, and silence between them."""

from collections.abc import Sequence

from veza.domains.stations.models.rotations import SECOND
from veza.domains.stations.rules.playlists import ListedSegment

# Of AAC-LC, two channels, 44.1 kHz: an ADTS header, and a frame without sound.
_SILENT_FRAME = bytes.fromhex("fff15080021ffc210049900219002380")
FRAME_SAMPLES = 1024
_RATE = 44_100


def cut_segment(segment: ListedSegment, frames: Sequence[bytes], start: int, end: int) -> bytes:
    """Return the frames of a segment that begin from a moment on, and before another."""
    first, last = (
        max(0, -(-(at - segment.starts_at) * len(frames) // segment.length)) for at in (start, end)
    )
    return b"".join(frames[first:last])


def write_silence(start: int, end: int) -> bytes:
    """Return the frames of silence that begin from a moment on, and before another."""
    first, last = (-(-at * _RATE // (FRAME_SAMPLES * SECOND)) for at in (start, end))
    return _SILENT_FRAME * (last - first)
