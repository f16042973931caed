"""A member's ratings, likes, history, bookmarks, queue, and what their devices play."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

from veza.core.ids import ReleaseId, TrackId, UserId
from veza.core.pages import Cursor
from veza.domains.music.releases.models.releases import Release
from veza.domains.music.tracks.models.tracks import Track

MAX_QUEUE_LENGTH = 1_000
MAX_BOOKMARKS = 1_000
# Devices of a member that are playing at the same time; the oldest report is dropped.
MAX_DEVICES = 10

Stars = Annotated[int, Meta(ge=1, le=5, examples=[4])]
PositionMs = Annotated[
    int,
    Meta(ge=0, le=2**31 - 1, description="The position in the track, in ms.", examples=[93500]),
]
DeviceName = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=100,
        description="The name of the device or player, as the member knows it.",
        examples=["Phone"],
    ),
]
QueueTrackIds = Annotated[list[TrackId], Meta(max_length=MAX_QUEUE_LENGTH)]
QueueIndex = Annotated[
    int,
    Meta(
        ge=0,
        lt=MAX_QUEUE_LENGTH,
        description="The place of the current track, from 0.",
        examples=[0],
    ),
]
QueueVersion = Annotated[
    int,
    Meta(
        ge=0,
        le=2**53 - 1,
        description="The version that was read; 0 before the first queue is saved.",
        examples=[0],
    ),
]
OverwrittenVersion = Annotated[
    QueueVersion | None,
    Meta(
        description="The version that was read, 0 before the first queue is saved. Null replaces"
        " what any other device saved."
    ),
]


class PlaybackState(StrEnum):
    """The state of a player."""

    STARTING = "starting"
    PLAYING = "playing"
    PAUSED = "paused"
    STOPPED = "stopped"


class RatingForm(Struct, frozen=True):
    """A rating of a track or of a release, from 1 to 5."""

    rating: Stars


class TrackRating(Struct, frozen=True):
    """The caller's rating of a track; null if there is none."""

    rating: int | None


class StoredRating(Struct, frozen=True):
    """A row of `track_ratings`."""

    track_id: TrackId
    rating: int
    rated_at: datetime


class RatedTrack(Struct, frozen=True):
    """A track with the caller's rating."""

    track: Track
    rating: int
    rated_at: datetime


class RatedTrackPage(Struct, frozen=True):
    """A page of rated tracks, the latest rating first."""

    ratings: list[RatedTrack]
    next_cursor: str | None
    has_more: bool


class ReleaseLikeState(Struct, frozen=True):
    """The caller's like of a release, and the number of likes."""

    liked: bool
    likes_count: int


class ReleaseRating(Struct, frozen=True):
    """The caller's rating of a release; null if there is none."""

    rating: int | None


class ArtistRating(Struct, frozen=True):
    """A row of `artist_ratings`."""

    artist_id: UserId
    rating: int
    rated_at: datetime


class MarkedRelease(Struct, frozen=True):
    """A row of `release_ratings`; without a rating, one of `release_likes`."""

    release_id: ReleaseId
    rating: int | None
    marked_at: datetime


class LikedReleasePage(Struct, frozen=True):
    """A page of liked releases, the latest like first."""

    releases: list[Release]
    next_cursor: str | None
    has_more: bool


class RatedRelease(Struct, frozen=True):
    """A release with the caller's rating."""

    release: Release
    rating: int
    rated_at: datetime


class RatedReleasePage(Struct, frozen=True):
    """A page of rated releases, the latest rating first."""

    ratings: list[RatedRelease]
    next_cursor: str | None
    has_more: bool


class LibraryQuery(Struct, frozen=True):
    """The parameters of a list of the library. `min_rating` is for ratings only."""

    limit: int = 20
    cursor: Cursor | None = None
    min_rating: int = 1


class StoredPlays(Struct, frozen=True):
    """A row of `track_history`: a member's counted plays of a track."""

    track_id: TrackId
    plays_count: int
    first_played_at: datetime
    last_played_at: datetime


class PlayedTrack(Struct, frozen=True):
    """A track in the caller's history, with the number of their counted plays."""

    track: Track
    plays_count: int
    first_played_at: datetime
    last_played_at: datetime


class HistoryPage(Struct, frozen=True):
    """A page of the history, the track that was played last first."""

    entries: list[PlayedTrack]
    next_cursor: str | None
    has_more: bool


class LibrarySettings(Struct, frozen=True):
    """Settings of the library: `keep_history` adds counted plays to the history."""

    keep_history: bool


class BookmarkForm(Struct, frozen=True):
    """A position in a track, with an optional comment."""

    position_ms: PositionMs
    comment: Annotated[str, Meta(max_length=1000, examples=["The bridge"])] = ""


class StoredBookmark(Struct, frozen=True):
    """A row of `track_bookmarks`."""

    track_id: TrackId
    position_ms: int
    comment: str
    created_at: datetime
    updated_at: datetime


class Bookmark(Struct, frozen=True):
    """A bookmark in a track. There is one for each track."""

    track: Track
    position_ms: int
    comment: str
    created_at: datetime
    updated_at: datetime


class BookmarkList(Struct, frozen=True):
    """All bookmarks of the caller, the latest change first."""

    bookmarks: list[Bookmark]


class QueueForm(Struct, frozen=True):
    """A queue to save. `current_index` is null if, and only if, the queue is empty."""

    track_ids: QueueTrackIds
    device: DeviceName
    version: OverwrittenVersion
    current_index: QueueIndex | None = None
    position_ms: PositionMs = 0


class QueuePosition(Struct, frozen=True):
    """The place in the queue where a device plays."""

    current_index: QueueIndex
    position_ms: PositionMs
    device: DeviceName
    version: OverwrittenVersion


class QueueState(Struct, frozen=True):
    """A queue without its tracks. `version` is 0 if none was ever saved."""

    version: int
    current_index: int | None
    position_ms: int
    device: str | None
    changed_at: datetime | None


class StoredQueue(Struct, frozen=True):
    """A row of `play_queues`, or an empty queue of version 0."""

    version: int = 0
    track_ids: list[TrackId] = []
    current_index: int | None = None
    position_ms: int = 0
    device: str | None = None
    changed_at: datetime | None = None


class PlayQueue(Struct, frozen=True):
    """The play queue that all devices of a member share.

    `current_index` counts in `track_ids`, where a track may appear several times. `tracks` has each
    track once. Tracks that were deleted, or that the caller may no longer see, are not in `tracks`
    and keep their places in `track_ids`.
    """

    version: int
    track_ids: list[TrackId]
    tracks: list[Track]
    current_index: int | None
    position_ms: int
    device: str | None
    changed_at: datetime | None


class PlaybackReport(Struct, frozen=True):
    """A report of a device about its current track."""

    track_id: TrackId
    device: DeviceName
    position_ms: PositionMs = 0
    state: PlaybackState = PlaybackState.PLAYING
    playback_rate: Annotated[float, Meta(ge=0.1, le=10, examples=[1])] = 1


class StoredPlayback(Struct, frozen=True):
    """A report in Valkey: `reported_at` is when the track was at `position_ms`."""

    track_id: TrackId
    device: str
    position_ms: int
    state: PlaybackState
    playback_rate: float
    duration_ms: int
    reported_at: datetime


class PlayingDevice(Struct, frozen=True):
    """A device of the caller and its track.

    `position_ms` is the position at the moment, computed from the last report.
    """

    device: str
    track: Track
    position_ms: int
    state: PlaybackState
    playback_rate: float
    reported_at: datetime


class NowPlaying(Struct, frozen=True):
    """The devices of the caller that play or are paused, the latest report first."""

    devices: list[PlayingDevice]


class TrackState(Struct, frozen=True):
    """A member's rating, like, counted plays and bookmark of a track."""

    track_id: TrackId
    rating: int | None = None
    liked_at: datetime | None = None
    plays_count: int = 0
    first_played_at: datetime | None = None
    last_played_at: datetime | None = None
    bookmark_ms: int | None = None


class PersonalLibrary(Struct, frozen=True):
    """A member's ratings, likes of releases, bookmarks, queue and settings, for their export.

    In `releases`, a like has no rating; `artists` are ratings.
    """

    ratings: list[StoredRating]
    bookmarks: list[StoredBookmark]
    queue: StoredQueue
    settings: LibrarySettings
    releases: list[MarkedRelease]
    artists: list[ArtistRating]
