"""The nouns of the domain, as they are stored and as they are shown."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal, Protocol

from msgspec import UNSET, Meta, Struct, UnsetType

from veza.core.ids import TrackId, UserId
from veza.core.pages import Cursor

MAX_TITLE_LENGTH = 200
MAX_DESCRIPTION_LENGTH = 5000
MAX_GENRE_LENGTH = 50
MAX_TAG_LENGTH = 50
MAX_TAGS = 20

Title = Annotated[str, Meta(min_length=1, max_length=MAX_TITLE_LENGTH, examples=["Night Ferry"])]
Description = Annotated[str, Meta(max_length=MAX_DESCRIPTION_LENGTH)]
Genre = Annotated[str, Meta(min_length=1, max_length=MAX_GENRE_LENGTH, examples=["ambient"])]
Tag = Annotated[str, Meta(min_length=1, max_length=MAX_TAG_LENGTH)]
Tags = Annotated[list[Tag], Meta(max_length=MAX_TAGS, examples=[["tape", "drone"]])]


class Visibility(StrEnum):
    """Who may hear a track: everybody, whoever has the link, or the owner."""

    PUBLIC = "public"
    UNLISTED = "unlisted"
    PRIVATE = "private"


class TrackStatus(StrEnum):
    """How far the making of a track is."""

    PROCESSING = "processing"
    READY = "ready"
    FAILED = "failed"


class TrackSort(StrEnum):
    """By what lists of tracks may be sorted."""

    CREATED_AT = "created_at"
    TITLE = "title"
    PLAYS_COUNT = "plays_count"
    LIKES_COUNT = "likes_count"
    DURATION = "duration"


class SortOrder(StrEnum):
    """Which end of a list comes first."""

    ASC = "asc"
    DESC = "desc"


class TrackAccess(Protocol):
    """Whatever tells who may know of a track."""

    @property
    def owner_id(self) -> UserId:
        """Whose it is."""
        ...

    @property
    def visibility(self) -> Visibility:
        """Who may hear it."""
        ...

    @property
    def status(self) -> TrackStatus:
        """How far it is."""
        ...

    @property
    def is_hidden(self) -> bool:
        """Whether its owner is suspended."""
        ...


class Artist(Struct, frozen=True):
    """Whose track it is."""

    id: UserId
    username: str


class StoredTrack(Struct, frozen=True, array_like=True):
    """A track as it is stored, with the name of its owner: read by place, in this order."""

    id: TrackId
    owner_id: UserId
    username: str
    title: str
    description: str
    genre: str | None
    tags: list[str]
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
    is_hidden: bool
    liked: bool | None = None
    sort_value: str | int | None = None


class Track(Struct, frozen=True):
    """A track as it is shown.

    `bitrate` is the original's, in bit/s. URLs of tracks that are not public carry a signature of
    an hour, because a player can't send a token.
    """

    id: TrackId
    title: str
    description: str
    artist: Artist
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
    visibility: Visibility
    downloadable: bool
    likes_count: int
    comments_count: int
    plays_count: int
    stream_url: str | None
    hls_url: str | None
    waveform_url: str | None
    preview_url: str | None
    cover_url: str | None
    created_at: datetime
    liked: bool | UnsetType = UNSET


class StoredTrackSummary(Struct, frozen=True):
    """What is read of a track that is shown beside something else."""

    id: TrackId
    title: str
    owner_id: UserId
    username: str
    duration_ms: int | None
    has_cover: bool


class TrackSummary(Struct, frozen=True):
    """A track that everybody may hear, beside something else: enough to name it and to play it."""

    id: TrackId
    title: str
    artist: Artist
    duration_seconds: float | None
    stream_url: str
    hls_url: str
    waveform_url: str
    cover_url: str | None


class TrackPage(Struct, frozen=True):
    """One page of a list of tracks."""

    tracks: list[Track]
    next_cursor: str | None
    has_more: bool


class TrackSearchResults(Struct, frozen=True):
    """What a search found, best first."""

    tracks: list[Track]


class TrackQuery(Struct, frozen=True):
    """Which tracks are asked for."""

    limit: int = 20
    sort: TrackSort = TrackSort.CREATED_AT
    order: SortOrder = SortOrder.DESC
    cursor: Cursor | None = None
    offset: int = 0
    genre: str | None = None
    format: str | None = None
    owner_id: UserId | None = None
    liked_by: UserId | None = None


class TrackForm(Struct, frozen=True):
    """What is said of a track at its upload."""

    title: Title
    description: Description = ""
    genre: Genre | None = None
    tags: Tags = []
    visibility: Visibility = Visibility.PUBLIC
    downloadable: bool = False


class TrackChange(Struct, frozen=True):
    """What is to be changed; what is left out stays as it is."""

    title: Title | UnsetType = UNSET
    description: Description | UnsetType = UNSET
    genre: Genre | UnsetType | None = UNSET
    tags: Tags | UnsetType = UNSET
    visibility: Visibility | UnsetType = UNSET
    downloadable: bool | UnsetType = UNSET


class LikeState(Struct, frozen=True):
    """Whether one likes a track, and how many do."""

    liked: bool
    likes_count: int


class PlayReport(Struct, frozen=True):
    """How long somebody has listened."""

    listened_seconds: Annotated[float, Meta(ge=0, le=1_000_000, examples=[30])]


class PlayState(Struct, frozen=True):
    """Whether this play counted, and how many there are."""

    counted: bool
    plays_count: int


class DeletedTrack(Struct, frozen=True):
    """Which track was deleted."""

    id: TrackId


class TrackEvidence(Struct, frozen=True):
    """What a track looked like when it was reported."""

    author_id: UserId
    username: str
    title: str
    description: str
    genre: str | None
    tags: list[str]
    visibility: Visibility
    created_at: datetime


class TrackFigures(Struct, frozen=True):
    """How many tracks there are, and how many of them are in which state."""

    total: int
    ready: int
    processing: int
    failed: int


class PlayFigures(Struct, frozen=True):
    """How often the tracks that there are were played."""

    total: int


class PersonalTrack(Struct, frozen=True):
    """A track as its artist is handed it out: all that they said of it, and what came of it."""

    id: TrackId
    title: str
    description: str
    genre: str | None
    tags: list[str]
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
    """What a member left at a track, and when: they like it, or heard it lately."""

    track_id: TrackId
    kind: Literal["like", "play"]
    moment: datetime


class PersonalTracks(Struct, frozen=True):
    """What a member uploaded, and what they left at tracks of whomever."""

    tracks: list[PersonalTrack]
    traces: list[TrackActivity]


class SearchableTrack(Struct, frozen=True):
    """What a track is found by, but for its artist's name."""

    id: TrackId
    title: str
    genre: str | None
    tags: list[str]


class ProcessedAudio(Struct, frozen=True):
    """What the processing found out of a track: bitrate in bit/s, rates in Hz."""

    format: str
    duration_ms: int
    bitrate: int
    sample_rate: int
    channels: int
    loudness_lufs: float | None
    true_peak_dbtp: float | None
    genre: str | None
    has_cover: bool


class NewTrack(Struct, frozen=True):
    """What is written for a new track."""

    id: TrackId
    owner_id: UserId
    form: TrackForm
    search_text: str
    has_cover: bool
