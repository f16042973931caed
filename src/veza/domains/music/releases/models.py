"""Releases with credits and placed tracks; a proposal is a body of `POST /releases`."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from veza.core.ids import ImageId, ReleaseId, TrackId, UserId
from veza.core.pages import Cursor
from veza.core.palettes import CoverPalette
from veza.core.visibility import Visibility
from veza.domains.auth.accounts.models import NamedMember
from veza.domains.music.tracks.models.forms import Description, Genre, Tags
from veza.domains.music.tracks.models.tracks import Track

MAX_RELEASES = 5_000
MAX_TRACKS = 500
MAX_CREDITS = 100

ReleaseTitle = Annotated[str, Meta(min_length=1, max_length=200, examples=["Night Ferry"])]
ArtistName = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=200,
        description="The displayed artist; null for your username.",
        examples=["The Ferrymen"],
    ),
]
Label = Annotated[str, Meta(min_length=1, max_length=200, examples=["Harbour Records"])]
CatalogueNumber = Annotated[str, Meta(min_length=1, max_length=50, examples=["HR-007"])]
Upc = Annotated[
    str,
    Meta(
        min_length=12,
        max_length=20,
        description="The bar code: UPC (12 digits) or EAN (13), with a correct check digit.",
        examples=["036000291452"],
    ),
]
CoverId = Annotated[
    ImageId,
    Meta(description="An image that you uploaded with `POST /images`.", examples=[None]),
]
CreditedName = Annotated[str, Meta(min_length=1, max_length=200, examples=["Ada"])]
CreditedRole = Annotated[str, Meta(min_length=1, max_length=50, examples=["producer"])]
PublishAt = Annotated[
    datetime,
    Meta(
        tz=True,
        description="When the release is published. It is private until then.",
        examples=[None],
    ),
]
Disc = Annotated[int, Meta(ge=1, le=99, examples=[1])]
Number = Annotated[
    int,
    Meta(
        ge=1,
        le=999,
        description="The number on the disc; null for the one after the previous track.",
        examples=[None],
    ),
]


class ReleaseKind(StrEnum):
    """The kinds of releases."""

    ALBUM = "album"
    EP = "ep"
    SINGLE = "single"
    COMPILATION = "compilation"
    MIX = "mix"


class ReleaseOrder(StrEnum):
    """The orders of lists of releases. By date, releases without a date are left out."""

    NEWEST = "newest"
    TITLE = "title"
    ARTIST = "artist"
    OLDEST_DATE = "oldest_date"
    LATEST_DATE = "latest_date"


class CreditForm(Struct, frozen=True):
    """A contributor and their role. `user_id` links a member."""

    name: CreditedName
    role: CreditedRole
    user_id: UserId | None = None


class PlacedTrack(Struct, frozen=True):
    """A track of yours, and its place on a release."""

    track_id: TrackId
    disc: Disc = 1
    number: Number | None = None


Credits = Annotated[list[CreditForm], Meta(max_length=MAX_CREDITS)]
PlacedTracks = Annotated[list[PlacedTrack], Meta(max_length=MAX_TRACKS)]


class ReleaseMetadata(Struct, frozen=True):
    """The metadata of a release."""

    title: ReleaseTitle
    artist_name: ArtistName | None = None
    kind: ReleaseKind = ReleaseKind.ALBUM
    description: Description = ""
    label: Label | None = None
    catalogue_number: CatalogueNumber | None = None
    upc: Upc | None = None
    genre: Genre | None = None
    tags: Tags = []
    release_date: date | None = None
    visibility: Visibility = Visibility.PRIVATE
    publish_at: PublishAt | None = None
    cover_image_id: CoverId | None = None


class ReleaseForm(ReleaseMetadata, frozen=True):
    """A new release, with its credits and tracks."""

    credits: Credits = []
    tracks: PlacedTracks = []


class ReleaseImport(Struct, frozen=True):
    """Tracks of yours that become a release."""

    track_ids: Annotated[list[TrackId], Meta(min_length=1, max_length=100)]


class ReleaseProposal(Struct, frozen=True):
    """A release as the tags of its files describe it: `release` is a body of `POST /releases`.

    `to_check` names the fields on which the files disagree, or that they state in part: of several
    values the most frequent is proposed, of a year alone its first day, without an album the title
    of the first track. Tracks whose number is missing or occurs twice have none.
    """

    release: ReleaseForm
    to_check: Annotated[list[str], Meta(examples=[["release_date"]])]


class ReleaseChange(Struct, frozen=True):
    """Changes to a release; omitted fields keep their values.

    Credits are replaced as a whole. A replaced or removed cover is deleted. A visibility other than
    private ends the schedule of a release, unless a new `publish_at` is sent.
    """

    title: ReleaseTitle | UnsetType = UNSET
    artist_name: ArtistName | UnsetType | None = UNSET
    kind: ReleaseKind | UnsetType = UNSET
    description: Description | UnsetType = UNSET
    label: Label | UnsetType | None = UNSET
    catalogue_number: CatalogueNumber | UnsetType | None = UNSET
    upc: Upc | UnsetType | None = UNSET
    genre: Genre | UnsetType | None = UNSET
    tags: Tags | UnsetType = UNSET
    release_date: date | UnsetType | None = UNSET
    visibility: Visibility | UnsetType = UNSET
    publish_at: PublishAt | UnsetType | None = UNSET
    cover_image_id: CoverId | UnsetType | None = UNSET
    credits: Credits | UnsetType = UNSET


class PersonalRelease(Struct, frozen=True):
    """A release in its owner's data export."""

    id: ReleaseId
    title: str
    artist_name: str | None
    kind: ReleaseKind
    description: str
    label: str | None
    catalogue_number: str | None
    upc: str | None
    genre: str | None
    tags: list[str]
    release_date: date | None
    visibility: Visibility
    publish_at: datetime | None
    published_at: datetime | None
    cover_image_id: ImageId | None
    tracks_count: int
    duration_ms: int
    likes_count: int
    created_at: datetime
    updated_at: datetime


class StoredRelease(PersonalRelease, frozen=True):
    """A row of `releases`. `is_hidden` if the owner is suspended or blocked."""

    owner_id: UserId
    username: str
    listed_at: datetime
    cover_palette: list[int] | None
    is_hidden: bool
    liked: bool


class Credit(Struct, frozen=True):
    """A contributor to a release. `member` is null unless they are linked."""

    name: str
    role: str
    member: NamedMember | None


class StoredCredit(Struct, frozen=True):
    """A row of `release_credits`; without a username if the member is suspended."""

    name: str
    role: str
    user_id: UserId | None
    username: str | None


class Release(Struct, frozen=True):
    """A release, without its tracks.

    `artist_name` is the displayed artist. `published_at` is when the release was first public,
    `publish_at` when it will be published. `tracks_count` and `duration_seconds` include tracks
    that the caller may not see. `cover_url` is signed and expires after an hour, unless the release
    is public.
    """

    id: ReleaseId
    title: str
    artist_name: str
    owner: NamedMember
    kind: ReleaseKind
    description: str
    label: str | None
    catalogue_number: str | None
    upc: str | None
    genre: str | None
    tags: list[str]
    release_date: date | None
    visibility: Visibility
    publish_at: datetime | None
    published_at: datetime | None
    cover_url: str | None
    cover_palette: CoverPalette | None
    tracks_count: int
    duration_seconds: float
    likes_count: int
    liked: bool
    created_at: datetime
    updated_at: datetime


class ReleaseDetails(Release, frozen=True):
    """A release with its credits, without its tracks."""

    credits: list[Credit]


class ReleasePage(Struct, frozen=True):
    """A page of releases, newest first."""

    releases: list[Release]
    next_cursor: str | None
    has_more: bool


class TrackReleases(Struct, frozen=True):
    """The releases that a track is on, newest first."""

    releases: list[Release]


class ReleaseQuery(Struct, frozen=True):
    """The filters, order and page of a list of releases: those that everybody may see.

    With `of_owner` also those of this member that are not public. A cursor fits the newest first
    only; for other orders there is an offset. The years are those of `release_date`, inclusive.
    """

    limit: int = 20
    offset: int = 0
    cursor: Cursor | None = None
    order: ReleaseOrder = ReleaseOrder.NEWEST
    kind: ReleaseKind | None = None
    genre: str | None = None
    owner_ids: list[UserId] | None = None
    of_owner: UserId | None = None
    from_year: int | None = None
    to_year: int | None = None


class ReleasePlace(Struct, frozen=True):
    """The place of a track on a release."""

    release_id: ReleaseId
    track_id: TrackId
    disc: int
    number: int


class ReleaseTrack(Struct, frozen=True):
    """A track and its place on a release."""

    disc: int
    number: int
    track: Track


class ReleaseTracks(Struct, frozen=True):
    """The tracks of a release that the caller may see, by disc and number."""

    tracks: list[ReleaseTrack]


class ReleaseTracksForm(Struct, frozen=True):
    """All tracks of a release, in their order."""

    tracks: PlacedTracks


class NamedPlace(Struct, frozen=True):
    """The place of a track on a release, with the release's names and cover."""

    track_id: TrackId
    release_id: ReleaseId
    disc: int
    number: int
    title: str
    artist_name: str
    owner_id: UserId
    visibility: Visibility
    cover_image_id: ImageId | None


class ReleaseEvidence(Struct, frozen=True):
    """A release at the moment it was reported."""

    author_id: UserId
    username: str
    title: str
    artist_name: str | None
    description: str
    label: str | None
    genre: str | None
    tags: list[str]
    visibility: Visibility
    cover_image_id: ImageId | None
    created_at: datetime


class PersonalCredit(Struct, frozen=True):
    """A credit on a member's release, or one that names the member."""

    release_id: ReleaseId
    title: str
    name: str
    role: str
    user_id: UserId | None


class PersonalReleases(Struct, frozen=True):
    """A member's releases with their tracks, and credits on them or naming the member."""

    releases: list[PersonalRelease]
    tracks: list[ReleasePlace]
    credits: list[PersonalCredit]


class SearchableRelease(Struct, frozen=True):
    """The searchable fields of a public release, and the number of plays of its tracks."""

    id: ReleaseId
    title: str
    artist_name: str
    genre: str | None
    tags: list[str]
    plays_count: int


class DueRelease(Struct, frozen=True):
    """A release that is due to be published."""

    id: ReleaseId
    publish_at: datetime


class PublishRelease(Struct, frozen=True):
    """Job: publish a release whose time has come."""

    release_id: ReleaseId
