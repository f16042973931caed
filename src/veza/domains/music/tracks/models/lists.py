"""Pages, filters and orders of lists, and what searches find."""

from enum import StrEnum

from msgspec import Struct

from veza.core.ids import TrackId, UserId
from veza.core.pages import Cursor
from veza.core.track_metadata import AiUse
from veza.domains.auth.accounts.models import NamedMember
from veza.domains.music.tracks.models.tracks import Track


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
    ai: AiUse | None = None
    owner_id: UserId | None = None
    liked_by: UserId | None = None


class SearchableTrack(Struct, frozen=True):
    """The searchable fields of a public track, and the number of its plays.

    `credited` has the names of all artists and contributors.
    """

    id: TrackId
    owner_id: UserId
    username: str
    display_name: str
    title: str
    artist_name: str | None
    credited: list[str]
    genre: str | None
    tags: list[str]
    plays_count: int


class SearchableArtist(Struct, frozen=True):
    """The names by which an artist is found."""

    id: UserId
    username: str
    display_name: str


class IndexPosition(Struct, frozen=True):
    """The last track that was indexed; after all tracks, the last artist."""

    track_id: TrackId | None = None
    artist_id: UserId | None = None


class FoundArtist(NamedMember, frozen=True):
    """An artist, a band, a label or a member, as found by a search."""

    followers_count: int
