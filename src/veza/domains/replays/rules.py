"""Decides what is kept of a stream, where a recording is cut, and what goes first."""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from msgspec import UNSET, Struct, structs

from veza.core.errors import FieldError, Invalid
from veza.core.ids import StreamRecordingId
from veza.core.normalize import require_line
from veza.core.structs import copy_fields
from veza.domains.replays.models import (
    KeptRecording,
    OpenRecording,
    RecordingChange,
    RecordingCut,
    RecordingPart,
    RecordingState,
    ReplayChapter,
    StoredRecording,
    StoredReplay,
    StoredStreamMark,
    StreamRecording,
)

MAX_RECORDINGS = 100
MAX_PARTS = 20_000
# How much is collected before it is stored: less than the ingest keeps.
PART_S = 20.0
# What is stored at once is bounded, as is what is read for it.
MAX_PART_S = 60.0
MAX_SEGMENT_BYTES = 64 * 1024 * 1024
# A pause of an encoder, after which another part begins.
BREAK_S = 2.0
# Viewers hear what was sent so much later, and write about that.
VIEWERS_LATER = timedelta(seconds=4)
# After the end of a stream, a node without its segments waits for the one that has them.
LEFT_AFTER = timedelta(minutes=5)
# Owners are told so long before a recording expires.
TOLD_BEFORE = timedelta(days=3)
PLAYLIST = "index.m3u8"

_PART_NAME = re.compile(r"([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.aac")


class Room(Struct, frozen=True):
    """The recordings that go to make room for more, and whether there is room at all."""

    removed: list[StreamRecordingId]
    is_full: bool


def folder_of(recording_id: StreamRecordingId) -> str:
    """Return the folder of a recording's objects."""
    return f"recordings/{recording_id}"


def part_key(recording_id: StreamRecordingId, part_id: UUID) -> str:
    """Return the key of a part's object."""
    return f"{folder_of(recording_id)}/{part_id}.aac"


def read_part_name(name: str) -> UUID | None:
    """Return the id of the part that a playlist names so."""
    matched = _PART_NAME.fullmatch(name)
    return UUID(matched[1]) if matched else None


def make_room(recording: OpenRecording, kept: Sequence[KeptRecording], max_us: int) -> Room:
    """Return what goes so that a recording that grows fits: the oldest ones that are no track.

    `kept` are the member's complete recordings with their sound, the oldest first.
    """
    excess = recording.duration_us + sum(each.duration_us for each in kept) - max_us
    removed: list[StreamRecordingId] = []
    for each in kept:
        if excess <= 0:
            break
        if not each.is_track:
            removed.append(each.id)
            excess -= each.duration_us
    is_full = excess > 0 or recording.parts_count >= MAX_PARTS
    return Room(removed, is_full)


def is_recorded(recording: OpenRecording, moment: datetime) -> bool:
    """Return whether what was sent at a moment belongs to a recording, by the will of its owner."""
    is_stopped = recording.stopped_at is not None and moment > recording.stopped_at
    return moment >= recording.created_at and not is_stopped


def is_over(recording: OpenRecording, moment: datetime, *, has_segments: bool) -> bool:
    """Return whether nothing more will come for a recording.

    Without the folder of its segments another node may have it, which has some time.
    """
    if recording.over_since is None:
        return False
    return has_segments or moment - recording.over_since >= LEFT_AFTER


def cut_of(recording: StoredRecording | StoredReplay) -> RecordingCut:
    """Return where a recording begins and ends as a track."""
    duration_ms = recording.duration_us // 1000
    end = duration_ms if recording.end_ms is None else min(recording.end_ms, duration_ms)
    return RecordingCut(min(recording.start_ms, end), end)


def change_cut(recording: StoredRecording, change: RecordingChange) -> tuple[int, int | None]:
    """Return the start and the end after a change. Raises Invalid."""
    start = recording.start_ms if change.start_ms is UNSET else change.start_ms
    end = recording.end_ms if change.end_ms is UNSET else change.end_ms
    duration_ms = recording.duration_us // 1000
    if start >= min(duration_ms if end is None else end, duration_ms):
        raise Invalid(details=[FieldError("start_ms", "Begin before the end.", "after_end")])
    return start, end


def change_title(recording: StoredRecording, change: RecordingChange) -> str:
    """Return the title after a change. Raises Invalid."""
    if change.title is UNSET:
        return recording.title
    return clean_title(change.title)


def clean_title(title: str) -> str:
    """Return a title as one line. Raises Invalid."""
    return require_line(title, "title", "Enter a title.")


def clean_chapters(chapters: Sequence[ReplayChapter]) -> list[ReplayChapter]:
    """Return chapters whose titles are lines. Raises Invalid for a blank one."""
    return [
        structs.replace(
            each,
            title=require_line(each.title, f"chapters[{place}].title", "Enter a title."),
        )
        for place, each in enumerate(chapters)
    ]


def chapters_of(marks: Sequence[StoredStreamMark]) -> list[ReplayChapter]:
    """Return the chapters whose place is known, in their order."""
    placed = [
        ReplayChapter(each.title, each.start_ms) for each in marks if each.start_ms is not None
    ]
    return sorted(placed, key=lambda each: (each.start_ms, each.title))


def cut_chapters(chapters: Sequence[ReplayChapter], cut: RecordingCut) -> list[ReplayChapter]:
    """Return the chapters of a track that was cut; the one that it begins in is kept."""
    before = [each for each in chapters if each.start_ms <= cut.start_ms]
    within = [each for each in chapters if cut.start_ms < each.start_ms < cut.end_ms]
    first = [ReplayChapter(before[-1].title, 0)] if before else []
    return [*first, *(ReplayChapter(each.title, each.start_ms - cut.start_ms) for each in within)]


def show(
    recording: StoredRecording, marks: Sequence[StoredStreamMark], playback_url: str
) -> StreamRecording:
    """Return a recording as its owner sees it."""
    has_sound = recording.state is RecordingState.READY and recording.size_bytes > 0
    return copy_fields(
        StreamRecording,
        recording,
        duration_ms=recording.duration_us // 1000,
        chapters=chapters_of(marks),
        playback_url=playback_url if has_sound else None,
    )


def write_playlist(parts: Sequence[RecordingPart], query: str) -> str:
    """Return the HLS playlist of a recording whose parts are served with a query."""
    longest = max((each.duration_us for each in parts), default=0)
    lines = [
        "#EXTM3U",
        "#EXT-X-VERSION:3",
        "#EXT-X-PLAYLIST-TYPE:VOD",
        f"#EXT-X-TARGETDURATION:{longest // 1_000_000 + 1}",
        "#EXT-X-MEDIA-SEQUENCE:0",
    ]
    for part in parts:
        lines += [f"#EXTINF:{part.duration_us / 1_000_000:.6f},", f"{part.id}.aac{query}"]
    return "\n".join([*lines, "#EXT-X-ENDLIST", ""])
