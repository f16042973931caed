"""Decisions without I/O: everything here can be tested with plain values."""

from collections.abc import Iterable, Sequence

from msgspec import UNSET

from veza.core.ids import UserId
from veza.core.normalize import fold, fold_tag
from veza.core.pages import BadCursor, Cursor
from veza.core.signed_urls import Resource, UrlBuilder
from veza.domains.music.tracks.models import (
    Artist,
    Shared,
    Sort,
    Status,
    StoredSummary,
    StoredTrack,
    Track,
    TrackSummary,
    Visibility,
)

LINK_LIFETIME_S = 3600
PLAY_COUNTS_FROM_MS = 30_000
# What the smallest of the columns that lists are sorted by can hold.
_MAX_COUNT = 2**31 - 1


def is_visible_to(track: Shared, viewer: UserId | None, *, granted: bool = False) -> bool:
    """Tell whether somebody may know of a track: its owner always, others once it is ready.

    `granted`: a valid signature in the URL stands for the owner's leave. While the owner is
    suspended, nothing does.
    """
    if track.owner_id == viewer:
        return True
    if track.is_hidden:
        return False
    is_shared = track.visibility is not Visibility.PRIVATE or granted
    return is_shared and track.status is Status.READY


def is_play(listened_seconds: float, duration_ms: int) -> bool:
    """Tell whether so much listening is a play: 30 s, or the whole of a shorter track."""
    # Players report whole seconds, rounded down: a track of 12.7 s is heard to its end at 12.
    whole_ms = duration_ms // 1000 * 1000 or duration_ms
    wanted_ms = min(PLAY_COUNTS_FROM_MS, whole_ms)
    return listened_seconds * 1000 >= wanted_ms


def clean_tags(tags: Iterable[str]) -> list[str]:
    """Trim tags, and drop empty and repeated ones."""
    trimmed = (" ".join(tag.split()) for tag in tags)
    return list({tag.casefold(): tag for tag in trimmed if tag}.values())


def search_text(title: str, artist: str, genre: str | None, tags: Sequence[str]) -> str:
    """Write what a track is found by, a line each; the title first, because it counts most.

    The last line has each tag as it is the same however it is spelt, between blanks.
    """
    lines = [fold(part) for part in (title, artist, genre or "", " ".join(tags))]
    keys = filter(None, map(fold_tag, tags))
    return "\n".join([*lines, f" {' '.join(keys)} "])


def cursor_after(track: StoredTrack, sort: Sort) -> Cursor:
    """Make the cursor that goes on behind a track."""
    if sort is Sort.CREATED_AT:
        return Cursor(track.created_at, track.id)
    return Cursor(track.created_at, track.id, sort=sort, value=track.sort_value)


def ensure_cursor_fits(cursor: Cursor, sort: Sort) -> None:
    """Raise BadCursor where a cursor comes from a list in another order."""
    value = cursor.value
    if sort is Sort.CREATED_AT:
        fits = cursor.sort is None and value is None
    elif sort is Sort.TITLE:
        fits = cursor.sort == sort and isinstance(value, str) and "\0" not in value
    else:
        fits = cursor.sort == sort and isinstance(value, int) and 0 <= value <= _MAX_COUNT
    if not fits:
        raise BadCursor


def show_track(track: StoredTrack, urls: UrlBuilder) -> Track:
    """Show a track, with URLs that its viewer can use."""
    path = f"{urls.base}/tracks/{track.id}"
    grant = (
        "" if track.visibility is Visibility.PUBLIC else urls.signed_query(Resource.TRACK, track.id)
    )
    is_ready = track.status is Status.READY
    # By place, in the order of the fields: to name 27 costs more than all the rest.
    return Track(
        track.id,
        track.title,
        track.description,
        Artist(track.owner_id, track.username),
        track.status,
        track.failure_reason,
        None if track.duration_ms is None else track.duration_ms / 1000,
        track.format,
        track.bitrate,
        track.sample_rate,
        track.channels,
        track.loudness_lufs,
        track.true_peak_dbtp,
        track.genre,
        track.tags,
        track.visibility,
        track.downloadable,
        track.likes_count,
        track.comments_count,
        track.plays_count,
        f"{path}/stream{grant}" if is_ready else None,
        f"{path}/hls/master.m3u8{grant}" if is_ready else None,
        f"{path}/waveform{grant}" if is_ready else None,
        f"{path}/preview{grant}" if is_ready else None,
        f"{path}/cover{grant}" if track.has_cover else None,
        track.created_at,
        UNSET if track.liked is None else track.liked,
    )


def show_summary(track: StoredSummary, urls: UrlBuilder) -> TrackSummary:
    """Show a track that is public and ready beside something else."""
    path = f"{urls.base}/tracks/{track.id}"
    return TrackSummary(
        id=track.id,
        title=track.title,
        artist=Artist(track.owner_id, track.username),
        duration_seconds=None if track.duration_ms is None else track.duration_ms / 1000,
        stream_url=f"{path}/stream",
        hls_url=f"{path}/hls/master.m3u8",
        waveform_url=f"{path}/waveform",
        cover_url=f"{path}/cover" if track.has_cover else None,
    )
