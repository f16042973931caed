"""Playlists and the roles of their editors."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from veza.core.ids import ImageId, PlaylistId, TrackId, UserId
from veza.core.pages import Cursor
from veza.core.palettes import CoverPalette
from veza.core.people import Appearance
from veza.core.takedowns import ItemTakedown, TakenDown
from veza.core.visibility import Visibility
from veza.domains.auth.accounts.models import NamedMember
from veza.domains.music.playlists.models.shares import PlaylistShare
from veza.domains.music.playlists.models.smart_rules import SmartRules
from veza.domains.music.tracks.models.forms import Description

MAX_PLAYLISTS = 1_000

MAX_EDITORS = 100

# Of a list for a player, which is not read in pages: all own playlists fit.
MAX_LISTED = 1_500
MAX_LISTED_PUBLIC = 400

PlaylistTitle = Annotated[str, Meta(min_length=1, max_length=200, examples=["Night drive"])]
CoverImageId = Annotated[
    ImageId | None,
    Meta(description="An image that you uploaded with `POST /images`.", examples=[None]),
]


class PlaylistRole(StrEnum):
    """The role of a member in a playlist."""

    OWNER = "owner"
    EDITOR = "editor"
    INVITED = "invited"


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
    """A row of `playlists`, with its owner's name and the viewer's role.

    `has_ended`: it has a link that is not valid any more.
    """

    id: PlaylistId
    owner_id: UserId
    username: str
    appearance: Appearance
    title: str
    description: str
    visibility: Visibility
    cover_image_id: ImageId | None
    cover_palette: list[int] | None
    cover_placeholder: str | None
    rules: SmartRules | None
    tracks_count: int
    duration_ms: int
    created_at: datetime
    updated_at: datetime
    is_hidden: bool
    role: PlaylistRole | None
    has_ended: bool = False
    owner_visibility: Visibility | None = None
    taken_down: ItemTakedown | None = None


class PlaylistEvidence(Struct, frozen=True):
    """A playlist at the moment it was reported."""

    author_id: UserId
    username: str
    title: str
    description: str
    visibility: Visibility
    cover_image_id: ImageId | None
    created_at: datetime


class Playlist(Struct, frozen=True):
    """A playlist. `role` is the caller's; null for members who may only listen.

    `tracks_count` and `duration_seconds` include tracks that were deleted or that the caller may
    not see; they are null for a smart playlist, whose tracks are found when its entries are listed.
    `cover_url` is signed and expires after an hour, unless the playlist is public. `visibility` is
    what the owner chose, also while the playlist is `taken_down`.
    """

    id: PlaylistId
    title: str
    description: str
    owner: NamedMember
    visibility: Visibility
    cover_url: str | None
    cover_palette: CoverPalette | None
    cover_placeholder: str | None
    rules: SmartRules | None
    tracks_count: int | None
    duration_seconds: float | None
    role: PlaylistRole | None
    created_at: datetime
    updated_at: datetime
    taken_down: TakenDown | UnsetType = UNSET


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


class DeletedPlaylist(Struct, frozen=True):
    """The id of a deleted playlist."""

    id: PlaylistId


class PlaylistEditor(NamedMember, frozen=True):
    """A member who edits a playlist, or is invited to: then `accepted_at` is null."""

    invited_at: datetime
    accepted_at: datetime | None


class PlaylistEditors(Struct, frozen=True):
    """The editors of a playlist and the invited members, without the owner."""

    editors: list[PlaylistEditor]


class RemovedEditor(Struct, frozen=True):
    """The member who is no longer an editor or invited."""

    id: UserId


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
    """A member's playlists, entries and links, and the playlists of others that they edit."""

    playlists: list[StoredPlaylist]
    entries: list[PersonalEntry]
    shares: list[PlaylistShare]
