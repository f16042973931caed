"""Rows of the domain, as read from the tables of music."""

from collections.abc import Sequence
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from msgspec import Struct

from veza.core.ids import ImageId, ReleaseId, TrackId, UserId
from veza.domains.music.releases.models.forms import ReleaseKind


class CreditRow(Struct, frozen=True):
    """A member with public music who confirmed that they are an artist or contributed."""

    id: UserId
    name: str
    role: str
    instrument: str | None


class SongRow(Struct, frozen=True):
    """A track as a player sees it, and its place on the first of its public releases, if any.

    `has_original` if the member gets the original, rather than the rendition for all. `artist_name`
    is the line of its artists, None for the owner; `credits` and `album_credits` are those of the
    track and of the release. `comment` is the beginning of the description.
    """

    id: TrackId
    owner_id: UserId
    owner_name: str
    artist_name: str | None
    title: str
    genre: str | None
    duration_ms: int
    bitrate: int | None
    sample_rate: int | None
    channels: int | None
    isrc: str | None
    bpm: float | None
    is_explicit: bool | None
    comment: str
    tags: list[str]
    loudness_lufs: float | None
    true_peak_dbtp: float | None
    has_cover: bool
    plays_count: int
    created_at: datetime
    original_kind: str | None
    original_size: int | None
    stream_size: int | None
    has_original: bool
    liked_at: datetime | None
    rating: int | None
    average_rating: float | None
    played_at: datetime | None
    bookmark_ms: int | None
    release_id: ReleaseId | None
    disc: int | None
    number: int | None
    album_title: str | None
    album_artist: str | None
    album_date: date | None
    album_cover_id: ImageId | None
    album_credits: list[CreditRow] | None
    credits: list[CreditRow] | None


class AlbumRow(Struct, frozen=True):
    """A release as a player sees it. The numbers are those of the tracks that the member may play.

    `artist_name` is the line of its artists. `is_explicit` if any track is, None if that is not
    known of all.
    """

    id: ReleaseId
    owner_id: UserId
    owner_name: str
    artist_name: str
    title: str
    kind: ReleaseKind
    genre: str | None
    label: str | None
    release_date: date | None
    cover_image_id: ImageId | None
    listed_at: datetime
    songs_count: int
    duration_ms: int
    plays_count: int
    has_track_cover: bool
    is_explicit: bool | None
    liked_at: datetime | None
    rating: int | None
    average_rating: float | None
    credits: list[CreditRow] | None


class AlbumKey(Struct, frozen=True):
    """An album of a page: the id of a release, or of a track that is an album of its own."""

    id: UUID
    is_release: bool


class ArtistRow(Struct, frozen=True):
    """A member with public albums, and how many. `has_cover`: they or these have a picture."""

    id: UserId
    name: str
    albums_count: int
    has_cover: bool


class ArtistCover(Struct, frozen=True):
    """The picture that stands for an artist: the cover of a track, or the image of a release."""

    track_id: TrackId | None
    image_id: ImageId | None


class GenreRow(Struct, frozen=True):
    """A genre and how many tracks and albums have it."""

    name: str
    tracks_count: int
    albums_count: int


class AlbumOrder(StrEnum):
    """The lists of albums, by the names that clients send."""

    RANDOM = "random"
    NEWEST = "newest"
    HIGHEST = "highest"
    FREQUENT = "frequent"
    RECENT = "recent"
    BY_NAME = "alphabeticalByName"
    BY_ARTIST = "alphabeticalByArtist"
    STARRED = "starred"
    BY_YEAR = "byYear"
    BY_GENRE = "byGenre"


class ItemKind(StrEnum):
    """The kinds of items, by the prefix of their ids."""

    TRACK = "tr"
    SINGLE = "si"
    ALBUM = "al"
    ARTIST = "ar"
    PLAYLIST = "pl"
    STATION = "st"
    SHOW = "pd"


class ItemId(Struct, frozen=True):
    """The id of an item: its kind, and the id in the tables of its kind."""

    kind: ItemKind
    id: UUID


class SongPage(Struct, frozen=True):
    """Which songs of a list are wanted.

    From a later year to an earlier one, the latest come first. Items of `without` are left out.
    """

    limit: int
    offset: int = 0
    genre: str | None = None
    from_year: int | None = None
    to_year: int | None = None
    without: Sequence[UUID] = ()

    @property
    def is_ascending(self) -> bool:
        """Return whether the earliest come first, in an order by years."""
        return self.from_year is None or self.to_year is None or self.from_year <= self.to_year
