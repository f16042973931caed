"""Playlists and their entries, roles of editors, and rules of smart ones."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from veza.core.ids import ImageId, PlaylistEntryId, PlaylistId, TrackId, UserId
from veza.core.pages import Cursor
from veza.core.palettes import CoverPalette
from veza.core.track_metadata import Year
from veza.core.visibility import Visibility
from veza.domains.auth.accounts.models import NamedMember
from veza.domains.music.tracks.models.forms import Description, Genre, Tags
from veza.domains.music.tracks.models.lists import SortOrder
from veza.domains.music.tracks.models.tracks import Track

MAX_PLAYLISTS = 1_000
MAX_ENTRIES = 10_000
MAX_EDITORS = 100
MAX_SMART_TRACKS = 500
# Of a list for a player, which is not read in pages: all own playlists fit.
MAX_LISTED = 1_500
MAX_LISTED_PUBLIC = 400
MAX_FILE_BYTES = 4 * 1024 * 1024

PlaylistTitle = Annotated[str, Meta(min_length=1, max_length=200, examples=["Night drive"])]
CoverImageId = Annotated[
    ImageId | None,
    Meta(description="An image that you uploaded with `POST /images`.", examples=[None]),
]
TrackIds = Annotated[list[TrackId], Meta(min_length=1, max_length=100)]
EntryIds = Annotated[list[PlaylistEntryId], Meta(min_length=1, max_length=100)]
RuleGenres = Annotated[list[Genre], Meta(max_length=20, examples=[["ambient"]])]
RuleArtists = Annotated[
    list[UserId], Meta(max_length=20, description="The ids of members.", examples=[[]])
]
Moment = Annotated[datetime, Meta(tz=True, examples=["2026-01-01T00:00:00Z"])]
Rating = Annotated[int, Meta(ge=1, le=5, examples=[4])]
Days = Annotated[int, Meta(ge=1, le=36_500, examples=[30])]
Seconds = Annotated[int, Meta(ge=0, le=1_000_000, examples=[180])]
Seed = Annotated[
    int,
    Meta(ge=0, le=2**31 - 1, description="Another seed shuffles in another order.", examples=[7]),
]
SmartLimit = Annotated[int, Meta(ge=1, le=MAX_SMART_TRACKS, examples=[100])]
Before = Annotated[
    PlaylistEntryId | None,
    Meta(
        description="The entry before which the others are placed; null for the end.",
        examples=[None],
    ),
]


class PlaylistFormat(StrEnum):
    """The formats of playlist files."""

    M3U8 = "m3u8"
    XSPF = "xspf"
    JSPF = "jspf"


class PlaylistRole(StrEnum):
    """The role of a member in a playlist."""

    OWNER = "owner"
    EDITOR = "editor"
    INVITED = "invited"


class SmartSort(StrEnum):
    """The orders of smart playlists. `shuffle` depends on the seed alone."""

    CREATED_AT = "created_at"
    TITLE = "title"
    PLAYS_COUNT = "plays_count"
    LIKES_COUNT = "likes_count"
    DURATION = "duration"
    SHUFFLE = "shuffle"


class SmartRules(Struct, frozen=True, forbid_unknown_fields=True):
    """The rules of a smart playlist: a track has to meet all that are given.

    A track has to have one of the `genres`, one of the `tags` and one of the artists. `liked`,
    `min_rating` and `played` refer to the playlist's owner, not to the listener. Of all tracks that
    meet the rules, the first `limit` in the order are the playlist; `shuffle` draws them from the
    newest 5,000.
    """

    genres: RuleGenres = []
    tags: Tags = []
    artist_ids: RuleArtists = []
    liked: bool | None = None
    min_rating: Rating | None = None
    played: bool | None = None
    added_since: Moment | None = None
    added_within_days: Days | None = None
    min_duration_seconds: Seconds | None = None
    max_duration_seconds: Seconds | None = None
    min_year: Year | None = None
    max_year: Year | None = None
    sort: SmartSort = SmartSort.CREATED_AT
    order: SortOrder = SortOrder.DESC
    seed: Seed = 0
    limit: SmartLimit = 100


class PlaylistForm(Struct, frozen=True):
    """The metadata of a playlist. The cover is an image that is not shown elsewhere.

    With `rules` it is a smart playlist, and stays one.
    """

    title: PlaylistTitle
    description: Description = ""
    visibility: Visibility = Visibility.PRIVATE
    cover_image_id: CoverImageId = None
    rules: SmartRules | None = None


class PlaylistChange(Struct, frozen=True):
    """Changes to a playlist's metadata; omitted fields keep their values.

    A replaced or removed cover is deleted. Only a smart playlist has `rules`, which are replaced as
    a whole; null is what an ordinary playlist has.
    """

    title: PlaylistTitle | UnsetType = UNSET
    description: Description | UnsetType = UNSET
    visibility: Visibility | UnsetType = UNSET
    cover_image_id: CoverImageId | UnsetType = UNSET
    rules: SmartRules | UnsetType | None = UNSET


class StoredPlaylist(Struct, frozen=True):
    """A row of `playlists`, with its owner's name and the viewer's role."""

    id: PlaylistId
    owner_id: UserId
    username: str
    title: str
    description: str
    visibility: Visibility
    cover_image_id: ImageId | None
    cover_palette: list[int] | None
    rules: SmartRules | None
    tracks_count: int
    duration_ms: int
    created_at: datetime
    updated_at: datetime
    is_hidden: bool
    role: PlaylistRole | None


class Playlist(Struct, frozen=True):
    """A playlist. `role` is the caller's; null for members who may only listen.

    `tracks_count` and `duration_seconds` include tracks that were deleted or that the caller may
    not see; they are null for a smart playlist, whose tracks are found when its entries are listed.
    `cover_url` is signed and expires after an hour, unless the playlist is public.
    """

    id: PlaylistId
    title: str
    description: str
    owner: NamedMember
    visibility: Visibility
    cover_url: str | None
    cover_palette: CoverPalette | None
    rules: SmartRules | None
    tracks_count: int | None
    duration_seconds: float | None
    role: PlaylistRole | None
    created_at: datetime
    updated_at: datetime


class PlaylistPage(Struct, frozen=True):
    """A page of playlists, newest first."""

    playlists: list[Playlist]
    next_cursor: str | None
    has_more: bool


class PlaylistQuery(Struct, frozen=True):
    """The parameters of a list of playlists: all public ones, or those of a member.

    With `with_shared` also the playlists of others that `owner_id` edits or is invited to.
    """

    limit: int = 20
    cursor: Cursor | None = None
    owner_id: UserId | None = None
    with_shared: bool = False


class EntryQuery(Struct, frozen=True):
    """The parameters of a list of entries."""

    limit: int = 20
    cursor: Cursor | None = None


class StoredEntry(Struct, frozen=True):
    """A row of `playlist_entries`; without a track if the track was deleted."""

    id: PlaylistEntryId
    track_id: TrackId | None
    position: int
    added_by: UserId | None
    username: str | None
    added_at: datetime


class SmartTrack(Struct, frozen=True):
    """A track that meets the rules of a smart playlist."""

    track_id: TrackId
    added_at: datetime


class SmartQuery(Struct, frozen=True):
    """A part of the tracks of a smart playlist: by whose rules, and for whom."""

    owner_id: UserId
    viewer_id: UserId | None
    limit: int
    offset: int = 0


class EntryTotals(Struct, frozen=True):
    """A number of entries, and the duration of their tracks."""

    count: int
    duration_ms: int


class PlaylistEntry(Struct, frozen=True):
    """A track in a playlist.

    `track` is null if the track was deleted or the caller may not see it, `added_by` if the account
    was deleted. In a smart playlist `id` and `added_by` are null, and `added_at` is when the track
    was uploaded.
    """

    id: PlaylistEntryId | None
    track: Track | None
    added_by: NamedMember | None
    added_at: datetime


class PlaylistEntryPage(Struct, frozen=True):
    """A page of the entries of a playlist, in their order."""

    entries: list[PlaylistEntry]
    next_cursor: str | None
    has_more: bool


class AddedTracks(Struct, frozen=True):
    """Tracks to add to a playlist, in this order. A track may be in a playlist several times."""

    track_ids: TrackIds
    before: Before = None


class MovedEntries(Struct, frozen=True):
    """Entries to move, in the order that they get."""

    entry_ids: EntryIds
    before: Before = None


class RemovedEntries(Struct, frozen=True):
    """Entries to remove."""

    entry_ids: EntryIds


class ChangedEntries(Struct, frozen=True):
    """The entries that were added, moved or removed, and the number of tracks afterwards."""

    entry_ids: list[PlaylistEntryId]
    tracks_count: int


class DeletedPlaylist(Struct, frozen=True):
    """The id of a deleted playlist."""

    id: PlaylistId


class PlaylistEditor(Struct, frozen=True):
    """A member who edits a playlist, or is invited to: then `accepted_at` is null."""

    id: UserId
    username: str
    invited_at: datetime
    accepted_at: datetime | None


class PlaylistEditors(Struct, frozen=True):
    """The editors of a playlist and the invited members, without the owner."""

    editors: list[PlaylistEditor]


class RemovedEditor(Struct, frozen=True):
    """The member who is no longer an editor or invited."""

    id: UserId


class FileTrack(Struct, frozen=True):
    """A track in a playlist file. `url` is its address in this server or elsewhere."""

    title: str
    artist: str | None
    duration_ms: int | None
    url: str | None


class PlaylistFile(Struct, frozen=True):
    """The content of a playlist file."""

    title: str | None
    tracks: list[FileTrack]


class WantedTrack(Struct, frozen=True):
    """The keys by which a track of a file is looked up: id in its address, title, title key."""

    id: TrackId | None
    title: str
    key: tuple[str, str]


class UnmatchedTrack(Struct, frozen=True):
    """A track of an imported file that this server doesn't have. `number` counts from 1."""

    number: int
    title: str
    artist: str | None


class ImportedPlaylist(Struct, frozen=True):
    """The created playlist, and the tracks of the file that were not found (100 at most)."""

    playlist: Playlist
    matched_count: int
    unmatched_count: int
    unmatched: list[UnmatchedTrack]


class SearchablePlaylist(Struct, frozen=True):
    """The searchable fields of a public playlist, and up to 100 of its tracks counted."""

    id: PlaylistId
    title: str
    username: str
    tracks_count: int


class PersonalEntry(Struct, frozen=True):
    """An entry of a playlist in its owner's data export."""

    playlist_id: PlaylistId
    track_id: TrackId | None
    title: str | None
    position: int
    added_at: datetime


class PersonalPlaylists(Struct, frozen=True):
    """A member's playlists and their entries, and the playlists of others that they edit."""

    playlists: list[StoredPlaylist]
    entries: list[PersonalEntry]
