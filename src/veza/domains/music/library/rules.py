"""A player's position is computed from its last report, which ends with the track."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from msgspec import structs

from veza.core.errors import FieldError, Invalid
from veza.core.ids import TrackId
from veza.core.normalize import require_line
from veza.core.pages import Cursor
from veza.core.structs import copy_fields
from veza.domains.music.library.models import (
    MAX_QUEUE_LENGTH,
    Bookmark,
    HistoryPage,
    PlaybackState,
    PlayedTrack,
    PlayingDevice,
    PlayQueue,
    QueueForm,
    RatedTrack,
    RatedTrackPage,
    StoredBookmark,
    StoredPlayback,
    StoredPlays,
    StoredQueue,
    StoredRating,
)
from veza.domains.music.tracks.models.tracks import Track

# How long a report is shown after the end of its track, or while the player is paused.
_END_MARGIN_S = 60
_PAUSED_S = 30 * 60
_MAX_LIFETIME_S = 6 * 3600
# The tracks before the current one that are kept where a queue is too long.
_KEPT_BEFORE = 100

type Tracks = Mapping[TrackId, Track]


def clean_device(name: str) -> str:
    """Return the name of a device as one line. Raises Invalid if it is blank."""
    return require_line(name, "device", "Enter the name of the device: it can't be blank.")


def clean_queue(form: QueueForm) -> QueueForm:
    """Return the queue with a trimmed device. Raises Invalid if the index is not in the queue."""
    index = form.current_index
    if not form.track_ids:
        if index is not None or form.position_ms:
            message = "An empty queue has no current track, and the position 0."
            raise Invalid(details=[FieldError("current_index", message)])
    elif index is None or index >= len(form.track_ids):
        raise Invalid(details=[FieldError("current_index", "Send an index within the queue.")])
    return structs.replace(form, device=clean_device(form.device))


def fit_queue(track_ids: Sequence[TrackId], current_index: int) -> tuple[list[TrackId], int]:
    """Return the part of a long queue that can be saved, and the index of the current track in it.

    The part starts 100 tracks before the current one, or earlier if it would be too short. For
    players that save queues of any length.
    """
    first = max(0, min(current_index - _KEPT_BEFORE, len(track_ids) - MAX_QUEUE_LENGTH))
    return list(track_ids[first : first + MAX_QUEUE_LENGTH]), current_index - first


def lifetime_s(report: StoredPlayback) -> int:
    """Return how long a report is shown: until the track ends and a minute longer, if it plays."""
    if report.state is PlaybackState.PAUSED:
        return _PAUSED_S
    remaining_s = max(0, report.duration_ms - report.position_ms) / 1000 / report.playback_rate
    return min(_MAX_LIFETIME_S, int(remaining_s) + _END_MARGIN_S)


def has_ended(report: StoredPlayback, moment: datetime) -> bool:
    """Return whether a report is no longer shown."""
    return moment >= report.reported_at + timedelta(seconds=lifetime_s(report))


def position_at(report: StoredPlayback, moment: datetime) -> int:
    """Return the position of a player in ms, computed from its last report."""
    position = report.position_ms
    if report.state is PlaybackState.PLAYING:
        elapsed_ms = max(0.0, (moment - report.reported_at).total_seconds() * 1000)
        position += round(elapsed_ms * report.playback_rate)
    return min(position, report.duration_ms)


def cursor_after_rating(rating: StoredRating) -> Cursor:
    """Return the cursor of the page that follows a rating."""
    return Cursor(rating.rated_at, rating.track_id)


def cursor_after_plays(plays: StoredPlays) -> Cursor:
    """Return the cursor of the page that follows an entry of the history."""
    return Cursor(plays.last_played_at, plays.track_id)


def show_ratings(
    page: Sequence[StoredRating], next_cursor: str | None, tracks: Tracks
) -> RatedTrackPage:
    """Return the response for a page of ratings of tracks that the member may see."""
    shown = [
        RatedTrack(track, rating.rating, rating.rated_at)
        for rating in page
        if (track := tracks.get(rating.track_id)) is not None
    ]
    return RatedTrackPage(shown, next_cursor, next_cursor is not None)


def show_history(
    page: Sequence[StoredPlays], next_cursor: str | None, tracks: Tracks
) -> HistoryPage:
    """Return the response for a page of the history."""
    shown = [
        copy_fields(PlayedTrack, plays, track=track)
        for plays in page
        if (track := tracks.get(plays.track_id)) is not None
    ]
    return HistoryPage(shown, next_cursor, next_cursor is not None)


def show_bookmarks(bookmarks: Sequence[StoredBookmark], tracks: Tracks) -> list[Bookmark]:
    """Return the responses for bookmarks in tracks that the member may see."""
    return [
        copy_fields(Bookmark, bookmark, track=track)
        for bookmark in bookmarks
        if (track := tracks.get(bookmark.track_id)) is not None
    ]


def show_queue(queue: StoredQueue, tracks: Tracks) -> PlayQueue:
    """Return the response for a queue; `tracks` are those that the member may see."""
    listed = dict.fromkeys(queue.track_ids)
    shown = [track for track_id in listed if (track := tracks.get(track_id)) is not None]
    return copy_fields(PlayQueue, queue, tracks=shown)


def show_devices(
    reports: Sequence[StoredPlayback], tracks: Tracks, moment: datetime
) -> list[PlayingDevice]:
    """Return the responses for devices, the latest report first."""
    latest_first = sorted(reports, key=lambda report: report.reported_at, reverse=True)
    return [
        copy_fields(PlayingDevice, report, track=track, position_ms=position_at(report, moment))
        for report in latest_first
        if (track := tracks.get(report.track_id)) is not None
    ]
