"""Media is played while a stream is live, and for a minute after that."""

import re
from datetime import datetime, timedelta
from uuid import UUID

from veza.core.ids import StreamId
from veza.domains.live.models.stored_streams import StoredStream, StreamStatus

# Media stays available after the end of a stream.
PLAYABLE_AFTER_END = timedelta(seconds=60)

PLAYLIST = "index.m3u8"
# That of the last minutes, for who goes back in a stream that runs.
REWIND_PLAYLIST = "rewind.m3u8"
_PLAYLISTS = (PLAYLIST, REWIND_PLAYLIST)

_SEGMENT = re.compile(r"[0-9]{1,20}\.ts")


def is_playable(stream: StoredStream, moment: datetime) -> bool:
    """Return whether a stream can be played: while it is live, and for a minute after its end.

    This lets players finish their buffers.
    """
    if stream.is_hidden:
        return False
    ended_just_now = stream.ended_at is not None and moment - stream.ended_at < PLAYABLE_AFTER_END
    return stream.status is StreamStatus.LIVE or ended_just_now


def is_file_name(name: str) -> bool:
    """Return whether the ingest could have given a file this name."""
    return is_playlist(name) or _SEGMENT.fullmatch(name) is not None


def is_playlist(name: str) -> bool:
    """Return whether a file is a playlist, which changes."""
    return name in _PLAYLISTS


def end_playlist(playlist: bytes) -> bytes:
    """Mark a playlist as complete, so that players stop instead of reloading it."""
    return playlist.rstrip() + b"\n#EXT-X-ENDLIST\n"


def playback_url(base: str, playback_base_url: str | None, stream_id: StreamId, name: UUID) -> str:
    """Return the URL of the playlist, at a CDN if configured, where `name` is that of the media."""
    if playback_base_url is None:
        return f"{base}/live/streams/{stream_id}/hls/{PLAYLIST}"
    return f"{playback_base_url.rstrip('/')}/{name}/{PLAYLIST}"


def rewind_url(base: str, stream_id: StreamId) -> str:
    """Return the URL of the playlist of the last minutes, which only this server has."""
    return f"{base}/live/streams/{stream_id}/hls/{REWIND_PLAYLIST}"


def measure_rewind(stream: StoredStream, window_s: int, moment: datetime) -> int:
    """Return how many seconds a viewer may go back in a stream; 0 unless it runs."""
    if stream.status is not StreamStatus.LIVE or stream.started_at is None or stream.is_hidden:
        return 0
    return min(window_s, max(0, int((moment - stream.started_at).total_seconds())))
