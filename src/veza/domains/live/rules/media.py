"""Media is played while a stream is live, and for a minute after that."""

import re
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from msgspec import Struct

from veza.core.ids import StreamId
from veza.domains.live.models.stored_streams import StoredStream, StreamStatus

# Media stays available after the end of a stream.
PLAYABLE_AFTER_END = timedelta(seconds=60)

PLAYLIST = "index.m3u8"
# That of the last minutes, for who goes back in a stream that runs.
REWIND_PLAYLIST = "rewind.m3u8"
# Those that name the qualities which players choose from.
MASTER = "master.m3u8"
REWIND_PREFIX = "rewind-"
REWIND_MASTER = f"{REWIND_PREFIX}{MASTER}"

_SEGMENT = re.compile(r"[0-9]{1,20}\.ts")
_QUALITY_PLAYLIST = re.compile(rf"({REWIND_PREFIX})?(sound|low)\.m3u8")
_QUALITY_SEGMENT = re.compile(r"(sound|low)-([0-9]{1,20})\.aac")


class Quality(StrEnum):
    """A quality beside what is sent, by which the names of its files begin.

    `low` is encoded again, if there is room for it; `sound` is what is sent without its pictures.
    """

    SOUND = "sound"
    LOW = "low"


class QualityPlaylist(Struct, frozen=True):
    """The playlist of a quality, of the last minutes if `is_past`."""

    quality: Quality
    is_past: bool

    @property
    def name(self) -> str:
        """Return the name of the file."""
        return f"{REWIND_PREFIX if self.is_past else ''}{self.quality}.m3u8"

    @property
    def sent(self) -> str:
        """Return the name of the playlist of what is sent."""
        return REWIND_PLAYLIST if self.is_past else PLAYLIST


class QualitySegment(Struct, frozen=True):
    """A segment of packed audio, with the number of the one that was sent."""

    quality: Quality
    number: str

    @property
    def name(self) -> str:
        """Return the name of the file."""
        return f"{self.quality}-{self.number}.aac"

    @property
    def sent(self) -> str:
        """Return the name of what was sent."""
        return f"{self.number}.ts"


def read_quality(name: str) -> QualityPlaylist | QualitySegment | None:
    """Return the file of a quality that has a name, or None."""
    if (found := _QUALITY_PLAYLIST.fullmatch(name)) is not None:
        return QualityPlaylist(Quality(found[2]), found[1] is not None)
    if (found := _QUALITY_SEGMENT.fullmatch(name)) is not None:
        return QualitySegment(Quality(found[1]), found[2])
    return None


def is_playable(stream: StoredStream, moment: datetime) -> bool:
    """Return whether a stream can be played: while it is live, and for a minute after its end.

    This lets players finish their buffers.
    """
    if stream.is_hidden:
        return False
    ended_just_now = stream.ended_at is not None and moment - stream.ended_at < PLAYABLE_AFTER_END
    return stream.status is StreamStatus.LIVE or ended_just_now


def is_segment(name: str) -> bool:
    """Return whether the ingest could have given a segment this name."""
    return _SEGMENT.fullmatch(name) is not None


def is_file_name(name: str) -> bool:
    """Return whether a stream may have a file of this name."""
    return is_segment(name) or is_playlist(name) or read_quality(name) is not None


def is_master(name: str) -> bool:
    """Return whether a file names qualities, and no segments."""
    return name in {MASTER, REWIND_MASTER}


def is_playlist(name: str) -> bool:
    """Return whether a file is a playlist, which changes."""
    is_of_sent = name in {PLAYLIST, REWIND_PLAYLIST}
    return is_of_sent or is_master(name) or isinstance(read_quality(name), QualityPlaylist)


def end_playlist(playlist: bytes) -> bytes:
    """Mark a playlist as complete, so that players stop instead of reloading it."""
    return playlist.rstrip() + b"\n#EXT-X-ENDLIST\n"


def playback_url(base: str, playback_base_url: str | None, stream_id: StreamId, name: UUID) -> str:
    """Return the URL of the playlist, at a CDN if configured, where `name` is that of the media.

    A CDN has what the ingest writes, and no other quality.
    """
    if playback_base_url is None:
        return f"{base}/live/streams/{stream_id}/hls/{MASTER}"
    return f"{playback_base_url.rstrip('/')}/{name}/{PLAYLIST}"


def rewind_url(base: str, stream_id: StreamId) -> str:
    """Return the URL of the playlist of the last minutes, which only this server has."""
    return f"{base}/live/streams/{stream_id}/hls/{REWIND_MASTER}"


def measure_rewind(stream: StoredStream, window_s: int, moment: datetime) -> int:
    """Return how many seconds a viewer may go back in a stream; 0 unless it runs."""
    if stream.status is not StreamStatus.LIVE or stream.started_at is None or stream.is_hidden:
        return 0
    return min(window_s, max(0, int((moment - stream.started_at).total_seconds())))
