"""Reads the segments that the ingest writes for players, and takes the sound from them.

All functions block.
"""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

from msgspec import Struct

from veza.domains.replays import rules
from veza.domains.replays.models import OpenRecording
from veza.infra.media.adts import extract_aac, measure_us

_NAME = re.compile(r"([0-9]{1,18})\.ts")


class StreamSegment(Struct, frozen=True):
    """A finished segment, and when its last byte was written."""

    number: int
    path: Path
    ended_at: datetime


class CollectedSound(Struct, frozen=True):
    """A run of segments without a gap, and the number of the last one that was read.

    It is empty if there is no sound in them.
    """

    content: bytes
    started_at: datetime
    duration_us: int
    last_segment: int


def list_segments(folder: Path, recording: OpenRecording, after: int) -> list[StreamSegment] | None:
    """Return the finished segments of a recording after a number, in order; None without folder.

    Until a stream is over, those are finished that a playlist names or that come before.
    """
    is_over = not recording.is_on_air
    try:
        found = {int(match[1]): path for path in folder.iterdir() if (match := _match(path))}
        last = max(found, default=0) if is_over else _last_in_playlist(folder)
    except OSError:
        return None
    return [
        StreamSegment(number, found[number], moment)
        for number in sorted(found)
        if after < number <= last
        and (moment := _ended_at(found[number])) is not None
        and rules.is_recorded(recording, moment)
    ]


def is_due(segments: list[StreamSegment], *, is_over: bool) -> bool:
    """Return whether segments are worth storing: after some seconds, or the end."""
    if is_over or not segments:
        return bool(segments)
    return (segments[-1].ended_at - segments[0].ended_at).total_seconds() >= rules.PART_S


def collect_sound(segments: list[StreamSegment]) -> CollectedSound:
    """Return the sound of the first segments, as far as there is no break and no minute is over."""
    pieces: list[bytes] = []
    started_at = ended_at = segments[0].ended_at
    duration_us, last = 0, segments[0].number
    for segment in segments:
        content = _read_sound(segment.path)
        length_us = measure_us(content)
        began_at = segment.ended_at - timedelta(microseconds=length_us)
        if pieces and (
            (began_at - ended_at).total_seconds() > rules.BREAK_S
            or duration_us > rules.MAX_PART_S * 1_000_000
        ):
            break
        last = segment.number
        if content:
            started_at = started_at if pieces else began_at
            pieces.append(content)
            ended_at = segment.ended_at
            duration_us += length_us
    return CollectedSound(b"".join(pieces), started_at, duration_us, last)


def _match(path: Path) -> re.Match[str] | None:
    return _NAME.fullmatch(path.name)


def _last_in_playlist(folder: Path) -> int:
    playlist = (folder / rules.PLAYLIST).read_text(errors="replace")
    return max((int(number) for number in _NAME.findall(playlist)), default=0)


def _ended_at(path: Path) -> datetime | None:
    try:
        return datetime.fromtimestamp(path.stat().st_mtime, UTC)
    except OSError:
        # The ingest has deleted it.
        return None


def _read_sound(path: Path) -> bytes:
    try:
        if path.stat().st_size > rules.MAX_SEGMENT_BYTES:
            return b""
        return extract_aac(path.read_bytes())
    except OSError:
        return b""
