"""Tracks as stored, shown, processed, liked and played; a row is decoded by position."""

from datetime import datetime
from typing import Protocol

from msgspec import UNSET, Struct, UnsetType

from veza.core.embedded_tags import TaggedPeople
from veza.core.ids import ReleaseId, TrackId, UserId
from veza.core.palettes import CoverPalette
from veza.core.people import Appearance
from veza.core.track_covers import ShownCover, TrackRelease
from veza.core.visibility import TrackStatus, Visibility
from veza.domains.auth.accounts.models import NamedMember
from veza.domains.music.credits.models import Credit, CreditedArtist, ShownCredit


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
    appearance: Appearance
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
    cover_placeholder: str | None
    release: TrackRelease | None
    likes_count: int
    comments_count: int
    plays_count: int
    has_lyrics: bool
    artist_name: str | None
    credited: list[ShownCredit] | None
    created_at: datetime
    is_hidden: bool
    liked: bool | None = None
    sort_value: str | int | None = None


class NamedRelease(Struct, frozen=True):
    """The release that a track is shown with: the public one that was published first.

    One with a cover comes before one without.
    """

    id: ReleaseId
    title: str
    cover_url: str | None
    cover_palette: CoverPalette | None
    cover_placeholder: str | None


class Track(Struct, frozen=True):
    """A track.

    `artist` is the member who published it, `artists` are those to display, with what joins them.
    `musical_key` is one such as `C`, `F#` or `Bbm`. `bitrate` is that of the uploaded file, in
    bit/s. URLs of tracks that are not public are signed and expire after an hour.
    `cover_placeholder` is the ThumbHash of the cover in base64: it can be drawn before the picture
    is there. `release` is the public release that the track is on, if any.
    """

    id: TrackId
    title: str
    description: str
    artist: NamedMember
    artists: list[CreditedArtist]
    credits: list[Credit]
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
    cover_placeholder: str | None
    release: NamedRelease | None
    created_at: datetime
    liked: bool | UnsetType = UNSET


class StoredTrackSummary(Struct, frozen=True):
    """The columns of a `TrackSummary`; `line` is that of the displayed artists, if any."""

    id: TrackId
    title: str
    owner_id: UserId
    username: str
    appearance: Appearance
    duration_ms: int | None
    cover: ShownCover | None
    line: str | None
    credited: list[ShownCredit] | None


class TrackSummary(Struct, frozen=True):
    """A public track inside another response: enough to name and to play it."""

    id: TrackId
    title: str
    artist: NamedMember
    artists: list[CreditedArtist]
    duration_seconds: float | None
    stream_url: str
    hls_url: str
    waveform_url: str
    cover_url: str | None
    cover_palette: CoverPalette | None
    cover_placeholder: str | None


class TrackName(Struct, frozen=True):
    """The title and artists of a track, and what decides who may see it.

    `artist_name` is the line of the displayed artists, None for the owner.
    """

    id: TrackId
    owner_id: UserId
    username: str
    artist_name: str | None
    title: str
    duration_ms: int | None
    visibility: Visibility
    status: TrackStatus
    is_hidden: bool


class LikeState(Struct, frozen=True):
    """The like of the caller, and the number of likes of the track."""

    liked: bool
    likes_count: int


class CountedLikes(Struct, frozen=True):
    """The number of likes of a track after a change."""

    likes_count: int


class PlayState(Struct, frozen=True):
    """The result of a play: counted or not, and the number of plays of the track."""

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


class RecordingDetails(Struct, frozen=True):
    """The metadata of a recording in the tags of a file; None if a tag is missing."""

    isrc: str | None = None
    year: int | None = None
    bpm: float | None = None
    musical_key: str | None = None
    is_explicit: bool | None = None


class ProcessedAudio(Struct, frozen=True):
    """Properties of a processed track: `bitrate` in bit/s, `sample_rate` in Hz.

    `title` is that of the file, for a track that was uploaded without one.
    """

    format: str
    duration_ms: int
    bitrate: int
    sample_rate: int
    channels: int
    loudness_lufs: float | None
    true_peak_dbtp: float | None
    genre: str | None
    cover_palette: list[int] | None
    cover_placeholder: str | None = None
    details: RecordingDetails = RecordingDetails()
    title: str | None = None
    people: TaggedPeople = TaggedPeople()
