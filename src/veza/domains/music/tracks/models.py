"""Tracks as stored, listed and summarised; a row is decoded by position."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal, Protocol

from msgspec import UNSET, Meta, Struct, UnsetType

from veza.core.genres import MAX_GENRE_LENGTH
from veza.core.ids import TrackId, UserId
from veza.core.pages import Cursor
from veza.core.palettes import CoverPalette
from veza.core.track_metadata import Bpm, Explicitness, Isrc, MusicalKey, Year
from veza.core.visibility import TrackStatus, Visibility
from veza.domains.auth.accounts.models import NamedMember

MAX_TITLE_LENGTH = 200
MAX_DESCRIPTION_LENGTH = 5000
MAX_TAG_LENGTH = 50
MAX_TAGS = 20

Title = Annotated[str, Meta(min_length=1, max_length=MAX_TITLE_LENGTH, examples=["Night Ferry"])]
Description = Annotated[str, Meta(max_length=MAX_DESCRIPTION_LENGTH)]
Genre = Annotated[str, Meta(min_length=1, max_length=MAX_GENRE_LENGTH, examples=["ambient"])]
Tag = Annotated[str, Meta(min_length=1, max_length=MAX_TAG_LENGTH)]
Tags = Annotated[list[Tag], Meta(max_length=MAX_TAGS, examples=[["tape", "drone"]])]


class TrackSort(StrEnum):
    """The sort fields of lists of tracks."""

    CREATED_AT = "created_at"
    TITLE = "title"
    PLAYS_COUNT = "plays_count"
    LIKES_COUNT = "likes_count"
    DURATION = "duration"


class SortOrder(StrEnum):
    """Ascending or descending."""

    ASC = "asc"
    DESC = "desc"


class TrackAccess(Protocol):
    """The fields that decide who may see a track. `is_hidden`: its owner is suspended."""

    @property
    def owner_id(self) -> UserId: ...  # noqa: D102
    @property
    def visibility(self) -> Visibility: ...  # noqa: D102
    @property
    def status(self) -> TrackStatus: ...  # noqa: D102
    @property
    def is_hidden(self) -> bool: ...  # noqa: D102


class StoredTrack(Struct, frozen=True, array_like=True):
    """A row of `tracks` with its owner's name, decoded by position; `sort_value` sorts the list."""

    id: TrackId
    owner_id: UserId
    username: str
    title: str
    description: str
    genre: str | None
    tags: list[str]
    isrc: str | None
    year: int | None
    bpm: float | None
    musical_key: str | None
    is_explicit: bool | None
    visibility: Visibility
    downloadable: bool
    status: TrackStatus
    failure_reason: str | None
    duration_ms: int | None
    format: str | None
    bitrate: int | None
    sample_rate: int | None
    channels: int | None
    loudness_lufs: float | None
    true_peak_dbtp: float | None
    cover_palette: list[int] | None
    likes_count: int
    comments_count: int
    plays_count: int
    has_lyrics: bool
    created_at: datetime
    is_hidden: bool
    liked: bool | None = None
    sort_value: str | int | None = None


class Track(Struct, frozen=True):
    """A track.

    `musical_key` is one such as `C`, `F#` or `Bbm`. `bitrate` is that of the uploaded file, in
    bit/s. URLs of tracks that are not public are signed and expire after an hour.
    """

    id: TrackId
    title: str
    description: str
    artist: NamedMember
    status: TrackStatus
    failure_reason: str | None
    duration_seconds: float | None
    format: str | None
    bitrate: int | None
    sample_rate: int | None
    channels: int | None
    loudness_lufs: float | None
    true_peak_dbtp: float | None
    genre: str | None
    tags: list[str]
    isrc: str | None
    year: int | None
    bpm: float | None
    musical_key: str | None
    is_explicit: bool | None
    visibility: Visibility
    downloadable: bool
    likes_count: int
    comments_count: int
    plays_count: int
    has_lyrics: bool
    stream_url: str | None
    hls_url: str | None
    waveform_url: str | None
    preview_url: str | None
    cover_url: str | None
    cover_palette: CoverPalette | None
    created_at: datetime
    liked: bool | UnsetType = UNSET


class StoredTrackSummary(Struct, frozen=True):
    """The columns of a `TrackSummary`."""

    id: TrackId
    title: str
    owner_id: UserId
    username: str
    duration_ms: int | None
    cover_palette: list[int] | None


class TrackSummary(Struct, frozen=True):
    """A public track inside another response: enough to name and to play it."""

    id: TrackId
    title: str
    artist: NamedMember
    duration_seconds: float | None
    stream_url: str
    hls_url: str
    waveform_url: str
    cover_url: str | None
    cover_palette: CoverPalette | None


class TrackName(Struct, frozen=True):
    """The title and artist of a track, and what decides who may see it."""

    id: TrackId
    owner_id: UserId
    username: str
    title: str
    duration_ms: int | None
    visibility: Visibility
    status: TrackStatus
    is_hidden: bool


class TrackPage(Struct, frozen=True):
    """A page of tracks."""

    tracks: list[Track]
    next_cursor: str | None
    has_more: bool


class TrackSearchResults(Struct, frozen=True):
    """The tracks that a search found, best first."""

    tracks: list[Track]


class TrackQuery(Struct, frozen=True):
    """The filters, sorting and page of a list of tracks."""

    limit: int = 20
    sort: TrackSort = TrackSort.CREATED_AT
    order: SortOrder = SortOrder.DESC
    cursor: Cursor | None = None
    offset: int = 0
    genre: str | None = None
    format: str | None = None
    owner_id: UserId | None = None
    liked_by: UserId | None = None


# The fields of the forms that text filters read.
FILTERED_TEXTS = ("title", "description", "tags")


class TrackForm(Struct, frozen=True):
    """The metadata of a new track."""

    title: Title
    description: Description = ""
    genre: Genre | None = None
    tags: Tags = []
    isrc: Isrc | None = None
    year: Year | None = None
    bpm: Bpm | None = None
    musical_key: MusicalKey | None = None
    is_explicit: Explicitness = None
    visibility: Visibility = Visibility.PUBLIC
    downloadable: bool = False


class TrackChange(Struct, frozen=True):
    """Changes to a track's metadata; omitted fields keep their values."""

    title: Title | UnsetType = UNSET
    description: Description | UnsetType = UNSET
    genre: Genre | UnsetType | None = UNSET
    tags: Tags | UnsetType = UNSET
    isrc: Isrc | UnsetType | None = UNSET
    year: Year | UnsetType | None = UNSET
    bpm: Bpm | UnsetType | None = UNSET
    musical_key: MusicalKey | UnsetType | None = UNSET
    is_explicit: Explicitness | UnsetType = UNSET
    visibility: Visibility | UnsetType = UNSET
    downloadable: bool | UnsetType = UNSET


class LikeState(Struct, frozen=True):
    """Whether the caller likes the track, and the number of likes."""

    liked: bool
    likes_count: int


class CountedLikes(Struct, frozen=True):
    """The number of likes of a track after a change."""

    likes_count: int


class PlayState(Struct, frozen=True):
    """Whether this play was counted, and the number of plays."""

    counted: bool
    plays_count: int


class TrackEvidence(Struct, frozen=True):
    """A track at the moment it was reported."""

    author_id: UserId
    username: str
    title: str
    description: str
    genre: str | None
    tags: list[str]
    visibility: Visibility
    created_at: datetime
    lyrics: str | None


class PersonalTrack(Struct, frozen=True):
    """A track in its owner's data export."""

    id: TrackId
    title: str
    description: str
    genre: str | None
    tags: list[str]
    isrc: str | None
    year: int | None
    bpm: float | None
    musical_key: str | None
    is_explicit: bool | None
    visibility: Visibility
    downloadable: bool
    status: TrackStatus
    failure_reason: str | None
    duration_ms: int | None
    format: str | None
    bitrate: int | None
    sample_rate: int | None
    channels: int | None
    loudness_lufs: float | None
    true_peak_dbtp: float | None
    has_cover: bool
    likes_count: int
    comments_count: int
    plays_count: int
    created_at: datetime
    updated_at: datetime


class TrackActivity(Struct, frozen=True):
    """A like or a recent play in a member's data export."""

    track_id: TrackId
    kind: Literal["like", "play"]
    moment: datetime


class PersonalPlays(Struct, frozen=True):
    """A member's number of plays of a track, with first and last, in their data export."""

    track_id: TrackId
    plays_count: int
    first_played_at: datetime
    last_played_at: datetime


class PersonalTracks(Struct, frozen=True):
    """A member's tracks, likes, recent plays and history, in their data export."""

    tracks: list[PersonalTrack]
    traces: list[TrackActivity]
    history: list[PersonalPlays]


class SearchableTrack(Struct, frozen=True):
    """The searchable fields of a public track, and the number of its plays."""

    id: TrackId
    owner_id: UserId
    username: str
    title: str
    genre: str | None
    tags: list[str]
    plays_count: int


class FoundArtist(Struct, frozen=True):
    """A member with public tracks, as found by a search."""

    id: UserId
    username: str
    followers_count: int


class RecordingDetails(Struct, frozen=True):
    """The metadata of a recording in the tags of a file; None if a tag is missing."""

    isrc: str | None = None
    year: int | None = None
    bpm: float | None = None
    musical_key: str | None = None
    is_explicit: bool | None = None


class ProcessedAudio(Struct, frozen=True):
    """Properties of a processed track: `bitrate` in bit/s, `sample_rate` in Hz."""

    format: str
    duration_ms: int
    bitrate: int
    sample_rate: int
    channels: int
    loudness_lufs: float | None
    true_peak_dbtp: float | None
    genre: str | None
    cover_palette: list[int] | None
    details: RecordingDetails = RecordingDetails()


class NewTrack(Struct, frozen=True):
    """The row of a new track."""

    id: TrackId
    owner_id: UserId
    form: TrackForm
    cover_palette: list[int] | None
